"""Step 8: what a ticket does, action by action, and what is written down of it in step 9.

Each act takes its ticket's request and nothing else. An action that is not here is decided and
logged, and its answer says only that it may be done: an interview is held by people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import msgspec

from ..agencies import proposals, quarantine, reader
from ..agencies import write as agencies
from ..custody import bookings
from ..custody import read as custody_read
from ..custody import write as custody
from ..evidence import write as evidence
from ..law.put_in_force import install
from ..log.append import append
from ..log.export import ForThePublic, export
from ..log.expunge import expunge
from ..log.law_texts import in_folder
from ..log.order import Order
from ..log.rotate import rotate
from ..model.errors import BadUse, FilterDisagrees, PackError, TicketRefused, VersionMoved
from ..model.leaf import Leaf
from ..model.receipt import Versions
from ..model.request import Known
from ..model.ticket import Ticket
from ..model.words import Tri
from ..records import rectify
from ..records import write as records
from ..records.search import Said
from . import read as reads
from . import received, sign_off
from .bench import Bench
from .entries import entry, expunged
from .export import Copy, whole
from .files import Extract, LogExport
from .pinned import pin

File = Extract | LogExport | Copy


@dataclass(frozen=True, slots=True)
class Acting:
    """Everything that an act may use."""

    bench: Bench
    ticket: Ticket
    known: Known
    via: str
    file: File | None = None

    def still_good(self) -> None:
        """A ticket is void when its versions are, or when it is old."""
        parts, ticket = self.bench.parts, self.ticket
        if parts.log.versions() != ticket.receipt.versions:
            raise VersionMoved("Law or credentials moved after the decision.")
        if parts.clock() - ticket.decision.at > parts.limits.ticket:
            raise TicketRefused("The decision is too old to act on; ask again.")

    def entry(
        self, kind: str, clear: Mapping[str, Any], salted: Mapping[str, Any] | None = None
    ) -> Leaf:
        """An entry of this act, now."""
        now = self.bench.parts.clock()
        return entry(kind, now, self.ticket.receipt.versions, self.via, clear, salted)

    def done(self, **more: Any) -> Leaf:
        """The entry that says that the act was done."""
        request = self.ticket.request
        clear = {"decision": self.ticket.leaf, "act": request.action} | more
        return self.entry("done", clear, {"target": request.target, "keys_digest": ""})


@dataclass(frozen=True, slots=True)
class Done:
    """What an act gives back: values for the answer, and the entries that record it.

    Attributes:
        expect: versions that must still be in force when the entries are appended.
    """

    entries: list[Leaf]
    result: Mapping[str, Any] = field(default_factory=dict)
    expect: Versions | None = None


def act(acting: Acting) -> Done:
    """Do what the ticket allows."""
    return _ACTS.get(acting.ticket.request.action, _nothing_more)(acting)


def _nothing_more(a: Acting) -> Done:
    a.ticket.spend(a.ticket.request.action)
    return Done([a.done()], {"allowed": a.ticket.request.action})


def _answered(a: Acting, seen: reads.Seen) -> Done:
    clear = {"decision": a.ticket.leaf, "rows": seen.rows, "columns": sorted(seen.columns)}
    salted = {"target": a.ticket.request.target, "keys_digest": list(seen.keys)}
    return Done([a.entry("answered", clear, salted)], seen.result)


def _read_rows(a: Acting) -> Done:
    seen = reads.rows(a.bench.parts, a.ticket, a.known.person.id)
    _agreed(a, seen.said)
    return _answered(a, seen)


def _agreed(a: Acting, said: Sequence[Said]) -> None:
    """Cedar decides again each combination of facts that the law read of the rows.

    Raises:
        FilterDisagrees: it says otherwise than the database; nothing is answered, now and by this
            filter until its quarantine is lifted, and an alarm is logged with what is needed to
            see it again.
    """
    versions = a.ticket.receipt.versions
    if found := a.bench.disagreement(a.known, said, versions):
        _, law = a.bench.rows(a.known, versions)
        if a.ticket.filter is None or law is not a.ticket.filter.law:
            raise VersionMoved("Agencies or a quarantine moved after the decision.")
        _alarm(a, *found)
        raise FilterDisagrees


def _alarm(a: Acting, said: Said, opened: frozenset[str] | None) -> None:
    """Write down what disagreed, then set the filter aside for every process."""
    p, visible = a.bench.parts, a.ticket.filter
    assert visible is not None, "rows were read by it"
    clear = {"what": "filter-disagrees", "decision": a.ticket.leaf}
    case = pin(replace(a.known, row=said.row), a.bench.cast()) | {
        "filter": visible.law.digest,
        "asked": sorted(said.asked),
        "opened": sorted(said.opened),
        "cedar": None if opened is None else sorted(opened),
    }
    (logged,) = append(p.log, [a.entry("alarm", clear, {"case": case})])
    quarantine.set_aside(p.agencies, visible.law.digest, visible.custodian, logged.index, p.clock())


def _lift_quarantine(a: Acting) -> Done:
    lifted = quarantine.lift(a.bench.parts.agencies, a.ticket, a.bench.parts.clock())
    return Done([a.done()], msgspec.to_builtins(lifted))


def _export(a: Acting) -> Done:
    return _answered(a, whole(a, partial(_agreed, a)))


def _statistics(a: Acting) -> Done:
    return _answered(a, reads.table(a.bench.parts, a.ticket))


def _read_custody(a: Acting) -> Done:
    values = custody_read.answer(a.bench.parts.custody, a.ticket)
    return _answered(a, reads.Seen({"values": values}, 1, tuple(values)))


def _about_a_booking(a: Acting, kind: str, booking: str, **clear: Any) -> Leaf:
    with a.bench.parts.custody.read() as conn:
        found = bookings.get(conn, booking)
    basis = [{"kind": d.kind, "verified": bool(d.verified_by)} for d in a.known.documents]
    said = {
        "facility": found.facility,
        "agency": a.ticket.request.represented,
        "decision": a.ticket.leaf,
        "outcome": a.ticket.decision.outcome,
        "rules": [r.id for r in a.ticket.decision.deciding],
        "basis": basis,
    }
    salted = {"booking": booking, "person": a.known.person.id, "receiver": ""}
    return a.entry(kind, said | clear, salted)


def _book(a: Acting) -> Done:
    p = a.bench.parts
    booking = custody.book(p.custody, a.ticket, p.clock(), p.random)
    return Done([a.done(), _about_a_booking(a, "booked", booking)], {"booking": booking})


def _booking_act(do: Callable[..., Any], kind: str, **clear: str) -> Callable[[Acting], Done]:
    def run(a: Acting) -> Done:
        p, booking = a.bench.parts, a.ticket.request.target
        result = do(p.custody, a.ticket, p.clock())
        logged = [a.done(), _about_a_booking(a, kind, booking, **clear)]
        # A hold whose limit had passed was found and ended by this act: that is an incident.
        for incident in result.incidents:
            logged.append(
                _about_a_booking(a, "incident", incident.booking, what=incident.what,
                                 rules=[incident.rule], decision=incident.leaf)
            )  # fmt: skip
        return Done(logged, msgspec.to_builtins(result))

    return run


def _evidence_entry(a: Acting, id: str, what: str, kind: str) -> Leaf:
    agency = a.ticket.request.represented
    clear = {"agency": agency, "evidence": kind, "what": what, "decision": a.ticket.leaf}
    verifier = a.known.person.id if what == "verified" else ""
    return a.entry(
        "evidence", clear, {"document": id, "person": a.known.person.id, "verifier": verifier}
    )


def _add_evidence(a: Acting) -> Done:
    p = a.bench.parts
    id = evidence.add(p.evidence, a.ticket, a.known.person, p.clock(), p.random)
    kind = a.ticket.request.subject["kind"]
    return Done([a.done(), _evidence_entry(a, id, "added", kind)], {"evidence": id})


def _verify_evidence(a: Acting) -> Done:
    p = a.bench.parts
    checked = evidence.verify(
        p.evidence, a.ticket, a.known.person, p.clock(),
        adder_may_verify=p.limits.adder_may_verify,
    )  # fmt: skip
    logged = _evidence_entry(a, checked.id, "verified", checked.kind)
    return Done([a.done(), logged], msgspec.to_builtins(checked))


def _withdraw_evidence(a: Acting) -> Done:
    p = a.bench.parts
    checked = evidence.withdraw(p.evidence, a.ticket, p.clock())
    logged = _evidence_entry(a, checked.id, "withdrawn", checked.kind)
    return Done([a.done(), logged], msgspec.to_builtins(checked))


def _agency_act(do: Callable[..., Any], what: str) -> Callable[[Acting], Done]:
    def run(a: Acting) -> Done:
        agency = do(a.bench.parts.agencies, a.ticket, a.bench.parts.clock())
        clear = {
            "agency": agency.id,
            "what": what,
            "custodian": a.ticket.request.custodian,
            "decision": a.ticket.leaf,
        }
        logged = a.entry("agency", clear, {"person": a.known.person.id})
        return Done([a.done(), logged], {"agency": msgspec.to_builtins(agency)})

    return run


def _issue(a: Acting) -> Done:
    p, limits = a.bench.parts, a.bench.parts.limits
    issued = agencies.issue(
        p.agencies, a.ticket, p.clock(), p.random,
        days=limits.credential_days, longest_days=limits.longest_days,
        enrolment=limits.accounts.enrolment,
    )  # fmt: skip
    logged = _credential(a, issued.person.agency, issued.credential, "issued", issued.person.role)
    result = {
        "credential": issued.credential,
        "person": issued.person.id,
        "agency": issued.person.agency,
        "role": issued.person.role,
        "expires_at": issued.expires_at.isoformat(),
        "token": issued.token,
    }
    if issued.enrolment:
        result["enrolment"] = issued.enrolment
    return Done([a.done(), logged], result)


def _revoke(a: Acting) -> Done:
    p = a.bench.parts
    revoked = agencies.revoke(p.agencies, a.ticket, p.clock())
    whose = agency_of(a, revoked.person)
    logged = _credential(a, whose, revoked.credential, "revoked", "")
    return Done([a.done(), logged], msgspec.to_builtins(revoked))


def agency_of(a: Acting, person: str) -> str:
    """The agency of a person who holds or held a credential."""
    return reader.person(a.bench.parts.agencies, person).agency


def _credential(a: Acting, agency: str, credential: str, what: str, role: str) -> Leaf:
    clear = {"agency": agency, "what": what, "decision": a.ticket.leaf}
    if role:
        clear["role"] = role
    return a.entry("credential", clear, {"credential": credential, "person": a.known.person.id})


def _put_in_force(a: Acting) -> Done:
    """Move the book. It is in force from its entry on, for every process at once."""
    p, subject = a.bench.parts, a.ticket.request.subject
    book = _signed_book(a)
    signed = proposals.execute(p.agencies, a.ticket, p.clock())
    a.ticket.spend(a.ticket.request.action)
    change = {
        "from_version": subject["from"],
        "to_version": book,
        "keys": [s.public.hex() for s in signed.signatures],
    }
    who = {"person": a.known.person.id}
    common = {"custodian": a.ticket.request.custodian, "decision": a.ticket.leaf}
    unreviewed = subject.get("accept_unreviewed") == "yes"
    what = "cut off" if a.ticket.request.action == "agency:cut-off" else "put in force"
    if "conflict" in subject:
        what = f"settles conflict {subject['conflict']}"
    logged = [
        a.done(),
        a.entry("law", {"what": what, "unreviewed": unreviewed, **common, **change}, who),
    ]
    if "agency" in subject:
        cut = {"agency": subject["agency"], "what": "cut-off", **common, **change}
        if excepted := [e for e in subject.get("except", "").split(",") if e]:
            cut["excepted"] = excepted
        logged.append(a.entry("agency", cut, who))
    # Whoever signed saw one book in force; another one since then is another question.
    return Done(logged, {"book": book}, expect=a.ticket.receipt.versions)


def _sign_off(a: Acting) -> Done:
    """Move the book by counsel's signatures alone: no rule reads otherwise, no outcome changes."""
    p, request = a.bench.parts, a.ticket.request
    before = a.bench.law.book(a.ticket.receipt.versions.book)
    book = sign_off.signed_book(a.bench, before, a.known.person, request, p.clock())
    install(p.law, book)
    a.ticket.spend(request.action)
    rules, _, key = sign_off.fields(request.subject)
    left = sum(r.review for pack in book.packs.values() for r in pack.rules)
    clear = {
        "what": "signed off",
        "rules": rules,
        "unreviewed": left > 0,
        "custodian": request.custodian,
        "decision": a.ticket.leaf,
        "from_version": before.version,
        "to_version": book.version,
        "keys": [key],
    }
    logged = [a.done(), a.entry("law", clear, {"person": a.known.person.id})]
    result = {"book": book.version, "rules": rules, "left": left}
    return Done(logged, result, expect=a.ticket.receipt.versions)


