"""What a cut-off would do: the roads that close, stay open, or are disputed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table

from ..law.changes import describe
from ..law.cut_off import Crossing, Effect
from .answers import glyph, rule
from .blocks import Block, table

_MANY = 3
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
    made = table("action", "asks", "on", "now", "then", "by")
    alike: dict[tuple[str, ...], list[str]] = {}
    for c in crossings:
        by = "\n".join(r.id for r in c.deciding)
        key = (c.road.action, _papers(c.road.basis), glyph(c.before), glyph(c.after), by)
        same = c.road.requester == c.road.represented
        asker = c.road.requester if same else f"{c.road.requester} for {c.road.represented}"
        alike.setdefault(key, []).append(asker)
    lines: dict[tuple[str, ...], list[str]] = {}
    for (action, papers, before, after, by), askers in alike.items():
        lines.setdefault((action, "\n".join(askers), before, after, by), []).append(papers)
    for (action, who, before, after, by), any_of in lines.items():
        made.add_row(action, who, "\nor ".join(any_of), before, after, by)
    return made


def _papers(basis: Sequence[str]) -> str:
    if len(basis) > _MANY:
        return "every kind of paper that the rules read, together"
    return " and ".join(map(describe, basis)) or "no paper"
