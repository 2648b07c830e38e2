"""Release, the one exception: it asks nobody's permission, and nothing broken keeps anyone.

What works is used: the log takes an entry, the database is brought up to date, the law says which
notices are now due. What does not work leaves a paper form and a spool file, entered later as
``late`` with the time written down then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..custody import bookings, papers, spool
from ..custody import release as custody_release
from ..custody.form import release_form
from ..custody.release import Desk, Released
from ..custody.spool import Late, Waiting
from ..custody.write import owe
from ..law.decide import decide
from ..log import read as log_read
from ..log.append import append
from ..model.decision import Decision, Duty
from ..model.errors import CleargateError
from ..model.receipt import Receipt
from ..model.request import Known, Person, Request
from ..model.words import Event
from ..storage.engine import Store
from . import entries
from .gate import Gate
from .known import gather


@dataclass(frozen=True, slots=True)
class Release:
    """A release as it was written down.

    Attributes:
        released: what custody's database and the spool have.
        receipt: of the entry ``released``; None when the log took none.
        duties: notices and the like that law makes due on this release.
        form: the paper form; empty only when everything worked.
    """

    released: Released
    receipt: Receipt | None
    duties: tuple[Duty, ...]
    form: str


def release(
    gate: Gate | None,
    custody: Store | None,
    booking: str,
    at: datetime,
    desk: Desk,
    *,
    by: Person,
    via: str,
    why: str = "",
) -> Release:
    """Release the person of ``booking`` at ``at``.

    Args:
        gate: None when it could not be opened; the person leaves all the same.
        custody: ``custody.db``; None when it could not be opened.
        desk: where to write when nothing else answers.
        by: who released, by credential or as named at the desk.
        why: why the gate could not be opened.
    """
    receipt, fault = None, why
    if gate is not None and custody is not None:
        try:
            receipt = _log(gate, custody, booking, at, by, via)
        except Exception as broken:  # a mistake in this program, too, must not keep anyone
            fault = _sentence(broken)
    leaf = receipt.index if receipt else None
    released = custody_release.release(custody, booking, at, desk, by=by.id, leaf=leaf, why=fault)
    duties, unknown = _duties(gate, custody, booking, by, released.at, receipt)
    form = released.form
    if unknown and not form:
        number = spool.form_number(released.at.isoformat().encode() + booking.encode())
        form = release_form(
            Late(number, booking, released.at, by.id, unknown), desk.office, desk.zone
        )
    return Release(released, receipt, duties, form)


def enter_late(gate: Gate, waiting: Waiting, by: Person, via: str) -> Receipt:
    """Enter a release from the spool as ``late``, with the time written down then.

    The database comes first: it takes the same release any number of times.

    Raises:
        FieldError: no booking has the number that is on the form; look at the form.
    """
    if waiting.late is None:
        raise CleargateError(waiting.fault)
    late, parts = waiting.late, gate.parts
    custody_release.enter(parts.custody, late.booking, late.at, None)
    clear = {
        "stands_for": late.stands_for,
        "written_at": late.at,
        "facility": _facility(parts.custody, late.booking),
    }
    salted = {"booking": late.booking, "person": by.id, "receiver": ""}
    versions = parts.log.versions()
    (receipt,) = append(
        parts.log, [entries.entry("late", parts.clock(), versions, via, clear, salted)]
    )
    custody_release.enter(parts.custody, late.booking, late.at, receipt.index)
    spool.entered(waiting)
    return receipt


def _log(gate: Gate, custody: Store, booking: str, at: datetime, by: Person, via: str) -> Receipt:
    """One ``released`` entry for one release, however often the desk writes it down."""
    with custody.read() as conn:
        facility = bookings.get(conn, booking).facility
        before = bookings.released_leaf(conn, booking)
    if before is not None:
        return log_read.receipt(gate.parts.log, before)
    clear = {"facility": facility}
    salted = {"booking": booking, "person": by.id, "receiver": ""}
    versions = gate.parts.log.versions()
    (receipt,) = append(
        gate.parts.log, [entries.entry("released", at, versions, via, clear, salted)]
    )
    return receipt


def _sentence(fault: Exception) -> str:
    if isinstance(fault, CleargateError):
        return fault.sentence
    return f"{type(fault).__name__} in this program."


def _facility(custody: Store, booking: str) -> str:
    with custody.read() as conn:
        found = bookings.find(conn, booking)
    return found.facility if found else "not known"


def _duties(
    gate: Gate | None,
    custody: Store | None,
    booking: str,
    by: Person,
    at: datetime,
    receipt: Receipt | None,
) -> tuple[tuple[Duty, ...], str]:
    """What law makes due on the release; or a sentence that says why that is not known."""
    if gate is None or custody is None or receipt is None:
        return (), "The notices that law may make due could not be looked up."
    try:
        decision = _on_release(gate, custody, booking, by, at)
        decision = _not_owed_yet(gate, custody, booking, decision, receipt)
        owe(custody, booking, decision, receipt, at)
    except Exception as fault:  # as above
        return (), f"The notices that law may make due are not known: {_sentence(fault)}"
    return decision.duties, ""


def _on_release(gate: Gate, custody: Store, booking: str, by: Person, at: datetime) -> Decision:
    with custody.read() as conn:
        keeper = bookings.get(conn, booking).custodian
    request = Request(
        "release", represented=keeper, purpose="ADM", custodian=keeper, target=booking
    )
    desk = replace(by, agency=keeper)
    known: Known = gather(gate.parts, desk, request, at, 0)
    book = gate.book()
    return decide(book, book.custodian(keeper), gate.cast(), known)


def _not_owed_yet(
    gate: Gate, custody: Store, booking: str, decision: Decision, receipt: Receipt
) -> Decision:
    """Without what was owed already since the release was scheduled."""
    with custody.read() as conn:
        owed = papers.owed(conn, booking, receipt.index)
    before = {r.id for p in gate.book().packs.values() for r in p.rules
              if r.id in owed and r.on is Event.RELEASE_SCHEDULED}  # fmt: skip
    return replace(decision, duties=tuple(d for d in decision.duties if d.rule.id not in before))


def waiting(desk: Desk) -> Sequence[Waiting]:
    """Releases in the spool that wait to be entered."""
    return spool.pending(desk.spool)