def _signed_book(a: Acting) -> str:
    subject = a.ticket.request.subject
    if subject.get("from") != a.ticket.receipt.versions.book:
        raise BadUse("Another book came into force since this was proposed; propose it anew.")
    try:
        a.bench.law.book(subject["book"])
    except PackError as fault:
        raise BadUse(f"The proposed book cannot be read: {fault.sentence}") from fault
    return subject["book"]


def _rotate_key(a: Acting) -> Done:
    """The log goes on under another key; the entry after this is the first that it signs for."""
    rotated = rotate(a.bench.parts.log, a.ticket, a.bench.parts.clock())
    return Done([a.done()], msgspec.to_builtins(rotated))


def _expunge(a: Acting) -> Done:
    """Values go, and the entry that says so stays: by it a missing value is no fault."""
    p, subject = a.bench.parts, a.ticket.request.subject
    if subject.get("order") not in a.ticket.request.basis:
        raise TicketRefused("The order that two have signed is not the one this rests on.")
    order = Order.parse(subject["order"], subject["entries"], subject.get("fields", ""))
    proposals.execute(p.agencies, a.ticket, p.clock())
    gone = expunge(p.log, a.ticket, order, p.clock())
    clear, salted = expunged(gone.order)
    return Done([a.done(), a.entry("expunged", clear, salted)], msgspec.to_builtins(gone))


