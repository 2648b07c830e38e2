"""The county's own packs: the shipped sheriff's and police packs, put under the law that is
asked.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from ..law.pack import load
from ..model.errors import BadUse
from ..model.words import Layer

SHERIFF, POLICE = "MARLOW-SHERIFF", "MARLOW-POLICE"
_OWN = {
    "marlow-sheriff": ("us-il-cook-sheriff", SHERIFF, "Marlow County Sheriff"),
    "marlow-police": ("us-il-chicago-police", POLICE, "Marlow Police"),
}
DEFAULT = ("us-il-cook", "us-il-chicago")


def own_packs(folder: Path, shipped: Path, law: Sequence[str]) -> list[str]:
    """Write the sheriff's and the police's packs into ``folder``; returns their names.

    Args:
        shipped: the folder of packs that comes with the program.
        law: one pack for both to be under, or the sheriff's and the police's.

    Raises:
        BadUse: ``law`` names an unknown pack, an agency's own, or more than two.
    """
    if not 1 <= len(law) <= 2:
        raise BadUse("Name one pack for both agencies, or the sheriff's and the police's.")
    for name in law:
        if (
            not (shipped / name / "pack.toml").is_file()
            or load(shipped / name).layer is Layer.AGENCY
        ):
            raise BadUse(f"{name} is no shipped pack of federal, state or local law.")
    for (name, (template, custodian, title)), above in zip(
        _OWN.items(), (law[0], law[-1]), strict=True
    ):
        shutil.copytree(shipped / template, folder / name)
        head = folder / name / "pack.toml"
        text = head.read_text("utf-8")
        text = re.sub(r"(?m)^title = .*$", f'title = "{title}: own rules"', text)
        text = re.sub(r"(?m)^under = .*$", f'under = ["{above}"]', text)
        text = re.sub(r"(?m)^custodian = .*$", f'custodian = "{custodian}"', text)
        head.write_text(text, "utf-8")
        (folder / name / "scenarios.toml").unlink()
    return list(_OWN)
