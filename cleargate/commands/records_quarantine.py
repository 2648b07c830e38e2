"""``cleargate records quarantine`` and ``lift-quarantine``: searches that are not answered."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from rich.console import Group

from ..gate import disagreements
from ..gate.disagreements import Disagreement, Masks
from ..show.blocks import Block
from .session import acting, acting_as, declare, finish, folder_argument, reading, tell


@declare("quarantine", "cleargate records quarantine county")
@folder_argument
def list_(folder: Path, as_json: bool) -> None:
    """Filters that answer nothing, because the database and Cedar disagreed about a row; with that
    row, what each said of it then, and what Cedar and the compiled filter say of it now.
    """
    with reading(folder) as (_, gate):
        found = disagreements.held(gate)
    none = [] if found else [Block("No filter is in quarantine.").done()]
    tell(as_json, [disagreements.json(one) for one in found], *none, *map(_block, found))


def _block(one: Disagreement) -> Group:
    held = one.held
    block = Block(f"Quarantine by alarm {held.alarm}: a filter of {held.custodian}")
    block.line("since", f"{held.at:%Y-%m-%d %H:%M} UTC")
    block.line("filter", held.filter)
    block.line("decision", f"entry {one.decision}; cleargate explain DIR {one.decision}")
    if one.row is not None:
        facts = msgspec.to_builtins(one.row)
        block.line("row", ", ".join(f"{n.replace('_', ' ')} {v}" for n, v in facts.items() if v))
        block.line("then", f"database: {_masks(one.database)}; Cedar: {_masks(one.cedar)}")
        block.line("now", f"filter: {_masks(one.compiled_now)}; Cedar: {_masks(one.cedar_now)}")
    block.line("", one.means)
    block.line("to lift", f"cleargate records lift-quarantine DIR {held.alarm} --because WORDS")
    return block.done()


def _masks(masks: Masks) -> str:
    if masks is None:
        return "not shown"
    return f"shown, open {', '.join(masks) or 'no mask that hangs on it'}"


@declare(
    "lift-quarantine",
    "cleargate records lift-quarantine county 1204 --because 'ICU collation mended'",
)
@acting_as
@click.argument("alarm", metavar="ALARM")
@click.option("--because", required=True, metavar="WORDS", help="What was mended.")
@click.option("--custodian", default="", metavar="AGENCY", help="Whose records these are.")
def lift(
    folder: Path, credential: Path | None, alarm: str, because: str, custodian: str, as_json: bool
) -> None:
    """Let a filter answer again: an administrator's act, decided and logged. Cedar still decides
    each page again.
    """
    with acting(folder, credential) as session:
        answer = session.ask(
            "records:lift-quarantine", target=alarm, reason=because, custodian=custodian
        )
    finish(answer, as_json)
