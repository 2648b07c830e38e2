"""Rows of holds: made, ended, and ended because their limit passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..storage.engine import Connection
from ..storage.times import optional, text, time
from .dispositions import Disposition
from .limits import Ending

PAST_LIMIT: Final = "held past the limit"


@dataclass(frozen=True, slots=True)
class Incident:
    """Someone is, or was, in custody after the last hold's limit.

    Attributes:
        document: the paper that the hold was on.
        since: when the limit passed, UTC.
        seen_at: when this was found out, or the person left.
        rule: whose limit it was.
        leaf: the entry of the decision to hold.
    """

    booking: str
    document: str
    what: str
    since: datetime
    seen_at: datetime
    rule: str
    leaf: int


def begin(
    conn: Connection,
    leaf: int,
    document: str,
    booking: str,
    start: datetime,
    ending: Ending,
    at: datetime,
) -> None:
    """Write a hold on one document; one that is there on the same document is decided anew."""
    end(conn, booking, at, "decided anew", document=document)
    conn.execute(
        "INSERT INTO hold (leaf, document, booking, from_at, until_at, limit_text, rule, cite)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            leaf,
            document,
            booking,
            text(start),
            optional(ending.until),
            ending.limit.text,
            ending.limit.rule.id,
            ending.limit.cite,
        ),
    )


def end(
    conn: Connection, booking: str, at: datetime, how: str, *, document: str | None = None
) -> None:
    """End the holds of a booking that still run, or only the one on ``document``."""
    conn.execute(
        "UPDATE hold SET ended_at = ?, ended_how = ?"
        " WHERE booking = ? AND ended_at IS NULL AND document = coalesce(?, document)",
        (text(at), how, booking, document),
    )


def papers_running(conn: Connection, booking: str) -> tuple[str, ...]:
    """The documents on which holds of a booking run."""
    rows = conn.execute(
        "SELECT document FROM hold WHERE booking = ? AND ended_at IS NULL ORDER BY document",
        (booking,),
    )
    return tuple(document for (document,) in rows)


def running(conn: Connection, booking: str) -> bool:
    """Whether any hold of a booking runs."""
    return papers_running(conn, booking) != ()


def end_past_limit(
    conn: Connection, at: datetime, *, booking: str | None = None
) -> tuple[Incident, ...]:
    """End every hold, or those of one booking, whose limit has passed at ``at``.

    Each document is decided by itself: while another hold still runs, the person is kept on that
    one, and the end of this one is no incident.
    """
    over = conn.execute(
        "SELECT leaf, document, booking, until_at, rule FROM hold"
        " WHERE ended_at IS NULL AND until_at < ? AND booking = coalesce(?, booking)"
        " ORDER BY until_at, leaf, document",
        (text(at), booking),
    ).fetchall()
    incidents = []
    for leaf, document, held, until, rule in over:
        conn.execute(
            "UPDATE hold SET ended_at = until_at, ended_how = 'expired'"
            " WHERE leaf = ? AND document = ?",
            (leaf, document),
        )
        conn.execute(
            "UPDATE lodged SET disposition = ?, disposed_at = ?"
            " WHERE document = ? AND booking = ? AND disposition = ''",
            (Disposition.EXPIRED, until, document, held),
        )
        if not running(conn, held):
            incidents.append(Incident(held, document, PAST_LIMIT, time(until), at, rule, leaf))
    _write(conn, incidents)
    return tuple(incidents)


def seen(conn: Connection, since: datetime, before: datetime) -> tuple[Incident, ...]:
    """The incidents that were found out from ``since`` on and before ``before``."""
    rows = conn.execute(
        "SELECT booking, document, what, since, seen_at, rule, leaf FROM incident"
        " WHERE seen_at >= ? AND seen_at < ? ORDER BY id",
        (text(since), text(before)),
    )
    return tuple(
        Incident(booking, document, what, time(from_), time(at), rule, leaf)
        for booking, document, what, from_, at, rule, leaf in rows.fetchall()
    )


def close_incidents(conn: Connection, booking: str, at: datetime) -> None:
    """The person has left: what was open is over.

    A release entered late may close an incident at a time before its limit: then there was none.
    """
    conn.execute(
        "UPDATE incident SET closed_at = ? WHERE booking = ? AND closed_at IS NULL",
        (text(at), booking),
    )


def _write(conn: Connection, incidents: list[Incident]) -> None:
    conn.executemany(
        "INSERT INTO incident (id, booking, document, what, since, seen_at, rule, leaf)"
        " SELECT coalesce(max(id), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM incident",
        [
            (i.booking, i.document, i.what, text(i.since), text(i.seen_at), i.rule, i.leaf)
            for i in incidents
        ],
    )