def _recover(a: Acting) -> Done:
    """Two have declared what is lost: the log that they named goes on."""
    p, subject = a.bench.parts, a.ticket.request.subject
    if (subject["origin"], subject["key"]) != (p.log.origin, p.log.vkey):
        raise TicketRefused(
            f"This was signed for the log {subject['origin']} and its key, not for {p.log.origin}; "
            "run 'cleargate sign' for it."
        )
    proposals.execute(p.agencies, a.ticket, p.clock())
    a.ticket.spend(a.ticket.request.action)
    lost = a.entry("alarm", {"what": subject["declared"], "decision": a.ticket.leaf}, {"case": ""})
    return Done([a.done(), lost], dict(subject))


def _import(a: Acting) -> Done:
    p = a.bench.parts
    if not isinstance(a.file, Extract):
        raise BadUse("An import reads a file; use 'cleargate records import'.")
    result = records.import_extract(
        p.records, a.ticket, a.file.path, at=p.clock(), rejects=a.file.rejects,
        progress=a.file.progress, limits=p.limits.extract,
    )  # fmt: skip
    clear = {
        "source": result.source,
        "dataset": result.dataset,
        "custodian": result.custodian,
        "rows": result.rows_read,
        "rejected": result.rejected,
        "file": result.file_digest,
        "decision": a.ticket.leaf,
    }
    return Done([a.done(), a.entry("import", clear)], msgspec.to_builtins(result))


