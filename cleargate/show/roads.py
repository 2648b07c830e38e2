"""What a cut-off would do: the roads that close, stay open, or are disputed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Group
from rich.text import Text

from ..law.changes import describe
from ..law.cut_off import Crossing, Effect, Road
from .answers import glyph, rule
from .blocks import Block

_MANY: Final = 3
"""Papers that are named one by one."""

NOT_PROVED: Final = "Not proved: no prover has run; these are the roads that were tried."


def effect(effect: Effect) -> Group:
    """What a cut-off would do, road by road; roads alike are told once."""
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
    block.line(name, "1 road" if len(crossings) == 1 else f"{len(crossings)} roads")
    for alike, actions in _alike(crossings).items():
        how = alike.after if alike.before == alike.after else f"{alike.before} → {alike.after}"
        block.line("", Text(f"{how}  {', '.join(actions)}", style="bold"))
        block.line("", f"  asked by {alike.who}")
        block.lines("", (f"  {'on' if n == 0 else 'or'} {p}" for n, p in enumerate(alike.papers)))
        if alike.by:
            block.line("", Text(f"  {alike.by}", style="dim"))


@dataclass(frozen=True, slots=True)
class _Alike:
    """What roads of several actions may have in common, in words."""

    before: str
    after: str
    who: str
    papers: tuple[str, ...]
    by: str


def _alike(crossings: Sequence[Crossing]) -> dict[_Alike, list[str]]:
    """Roads that differ only in asker, paper or action, told once."""
    askers: dict[tuple[str, ...], list[Road]] = {}
    for c in crossings:
        by = ", ".join(r.id for r in c.deciding)
        key = (c.road.action, _papers(c.road.basis), glyph(c.before), glyph(c.after), by)
        askers.setdefault(key, []).append(c.road)
    papers: dict[tuple[str, ...], list[str]] = {}
    for (action, paper, before, after, by), roads in askers.items():
        papers.setdefault((action, before, after, _who(roads), by), []).append(paper)
    actions: dict[_Alike, list[str]] = {}
    for (action, before, after, who, by), any_of in papers.items():
        one = _Alike(before, after, who, tuple(dict.fromkeys(any_of)), by)
        actions.setdefault(one, []).append(action)
    return actions


def _who(roads: Sequence[Road]) -> str:
    own = [r.represented for r in roads if r.requester == r.represented]
    through: dict[str, list[str]] = {}
    for road in roads:
        if road.requester != road.represented:
            through.setdefault(road.requester, []).append(road.represented)
    said = [", ".join(own)] if own else []
    for other, whom in through.items():
        said.append(f"{other} for {'the same' if whom == own else ', '.join(whom)}")
    return "; ".join(said)


def _papers(basis: Sequence[str]) -> str:
    if len(basis) > _MANY:
        return "every kind of paper that the rules read, together"
    return " and ".join(map(describe, basis)) or "no paper"
