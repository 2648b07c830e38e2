"""A custodian under other law: its own pack taken along, so that only the law above it differs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from ..model.words import Layer
from .book import Book
from .pack import Pack


def carried(book: Book, named: Sequence[str], own: Pack) -> Book:
    """``book`` with the agency's own pack ``own`` under the packs that it was named by.

    What an agency decided for itself goes with it; what the law above decided does not. A pack of
    that agency which is in ``book`` already stays as it is.

    Args:
        book: other law.
        named: the packs that ``book`` was read from.
        own: the agency's own pack, as it is.
    """
    if own.custodian in book.custodians():
        return book
    above = tuple(name for name in named if book.packs[name].layer is not Layer.AGENCY)
    supposed = f"{own.digest} under {' '.join(above)}"
    digest = hashlib.sha256(supposed.encode()).hexdigest()
    packs = [*book.packs.values(), replace(own, under=above, digest=digest)]
    return Book.of(packs, book.sign_offs)


def speaks_of_law_above(book: Book) -> bool:
    """Whether no agency's own pack is in ``book``: then each custodian's own is taken along."""
    return not book.custodians()
