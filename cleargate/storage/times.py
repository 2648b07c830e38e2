"""Times as the stores keep them: UTC text of one fixed form, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime

from ..model.errors import CleargateError


def text(at: datetime) -> str:
    """``at`` as ``2026-07-03T21:30:00.000000Z``.

    Raises:
        CleargateError: ``at`` has no zone; times without one are not kept.
    """
    if at.tzinfo is None:
        raise CleargateError("A time without a zone cannot be stored; pass one in UTC.")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def optional(at: datetime | None) -> str | None:
    """``text``, where None stays None."""
    return None if at is None else text(at)


def time(stored: str) -> datetime:
    """What ``text`` wrote, as a UTC time."""
    return datetime.fromisoformat(stored)


def optional_time(stored: str | None) -> datetime | None:
    """What ``optional`` wrote."""
    return None if stored is None else time(stored)
