"""A whole log made again, its stretches shared among processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from typing import Final

from .replay import KEEP, OtherLaw, Past, Replay, Replayed

STRETCH: Final = 1_000
"""Entries that a process takes at a time."""
ALONE: Final = 50_000
"""Entries that one process makes again sooner than others have started and read their books."""

Opener = Callable[[], Past]
Progress = Callable[[int, int], None]
"""Told how many entries were looked at, and of how many."""


@dataclass(slots=True)
class Report:
    """What came of it.

    Attributes:
        decisions: how many there are.
        made: how many of them could be made again.
        turned: (outcome then, outcome now) → how many, of those that differ.
        differing: those that differ, oldest first.
        other_rules: how many come out the same and rest on other rules.
        asked: how many were asked of Cedar; the others are decided alike.
        not_made: why → the entries that could not be made again.
    """

    decisions: int = 0
    made: int = 0
    turned: Counter[tuple[str, str]] = field(default_factory=Counter)
    differing: list[Replayed] = field(default_factory=list)
    other_rules: int = 0
    asked: int = field(default=0, compare=False)
    not_made: dict[str, list[int]] = field(default_factory=dict)

    def add(self, one: Replayed) -> None:
        """Count one decision."""
        self.decisions += 1
        if one.now is None:
            self.not_made.setdefault(one.why_not, []).append(one.index)
            return
        self.made += 1
        if one.differs:
            self.turned[one.then.outcome, one.now.outcome] += 1
            self.differing.append(one)
        elif one.other_rules:
            self.other_rules += 1

    def join(self, later: Report) -> None:
        """Add what another process found in a later stretch."""
        self.decisions += later.decisions
        self.made += later.made
        self.turned += later.turned
        self.differing += later.differing
        self.other_rules += later.other_rules
        self.asked += later.asked
        for why, entries in later.not_made.items():
            self.not_made.setdefault(why, []).extend(entries)


def replay_all(
    opener: Opener,
    law: OtherLaw | None,
    *,
    instead: OtherLaw | None = None,
    first: int = 0,
    since: datetime | None = None,
    processes: int = 1,
    stretch: int = STRETCH,
    keep: int = KEEP,
    alone: int = ALONE,
    progress: Progress = lambda done, total: None,
) -> Report:
    """Make every past decision again.

    Args:
        opener: opens the log; called once in each process.
        law: another law; None for the law that was in force then.
        instead: a law whose decisions stand in the place of what the entries say.
        first: the entry to begin with.
        since: only decisions from this time on.
        processes: how many share the work.
        stretch: entries that a process takes at a time.
        keep: decisions that each process keeps for requests decided alike.
        alone: up to this many entries, one process does it all.
        progress: told as stretches are done.

    Raises:
        PackError: the other law has mistakes.
        CheckFailed: an entry or its facts were changed in the database.
    """
    past = opener()
    size = past.log.head().size
    spans = [(a, min(a + stretch, size)) for a in range(first, size, stretch)]
    report, replay = Report(), Replay(past, law, instead, keep)
    try:
        if processes == 1 or len(spans) == 1 or size - first <= alone:
            found: Iterator[Report] = (_stretch(replay, since, *span) for span in spans)
            return _gather(report, found, spans, progress)
        with ProcessPoolExecutor(
            min(processes, len(spans)),
            get_context("spawn"),
            _begin,
            (opener, law, instead, since, keep),
        ) as pool:
            return _gather(report, pool.map(_work, spans), spans, progress)
    finally:
        past.log.close()


def _gather(
    report: Report,
    found: Iterator[Report],
    spans: Sequence[tuple[int, int]],
    progress: Progress,
) -> Report:
    for one, (_, stop) in zip(found, spans, strict=True):
        report.join(one)
        progress(stop - spans[0][0], spans[-1][1] - spans[0][0])
    return report


def _stretch(replay: Replay, since: datetime | None, first: int, stop: int) -> Report:
    report, before = Report(), replay.asked
    for one in replay.stretch(first, stop, since):
        report.add(one)
    report.asked = replay.asked - before
    return report


_mine: list[tuple[Replay, datetime | None]] = []
"""In a process of the pool: what it works with, from its first stretch to its last."""


def _begin(
    opener: Opener,
    law: OtherLaw | None,
    instead: OtherLaw | None,
    since: datetime | None,
    keep: int,
) -> None:
    _mine[:] = [(Replay(opener(), law, instead, keep), since)]


def _work(span: tuple[int, int]) -> Report:
    replay, since = _mine[0]
    return _stretch(replay, since, *span)
