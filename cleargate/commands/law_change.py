"""What a proposed book would change, shown before anyone signs it."""

from __future__ import annotations

from rich.console import Group

from .. import show
from ..config import utc_now
from ..law.book import Book
from ..law.pairs import Named, comparing, pairs
from ..law.scenarios import read_requests, read_stage
from ..law.worked import Worked, worked
from ..model.decision import Decision
from ..show.blocks import Block
from .library import CAST

_LISTED = 20


def changes(old: Book, new: Book) -> dict[str, list[Worked]]:
    """Agency → its worked requests, decided under both books; agencies that only one has are out.

    Args:
        old: the book in force.
        new: the one proposed.
    """
    stage, matrix = read_stage(CAST), read_requests(CAST.with_name("matrix.toml"))
    before, after = (Named(b.version[:12], b, tuple(b.packs)) for b in (old, new))
    if not set(old.custodians()) & set(new.custodians()):
        return {}
    return {
        pair.agency.id: worked(pair, comparing(pair, stage, at=utc_now()).cast, matrix)
        for pair in pairs(before, after, stage)
    }


def block(old: Book, new: Book) -> Group:
    """How many worked requests change, and which."""
    made = Block("What would change")
    for agency, asked in changes(old, new).items():
        differ = [w for w in asked if w.differs]
        made.line(
            "worked",
            f"{len(differ)} of {len(asked)} worked requests of {agency} come out otherwise",
        )
        for one in differ[:_LISTED]:
            outcomes = f"{_outcome(one.before)} → {_outcome(one.after)}"
            made.line("", f"  {one.source}: {one.asked.name}: {outcomes}")
        if len(differ) > _LISTED:
            made.line("", f"  … and {len(differ) - _LISTED} more")
    for lost in sorted(set(old.custodians()) - set(new.custodians())):
        made.line("loses", f"{lost} has no pack in the new book: every request to it would be "
                           "unavailable")  # fmt: skip
    made.line("all", f"'cleargate law diff DIR DIR@{new.version[:12]}' compares all requests")
    return made.done()


def as_json(old: Book, new: Book) -> dict[str, object]:
    """The same for ``--json``."""
    return {
        agency: {
            "worked": len(asked),
            "differ": [
                {"source": w.source, "request": w.asked.name, "before": w.before.outcome,
                 "after": w.after.outcome} for w in asked if w.differs
            ],
        }
        for agency, asked in changes(old, new).items()
    }  # fmt: skip


def _outcome(decision: Decision) -> str:
    return show.glyph(decision.outcome)
