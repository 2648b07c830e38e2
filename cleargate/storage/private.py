"""Files that only their owner may read: keys and tokens. Whole, and never overwritten."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

MODE: Final = 0o600
MOST: Final = 4_096
"""Bytes of such a file."""


def write_new(path: Path, text: str) -> None:
    """All of the file or nothing, mode 0600, and on the disk before this returns.

    Raises:
        FileExistsError: there is a file already.
        OSError: it cannot be written.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
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


def read(path: Path) -> str:
    """The text of such a file.

    Raises:
        PermissionError: its mode is not 0600; the message says what to do.
        OSError: it is missing or cannot be read.
    """
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        text = file.read(MOST)
    if mode != MODE:
        raise PermissionError(0, f"it has mode {mode:04o}; run 'chmod 600 {path}'")
    return text.decode("utf-8", "replace")
