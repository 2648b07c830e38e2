"""Ends the holds whose limit has passed. It asks for no ticket: nothing may keep anyone longer."""

from __future__ import annotations

from datetime import datetime

from ..storage.engine import Store
from .holds import Incident, end_past_limit, seen


def sweep(store: Store, at: datetime) -> tuple[Incident, ...]:
    """End every hold whose limit has passed at ``at`` (UTC), and say who is still there.

    Each incident is returned once, by the sweep that wrote it down; the gate logs it and pages
    someone. Holds of people who have left ended with their release.

    Law: 8 CFR 287.7(d), "not to exceed".
    """
    with store.write() as conn:
        return end_past_limit(conn, at)


def incidents(store: Store, since: datetime, before: datetime) -> tuple[Incident, ...]:
    """Every incident that was found out from ``since`` on and before ``before`` (UTC)."""
    with store.read() as conn:
        return seen(conn, since, before)
