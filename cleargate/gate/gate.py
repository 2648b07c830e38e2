"""The ten steps of a request, in the order in which they happen.

::

    1. Authenticate    credential → person, agency
    2. Parse           every field known, or an error that names the field
    3. Facts           what is known of requester, agencies, evidence, target
    4. Decide          by the book in force, once, at one time
    5. Narrow          for a permitted read: the row filter and the visible columns
    6. Log             the decision, refusals too
    7. Ticket          receipt and decision make a right to act that works once
    8. Act             search, read, hold, change
    9. Log the answer  how many rows, which columns, digest of the row keys; or the act
    10. Answer         rows or refusal, citations, receipt

Every outcome but permit and require skips 5, 7, 8 and 9. Nothing that was a request skips 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ..agencies import credentials
from ..custody import write as custody
from ..law.book import Book, Custodian
from ..law.changes import what_would_change
from ..law.decide import decide
from ..law.facts import Cast, unknown_agencies
from ..law.filter import shows
from ..log.append import append
from ..model.decision import Change, Decision, DocumentDecision
from ..model.errors import (
    BadUse,
    CleargateError,
    FieldError,
    NotAuthenticated,
    PackError,
    TicketRefused,
    Unavailable,
    VersionMoved,
)
from ..model.receipt import Receipt, Versions
from ..model.request import Known, Person, Request, RowFacts
from ..model.terms import RowFilter
from ..model.ticket import Filter, Ticket
from ..model.words import Outcome
from . import conflicts, entries
from .acts import Acting, Extract, act
from .answer import Answer
from .entries import failed
from .explain_filter import filter_json
from .filters import Filters, reads_rows
from .known import about_a_booking, gather
from .law import LawInForce
from .narrow import narrow
from .parse import parse
from .parts import Parts
from .pinned import pin
from .rejected import Rejections

_ALIKE: Final = 1024  # refusals whose changes are kept


class Gate:
    """The one door. Threads may share it.

    Args:
        parts: stores, log, law folder, clock and random source.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.law = LawInForce(parts.law)
        self.filters = Filters()
        self._rejections = Rejections(parts)
        self._conflicts = conflicts.Conflicts()
        self._cast: tuple[Mapping[str, object], Cast] | None = None
        self._alike: tuple[Cast, dict[tuple[object, ...], tuple[Change, ...]]] | None = None

    def answer(
        self, token: str, raw: Mapping[str, Any], via: str, extract: Extract | None = None
    ) -> Answer:
        """Steps 1 to 10 for one request.

        Args:
            token: the credential; what it stands for is looked up, never taken from ``raw``.
            raw: the fields of the request, as they came in.
            via: ``api``, ``cli``, ``console``, ``feed`` or ``job``.
            extract: the file, for an import.

        Raises:
            NotAuthenticated: the credential is not in force.
            BadUse: this is not a request; the sentence names the field.
            Unavailable: nothing could be decided or written down, so nothing was answered.
        """
        person = self.authenticate(token, via)
        request = self.parse(person, raw, via)
        return self.ask(person, request, via, extract)

    def authenticate(self, token: str, via: str) -> Person:
        """Step 1."""
        found = credentials.authenticate(self.parts.agencies, token, self.parts.clock())
        if isinstance(found, Person):
            return found
        self._rejections.note(found.credential, "", NotAuthenticated.code, via)
        raise found.error()

    def parse(self, person: Person, raw: Mapping[str, Any], via: str) -> Request:
        """Step 2."""
        try:
            return parse(self.parts, person, raw)
        except BadUse as fault:
            self.turn_away(person, fault, via)
            raise

    def turn_away(self, person: Person, fault: BadUse, via: str) -> None:
        """Count what was not even a request, such as a body that cannot be read."""
        self._rejections.note(person.credential, person.agency, fault.code, via)

    def ask(
        self, person: Person, request: Request, via: str, extract: Extract | None = None
    ) -> Answer:
        """Steps 3 to 10; anew when law or credentials move while it is answered."""
        for _ in range(self.parts.limits.tries):
            try:
                return self._once(person, request, via, extract)
            except VersionMoved:
                continue
        raise Unavailable("Law or credentials kept changing while this was decided; ask again.")

    def _once(self, person: Person, request: Request, via: str, extract: Extract | None) -> Answer:
        now = self.parts.clock()
        versions = self.parts.log.versions()
        self._still_authentic(person, via)
        try:
            known = gather(self.parts, person, request, now, versions.epoch)  # 3
            known, law = self._rows(known, versions)
            decision, changes = self.decide(known, versions, law)  # 4
            visible = None
            if decision.outcome.opens and isinstance(law, RowFilter):
                visible = narrow(self.parts, known, law)  # 5
        except FieldError as fault:  # a paper that is not there, another's cursor: not a request
            self._rejections.note(person.credential, person.agency, fault.code, via)
            raise
        receipt = self._log_decision(known, decision, versions, via, visible)  # 6
        if not decision.outcome.opens:
            self._declined(known, decision, receipt)
            item = None
            if decision.outcome is Outcome.CONFLICT:
                item = self._conflicts.opened(self, known, decision, receipt, via)
            return Answer(
                request, decision, receipt, changes=changes, asker=person, conflict=item
            )  # 10
        ticket = Ticket(request, decision, receipt, visible)  # 7
        acting = Acting(self, ticket, known, via, extract)
        try:
            self._still_good(ticket)
            done = act(acting)  # 8
            logged = append(self.parts.log, done.entries, expect=done.expect)  # 9
        except CleargateError as fault:
            self._log_failure(acting, fault.code)
            raise
        return Answer(
            request, decision, receipt, logged[0], done.result, asker=person, visible=visible
        )  # 10

    def _still_authentic(self, person: Person, via: str) -> None:
        """Step 1 once more, now that it is known under which versions this is decided.

        A credential that was revoked after it was shown and before the versions were read would
        otherwise be answered after the entry of its revocation. Whoever proposed what two have
        signed shows no credential.
        """
        if not person.credential:
            return
        if not credentials.in_force(self.parts.agencies, person.credential, self.parts.clock()):
            self._rejections.note(person.credential, person.agency, NotAuthenticated.code, via)
            raise credentials.Rejected(credentials.Reason.REVOKED, person.credential).error()

    def _rows(
        self, known: Known, versions: Versions
    ) -> tuple[Known, RowFilter | Unavailable | None]:
        """Of a read of rows, the law of each row, and a row that it shows, to be decided for.

        A search is decided for a plain record. Where law shows none, it is decided for one that law
        does show, if there can be any: which rows differ is the filter's matter.
        """
        if not reads_rows(known.request):
            return known, None
        try:
            book = self.law.book(versions.book)
            custodian = book.custodian(known.request.custodian)
        except PackError:
            return known, None  # step 4 says so
        try:
            law = self.filters.of(book, custodian, self.cast(), known)
        except Unavailable as fault:
            return known, fault
        return replace(known, row=law.example), law

    def again(self, known: Known, row: RowFacts) -> frozenset[str] | None:
        """Step 4 for one row: the masks that are open in it; None when it is not shown."""
        decision, _ = self.decide(replace(known, row=row), self.parts.log.versions())
        return shows(decision, row)

    def disagreed(self, known: Known) -> None:
        """Answer no search like this one under the book in force."""
        book = self.book()
        self.filters.set_aside(book, book.custodian(known.request.custodian), known)

    def decide(
        self, known: Known, versions: Versions, law: RowFilter | Unavailable | None = None
    ) -> tuple[Decision, tuple[Change, ...]]:
        """Step 4, and for what does not open, what would change it.

        A book that cannot be read, or not as a filter, decides nothing: ``unavailable``, and why.
        """
        if isinstance(law, Unavailable):
            return undecided(known, versions, law.sentence), ()
        try:
            book = self.law.book(versions.book)
            custodian = book.custodian(known.request.custodian)
        except PackError as fault:
            why = f"The law in force cannot be read: {fault.sentence}"
            return undecided(known, versions, why), ()
        cast = self.cast()
        decision = decide(book, custodian, cast, known)
        if decision.outcome.opens:
            return decision, ()
        return decision, self._changes(book, custodian, cast, known, decision)

    def _changes(
        self, book: Book, custodian: Custodian, cast: Cast, known: Known, decision: Decision
    ) -> tuple[Change, ...]:
        """What would change a refusal: some hundred decisions, kept for requests alike.

        Requests are alike when everything that a rule can read is. Of the clock that is the day,
        on which rules begin and end, and which papers count now; of the agencies, all of them. A
        custodian with a rule that reads the time itself has no requests alike.
        """
        asked = known.request
        if book.compiled(custodian, asked.action).reads_time:
            return what_would_change(book, custodian, cast, known, decision)
        if self._alike is None or self._alike[0] is not cast:
            self._alike = (cast, {})
        _, kept = self._alike
        person = replace(known.person, id="", credential="")
        counts = tuple(d.verified(known.at) for d in known.documents)
        key = (book.version, known.at.date(), person, known.requester, known.represented,
               asked.action, asked.custodian, asked.dataset, asked.kind, asked.purpose,
               bool(asked.case), known.documents, counts, known.custody, known.row)  # fmt: skip
        found = kept.get(key)
        if found is None:
            if len(kept) >= _ALIKE:
                kept.clear()
            found = kept[key] = what_would_change(book, custodian, cast, known, decision)
        return found

    def cast(self) -> Cast:
        """Every agency as the law reads them; parsed anew only when one changed."""
        agencies = self.parts.directory.all()
        if self._cast is None or self._cast[0] is not agencies:
            self._cast = (agencies, Cast(agencies))
        return self._cast[1]

    def book(self) -> Book:
        """The book in force."""
        return self.law.book(self.parts.log.versions().book)

    def _log_decision(
        self,
        known: Known,
        decision: Decision,
        versions: Versions,
        via: str,
        visible: Filter | None,
    ) -> Receipt:
        absent = self._absent(known, versions) if decision.outcome is Outcome.UNAVAILABLE else ()
        facts = pin(known, self.cast(), absent)
        laid_open = filter_json(visible, self.parts.records.dialect) if visible else None
        leaf = entries.decided(known, decision, facts, versions, via, laid_open)
        (receipt,) = append(self.parts.log, [leaf])
        return receipt

    def _absent(self, known: Known, versions: Versions) -> tuple[str, ...]:
        """The agencies for want of which nothing could be decided."""
        try:
            book = self.law.book(versions.book)
            compiled = book.compiled(book.custodian(known.request.custodian), known.request.action)
        except PackError:
            return ()
        return tuple(unknown_agencies(known, self.cast(), compiled.agencies))

    def _still_good(self, ticket: Ticket) -> None:
        """A ticket is void when its versions are, or when it is old."""
        if self.parts.log.versions() != ticket.receipt.versions:
            raise VersionMoved("Law or credentials moved after the decision.")
        if self.parts.clock() - ticket.decision.at > self.parts.limits.ticket:
            raise TicketRefused("The decision is too old to act on; ask again.")

    def _declined(self, known: Known, decision: Decision, receipt: Receipt) -> None:
        """What a refusal means for the papers and duties of a person in custody."""
        request, store = known.request, self.parts.custody
        if not about_a_booking(request):
            return
        if request.action == "hold":
            custody.decline(store, request.target, decision, receipt, known.at)
        else:
            custody.owe(store, request.target, decision, receipt, known.at)

    def _log_failure(self, acting: Acting, code: str) -> None:
        try:
            append(self.parts.log, [failed(acting.known, acting.ticket.receipt, acting.via, code)])
        except Unavailable:
            return  # the decision stands without an answer, and start-up reports it


def undecided(known: Known, versions: Versions, why: str) -> Decision:
    """The decision when no book can be read: nothing is answered, nobody is kept."""
    request = known.request
    nothing = DocumentDecision("", "none", Outcome.UNAVAILABLE, (), (), (), why=why)
    return Decision(
        outcome=Outcome.UNAVAILABLE,
        action=request.action,
        custodian=request.custodian,
        at=known.at,
        book=versions.book,
        documents=(nothing,),
        deciding=(),
        fired=(),
        struck=(),
        why=why,
    )
