"""The law of rows for each kind of request, made once; one that was found wrong answers nothing.

Requests are alike when everything that a rule can read is. Of the clock that is the day, on which
rules begin and end, and which papers count now; where a rule reads the time itself, the time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..law.book import Book, Custodian
from ..law.facts import Cast
from ..law.filter import row_filter
from ..law.lower import ShapeError
from ..model.actions import ACTIONS, Family
from ..model.errors import FilterDisagrees, Unavailable
from ..model.request import Known, Request
from ..model.terms import RowFilter

_KEEP: Final = 1024  # filters that are kept; a limit on memory, no more
_Key = tuple[object, ...]


def reads_rows(request: Request) -> bool:
    """Whether what is asked for are rows of a data set."""
    action = ACTIONS[request.action]
    return action.family is Family.RECORDS and bool(action.masks)


class Filters:
    """What was made so far, under one set of agencies, and what was set aside."""

    def __init__(self) -> None:
        self._made: tuple[Cast, dict[_Key, RowFilter]] | None = None
        self._wrong: set[_Key] = set()

    def of(self, book: Book, custodian: Custodian, cast: Cast, known: Known) -> RowFilter:
        """The law of rows for ``known``.

        Raises:
            FilterDisagrees: this one was found wrong before.
            Unavailable: a rule of the book cannot be searched.
        """
        key = _key(book, custodian, known)
        if key in self._wrong:
            raise FilterDisagrees()
        if self._made is None or self._made[0] is not cast:
            self._made = (cast, {})
        _, made = self._made
        found = made.get(key)
        if found is None:
            if len(made) >= _KEEP:
                made.clear()
            found = made[key] = _row_filter(book, custodian, cast, known)
        return found

    def set_aside(self, book: Book, custodian: Custodian, known: Known) -> None:
        """Answer no request like ``known`` under this book while this process runs."""
        self._wrong.add(_key(book, custodian, known))


def _row_filter(book: Book, custodian: Custodian, cast: Cast, known: Known) -> RowFilter:
    try:
        return row_filter(book, custodian, cast, known)
    except ShapeError as fault:
        raise Unavailable(
            f"The law in force has a rule that no search can ask: {fault} Put a book in force that "
            f"'cleargate law check' accepts."
        ) from None


def _key(book: Book, custodian: Custodian, known: Known) -> _Key:
    asked, compiled = known.request, book.compiled(custodian, known.request.action)
    person = replace(known.person, id="", credential="")
    counts = tuple(d.verified(known.at) for d in known.documents)
    at = known.at if compiled.reads_time else known.at.date()
    return (book.version, at, person, known.requester, known.represented, asked.action,
            asked.custodian, asked.dataset, asked.kind, asked.purpose, bool(asked.case),
            known.documents, counts)  # fmt: skip
