"""``cleargate report``: what the custodians owe by the calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from ..config import Settings
from ..law.calendar import due as due_between
from ..model.errors import BadUse
from ..show.blocks import Block, table
from .session import declare, folder_argument, reading, tell

command = click.Group("report", help="Reports: what is due, by when.")

_AHEAD = timedelta(days=365)
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@declare("due", "cleargate report due county --from 2026-12-01 --to 2027-03-31", command)
@folder_argument
@click.option("--from", "first", type=_DAY, metavar="DAY", help="First day.  [default: today]")
@click.option("--to", "last", type=_DAY, metavar="DAY", help="Last day.  [default: a year on]")
@click.option("--custodian", default="", metavar="AGENCY", help="Whose.  [default: everyone's]")
def due(
    folder: Path, first: datetime | None, last: datetime | None, custodian: str, as_json: bool
) -> None:
    """What the law in force makes each custodian do by the calendar: reports, postings, filings.
    It lists; the reports themselves are written elsewhere.
    """
    with reading(folder) as (settings, gate):
        start = first.date() if first else _today(settings, gate.parts.clock())
        end = last.date() if last else start + min(_AHEAD, date.max - start)
        if end < start:
            raise BadUse(f"{end} is before {start}; give --from before --to.")
        book = gate.book()
        whose = [settings.custodian(custodian).id] if custodian else sorted(book.custodians())
        found = [(id, d) for id in whose for d in due_between(book.custodian(id).rules, start, end)]
    made = table("due", "custodian", "what", "to", "law")
    data = []
    for id, one in sorted(found, key=lambda f: (f[1].by or date.max, f[0])):
        rule = one.rule
        made.add_row(str(one.by or "no day"), id, f"{rule.summary} ({rule.within})", rule.to,
                     rule.cite)  # fmt: skip
        data.append({
            "by": one.by.isoformat() if one.by else None, "custodian": id, "rule": rule.id,
            "duty": rule.duty, "says": rule.summary, "within": rule.within, "to": rule.to,
            "cite": rule.cite, "review_needed": rule.review,
        })  # fmt: skip
    nothing = Block(f"Nothing is due from {start} to {end}.").done()
    tell(as_json, data, made if found else nothing)


def _today(settings: Settings, now: datetime) -> date:
    return now.astimezone(ZoneInfo(settings.timezone)).date()
