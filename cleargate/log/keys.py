"""The log's key as a file: outside the data, readable by its owner only, never overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..model.errors import BadUse, KeyUnusable, StoreFull
from ..storage import private
from .note import Signer


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
        private.write_new(path, signer.secret_text() + "\n")
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
        text = private.read(path)
    except FileNotFoundError:
        raise KeyUnusable(f"The key {path} is missing; put it back, or name where it is.") from None
    except OSError as fault:
        raise KeyUnusable(f"The key {path} cannot be used: {fault.strerror}.") from fault
    return Signer.parse(text)