def _rectify(do: Callable[..., rectify.Rectified]) -> Callable[[Acting], Done]:
    """Change one record, and say who had it before, with a letter to each."""

    def run(a: Acting) -> Done:
        p = a.bench.parts
        had = received.received(p, a.ticket.request, a.ticket.leaf)  # what may fail comes first
        done = do(p.records, a.ticket, p.clock())
        result = msgspec.to_builtins(done)
        if done.what in received.TELL:
            result |= received.told(p, had, done, a.ticket.leaf)
        return Done([a.done()], result)

    return run


def _sealed(a: Acting) -> Done:
    orders = [d for d in a.known.documents if d.kind == "court-order"]
    if not any(d.verified(a.known.at) is Tri.YES for d in orders):
        raise BadUse(
            "A record is sealed or expunged under a court's order that is verified; add the order, "
            "have it verified, and name it with --basis."
        )
    return _rectify(rectify.seal)(a)


def _export_log(a: Acting) -> Done:
    """The entry says for whom the export is and how much of the log it holds."""
    p = a.bench.parts
    if not isinstance(a.file, LogExport):
        raise BadUse("An export of the log is written to a folder; use 'cleargate log export'.")
    a.ticket.spend(a.ticket.request.action)
    out, public = a.file.out, None
    if a.file.public:
        public = ForThePublic(a.bench.book().publishes, p.clock() - p.limits.public_lag)
    size = export(p.log, out, public=public, laws=in_folder(p.law), beside=a.file.beside)
    audience = "public" if public else "auditor"
    result = {"out": str(out), "audience": audience, "entries": size, "key": p.log.vkey}
    return Done([a.done(audience=audience, entries=size)], result)


_ACTS: Final[Mapping[str, Callable[[Acting], Done]]] = {
    **dict.fromkeys(("search", "read"), _read_rows),
    "export": _export,
    "statistics": _statistics,
    **dict.fromkeys(
        ("release_date", "custody_status", "contact_info", "immigration_status"), _read_custody
    ),
    "book": _book,
    "lodge": _booking_act(custody.lodge, "lodged"),
    "hold": _booking_act(custody.hold, "held"),
    "serve-copy": _booking_act(custody.serve_copy, "served"),
    "withdraw": _booking_act(custody.withdraw, "disposition", what="withdrawn"),
    "transfer": _booking_act(custody.transfer, "transferred"),
    "sentence": _booking_act(custody.sentence, "sentenced"),
    "schedule-release": _booking_act(custody.schedule_release, "eligible", what="scheduled"),
    "agency:add": _agency_act(agencies.add_agency, "added"),
    "agency:narrow": _agency_act(agencies.narrow, "narrowed"),
    "agency:cut-off": _put_in_force,
    "law:put-in-force": _put_in_force,
    "law:sign-off": _sign_off,
    "credential:issue": _issue,
    "credential:revoke": _revoke,
    "evidence:add": _add_evidence,
    "evidence:verify": _verify_evidence,
    "evidence:withdraw": _withdraw_evidence,
    "records:import": _import,
    "records:correct": _rectify(rectify.correct),
    "records:seal": _sealed,
    "records:lift-quarantine": _lift_quarantine,
    "log:expunge": _expunge,
    "log:export": _export_log,
    "log:recover": _recover,
    "log:rotate-key": _rotate_key,
}
