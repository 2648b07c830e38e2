"""What the API gives back, as types: the document is made of them, and tests hold answers to them.

The request's own type is ``gate.parse.Asked``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from ..model.kinds import Count, Digest
from ..model.words import Outcome, RuleKind

Url = Annotated[str, Meta(description="A URI that names this and leads nowhere")]


class Rule(Struct, forbid_unknown_fields=True):
    """A rule with its citation."""

    id: str
    cite: str
    says: str
    kind: RuleKind
    layer: Literal["federal", "state", "local", "agency"]
    review_needed: Annotated[bool, Meta(description="Counsel has not reviewed it yet")]
    reviewed: Annotated[str, Meta(description="Who signed it off, and when; empty when nobody did")]
    disputed: str


class Struck(Struct, forbid_unknown_fields=True):
    """A rule that fired and was set aside."""

    rule: Rule
    by: Rule
    how: str


class Document(Struct, forbid_unknown_fields=True):
    """What one presented document decides by itself."""

    id: str
    kind: str
    outcome: Outcome
    why: str


class Limit(Struct, forbid_unknown_fields=True):
    """Until when a hold may last."""

    limit: str
    cite: str


class Duty(Struct, forbid_unknown_fields=True):
    """Something to be done by a time, whatever the outcome is."""

    duty: str
    within: str
    to: str
    rule: Rule


class Change(Struct, forbid_unknown_fields=True):
    """What, all of it together, would make the outcome open the request."""

    together: list[str]
    outcome: Outcome


class Receipt(Struct, forbid_unknown_fields=True):
    """Proof that an entry is in the log; keep it, and check it offline with the log's key."""

    v: Literal[1]
    index: Count
    leaf_hash: Annotated[str, Meta(description="32 bytes, base64")]
    tree_size: Count
    book: str
    epoch: Count
    checkpoint: Annotated[str, Meta(description="A signed note, C2SP tlog-checkpoint")]
    proof: Annotated[list[str], Meta(description="Sibling hashes from leaf to root, base64")]


class Repeated(Struct, forbid_unknown_fields=True):
    """What was asked, as it was understood."""

    action: str
    custodian: str
    requester: Annotated[str, Meta(description="The agency that the credential stands for")]
    represented: str
    purpose: str
    dataset: str
    target: str
    basis: list[str]


class Conflict(Struct, forbid_unknown_fields=True):
    """What two laws leave undecided, for people to settle."""

    conflict: Annotated[Count, Meta(description="The entry in the log that opened it")]
    decision: Count
    opened: str
    custodian: str
    action: str
    rules: list[str]
    decider: str
    by: str
    meanwhile: Annotated[str, Meta(description="What is done until it is settled")]
    open: bool
    now: Outcome | None
    settled_by: str


class Answer(Struct, forbid_unknown_fields=True):
    """The answer to a request, a refusal too: outcome, rules, proof, and the result if it opens."""

    outcome: Outcome
    why: Annotated[str, Meta(description="A sentence, where no rule decides")]
    request: Repeated
    rules: Annotated[list[Rule], Meta(description="The rules that the outcome rests on")]
    struck: list[Struck]
    documents: list[Document]
    limits: list[Limit]
    duties: list[Duty]
    unreviewed: Annotated[
        bool, Meta(description="Some rule that it rests on awaits counsel's review")
    ]
    what_would_change_it: list[Change]
    conflict: Conflict | None
    book: Annotated[Digest, Meta(description="Version of the law that decided")]
    leaf: Annotated[Count, Meta(description="The decision's entry in the log")]
    receipt: Receipt
    answered_leaf: Count | None
    answered_receipt: Receipt | None
    result: Annotated[
        dict[str, Any],
        Meta(
            description="Rows, values or what was done; empty for a refusal. Of rows a cell that "
            "law closes is an object that names its mask, and no other cell is an object"
        ),
    ]


class Step(Struct, forbid_unknown_fields=True):
    """One of the ten steps of a request, and what happened in it."""

    step: Annotated[int, Meta(ge=1, le=10)]
    name: str
    what: str


class Entry(Struct, forbid_unknown_fields=True):
    """An entry of the log, as everyone may read it."""

    leaf: Count
    kind: str
    at: datetime
    via: str
    book: str
    epoch: Count
    clear: dict[str, Any]
    entry: Annotated[str, Meta(description="Its canonical bytes, which the receipt is for")]


class Explained(Struct, forbid_unknown_fields=True):
    """A past request. ``values``, ``filter`` and ``expunged`` are for the custodian's auditors."""

    leaf: Count
    outcome: Outcome
    steps: Annotated[list[Step], Meta(min_length=10, max_length=10)]
    rules: list[Rule]
    decided: Entry
    followed: Entry | None
    receipt: Receipt
    values: dict[str, Any] | UnsetType = UNSET
    filter: dict[str, Any] | UnsetType = UNSET
    expunged: list[str] | UnsetType = UNSET


class Health(Struct, forbid_unknown_fields=True):
    """Whether requests are answered; if not, since when and why."""

    status: Literal["answering", "not answering"]
    since: datetime | UnsetType = UNSET
    code: str | UnsetType = UNSET
    because: str | UnsetType = UNSET


class Problem(Struct):
    """What went wrong (RFC 9457); some problems say more, such as the field that is meant."""

    type: Url
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: Annotated[str, Meta(description="One sentence that says what to do")]
    instance: Url
    field: str | UnsetType = UNSET
