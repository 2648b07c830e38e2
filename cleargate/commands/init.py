"""``cleargate init``: a jurisdiction where there was none, whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .. import opening
from ..agencies.parse import PERSON_ID
from ..config import FILE as FILE_OF_SETTINGS
from ..config import load, random_bytes, write_default
from ..law.book import Book
from ..law.check import check
from ..law.pack import Pack
from ..law.scenarios import read_stage
from ..model.errors import BadUse, PackError
from ..model.fields import near
from ..model.request import Person
from ..places import database as database_of
from ..places import new_schemas
from ..records.catalogue import CATALOGUE
from ..settings import Custodian, Facility, Storage
from ..show.blocks import Block
from . import keys
from .library import CAST, packs_option, split
from .office import PACKS, Office, begin, members, title, zone
from .session import FILE, declare, folder_argument, keep_secret, tell
from .storage import admin_option

_PRIVATE: Final = "private"
_STATE_PACK: Final = re.compile(r"us-([a-z]{2})")  # named by ISO 3166-2
_AGENCY_KINDS: Final = ("jail", "prosecutor", "court", "law-enforcement")


@declare("init", "cleargate init county --book us-il-cook,us-il-chicago --admin a.ames")
@folder_argument
@click.option(
    "--book",
    "names",
    required=True,
    multiple=True,
    metavar="PACK,…",
    help="Law to begin with; the packs above come with it.",
)
@packs_option
@click.option(
    "--office",
    default="",
    metavar="AGENCY",
    help="The office that will work with it, such as TRAVIS-SHERIFF: its own rules are made in "
    "DIR/packs.  [default: an agency's own pack that is named, or the starters of the packs]",
)
@click.option(
    "--kind",
    default="",
    metavar="KIND",
    help="What the office is, such as sheriff or city-police.  [default: what the law binds]",
)
@click.option(
    "--agencies",
    type=FILE,
    metavar="FILE",
    help="The agencies to know from the start, as in the shipped cast.toml.  [default: the federal "
    "ones that every jail meets, those of the state, and whom a rule names]",
)
@click.option(
    "--admin",
    default="administrator",
    show_default=True,
    metavar="NAME",
    help="Id of the first administrator.",
)
@click.option(
    "--admin-agency",
    default="",
    metavar="AGENCY",
    help="Their agency.  [default: the first that has a pack]",
)
@click.option(
    "--key",
    type=FILE,
    metavar="FILE",
    help="Their signing key: one that is there, or a new file.  [default: DIR/private/NAME.key]",
)
@click.option(
    "--token-file",
    type=FILE,
    metavar="FILE",
    help="New file for their credential.  [default: DIR/private/NAME.token]",
)
@click.option("--name", default="", help="Of the jurisdiction, as forms head it.")
@click.option("--origin", default="", help="Of the log, for ever, such as records.example.gov/log.")
@click.option("--timezone", default="", help="Such as America/Chicago.  [default: as the law says]")
@click.option(
    "--database",
    default="",
    metavar="URL",
    help="Keep the stores in this PostgreSQL database, such as postgresql://user@host/database; "
    "without a password.  [default: files in DIR]",
)
@click.option(
    "--database-password",
    type=FILE,
    metavar="FILE",
    help="File of mode 0600 with that user's password.  [default: ~/.pgpass]",
)
@admin_option
def command(
    folder: Path,
    names: tuple[str, ...],
    folders: tuple[Path, ...],
    office: str,
    kind: str,
    agencies: Path | None,
    admin: str,
    admin_agency: str,
    key: Path | None,
    token_file: Path | None,
    name: str,
    origin: str,
    timezone: str,
    database: str,
    database_password: Path | None,
    database_admin: str,
    as_json: bool,
) -> None:
    """Make a jurisdiction in DIR: settings, databases, the log's key, the first administrator, and
    the law in force. An office's own rules are in DIR/packs, to be changed and put in force anew:
    those of the office named, or of the starters, or of an office of the kind that the law binds.
    """
    stage = read_stage(CAST)
    with _whole(folder) as part:
        law = begin(split(names), folders, Office(office, kind), stage, part / PACKS)
        if mistakes := check(law):
            raise PackError(mistakes)
        first = _first(law, admin, admin_agency)
        known = members(law, stage, read_stage(agencies) if agencies else None)
        settings = write_default(
            part,
            origin=origin or re.sub(r"[\s+]+", "-", f"{folder.absolute().name}/log"),
            name=name or _title(law),
            timezone=timezone or zone(law),
            custodians=_custodians(law),
            storage=_storage(database, database_password, database_admin),
        )
        secrets = part / _PRIVATE
        with _undone_if_it_fails() as made, new_schemas(settings, database_admin):
            signing = _signing_key(key, secrets / f"{admin}.key", made)
            founded = opening.create(settings, law, known, first, keys.public(signing))
            made.append(keep_secret(token_file or secrets / f"{admin}.token", founded.token + "\n"))
            settings.vkey.write_text(founded.vkey + "\n", "ascii")
            part.rename(folder)
    key, token_file = (
        given or folder / _PRIVATE / f"{admin}.{what}"
        for given, what in ((key, "key"), (token_file, "token"))
    )
    _tell(as_json, folder, law, first, key, token_file, founded, len(known))


def _storage(url: str, password: Path | None, admin: str) -> Storage:
    if not url and (password or admin):
        raise BadUse("Say with --database which database the stores are to lie in.")
    return Storage(url, str(password.absolute())) if password else Storage(url)


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A folder beside DIR, which the caller gives DIR's name when all of it is there.

    Raises:
        BadUse: DIR holds something, or cannot be made.
    """
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise BadUse(f"{folder} is not empty; name a new folder.")
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        part = folder.absolute().with_name(f".{folder.absolute().name}.{os.getpid()}.part")
        part.mkdir()
    except OSError as fault:
        raise BadUse(f"{folder} cannot be made: {fault.strerror}.") from None
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _undone_if_it_fails() -> Iterator[list[Path]]:
    """New files outside DIR, removed again when what they belong to could not be made."""
    made: list[Path] = []
    try:
        yield made
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise


