"""``cleargate agency``: who is known, who is given less, who is cut off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec

from .. import show
from ..config import credential_file
from ..gate import administer
from ..gate.gate import Gate
from ..law.cut_off import Crossing, Effect, rule_id
from ..model.errors import BadUse
from ..model.request import AGENCY_KINDS, SECTORS, Agency
from ..show.blocks import Block, table
from ..show.roads import NOT_PROVED
from .credential import proposal_json
from .session import (
    acting,
    acting_as,
    declare,
    finish,
    folder_argument,
    read_token,
    reading,
    subject,
    tell,
)

command = click.Group("agency", help="Agencies: list, add, narrow, cut off.")

_TRI = click.Choice(["yes", "no", "unknown"])


@declare("list", "cleargate agency list county", command)
@folder_argument
def list_(folder: Path, as_json: bool) -> None:
    """Every agency that is known, each below the one above it."""
    with reading(folder) as (_, gate):
        known = gate.parts.directory.all()
    made = table("agency", "name", "kind", "sector", "civil immigration", "immigration crimes",
                 "criminal justice", "ORI")  # fmt: skip
    for agency, depth in _tree(list(known.values())):
        made.add_row(
            "  " * depth + agency.id, agency.name, agency.kind,
            " ".join((agency.sector, agency.state)).strip(),
            agency.enforces_civil_immigration, agency.enforces_immigration_crimes,
            agency.criminal_justice, agency.ori or "–",
        )  # fmt: skip
    tell(as_json, [msgspec.to_builtins(a) for a in known.values()], made)


@declare("show", "cleargate agency show county ICE", command)
@folder_argument
@click.argument("id", metavar="AGENCY")
def show_(folder: Path, id: str, as_json: bool) -> None:
    """One agency, what is above and below it, and the rules in force that name it."""
    with reading(folder) as (_, gate):
        agency = gate.parts.directory.agency(id, field="agency")
        above = [a.id for a in gate.parts.directory.ancestors(id)]
        below = [a.id for a in gate.parts.directory.below(id)]
        cut = [
            r for p in gate.book().packs.values() for r in p.rules
            if r.id.endswith(f"/{rule_id(id)}")
        ]  # fmt: skip
    block = Block(f"{agency.id}: {agency.name}")
    block.line("is", f"{agency.kind}, {agency.sector} {agency.state}".strip())
    block.line("ORI", agency.ori)
    block.line("facts", f"enforces civil immigration law: {agency.enforces_civil_immigration}",
               f"enforces immigration crimes: {agency.enforces_immigration_crimes}",
               f"criminal justice agency: {agency.criminal_justice}")  # fmt: skip
    block.line("above", ", ".join(above))
    block.line("below", ", ".join(below))
    block.lines("cut off", (line for r in cut for line in show.rule(r.ref)))
    data = msgspec.to_builtins(agency) | {
        "above": above, "below": below, "cut_off_by": [r.id for r in cut],
    }  # fmt: skip
    tell(as_json, data, block.done())


def _tree(known: Sequence[Agency]) -> Iterator[tuple[Agency, int]]:
    """Agencies with their depth, parts below the whole."""

    def below(parent: str, depth: int) -> Iterator[tuple[Agency, int]]:
        for agency in known:
            if agency.parent == parent:
                yield agency, depth
                yield from below(agency.id, depth + 1)

    return below("", 0)


@declare(
    "add",
    "cleargate agency add county FBI --name 'Federal Bureau of Investigation' \\\n"
    "      --kind law-enforcement --sector federal --criminal-justice yes",
    command,
)
@acting_as
@click.argument("id", metavar="AGENCY")
@click.option("--name", required=True)
@click.option("--kind", help=f"One of {', '.join(AGENCY_KINDS)}.")
@click.option("--sector", help=f"One of {', '.join(SECTORS)}.")
@click.option("--state", help="Two letters, such as IL.")
@click.option("--ori", help="FBI Originating Agency Identifier.")
@click.option("--parent", help="The agency that it is a part of.")
@click.option("--enforces-civil-immigration", type=_TRI, help="By function.  [default: unknown]")
@click.option("--enforces-immigration-crimes", type=_TRI, help="By function.  [default: unknown]")
@click.option("--criminal-justice", type=_TRI, help="28 CFR 20.3(g).  [default: unknown]")
@click.option("--custodian", default="", metavar="AGENCY", help="By whose law.")
def add(
    folder: Path,
    credential: Path | None,
    id: str,
    custodian: str,
    as_json: bool,
    **fields: str | None,
) -> None:
    """Add an agency. What it may see is law and is not said here."""
    with acting(folder, credential) as session:
        said = subject(fields | {"id": id})
        answer = session.ask("agency:add", custodian=custodian, subject=said)
    finish(answer, as_json)


@declare(
    "narrow", "cleargate agency narrow county DATA-BROKER --until 2026-12-31T00:00-06:00", command
)
@acting_as
@click.argument("id", metavar="AGENCY")
@click.option(
    "--enforces-civil-immigration",
    type=click.Choice(["yes", "unknown"]),
    help="It does, or it is no longer known that it does not.",
)
@click.option(
    "--enforces-immigration-crimes",
    type=click.Choice(["yes", "unknown"]),
    help="The same of the crimes of entry, presence, registration and departure.",
)
@click.option(
    "--criminal-justice",
    type=click.Choice(["no", "unknown"]),
    help="It is none, or it is no longer known to be one.",
)
@click.option("--parent", help="It is a part of this agency, whose bars then reach it.")
@click.option("--until", metavar="TIME", help="No credential of its people outlives this time.")
@click.option("--custodian", default="", metavar="AGENCY", help="By whose law.")
def narrow(
    folder: Path,
    credential: Path | None,
    id: str,
    custodian: str,
    as_json: bool,
    **fields: str | None,
) -> None:
    """Correct what is known of an agency, towards less. Nothing here gives it more."""
    with acting(folder, credential) as session:
        answer = session.ask(
            "agency:narrow", target=id, custodian=custodian, subject=subject(fields)
        )
    finish(answer, as_json)


@declare("cut-off", "cleargate agency cut-off county ICE --except ICE-HSI --dry-run", command)
@acting_as
@click.argument("id", metavar="AGENCY")
@click.option(
    "--except", "excepted", multiple=True, metavar="AGENCY", help="A part that keeps access."
)
@click.option("--custodian", default="", metavar="AGENCY", help="Whose records and custody.")
@click.option("--dry-run", is_flag=True, help="Show which roads would close; propose nothing.")
def cut_off(
    folder: Path,
    credential: Path | None,
    id: str,
    excepted: tuple[str, ...],
    custodian: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Cut an agency off with all its parts, asking for itself or through another. Two
    administrators' keys sign; only a new version that two sign undoes it.
    """
    if dry_run:
        with reading(folder) as (settings, gate):
            whose = (
                custodian or _own(gate, credential) or _only([c.id for c in settings.custodians])
            )
            effect = administer.preview_cut_off(gate, settings.custodian(whose).id, id, excepted)
        tell(as_json, _effect_json(effect), show.effect(effect))
        return
    with acting(folder, credential) as session:
        whose = session.custodian(custodian)
        effect = administer.preview_cut_off(session.gate, whose, id, excepted)
        made = administer.propose_cut_off(session.gate, session.person, whose, id, excepted)
    data = proposal_json(made) | {"effect": _effect_json(effect)}
    tell(as_json, data, show.effect(effect), show.proposal(made))


def _own(gate: Gate, credential: Path | None) -> str:
    """The agency of whoever looks, where a credential is named; looking needs none."""
    if credential_file(credential) is None:
        return ""
    return gate.authenticate(read_token(credential), "cli").agency


def _only(custodians: Sequence[str]) -> str:
    if len(custodians) != 1:
        raise BadUse(f"Say whose with --custodian: {' or '.join(custodians)}.")
    return custodians[0]


def _effect_json(effect: Effect) -> dict[str, object]:
    return {
        "agency": effect.agency,
        "excepted": list(effect.excepted),
        "book": effect.book.version,
        "closes": [_road_json(c) for c in effect.closed],
        "stays_open": [_road_json(c) for c in effect.open_still],
        "disputed": [_road_json(c) for c in effect.disputed],
        "shut_already": effect.shut_already,
        "voided_by": [s.by.id for s in effect.voided_by],
        "proved": False,
        "note": NOT_PROVED,
    }


def _road_json(crossing: Crossing) -> dict[str, object]:
    road = crossing.road
    return {
        "requester": road.requester,
        "represented": road.represented,
        "action": road.action,
        "basis": list(road.basis),
        "before": crossing.before,
        "after": crossing.after,
        "rules": [r.id for r in crossing.deciding],
    }
