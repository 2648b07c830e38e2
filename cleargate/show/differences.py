"""What another law would change, as text: totals and one example each, or all that was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from ..gate.replay_all import Report
from ..law.compare import Compared, Group, Turn
from ..law.pairs import Pair
from ..law.told import action_words, known_words
from ..law.worked import Worked
from ..model.decision import Decision
from ..model.words import Outcome
from .answers import glyph
from .blocks import Block, plain

_TURNS: Final = 4
"""Changes of each sort that are named before ``--all`` is said."""
_PAST: Final = 20
"""Past requests that are named."""


def worked_block(head: str, pair: Pair, worked: Sequence[Worked], *, whole: bool) -> Block:
    """Worked requests that come out otherwise, by how they change."""
    block = Block(head)
    if pair.silent:
        block.line("own pack", "not known: what it grants is one of the facts that vary")
    changed = [w for w in worked if w.differs]
    duties = sum(w.other_duties for w in worked if not w.differs)
    also = f"; of the others {duties} by other duties only" if duties else ""
    block.line("worked", f"{len(changed)} of {len(worked)} come out otherwise{also}")
    if whole:
        for one in changed:
            block.line("", f"{one.source}: {one.asked.name}")
            block.line("", f"  {_outcome(one.before)} → {_outcome(one.after)}")
        return block
    alike: dict[tuple[Outcome, Outcome], list[Worked]] = defaultdict(list)
    for one in changed:
        alike[one.before.outcome, one.after.outcome].append(one)
    for (was, now), ones in sorted(alike.items(), key=lambda kv: -len(kv[1])):
        same = "other cells masked" if was is now else f"{glyph(was)} → {glyph(now)}"
        block.line(f"{len(ones)} ×"[:9], f"{same}, such as {ones[0].source}: {ones[0].asked.name}")
    return block


def compared_blocks(found: Sequence[Compared], *, whole: bool) -> Iterator[Block]:
    """Every action in which something changes, and then those in which nothing does."""
    for one in found:
        if one.turns or one.why_not or one.wrong:
            yield _compared(one, whole=whole)
    same = [a for c in found if not (c.turns or c.why_not or c.wrong) for a in c.actions]
    if same:
        cases = sum(c.requests for c in found if not c.turns)
        block = Block("nothing changes")
        block.line("actions", ", ".join(map(action_words, same)))
        block.line("cases", f"{cases:,} compared where the rules are others" if cases else "")
        yield block


def _compared(one: Compared, *, whole: bool) -> Block:
    names = ", ".join(map(action_words, one.actions))
    if one.why_not:
        block = Block(f"{names}: could not be enumerated")
        block.line("because", f"{one.why_not}; only the worked requests say what changes")
        return block
    count = f"{one.changed:,} of {one.requests:,} cases change; all were compared"
    block = Block(f"{names}: {count}")
    block.lines("FAULT", one.wrong)
    if whole:
        for turn in one.turns:
            _turn(block, turn, turn.groups)
        return block
    outcomes = _largest(t for t in one.turns if t.of_outcome)
    others = _largest(t for t in one.turns if not t.of_outcome)
    for turn in outcomes[:1]:
        _turn(block, turn, turn.groups[:1])
    for turn in (*outcomes[1:_TURNS], *others[:_TURNS]):
        block.line("", _turn_words(turn))
    rest = len(outcomes[_TURNS:]) + len(others[_TURNS:])
    more = f"{rest} more change{'s' * (rest != 1)}, and " if rest else ""
    block.line("", f"… {more}the conditions of each: --all")
    return block


def _largest(turns: Iterator[Turn]) -> list[Turn]:
    return sorted(turns, key=lambda t: -t.requests)


def _turn(block: Block, turn: Turn, groups: Sequence[Group]) -> None:
    block.line("", _turn_words(turn))
    for group in groups:
        when = " · ".join(group.conditions) or "always"
        block.line("when", f"{when} ({group.requests:,} cases)")
        block.line("example", " ".join(known_words(group.example)))
        if turn.of_outcome:
            block.line("", f"{_outcome(group.before)} → {_outcome(group.after)}")
    rest = turn.requests - sum(g.requests for g in groups)
    if groups and rest > 0:
        block.line("…", f"{rest:,} cases under other conditions")


def _turn_words(turn: Turn) -> str:
    cases = f"({turn.requests:,} cases)"
    if turn.mask or turn.duty:
        what = action_words(turn.mask) if turn.mask else f"duty {turn.duty}"
        return f"{what}: {turn.before} → {turn.after} {cases}"
    was, now = (glyph(Outcome(o)) for o in (turn.before, turn.after))
    return f"{was} → {now} {cases}"


def _outcome(decision: Decision) -> str:
    cites = "; ".join(r.cite for r in decision.deciding[:2])
    return f"{glyph(decision.outcome)}{f' ({cites})' if cites else ''}"


def past_block(past: Report) -> Block:
    """Past requests that come out otherwise."""
    block = Block(f"{len(past.differing)} of {past.made} past requests come out otherwise")
    for (was, now), count in sorted(past.turned.items(), key=lambda kv: (-kv[1], kv[0])):
        words = f"{glyph(Outcome(was))} → {glyph(Outcome(now))}"
        block.line("", plain(f"{count} × {words}"))
    for one in past.differing[:_PAST]:
        block.line(f"{one.index}", f"{one.requester}, for {one.represented}: {one.action}")
    if len(past.differing) > _PAST:
        block.line("", f"… and {len(past.differing) - _PAST} more; --json has all")
    for why, entries in past.not_made.items():
        block.line("not made", f"{len(entries)}: {why}")
    return block
