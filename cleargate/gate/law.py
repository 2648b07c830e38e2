"""The books that are or were in force, read from their texts by version."""

from __future__ import annotations

from pathlib import Path

from ..law import sign_off
from ..law.book import Book, known, read_book
from ..model.errors import PackError


class LawInForce:
    """Books by version, each read once from ``folder/<version>/<pack>``.

    A folder whose texts do not give its version was changed by hand: it is refused.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._books: dict[str, Book] = {}

    def book(self, version: str) -> Book:
        """The book of ``version``.

        Raises:
            PackError: its texts are missing, changed, or cannot be read.
        """
        if version not in self._books:
            self._books[version] = self._read(version)
        return self._books[version]

    def _read(self, version: str) -> Book:
        if not version:
            raise PackError(["No law is in force; run 'cleargate init' or put a book in force."])
        folder = self.folder / version
        if not folder.is_dir():
            raise PackError([f"The texts of book {version[:12]} are missing from {self.folder}."])
        book = read_book(known([folder]), [folder], sign_off.read(folder))
        if book.version != version:
            now = f"they are book {book.version[:12]}, not {version[:12]}"
            raise PackError([f"The texts in {folder} were changed: {now}; restore them."])
        return book  # what has its version was checked before it was installed
