"""What was asked, by whom, with what outcome, over time: counted from the log, never from memory.

Who may count everybody's requests is the same question as who may read the log (``log:read``);
everyone else sees their own agency's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from ...log import listing
from ...log.read import entries
from ...model.words import Outcome
from ..incoming import AnyRequest
from . import log_pages
from .charts import NARROW, WIDE, Columns, Event, bars, columns
from .pages import Pages
from .visit import Visit
from .words import Words

Day = tuple[datetime, Mapping[Outcome, int]]

PERIODS: Final = (7, 30, 90)
_CHART_DAYS, _PHONE_DAYS = 30, 12
_NAMED: Final = 8


def routes(pages: Pages) -> list[HTTPRouteHandler]:
    """``/overview``."""

    @get("/overview")
    async def overview(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: _overview(pages, v))

    return [overview]


def _overview(pages: Pages, visit: Visit) -> Response[Any]:
    seen = log_pages.scope(pages, visit)
    if seen is None:
        return pages.html(visit, "overview_none.html", section="overview")
    now, words = pages.gate.parts.clock(), visit.words
    asked = visit.query.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else PERIODS[0]
    today = now.astimezone(words.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    longest = max(days, _CHART_DAYS)
    found = listing.decisions(
        pages.gate.parts.log, today - timedelta(days=longest - 1), seen.agency
    )
    since = today - timedelta(days=days - 1)
    recent = [d for d in found if d.at >= since]
    outcomes = Counter(d.outcome for d in recent)
    agencies = _by_agency([(d.represented, d.outcome) for d in recent])
    most = max((sum(c.values()) for _, c in agencies), default=1)
    chart_days = [today - timedelta(days=k) for k in reversed(range(_CHART_DAYS))]
    by_day = Counter((d.at.astimezone(words.zone).date(), d.outcome) for d in found)
    per_day = [(d, {o: by_day[d.date(), o] for o in Outcome}) for d in chart_days]
    return pages.html(
        visit, "overview.html", section="overview", seen=seen, days=days, periods=PERIODS,
        since=since, until=now, total=len(recent), outcomes=outcomes, all_outcomes=list(Outcome),
        answered=sum(n for o, n in outcomes.items() if Outcome(o).opens),
        shown=agencies, asked_count=len({d.represented for d in recent}),
        known=pages.gate.parts.directory.all(), most=most, bars=bars,
        charts=_charts(words, per_day, _events(pages, visit, chart_days[0])),
        per_day=per_day,
        rules=listing.by_rule(recent).most_common(5), book=pages.book(),
        size=pages.gate.parts.log.head().size,
    )  # fmt: skip


def _charts(words: Words, per_day: Sequence[Day], events: list[Event]) -> dict[str, Columns]:
    """The same chart twice: for a desk, and shorter and narrower, so that a phone can read it."""
    made = {}
    for where, days, width in (("desk", _CHART_DAYS, WIDE), ("phone", _PHONE_DAYS, NARROW)):
        shown = [(d.date(), counts) for d, counts in per_day[-days:]]
        names = [words.short_day(d) for d, _ in per_day[-days:]]
        made[where] = columns(shown, names, events, width)
    return made


def _by_agency(found: list[tuple[str, str]]) -> list[tuple[str, Counter[str]]]:
    """Agencies by how often they asked; those after the first few as one line without a name."""
    counted: dict[str, Counter[str]] = {}
    for agency, outcome in found:
        counted.setdefault(agency, Counter())[outcome] += 1
    ordered = sorted(counted.items(), key=lambda a: (-sum(a[1].values()), a[0]))
    rest: Counter[str] = Counter()
    for _, counts in ordered[_NAMED:]:
        rest += counts
    return ordered[:_NAMED] + ([("", rest)] if rest else [])


def _events(pages: Pages, visit: Visit, since: Any) -> list[Event]:
    """Changes of law, as dotted lines with words; law is public."""
    words = visit.words
    found = entries(pages.gate.parts.log, kinds=("law",), since=since, limit=20)
    by_day: Mapping[Any, int] = Counter(e.leaf.at.astimezone(words.zone).date() for e in found)
    return [Event(day, words.count("overview.law_changed", n)) for day, n in sorted(by_day.items())]
