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
from typing import Any

from ..agencies import credentials
from ..custody import write as custody
from ..log.append import append
from ..model.decision import Decision
from ..model.errors import (
    BadUse,
    CleargateError,
    FieldError,
    NotAuthenticated,
    Unavailable,
    VersionMoved,
)
from ..model.receipt import Receipt, Versions
from ..model.request import Known, Person, Request
from ..model.terms import RowFilter
from ..model.ticket import Filter, Ticket
from ..model.words import Outcome
from . import conflicts, entries, explain_filter
from .acts import Acting, File, act
from .answer import Answer
from .bench import Bench
from .entries import failed
from .known import about_a_booking, gather
from .narrow import narrow
from .parse import parse
from .parts import Parts
from .pinned import pin
from .pinned_filters import PinnedFilters
from .rejected import Rejections


class Gate(Bench):
    """The one door. Threads may share it.

    Args:
        parts: stores, log, law folder, clock and random source.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.pinned = PinnedFilters(parts.law)
        self._rejections = Rejections(parts)
        self._conflicts = conflicts.Conflicts()

    def answer(
        self, token: str, raw: Mapping[str, Any], via: str, file: File | None = None
    ) -> Answer:
        """Steps 1 to 10 for one request.

        Args:
            token: the credential; what it stands for is looked up, never taken from ``raw``.
            raw: the fields of the request, as they came in.
            via: ``api``, ``cli``, ``console``, ``feed`` or ``job``.
            file: the one that an import reads, or an export writes.

        Raises:
            NotAuthenticated: the credential is not in force.
            BadUse: this is not a request; the sentence names the field.
            Unavailable: nothing could be decided or written down, so nothing was answered.
        """
        person = self.authenticate(token, via)
        request = self.parse(person, raw, via)
        return self.ask(person, request, via, file)

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

    def ask(self, person: Person, request: Request, via: str, file: File | None = None) -> Answer:
        """Steps 3 to 10; anew when law or credentials move while it is answered."""
        for _ in range(self.parts.limits.tries):
            try:
                return self._once(person, request, via, file)
            except VersionMoved:
                continue
        raise Unavailable("Law or credentials kept changing while this was decided; ask again.")

    def _once(self, person: Person, request: Request, via: str, file: File | None) -> Answer:
        now = self.parts.clock()
        versions = self.parts.log.versions()
        self._still_authentic(person, via)
        try:
            known = gather(self.parts, person, request, now, versions.epoch)  # 3
            known, law = self.rows(known, versions)
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
        acting = Acting(self, ticket, known, via, file)
        try:
            acting.still_good()
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

    def _log_decision(
        self,
        known: Known,
        decision: Decision,
        versions: Versions,
        via: str,
        visible: Filter | None,
    ) -> Receipt:
        absent = self.absent(known, versions) if decision.outcome is Outcome.UNAVAILABLE else ()
        facts = pin(known, self.cast(), absent)
        laid_open = (
            explain_filter.pin(visible, self.parts.records.dialect, self.pinned)
            if visible
            else None
        )
        leaf = entries.decided(known, decision, facts, versions, via, laid_open)
        (receipt,) = append(self.parts.log, [leaf])
        return receipt

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
