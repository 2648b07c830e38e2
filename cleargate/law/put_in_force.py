"""Puts a book's texts where every process finds them by version. Only the gate imports this.

A book is in force from its entry in the log on, not from here: texts that no entry names are dead.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..model.errors import PackError
from . import sign_off
from .book import Book
from .check import check


def install(folder: Path, book: Book) -> Path:
    """Copy the texts of ``book`` to ``folder/<version>``, whole or not at all.

    Raises:
        PackError: the book has mistakes; nothing is copied.
    """
    if mistakes := check(book):
        raise PackError(mistakes)
    place = folder / book.version
    if place.is_dir():
        return place
    draft = folder / f".{book.version}.{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    for name, pack in book.packs.items():
        shutil.copytree(pack.folder, draft / name)
    if book.sign_offs:
        sign_off.write(draft, book.sign_offs)
    try:
        draft.rename(place)
    except OSError:  # another process was first, with the same texts
        shutil.rmtree(draft, ignore_errors=True)
    return place
