"""The law of rows for each kind of request, made once; one in quarantine answers nothing.

A filter that the database and Cedar disagreed about is in quarantine for every process: the store
says so, and its counter tells when to look again (``agencies.quarantine``). Requests are alike when
everything that a rule can read is. Of the clock that is the day, on which rules begin and end, and
which papers count now; where a rule reads the time itself, the time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..agencies import quarantine
from ..law.book import Book, Custodian
from ..law.facts import Cast
from ..law.filter import row_filter
from ..law.lower import ShapeError
from ..model.actions import ACTIONS, Family
from ..model.errors import FilterDisagrees, Unavailable
from ..model.request import Known, Request
from ..model.terms import RowFilter
from ..storage.engine import Store

_KEEP: Final = 1024  # filters that are kept; a limit on memory, no more
_Key = tuple[object, ...]


def reads_rows(request: Request) -> bool:
    """Whether what is asked for are rows of a data set."""
    action = ACTIONS[request.action]
    return action.family is Family.RECORDS and bool(action.masks)


class Filters:
    """What was made so far, under one set of agencies and one quarantine.

    Args:
        store: the agencies', whose counter moves with both; a new ``Cast`` is made then.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._made: tuple[Cast, dict[_Key, RowFilter | None]] | None = None

    def of(self, book: Book, custodian: Custodian, cast: Cast, known: Known) -> RowFilter:
        """The law of rows for ``known``.

        Raises:
            FilterDisagrees: this one is in quarantine.
            Unavailable: a rule of the book cannot be searched.
        """
        key = _key(book, custodian, known)
        if self._made is None or self._made[0] is not cast:
            self._made = (cast, {})
        _, made = self._made
        if key not in made:
            if len(made) >= _KEEP:
                made.clear()
            new = _row_filter(book, custodian, cast, known)
            made[key] = None if quarantine.holds(self._store, new.digest) else new
        found = made[key]
        if found is None:
            raise FilterDisagrees()
        return found


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
