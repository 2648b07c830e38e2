"""Builds the invented county in a folder: records, law, stores, people; then the tour can begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..config import Settings, load, random_bytes, write_default
from ..gate.files import Extract
from ..gate.gate import Gate
from ..law.book import read_book
from ..law.scenarios import read_stage
from ..model.errors import BadUse
from ..model.request import Agency, Person
from ..model.words import Tri
from ..opening import create, desk, open_parts
from ..settings import Custodian, Facility, Limits
from .county import generate
from .county_people import FIRST, JAIL, LOCKUP, People, new_key, public
from .law import POLICE, SHERIFF, own_packs

SEED: Final = 20_250_101
INCIDENTS: Final = 20_000
_RECORDS: Final = ("incident", "arrest", "person", "involvement")

Step = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class County:
    """The county, founded and open."""

    settings: Settings
    gate: Gate
    people: People
    vkey: str


def build(
    folder: Path, packs: Path, law: Sequence[str], step: Step, incidents: int = INCIDENTS
) -> County:
    """Make the county in ``folder``, which must be empty or not there.

    Args:
        packs: the packs that come with the program.
        law: the pack above both agencies' own, or the sheriff's and the police's.
        step: progress.
        incidents: how many are invented.

    Raises:
        BadUse: the folder is in use, or the law is unknown.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadUse(f"{folder} is not empty; name a new folder for the county.")
    folder.mkdir(parents=True, exist_ok=True)
    files = generate(
        folder / "extracts",
        SEED,
        incidents,
        lambda done, total: step("records invented", done, total),
    )
    own = folder / "own-packs"
    own.mkdir()
    names = own_packs(own, packs, law)
    book = read_book(names, [own, packs])
    settings = _settings(folder)
    key = new_key(random_bytes)
    stage = read_stage(packs / "cast.toml")
    first = Person(FIRST, POLICE, "administrator")
    members = [*stage.agencies.values(), *_custodians(book.packs["marlow-police"].under)]
    founded = create(settings, book, members, first, public(key))
    gate = Gate(open_parts(settings))
    people = People(
        gate,
        random_bytes,
        {"administrator": FIRST},
        {"administrator": founded.token},
        {"administrator": key},
    )
    people.issue_all()
    for dataset, source, path in files.imports:
        extract = Extract(
            path,
            progress=lambda rows, done, total, d=dataset: step(  # type: ignore[misc]
                f"{d} imported", done, total
            ),
        )
        asked = {
            "action": "records:import",
            "represented": POLICE,
            "purpose": "ADM",
            "custodian": POLICE,
            "dataset": dataset,
            "subject": {"source": source},
        }
        gate.answer(people.tokens["clerk"], asked, "cli", extract)
    return County(settings, gate, people, founded.vkey)


def _settings(folder: Path) -> Settings:
    write_default(
        folder,
        origin="marlow.example/log",
        name="Marlow County (invented)",
        timezone="America/Chicago",
        custodians=(
            Custodian(
                POLICE,
                "Marlow Police",
                _RECORDS,
                (Facility(LOCKUP, "Marlow lockup"),),
                "Records counsel, Marlow Police, weekdays 8:30 to 16:30, 555-0140",
            ),
            Custodian(
                SHERIFF,
                "Marlow County Sheriff",
                (),
                (Facility(JAIL, "Marlow County Jail"),),
                "Jail records desk, Marlow County Sheriff, at all hours, 555-0160",
            ),
        ),
        limits=Limits(public_lag_days=0),  # so that the tour's own requests can be seen in public
    )
    return load(folder)


def _custodians(under: Sequence[str]) -> list[Agency]:
    state = under[0].split("-")[1].upper() if under else ""
    return [
        Agency(
            id,
            name,
            kind,
            "local",
            state,
            enforces_civil_immigration=Tri.NO,
            enforces_immigration_crimes=Tri.NO,
            criminal_justice=Tri.YES,
        )
        for id, name, kind in (
            (POLICE, "Marlow Police", "law-enforcement"),
            (SHERIFF, "Marlow County Sheriff", "jail"),
        )
    ]


__all__ = ["County", "build", "desk"]
