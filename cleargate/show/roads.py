"""What a cut-off would do: the roads that close, stay open, or are disputed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table

from ..law.changes import describe
from ..law.cut_off import Crossing, Effect
from .answers import glyph, rule
from .blocks import Block, table

NOT_PROVED = "Not proved: no prover has run; these are the roads that were tried."


def effect(effect: Effect) -> Group:
    """What a cut-off would do, road by road; roads that differ only in their papers are one line."""
    save = f", save {' and '.join(effect.excepted)}" if effect.excepted else ""
    block = Block(f"Cutting {effect.agency} off{save}")
    _part(block, "closes", effect.closed, "Nothing that is open now would close.")
    _part(block, "stays", effect.open_still, "No road would stay open.")
    _part(block, "disputed", effect.disputed, "")
    block.line("shut now", f"{effect.shut_already} roads do not open even now.")
    for struck in effect.voided_by:
        block.lines("void by", rule(struck.by))
    block.line("", NOT_PROVED)
    return block.done()


def _part(block: Block, name: str, crossings: Sequence[Crossing], none: str) -> None:
    if not crossings:
        block.line(name, none)
        return
    roads = "road" if len(crossings) == 1 else "roads"
    block.line(name, f"{len(crossings)} {roads}")
    block.add(_table(crossings))


def _table(crossings: Sequence[Crossing]) -> Table:
    made = table("action", "asks", "for", "on", "now", "then", "by")
    alike: dict[tuple[str, ...], list[str]] = {}
    for c in crossings:
        by = ", ".join(r.id for r in c.deciding)
        key = (c.road.action, c.road.requester, c.road.represented)
        papers = " and ".join(map(describe, c.road.basis)) or "no paper"
        alike.setdefault((*key, glyph(c.before), glyph(c.after), by), []).append(papers)
    for (action, asks, represented, before, after, by), papers in alike.items():
        whom = "itself" if represented == asks else represented
        made.add_row(action, asks, whom, "; ".join(papers), before, after, by)
    return made
