"""Releases that wait to be entered: one small file each, written so that none is half there.

The database may be gone; a folder, perhaps on another disk, is all that this needs. The files hold
what the paper form holds, and stay in ``entered`` when they have been entered.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from ..model.ids import crockford

VERSION: Final = 1
_ENTERED: Final = "entered"


@dataclass(frozen=True, slots=True)
class Late:
    """A release that happened, to be entered as ``late``.

    Attributes:
        form: the number on the paper, such as ``R-7K2M9Q``.
        booking: as the desk wrote it; it may be one that the database does not know.
        at: the time written down then, UTC.
        by: who released.
        why: why it could not be entered at once.
        stands_for: the kind of log entry that it stands for.
        v: version of this file's form.
    """

    form: str
    booking: str
    at: datetime
    by: str
    why: str
    stands_for: str = "released"
    v: int = VERSION


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file of the spool: what it says, or why it cannot be read."""

    path: Path
    late: Late | None
    fault: str = ""


def form_number(digest: bytes) -> str:
    """The number of the form whose content has this digest."""
    return f"R-{crockford(digest[:5])[:6]}"


def put(folder: Path, late: Late, form: str) -> tuple[Path, Path]:
    """Write a release and its form; both are on the disk when this returns.

    The same release again overwrites its own files with the same.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record, paper = folder / f"{late.form}.json", folder / f"{late.form}.txt"
    _write(paper, form.encode())
    _write(record, msgspec.json.format(msgspec.json.encode(late), indent=2) + b"\n")
    return record, paper


def pending(folder: Path) -> tuple[Waiting, ...]:
    """What waits to be entered, by the time written down; files that cannot be read come last.

    Raises:
        OSError: the folder is there and cannot be read.
    """
    if not folder.is_dir():
        return ()
    found = [_read(path) for path in sorted(folder.glob("*.json"))]
    return tuple(
        sorted(found, key=lambda w: (w.late is None, w.late.at.isoformat() if w.late else ""))
    )


def entered(waiting: Waiting) -> Path:
    """Put a release that was entered aside, with its form. Returns where its record is now.

    Raises:
        OSError: the folder cannot be written.
    """
    aside = waiting.path.parent / _ENTERED
    aside.mkdir(exist_ok=True)
    paper = waiting.path.with_suffix(".txt")
    if paper.exists():
        paper.replace(aside / paper.name)
    return waiting.path.replace(aside / waiting.path.name)


def _read(path: Path) -> Waiting:
    try:
        late = msgspec.json.decode(path.read_bytes(), type=Late)
    except (OSError, msgspec.DecodeError) as fault:
        return Waiting(path, None, f"{path.name} cannot be read ({fault}); enter its paper form.")
    if late.v != VERSION:
        return Waiting(path, None, f"{path.name} is of version {late.v}; enter its paper form.")
    return Waiting(path, late)


def _write(path: Path, data: bytes) -> None:
    """Write beside, flush, then rename: a reader sees the whole file or none."""
    beside = path.with_suffix(path.suffix + ".part")
    with open(beside, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
