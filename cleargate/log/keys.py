"""The log's key as a file: outside the data, readable by its owner only, never overwritten."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from ..model.errors import BadUse, KeyUnusable, StoreFull
from .note import Signer

MAX_KEY_FILE = 4_096


def create(path: Path, name: str, *, random: Callable[[int], bytes], data: Path) -> Signer:
    """Make a key and write it to a new file of mode 0600.

    Args:
        path: the file; its folder must be there.
        name: the log's name, such as ``records.example.gov/log``.
        random: gives n random bytes.
        data: the data folder, in which a key must not lie: who copies the data must not get it.

    Raises:
        BadUse: the file is there already, or would lie inside the data folder.
        KeyUnusable: the name cannot name a log.
        StoreFull: it cannot be written.
    """
    if path.resolve().is_relative_to(data.resolve()):
        raise BadUse(f"{path} lies inside the data folder {data}; keep the key somewhere else.")
    signer = Signer.from_seed(name, random(32))
    try:
        _write_new(path, signer.secret_text() + "\n")
    except FileExistsError:
        raise BadUse(f"{path} is there already; a key is never overwritten.") from None
    except OSError as fault:
        raise StoreFull(f"The key cannot be written to {path}: {fault.strerror}.") from fault
    return signer


def load(path: Path) -> Signer:
    """Read a key file.

    Raises:
        KeyUnusable: it is missing, others can read it, or it holds no key.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read(MAX_KEY_FILE)
    except FileNotFoundError:
        raise KeyUnusable(f"The key {path} is missing; put it back, or name where it is.") from None
    except OSError as fault:
        raise KeyUnusable(f"The key {path} cannot be read: {fault.strerror}.") from fault
    if mode != 0o600:
        raise KeyUnusable(f"The key {path} has mode {mode:04o}; run 'chmod 600 {path}'.")
    return Signer.parse(text.decode("utf-8", "replace"))


def _write_new(path: Path, text: str) -> None:
    """All of the file or nothing, and on the disk before this returns."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # unlike a rename, this fails where there is a file
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
