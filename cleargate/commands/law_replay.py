"""``cleargate law replay``: past decisions made again, by the law of then or by another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import click

from .. import show
from ..config import Settings, load
from ..gate.replay import OtherLaw, Replayed, Said
from ..gate.replay_all import Report, replay_all
from ..law.check import check
from ..model.errors import BadUse, PackError
from ..model.words import Outcome
from ..opening import open_past
from ..show.blocks import Block, table
from .library import book, library, packs_option, split
from .progress import bar
from .session import declare, folder_argument, tell

_WRONG: Final = 5
_LISTED: Final = 20
"""Differences that are shown when it is not said; ``--json`` has all."""


@declare("replay", "cleargate law replay county --book us-tx --since 2026-07-01")
@folder_argument
@click.option("--book", "names", multiple=True, metavar="PACK,…", help="The law to decide by.")
@click.option("--in-force", is_flag=True, help="Check each by the law that was in force then.")
@packs_option
@click.option("--since", default="", metavar="LEAF|DATE", help="Only what was decided from there.")
@click.option("--list", "listed", default=_LISTED, show_default=True, type=click.IntRange(0),
              metavar="N", help="How many differences to show; --json has all.")  # fmt: skip
@click.option("--processes", default=0, type=click.IntRange(0), metavar="N",
              help="How many share the work.  [default: as the log is long]")  # fmt: skip
def command(
    folder: Path,
    names: tuple[str, ...],
    in_force: bool,
    folders: tuple[Path, ...],
    since: str,
    listed: int,
    processes: int,
    as_json: bool,
) -> None:
    """Decide the log's past requests again, from the facts that their entries pinned. Nothing is
    asked, answered or logged. With --in-force the exit code is 5 when a decision does not come out
    as it stands in the log, or cannot be made again.
    """
    if in_force == bool(names):
        raise BadUse("Say one of --book PACK (another law) and --in-force (the law of then).")
    settings = load(folder)
    law = _other(split(names), folders) if names else None
    first, day = _since(since, settings)
    with bar("entries") as told:
        found = replay_all(
            partial(open_past, settings), law, first=first, since=day,
            processes=processes or len(os.sched_getaffinity(0)), progress=told,
        )  # fmt: skip
    tell(as_json, _json(found, law), _block(found, law, listed).done())
    wrong = in_force and (found.differing or found.not_made)
    raise click.exceptions.Exit(_WRONG if wrong else 0)


def _other(names: list[str], folders: tuple[Path, ...]) -> OtherLaw:
    """The other law, checked before a single decision is made by it."""
    if mistakes := check(book(names, folders)):
        raise PackError(mistakes)
    return OtherLaw(tuple(names), tuple(path.absolute() for path in library(folders)))


def _since(said: str, settings: Settings) -> tuple[int, datetime | None]:
    """An entry's number, or a day or time; a day begins in the jurisdiction's own zone."""
    if not said or (said.isascii() and said.isdigit()):
        return int(said or 0), None
    try:
        time = datetime.fromisoformat(said)
    except ValueError:
        raise BadUse(
            f"'{said}' is neither an entry's number nor a date; write 2026-07-01."
        ) from None
    return 0, (time if time.tzinfo else time.replace(tzinfo=settings.zone)).astimezone(UTC)


def _block(found: Report, law: OtherLaw | None, listed: int) -> Block:
    count = len(found.differing)
    what = f"by {', '.join(law.names)}" if law else "by the law that was in force"
    block = Block(f"{count} of {found.made} decisions come out otherwise {what}")
    if count:
        made = table("then", "now", "decisions")
        for (then, now), number in sorted(found.turned.items(), key=lambda kv: (-kv[1], kv[0])):
            made.add_row(show.glyph(Outcome(then)), show.glyph(Outcome(now)), str(number))
        block.add(made)
    if found.other_rules:
        block.line("also", f"{found.other_rules} come out the same and rest on other rules")
    for why, entries in found.not_made.items():
        block.line("not made", f"{len(entries)}: {why} (entry {_some(entries)})")
    for one in found.differing[:listed]:
        block.line(f"{one.index}", *_lines(one))
    if count > listed:
        block.line("", f"… and {count - listed} more; --list {count} or --json shows them.")
    return block


def _lines(one: Replayed) -> Iterator[str]:
    assert one.now is not None
    yield (f"{one.at:%Y-%m-%d %H:%M} UTC: {one.requester} asked {one.custodian}, for "
           f"{one.represented}: {one.action}")  # fmt: skip
    yield f"then {_said(one.then)}"
    yield f"now {_said(one.now)}"


def _said(said: Said) -> str:
    """An outcome with the masks that it opened and what it rests on."""
    rests = ", ".join(said.rules) or said.why
    masks = f", opening {', '.join(said.masks)}" if said.masks else ""
    return f"{show.glyph(Outcome(said.outcome))}{masks}{f' ({rests})' if rests else ''}"


def _some(entries: list[int]) -> str:
    few = ", ".join(map(str, entries[:5]))
    return f"{few} and {len(entries) - 5} more" if len(entries) > 5 else few


def _json(found: Report, law: OtherLaw | None) -> dict[str, object]:
    return {
        "law": list(law.names) if law else "in force then",
        "decisions": found.decisions,
        "made_again": found.made,
        "asked_of_cedar": found.asked,
        "differ": len(found.differing),
        "same_by_other_rules": found.other_rules,
        "turned": [
            {"then": then, "now": now, "decisions": number}
            for (then, now), number in sorted(found.turned.items())
        ],
        "not_made": [{"why": why, "entries": e} for why, e in found.not_made.items()],
        "differing": [
            {"entry": one.index, "at": one.at, "action": one.action, "custodian": one.custodian,
             "requester_agency": one.requester, "represented": one.represented,
             "then": _said_json(one.then), "now": _said_json(one.now)}
            for one in found.differing
        ],
    }  # fmt: skip


def _said_json(said: Said | None) -> dict[str, object]:
    return {} if said is None else {
        "outcome": said.outcome, "masks": list(said.masks), "rules": list(said.rules),
        "unreviewed": said.unreviewed, "why": said.why,
    }  # fmt: skip
