"""A person in custody with everything that hangs on the booking, as ``listing`` reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .dispositions import Disposition


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on one paper; ``until`` is None where a court will say."""

    document: str
    since: datetime
    until: datetime | None
    limit: str
    rule: str
    cite: str
    leaf: int
    ended_at: datetime | None
    ended_how: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that was lodged, and what became of it."""

    document: str
    kind: str
    agency: str
    lodged_at: datetime
    served_at: datetime | None
    disposition: Disposition
    disposed_at: datetime | None
    rules: str
    leaf: int


@dataclass(frozen=True, slots=True)
class Due:
    """A duty that a law made due."""

    name: str
    to: str
    within: str
    arose_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    rule: str
    leaf: int


@dataclass(frozen=True, slots=True)
class Incident:
    """Someone is in custody after the last hold's limit."""

    what: str
    since: datetime
    rule: str
    leaf: int


@dataclass(frozen=True, slots=True)
class Held:
    """A person in custody, or who was, with everything that hangs on the booking."""

    id: str
    facility: str
    timezone: str
    name: str
    born: str
    charges: str
    booked_at: datetime
    eligible_at: datetime | None
    release_scheduled: datetime | None
    status: str
    ended_at: datetime | None
    holds: list[Hold] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    duties: list[Due] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)

    @property
    def running(self) -> list[Hold]:
        """The holds that run."""
        return [h for h in self.holds if h.ended_at is None]

    @property
    def until(self) -> datetime | None:
        """When the last running hold ends; None while none runs, or a court will say."""
        ends = [h.until for h in self.running]
        return None if None in ends else max((e for e in ends if e), default=None)
