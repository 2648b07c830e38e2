"""Where the successor of a log waits, and how it takes its place: whole, whenever it is killed.

A log that is to follow another is made beside it, with a guard and a key of its own, while the old
one lies untouched. When two have signed and the successor's log says so, it is marked as ready;
from then on whoever opens the jurisdiction finishes putting it in place.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from .config import Settings

_SUFFIXES: Final = ("", "-wal", "-shm")


def database(settings: Settings) -> Path:
    """The successor's database."""
    return settings.data / "successor" / "log.db"


def guard(settings: Settings) -> Path:
    """The successor's guard."""
    return settings.guard.with_name(f"{settings.guard.name}.successor")


def key(settings: Settings) -> Path:
    """The successor's key."""
    return settings.key.with_name(f"{settings.key.name}.successor")


def _ready(settings: Settings) -> Path:
    return database(settings).with_name("ready")


def clear(settings: Settings) -> None:
    """Throw away a successor that is not to be, or was not finished; its key stays."""
    shutil.rmtree(database(settings).parent, ignore_errors=True)
    guard(settings).unlink(missing_ok=True)


def mark_ready(settings: Settings) -> None:
    """From now on the successor is the log."""
    _ready(settings).touch()
    handle = os.open(database(settings).parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def take_over(settings: Settings) -> None:
    """Put a successor in place that is ready; what it follows is kept beside it."""
    if not _ready(settings).exists():
        return
    waiting = database(settings)
    if waiting.exists():
        aside = free(settings.data / "predecessor.db")
        for suffix in _SUFFIXES:
            _move(Path(f"{settings.log_db}{suffix}"), Path(f"{aside}{suffix}"))
        _move(waiting, settings.log_db)
    for new, old in ((guard(settings), settings.guard), (key(settings), settings.key)):
        if new.exists():
            _move(old, free(old.with_name(f"{old.name}.predecessor")))
            _move(new, old)
    shutil.rmtree(waiting.parent)


def free(path: Path) -> Path:
    """``path``, or with a number the first name like it that is free."""
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found


def _move(old: Path, new: Path) -> None:
    if old.exists():
        old.replace(new)
