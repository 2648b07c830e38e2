"""The grammar of the log: each kind of entry, its clear fields with their types, its salted fields.

Clear fields are only those whose finest cross-table may be published; everything that could point
to a person is salted. ``leaf`` writes and reads entries by this table and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from .words import Outcome

# A pattern ends in \Z because $ would let a line feed through.
Word = Annotated[str, Meta(min_length=1, max_length=200)]
Words = tuple[Word, ...]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]  # what a JSON number holds exactly (RFC 8785)
Flag = bool
Time = Annotated[datetime, Meta(tz=True)]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Book = Annotated[str, Meta(max_length=128)]  # empty before the first law
Salted = Annotated[str, Meta(min_length=43, max_length=43)]  # base64url of SHA-256
Via = Literal["api", "cli", "console", "feed", "job"]


class Basis(Struct, frozen=True, forbid_unknown_fields=True):
    """One presented document as the clear part shows it: its kind, and whether it was verified."""

    kind: Word
    verified: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entry.

    Attributes:
        needs: clear fields that it must have, with their types.
        may: clear fields that may be left out.
        salted: fields of which the entry holds a digest only; all of them, always.
    """

    needs: Mapping[str, Any]
    may: Mapping[str, Any] = field(default_factory=dict)
    salted: tuple[str, ...] = ()


CUSTODY_KINDS: Final = ("booked", "bail", "lodged", "served", "held", "eligible", "disposition",
                        "transferred", "released", "sentenced", "notified", "incident")  # fmt: skip

_CHANGE: Final = {"from_version": Book, "to_version": Book, "keys": Words}
_ABOUT_DECISION: Final = ("keys_digest", "target")
_CUSTODY: Final = Kind(
    needs={"facility": Word},
    may={
        "agency": Word,
        "basis": tuple[Basis, ...],
        "decision": Count,
        "outcome": Word,
        "rules": Words,
        "what": Word,
    },
    salted=("booking", "person", "receiver"),
)
_TO_BE_DECIDED: Final = Kind(
    needs={"what": Word},
    may={"by": Time, "decider": Word, "decision": Count, "rules": Words},
    salted=("case",),
)

KINDS: Final[Mapping[str, Kind]] = {
    "decided": Kind(
        needs={
            "action": Word,
            "basis": tuple[Basis, ...],
            "custodian": Word,
            "masks": Words,
            "outcome": Outcome,
            "purpose": Word,
            "represented": Word,
            "requester_agency": Word,
            "rules": Words,
            "unreviewed": Flag,
        },
        may={"dataset": Word, "facility": Word},
        salted=(
            "attention",
            "case",
            "documents",
            "facts",
            "person",
            "reason",
            "search",
            "target",
        ),
    ),
    "answered": Kind(
        needs={"columns": Words, "decision": Count, "rows": Count},
        may={"act": Word},
        salted=_ABOUT_DECISION,
    ),
    "done": Kind(
        needs={"act": Word, "decision": Count},
        may={
            "audience": Literal["auditor", "public"],
            "columns": Words,
            "entries": Count,
            "rows": Count,
        },
        salted=_ABOUT_DECISION,
    ),
    "failed": Kind(
        needs={"act": Word, "decision": Count},
        may={"code": Word, "columns": Words, "rows": Count},
        salted=_ABOUT_DECISION,
    ),
    "law": Kind(
        needs={"what": Word, **_CHANGE},
        may={
            "custodian": Word,
            "decision": Count,
            "packs": Words,
            "rules": Words,
            "unreviewed": Flag,
        },
        salted=("person",),
    ),
    "agency": Kind(
        needs={"agency": Word, "what": Literal["added", "changed", "cut-off", "narrowed"]},
        may={"custodian": Word, "decision": Count, "excepted": Words, **_CHANGE},
        salted=("person",),
    ),
    "credential": Kind(
        needs={"agency": Word, "what": Literal["issued", "revoked"]},
        may={"decision": Count, "role": Word, **_CHANGE},
        salted=("credential", "person"),
    ),
    "evidence": Kind(
        needs={
            "agency": Word,
            "evidence": Word,
            "what": Literal["added", "verified", "withdrawn"],
        },
        may={"decision": Count},
        salted=("document", "person", "verifier"),
    ),
    "import": Kind(
        needs={"file": Digest, "rejected": Count, "rows": Count, "source": Word},
        may={"custodian": Word, "dataset": Word, "decision": Count},
    ),
    **dict.fromkeys(CUSTODY_KINDS, _CUSTODY),
    "late": Kind(
        needs={"stands_for": Literal[CUSTODY_KINDS], "written_at": Time, **_CUSTODY.needs},
        may=_CUSTODY.may,
        salted=_CUSTODY.salted,
    ),
    "conflict": _TO_BE_DECIDED,
    "alarm": _TO_BE_DECIDED,
    "report": Kind(needs={"digest": Digest, "period": Word, "report": Word}),
    "lost": Kind(needs={"origin": Word}),
    "expunged": Kind(
        needs={"entries": Annotated[tuple[Count, ...], Meta(min_length=1)]},
        may={"fields": Words},
        salted=("order",),
    ),
    "rejected": Kind(needs={"code": Word}, may={"agency": Word, "count": Count}),
}

REJECTABLE: Final = frozenset({"decided", "answered"})
"""Kinds that must rest on the versions in force. What has happened is never rejected."""
