"""Leaving nothing of deleted values in the files of the database, even when it is interrupted."""

from __future__ import annotations

from pathlib import Path

from .store import Log


def scrub(log: Log) -> bool:
    """Leave nothing of deleted values in the database's files, if anything may be left.

    Returns:
        Whether nothing is left. False: another process reads, so the files cannot be rewritten.
    """
    marker = _marker(log)
    if marker is None or marker.exists():
        if not log.store.scrub():
            return False
        log.probe("scrubbed")
        if marker is not None:
            marker.unlink(missing_ok=True)
    return True


def remember_to_scrub(log: Log) -> None:
    """Whoever opens the log next goes on with it, if this process is killed meanwhile."""
    if marker := _marker(log):
        marker.touch(mode=0o600)


def _marker(log: Log) -> Path | None:
    return None if log.store.folder is None else log.store.folder / "log.scrub"
