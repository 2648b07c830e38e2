"""Documents that a request rests on, and what may be said of them.

Unverified evidence counts for nothing: it is carried into a decision as a presented document, but
no rule that needs verified evidence sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from .words import Tri

EVIDENCE_KINDS: Final[dict[str, str]] = {
    "judicial-warrant": "warrant signed by a judge or magistrate",
    "court-order": "order of a court",
    "subpoena": "subpoena",
    "administrative-warrant": (
        "administrative immigration warrant (I-200, I-203, I-205, I-286, NCIC file hit)"
    ),
    "detainer": "immigration detainer (I-247A, I-247D, I-247N, I-247G, I-247X)",
    "final-order": "final order of removal",
    "consent": "consent of the person",
    "agreement": "agreement between agencies",
    "proof-of-status": "proof of citizenship or lawful status",
    "officer-decision": "decision of a named officer of the custodian",
    "other-hold": "hold of another county or state",
    "victim-registration": "registration of a victim to be told",
    "criminal-case": "proof of a criminal investigation or case",
}

SUPPORTING: Final = frozenset(("consent", "agreement", "proof-of-status", "officer-decision",
                               "victim-registration", "criminal-case"))  # fmt: skip
"""Kinds that support a request and neither ask for anything nor order it."""

FORMS: Final = ("none", "I-247A", "I-247D", "I-247N", "I-247G", "I-247X", "I-200", "I-203", "I-205",
                "I-286", "NCIC", "other")  # fmt: skip

ISSUERS: Final[dict[str, str]] = {
    "federal-judge": "federal",
    "federal-magistrate": "federal",
    "state-judge": "state",
    "immigration-judge": "immigration",
    "immigration-officer": "immigration",
    "custodian-officer": "none",
    "agency": "none",
    "person": "none",
    "unknown": "none",
}
"""Who signed, and whose court that is. An immigration judge's paper is not a judge's warrant."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document as the evidence store holds it.

    Attributes:
        id: evidence id, such as ``E-7K2M9``.
        kind: a key of ``EVIDENCE_KINDS``.
        form: the form's number and version letter, of ``FORMS``.
        issued_by: a key of ``ISSUERS``.
        criminal: whether it was issued in a criminal matter.
        complete: signed, boxes marked, attachment there.
        served: served on the person.
        probable_cause: states probable cause.
        asks: actions that it asks for or orders (a detainer's boxes, a warrant's command).
        finds: named tests of law that it answers with yes (an officer's decision).
        finds_not: named tests that it answers with no.
        accepts: actions for which an officer's decision accepts the request.
        agency: the agency that it comes from.
        target: booking or case that it is about; empty when general.
        sha256: digest of the scanned document, hex; empty when none was given.
        expires: end of validity, UTC.
    """

    id: str
    kind: str
    form: str = "none"
    issued_by: str = "unknown"
    criminal: Tri = Tri.UNKNOWN
    complete: Tri = Tri.UNKNOWN
    served: Tri = Tri.UNKNOWN
    probable_cause: Tri = Tri.UNKNOWN
    asks: frozenset[str] = frozenset()
    finds: frozenset[str] = frozenset()
    finds_not: frozenset[str] = frozenset()
    accepts: frozenset[str] = frozenset()
    agency: str = ""
    target: str = ""
    sha256: str = ""
    expires: datetime | None = None
    verified_by: str = ""
    verified_at: datetime | None = None
    withdrawn_at: datetime | None = None
    title: str = field(default="", compare=False)

    def verified(self, at: datetime) -> Tri:
        """Whether someone checked it, and it is neither withdrawn nor expired at ``at``."""
        if self.withdrawn_at is not None or (self.expires is not None and self.expires <= at):
            return Tri.NO
        return Tri.YES if self.verified_by else Tri.NO

    @property
    def court(self) -> str:
        """Whose court signed it: ``federal``, ``state``, ``immigration`` or ``none``."""
        return ISSUERS[self.issued_by]

    def tokens(self) -> frozenset[str]:
        """The names under which rules see a verified document among the others.

        A judicial warrant of a federal magistrate in a criminal matter is ``judicial-warrant``,
        ``judicial-warrant:federal``, ``judicial-warrant:criminal`` and
        ``judicial-warrant:federal:criminal``. A paper on a form is also its kind and that form,
        ``administrative-warrant:I-200``: some laws ask for a warrant by its form.
        """
        names = {self.kind}
        if self.court != "none":
            names |= {f"{n}:{self.court}" for n in names}
        if self.criminal is Tri.YES:
            names |= {f"{n}:criminal" for n in names}
        if self.form != "none":
            names.add(f"{self.kind}:{self.form}")
        return frozenset(names)

    def as_verified(self, by: str, at: datetime) -> Document:
        """This document with its verification, as one more value."""
        return replace(self, verified_by=by, verified_at=at)


NO_DOCUMENT: Final = Document(id="", kind="none")
