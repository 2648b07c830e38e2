"""A new pack's folder: a skeleton that checks and tests as made, for its author to change."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec

from ..model.errors import BadUse
from ..model.words import Layer
from .pack import CUSTODIAN_KINDS

AGENCY_ID: Final = re.compile(r"[A-Z0-9]([A-Z0-9.-]{0,30}[A-Z0-9])?")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MAKERS: Final = tuple(layer.word for layer in Layer)


def write_skeleton(
    place: Path,
    name: str,
    maker: str,
    under: Sequence[str],
    *,
    custodian: str = "",
    kinds: Sequence[str] = (),
) -> Path:
    """Write the folder ``place/name``, whole or not at all.

    Args:
        place: the folder of packs.
        name: of the pack.
        maker: ``federal``, ``state``, ``local`` or ``agency``.
        under: names of the packs above it.
        custodian: for an agency's own pack, that agency's id.
        kinds: for an agency's own pack, what kinds of custodian it is.

    Raises:
        BadUse: a name is malformed, there is such a folder, or it cannot be written.
    """
    for mistake in _mistakes(name, maker, custodian, kinds):
        raise BadUse(mistake)
    if (place / name).exists():
        raise BadUse(f"{place / name} is there already; choose another name, or edit it.")
    words = {
        "NAME": name,
        "MAKER": maker,
        "UNDER": _toml(under),
        "CUSTODIAN": custodian,
        "KINDS": _toml(kinds),
    }
    part = place / f".{name}.{os.getpid()}.part"
    try:
        place.mkdir(parents=True, exist_ok=True)
        _copy("agency" if maker == "agency" else "law", part, words)
        part.rename(place / name)
    except OSError as fault:
        raise BadUse(f"{place / name} cannot be made: {fault.strerror}.") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return place / name


def _mistakes(name: str, maker: str, custodian: str, kinds: Sequence[str]) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield f"'{name}' is no name of a pack; write it in small letters, like us-oh."
    if maker not in _MAKERS:
        yield f"'{maker}' is no law-maker; say {', '.join(_MAKERS)}."
    if (maker == "agency") != bool(custodian):
        yield "An agency's own pack, and no other, names its custodian: --custodian OH-SHERIFF."
    if custodian and not AGENCY_ID.fullmatch(custodian):
        yield f"'{custodian}' is no id of an agency; write it like OH-SHERIFF."
    for kind in kinds:
        if kind not in CUSTODIAN_KINDS:
            known = ", ".join(sorted(CUSTODIAN_KINDS))
            yield f"'{kind}' is no kind of custodian; known are {known}."


def _copy(skeleton: str, to: Path, words: dict[str, str]) -> None:
    source = resources.files(__package__).joinpath("skeletons", skeleton)
    with resources.as_file(source) as folder:
        for path in folder.rglob("*"):
            if path.is_file():
                target = to / path.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                text = path.read_text("utf-8")
                target.write_text(re.sub("|".join(words), lambda m: words[m[0]], text), "utf-8")


def _toml(names: Sequence[str]) -> str:
    return msgspec.json.encode(list(names)).decode().replace(",", ", ")
