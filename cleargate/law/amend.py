"""A book with one more rule in an agency's own pack: what a command drafts and two sign."""

from __future__ import annotations

import shutil
from pathlib import Path

from .book import Book, read_book


def amended(book: Book, own: str, name: str, text: str, folder: Path) -> Book:
    """The book with ``text`` as a further file of rules in the pack ``own``.

    Args:
        book: the law as it is.
        own: the agency's own pack.
        name: of the file, without its ending.
        text: the rules, in Cedar.
        folder: where the texts are drafted; empty.
    """
    for pack in book.packs.values():
        shutil.copytree(pack.folder, folder / pack.name)
    (folder / own / "policies" / f"{name}.cedar").write_text(text, "utf-8")
    return read_book(list(book.packs), [folder], book.sign_offs)
