"""Opens a store where the settings say that it lies."""

from __future__ import annotations

from pathlib import Path

from . import sqlite
from .engine import Schema, Store

Place = Path
"""Where one store lies."""


def open_at(place: Place, schema: Schema, *, create: bool = False, busy_ms: int = 5000) -> Store:
    """The store of ``schema`` at ``place``.

    Args:
        create: make it where it is missing; otherwise a missing store is an error.
        busy_ms: how long a writer waits for another process, in milliseconds.

    Raises:
        StoreVersion: it is older or newer than this program, or not ours.
        Unavailable: it cannot be opened.
    """
    return sqlite.Store(place, schema, create=create, busy_ms=busy_ms)
