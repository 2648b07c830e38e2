"""One word for one thing: outcomes, layers of law, kinds of rule, purposes, three-valued facts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class Tri(StrEnum):
    """A fact that may be unknown. Unknown is a value, never a guess."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What a decision says. Only ``permit`` and ``require`` open anything."""

    PERMIT = "permit"
    REQUIRE = "require"
    REFUSE = "refuse"
    NO_AUTHORITY = "no-authority"
    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"

    @property
    def opens(self) -> bool:
        """Whether the request may go on to its act."""
        return self in (Outcome.PERMIT, Outcome.REQUIRE)


class Layer(IntEnum):
    """Who made the law; a smaller number is higher law. County and city are one layer."""

    FEDERAL = 0
    STATE = 1
    LOCAL = 2
    AGENCY = 3

    @property
    def word(self) -> str:
        return self.name.lower()


class RuleKind(StrEnum):
    """What a rule does when it fires (DESIGN: kinds)."""

    MUST_NOT = "must not"
    MUST = "must"
    GRANT = "grant"
    LEAVE = "leave"
    PROTECTS = "protects"
    DUTY = "duty"


class Event(StrEnum):
    """What may make a duty due."""

    REQUEST_RECEIVED = "request_received"
    BOOKED = "booked"
    LODGED = "lodged"
    DECIDED = "decided"
    HELD = "held"
    RELEASE_SCHEDULED = "release_scheduled"
    RELEASED = "released"
    SENTENCED = "sentenced"
    CALENDAR = "calendar"


_PERIOD: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?(?= |\Z)")


def by_when(within: str) -> str:
    """A duty's time in words: ``PT48H`` is *within 48 hours*; what its rule says in words stays."""
    found = _PERIOD.match(within)
    if found is None or not any(found.groups()):
        return within
    counts = zip(found.groups(), ("day", "hour", "minute"), strict=True)
    parts = [f"{n} {unit}{'s' * (int(n) != 1)}" for n, unit in counts if n]
    return f"within {' '.join(parts)}{within[found.end() :]}"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why something is asked, and what a request with this purpose must name.

    Source: NCIC purpose codes; ``CIV-IMM``, ``PUB``, ``VIC`` and ``ADM`` are Cleargate's own.
    """

    code: str
    words: str
    needs_case: bool = False
    needs_attention: bool = False


PURPOSES: Final[dict[str, Purpose]] = {
    p.code: p
    for p in (
        Purpose("C", "criminal justice", needs_case=True, needs_attention=True),
        Purpose(
            "D", "domestic violence and stalking courts", needs_case=True, needs_attention=True
        ),
        Purpose("E", "other employment or licensing that law authorizes", needs_attention=True),
        Purpose("F", "firearms", needs_attention=True),
        Purpose("H", "public housing", needs_attention=True),
        Purpose("J", "criminal justice employment", needs_attention=True),
        Purpose("X", "exigent", needs_attention=True),
        Purpose("CIV-IMM", "civil immigration enforcement"),
        Purpose("PUB", "public"),
        Purpose("VIC", "victim"),
        Purpose("ADM", "administration"),
    )
}
