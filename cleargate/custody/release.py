"""Release: it asks nobody's permission, and no fault of this system stops it.

``conflict``, ``unavailable``, an expired limit, a full disk or a dead log never extend custody. So
this takes no ticket and decides nothing; it writes down what the desk did, in the database when
that answers, on paper and in the spool when it does not, and says what is left to enter.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from ..model.errors import CleargateError
from ..storage.engine import Store
from ..storage.times import text
from . import bookings, holds, spool
from .form import release_form
from .holds import Incident
from .spool import Late


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a release is written down when the database does not answer.

    Attributes:
        spool: the folder for what waits to be entered.
        office: whose form it is.
        zone: of the times on the form.
    """

    spool: Path
    office: str
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the database has of a release.

    Attributes:
        at: when the person left, UTC; of one who had left before, the time of then.
        ended: the documents of holds that ran until then.
        incidents: holds that had run out before the person left.
    """

    at: datetime
    ended: tuple[str, ...] = ()
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True, slots=True)
class Released:
    """A release, and what is left to do about it. The person has left in every case.

    Attributes:
        at: when, UTC.
        recorded: what the database has; None when it has nothing.
        form: the paper form's text; empty when nothing has to be entered later.
        files: the spool's record and form; empty where even the folder could not be written, and
            then ``form`` must be printed or copied by hand.
        later: what is to be done, one sentence each.
    """

    booking: str
    at: datetime
    recorded: Recorded | None
    form: str = ""
    files: tuple[Path, ...] = ()
    later: tuple[str, ...] = ()


def release(
    store: Store | None,
    booking: str,
    at: datetime,
    desk: Desk,
    *,
    by: str,
    leaf: int | None = None,
    why: str = "",
) -> Released:
    """Write down that the person of ``booking`` is released, whatever fails meanwhile.

    Args:
        store: ``custody.db``, or None when it cannot be opened.
        booking: its number, as the desk knows it.
        at: when the person left, UTC.
        desk: where to write when the store or the log does not answer.
        by: who released.
        leaf: the log entry of the release; None when the log took none, and then the release is
            spooled even though the database has it.
        why: what is known of the fault that left ``store`` or ``leaf`` out.
    """
    found = _record(store, booking, at, leaf)
    if isinstance(found, Recorded) and leaf is not None:
        return Released(booking, found.at, found)
    if isinstance(found, Recorded):
        recorded, fault, where = found, "", "the log"
    else:
        recorded, fault, where = None, found, "the database and the log"
    when = recorded.at if recorded else at
    late = Late(_number(booking, when), booking, when, by, fault or why or "The log is not there.")
    form = release_form(late, desk.office, desk.zone)
    later = [f"Enter form {late.form} in {where} as late, with the time {text(when)}."]
    files: tuple[Path, ...] = ()
    try:
        files = spool.put(desk.spool, late, form)
    except OSError as error:
        later.insert(0, f"Print or copy this form; {desk.spool} failed: {error.strerror}.")
    return Released(booking, when, recorded, form, files, tuple(later))


def _record(store: Store | None, booking: str, at: datetime, leaf: int | None) -> Recorded | str:
    """What the database now has; or in a sentence, empty when the caller knows, why nothing."""
    if store is None:
        return ""
    try:
        return enter(store, booking, at, leaf)
    except CleargateError as fault:
        return fault.sentence
    except Exception as fault:
        # The one place where every fault is caught: a mistake in this program, too, must not keep
        # anyone in a cell. What it was stands on the form.
        return f"The custody database failed ({type(fault).__name__})."


def enter(store: Store, booking: str, at: datetime, leaf: int | None) -> Recorded:
    """Bring the database up to date with a release; what it has already stays as it is.

    Raises:
        FieldError: there is no such booking.
    """
    with store.write() as conn:
        found = bookings.get(conn, booking)
        conn.execute(
            "UPDATE booking SET released_leaf = coalesce(released_leaf, ?) WHERE id = ?",
            (leaf, booking),
        )
        if found.ended_at is not None:
            return Recorded(found.ended_at)
        incidents = holds.end_past_limit(conn, at, booking=booking)
        ended = holds.papers_running(conn, booking)
        holds.end(conn, booking, at, bookings.RELEASED)
        conn.execute(
            "UPDATE booking SET status = ?, ended_at = ? WHERE id = ?",
            (bookings.RELEASED, text(at), booking),
        )
        holds.close_incidents(conn, booking, at)
        return Recorded(at, ended, incidents)


def _number(booking: str, at: datetime) -> str:
    """The same release has the same form, however often it is run."""
    return spool.form_number(hashlib.sha256(f"{booking}\n{text(at)}".encode()).digest())