def _signing_key(given: Path | None, default: Path, made: list[Path]) -> Ed25519PrivateKey:
    if given is not None and given.exists():
        return keys.load(given)
    key = keys.new(given or default, random_bytes)
    made.append(given or default)
    return key


def _first(law: Book, admin: str, agency: str) -> Person:
    custodians = law.custodians()
    if not custodians:
        raise BadUse(
            "No pack of this book is an agency's own, so nobody would answer; name an --office."
        )
    if agency and agency not in custodians:
        raise BadUse(f"'{agency}' has no pack of its own here{near(agency, custodians)}")
    if not PERSON_ID.fullmatch(admin):
        raise BadUse(f"'{admin}' is not an id of a person; write it like a.ames.")
    return Person(admin, agency or next(iter(custodians)), "administrator")


def _custodians(law: Book) -> list[Custodian]:
    """Each custodian with the place where it holds people; the police keep the records, or else
    whoever is first. It is written into the settings, to be changed there.
    """
    owners = law.custodians()
    keeper = next((id for id, p in owners.items() if "police" in p.kinds), next(iter(owners)))
    return [
        Custodian(
            id=id,
            name=title(pack),
            datasets=tuple(CATALOGUE) if id == keeper else (),
            facilities=tuple(_facilities(id, pack)),
        )
        for id, pack in owners.items()
    ]


def _facilities(id: str, pack: Pack) -> Iterator[Facility]:
    if "jail" in pack.kinds:
        yield Facility(f"{id}-JAIL", f"{title(pack)}: jail")
    elif "police" in pack.kinds:
        yield Facility(f"{id}-LOCKUP", f"{title(pack)}: lockup")


def _own_packs(law: Book) -> list[Pack]:
    return list(law.custodians().values())


def _places(custodian: Custodian) -> str:
    places = (*custodian.datasets, *(f.id for f in custodian.facilities))
    return ", ".join(places) or "nothing yet: name data sets or facilities in the settings"


def _title(law: Book) -> str:
    return " and ".join(title(p) for p in _own_packs(law))


def _tell(
    as_json: bool,
    folder: Path,
    law: Book,
    first: Person,
    key: Path,
    token: Path,
    founded: opening.Founded,
    known: int,
) -> None:
    settings = load(folder)
    rules = [r for p in law.packs.values() for r in p.rules]
    waiting = sum(r.review for r in rules)
    block = Block(f"Made {folder}")
    block.line(
        "law",
        f"book {law.version[:12]}: {len(law.packs)} packs, {len(rules)} rules, "
        f"{waiting} of them not yet reviewed by counsel",
    )
    block.lines("answers", (f"{c.id}, for {_places(c)}" for c in settings.custodians))
    own = sorted(p.name for p in (folder / PACKS).glob("*")) if (folder / PACKS).is_dir() else []
    block.lines("own rules", (f"{folder / PACKS / n}: as made; change them" for n in own))
    block.line("agencies", f"{known} are known; 'cleargate agency add' brings more")
    block.line("timezone", settings.timezone)
    block.line("settings", f"{folder / FILE_OF_SETTINGS}")
    if found := database_of(settings):
        block.line("stores", f"the database {found.name}")
    block.line("log key", f"{folder / settings.paths.key}: keep a copy apart from the data")
    block.line("public", f"{folder / settings.vkey.name}: give it to whoever is to check the log")
    block.line("admin", f"{first.id} of {first.agency}, until {founded.expires_at:%Y-%m-%d}")
    block.line("token", f"{token}: only {first.id} may have it")
    block.line("key", f"{key}: only {first.id} may have it")
    block.line("next", f"export CLEARGATE_CREDENTIAL={token}")
    data = {
        "folder": str(folder),
        "book": law.version,
        "packs": sorted(law.packs),
        "custodians": [c.id for c in settings.custodians],
        "vkey": founded.vkey,
        "administrator": first.id,
        "agency": first.agency,
        "credential": founded.credential,
        "token_file": str(token),
        "key_file": str(key),
        "expires_at": founded.expires_at,
    }
    tell(as_json, data, block.done())
