"""What is asked: agencies, the asker, the request as parsed, and the target's known facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from .evidence import Document
from .words import Tri

AGENCY_KINDS: Final = ("immigration", "law-enforcement", "prosecutor", "court", "jail", "oversight",
                       "contractor", "public", "other")  # fmt: skip
SECTORS: Final = ("federal", "state", "local", "tribal", "private", "public")
ROLES: Final = ("officer", "clerk", "jail-desk", "administrator", "counsel", "auditor", "victim",
                "public", "service")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agency:
    """An organization. Agencies form a tree by ``parent`` (ICE → ERO, HSI).

    Attributes:
        id: short stable name, such as ``ICE-ERO``.
        kind: one of ``AGENCY_KINDS``.
        sector: one of ``SECTORS``.
        state: two letters; empty for federal.
        ori: FBI Originating Agency Identifier; empty where there is none.
        enforces_civil_immigration: by function, not by name.
        enforces_immigration_crimes: likewise, the federal crimes that penalize a person's entry,
            presence, registration, work or departure, such as 8 U.S.C. 1325 and 1326.
        criminal_justice: whether it is a criminal justice agency (28 CFR 20.3(g)).
    """

    id: str
    name: str
    kind: str = "other"
    sector: str = "local"
    state: str = ""
    ori: str = ""
    parent: str = ""
    enforces_civil_immigration: Tri = Tri.UNKNOWN
    criminal_justice: Tri = Tri.UNKNOWN
    enforces_immigration_crimes: Tri = Tri.UNKNOWN


@dataclass(frozen=True, slots=True)
class Person:
    """The authenticated person or service that asks. Its agency comes from the credential."""

    id: str
    agency: str
    role: str
    """One of ``ROLES``."""
    enforces_civil_immigration: Tri = Tri.NO
    credential: str = ""
    enforces_immigration_crimes: Tri = Tri.NO


@dataclass(frozen=True, slots=True)
class Condition:
    """One typed condition of a search: ``column op value``, parsed against the catalogue."""

    column: str
    op: str
    value: object


@dataclass(frozen=True, slots=True)
class Request:
    """A request after step 2: every field known, nothing yet decided.

    Attributes:
        represented: the agency for whom the answer is wanted. Mandatory.
        custodian: the agency that answers for the target.
        target: booking, record or proposal id; empty for the data set or the office as a whole.
        basis: ids of the evidence presented, in the order presented.
        kind: kind of assistance, agreement, facility use or inquiry, where the action has kinds.
        count: whether the number of rows that are shown is asked for.
        facets: columns by whose values they are to be counted.
    """

    action: str
    represented: str
    purpose: str
    custodian: str
    dataset: str = ""
    target: str = ""
    basis: tuple[str, ...] = ()
    case: str = ""
    attention: str = ""
    reason: str = ""
    kind: str = "none"
    where: tuple[Condition, ...] = ()
    columns: tuple[str, ...] = ()
    sort: str = ""
    limit: int = 50
    cursor: str = ""
    count: bool = False
    facets: tuple[str, ...] = ()
    subject: dict[str, str] = field(default_factory=dict, hash=False)
    """Further fields of a changing act (who is booked, what is added), each checked by its
    store."""


@dataclass(frozen=True, slots=True)
class CustodyFacts:
    """What the jail itself knows of the person a request is about. Unknown for a bulk search.

    Attributes:
        days_to_release: whole days until the scheduled release; ``FAR`` when not scheduled.
        release_public: the release information is otherwise available to the public.
        housed_for_immigration: held on behalf of an immigration authority by contract.
    """

    in_custody: Tri = Tri.UNKNOWN
    sentenced: Tri = Tri.UNKNOWN
    secure: Tri = Tri.UNKNOWN
    release_public: Tri = Tri.UNKNOWN
    housed_for_immigration: Tri = Tri.UNKNOWN
    victim_or_witness: Tri = Tri.UNKNOWN
    days_to_release: int = 1_000_000


FAR = 1_000_000
"""``days_to_release`` when no release is scheduled: later than any window of law."""


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What rules can read of one record. Unless more is said it is a plain one, as most are.

    Attributes:
        victim_registered: a victim whom it names asked to be told of a release.
        origin: the agency that it came from; empty when that is the custodian itself.
        days_old: whole days since it happened; ``FAR`` when that is long ago.
        labels: handling marks that its source gave it.
    """

    sealed: Tri = Tri.NO
    juvenile: Tri = Tri.NO
    expunged: Tri = Tri.NO
    victim_registered: Tri = Tri.NO
    origin: str = ""
    days_old: int = FAR
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """Step 3's result: everything that the law may turn on, and where it was decided from.

    Attributes:
        at: the one time of the decision, UTC.
        requester: the agency of the asking person.
        documents: the evidence presented, verified or not.
        epoch: credential epoch that these facts were read under.
    """

    at: datetime
    person: Person
    requester: Agency
    represented: Agency
    request: Request
    documents: tuple[Document, ...] = ()
    custody: CustodyFacts = CustodyFacts()
    row: RowFacts = RowFacts()
    epoch: int = 0
