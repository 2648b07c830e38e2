"""Books as commands name them: packs, a jurisdiction's folder, or one version of its law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..config import FILE, load
from ..gate.law import LawInForce
from ..law.book import Book, known
from ..law.pairs import Named
from ..model.errors import BadUse
from ..opening import open_past
from .library import book, library, split


@dataclass(frozen=True, slots=True)
class Found:
    """A book, and how another process reads it again."""

    named: Named
    library: tuple[Path, ...]

    @property
    def book(self) -> Book:
        return self.named.book


def find(text: str, folders: Sequence[Path]) -> Found:
    """The book that ``text`` names.

    Args:
        text: ``PACK`` or ``PACK,PACK``; ``DIR``, whose book in force it is; ``DIR@VERSION``, a book
            that was in force there, by the first characters of its version.
        folders: searched for packs before the shipped ones.

    Raises:
        BadUse: there is no such version, or more than one.
        PackError: a pack is unknown or has mistakes.
    """
    place, _, version = text.partition("@")
    if not (Path(place) / FILE).is_file():
        names = split([text])
        return Found(Named(text, book(names, folders), tuple(names)), tuple(
            folder.absolute() for folder in library(folders)
        ))  # fmt: skip
    settings = load(Path(place))
    if not version:
        past = open_past(settings)
        try:
            version = past.log.versions().book
        finally:
            past.log.close()
    kept = sorted(p.name for p in settings.books.glob(f"{version}*") if p.is_dir())
    if len(kept) != 1:
        few = "several books begin so" if kept else "it is none of its books"
        raise BadUse(f"'{text}' names no book of {place}: {few}; look into {settings.books}.")
    folder = settings.books / kept[0]
    law = LawInForce(settings.books).book(kept[0])
    words = f"{place}, book {kept[0][:12]}"
    return Found(Named(words, law, tuple(known([folder]))), (folder.absolute(),))
