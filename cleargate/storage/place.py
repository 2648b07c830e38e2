"""Opens a store where the settings say that it lies."""

from __future__ import annotations

from pathlib import Path

from . import sqlite
from .database import Database
from .engine import Schema, Store

Place = Path | Database
"""Where a store lies: its own file, or the database in which it has its own schema."""


def open_at(place: Place, schema: Schema, *, create: bool = False, busy_ms: int = 5000) -> Store:
    """The store of ``schema`` at ``place``.

    Args:
        create: make its file where that is missing; otherwise a missing store is an error. In a
            database ``storage init`` makes it.
        busy_ms: how long a writer waits for another process, in milliseconds.

    Raises:
        StoreVersion: it is older or newer than this program, or not ours.
        Unavailable: it cannot be opened.
    """
    if isinstance(place, Database):
        from . import postgres  # loads psycopg, which files need not pay for

        return postgres.Store(place, schema, busy_ms=busy_ms)
    return sqlite.Store(place, schema, create=create, busy_ms=busy_ms)
