"""The rollback guard: the last checkpoint, kept outside the database.

An old backup put in the database's place is consistent in itself; only something kept elsewhere
shows that it is old. The guard may lag behind the database, and never leads it: it is written after
the commit.

The file has two slots of 4,096 bytes, written in turn, so that a torn write leaves the other whole.
It is written in place and synced once in 256 entries: a kill loses nothing of it, a power failure
at most what the kernel had not yet written (measured: 1 µs a write; as a new file, synced and
renamed, 340 µs, as much as the commit itself).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from ..model.errors import CheckFailed, StoreFull, StoreRolledBack, Unavailable
from .note import Checkpoint, signers
from .succession import Keyring

SLOT: Final = 4_096
SYNC_EVERY: Final = 256


class Guard:
    """The guard's file. Safe between processes; one thread at a time in each.

    Args:
        path: the file, best on another disk than the database, and not in its backup.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def last(self, keyring: Keyring) -> Checkpoint | None:
        """The newest checkpoint in the file, or None where there is no file.

        Raises:
            StoreRolledBack: the file holds no checkpoint that this log's keys signed, or one that
                a key signed which the database does not know.
            Unavailable: it cannot be read.
        """
        try:
            kept = notes(self.path)
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise Unavailable(f"{self.path} cannot be read: {fault.strerror}.") from fault
        found = []
        for note in kept:
            try:
                found.append(keyring.open(note))
            except CheckFailed:  # empty, or torn by a power failure: the other one counts
                self._check_stranger(note, keyring)
        if not found:
            raise StoreRolledBack(
                f"{self.path} holds no checkpoint of the log {keyring.newest.name}; put back the "
                "file that belongs to it."
            )
        return max(found, key=lambda c: c.size)

    def _check_stranger(self, note: str, keyring: Keyring) -> None:
        """A database from before the key changed does not know the key that has signed since."""
        signed = signers(note)
        known = {(key.name, key.key_id) for key in keyring.keys}
        if any(name == keyring.newest.name for name, _ in signed) and not signed & known:
            raise StoreRolledBack(
                f"{self.path} holds a checkpoint by a key that the database does not know: it is "
                "an old copy, from before the key was changed. Restore the newest one; "
                "docs/checking-the-log.md says what to do without it."
            )

    def keep(self, note: str, size: int, *, sync: bool = False) -> None:
        """Write down a checkpoint, unless the file has a later one already.

        Args:
            note: the signed checkpoint.
            size: how many entries it covers.
            sync: put it on the disk before returning.

        Raises:
            StoreFull: it cannot be written.
        """
        data = note.encode().ljust(SLOT, b"\n")
        try:
            with open(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", 0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                slots = os.pread(file.fileno(), 2 * SLOT, 0)
                sizes = [_size(slots[:SLOT]), _size(slots[SLOT:])]
                if max(sizes) < size:
                    os.pwrite(file.fileno(), data, SLOT * sizes.index(min(sizes)))
                if sync or size // SYNC_EVERY > max(sizes) // SYNC_EVERY:
                    os.fsync(file.fileno())
        except OSError as fault:
            raise StoreFull(
                f"The last checkpoint cannot be kept in {self.path}: {fault.strerror}; "
                "make the file writable, with room on its disk."
            ) from fault


def notes(path: Path) -> tuple[str, str]:
    """What the two slots of a guard's file hold; nothing is checked.

    Raises:
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    return _note(data[:SLOT]), _note(data[SLOT:])


def _note(slot: bytes) -> str:
    return slot.decode("utf-8", "replace").rstrip("\n\0") + "\n"


def _size(slot: bytes) -> int:
    """The size a slot claims; -1 where it claims none. Only for choosing a slot, never trusted."""
    lines = slot[:SLOT].split(b"\n", 2)
    return int(lines[1]) if len(lines) == 3 and lines[1].isdigit() and len(lines[1]) < 20 else -1
