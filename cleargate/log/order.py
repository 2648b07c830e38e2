"""What a court orders to be forgotten: which entries, and which of their sealed values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..model.errors import FieldError
from ..model.kinds import KINDS
from ..storage.engine import Connection
from .store import Log, read_head

MOST: Final = 5_000
"""Entries of one order: as many as the entry that names them has room for."""

_SPAN: Final = re.compile(r"(\d{1,15})(?:-(\d{1,15}))?")
_FIELDS: Final = frozenset(name for kind in KINDS.values() for name in kind.salted)


@dataclass(frozen=True, slots=True)
class Order:
    """What a court orders to be forgotten.

    Attributes:
        document: the evidence id of the order.
        entries: numbers of entries, ascending.
        fields: names of salted fields; empty for all of them.
    """

    document: str
    entries: tuple[int, ...]
    fields: tuple[str, ...] = ()

    @classmethod
    def parse(cls, document: str, entries: str, fields: str = "") -> Order:
        """Read what was typed: entries like ``12,40-44``, fields like ``person,reason``.

        Raises:
            FieldError: it is not such a list, or too long, or names no such field.
        """
        numbers = sorted(set(_numbers(entries)))
        names = tuple(sorted({name.strip() for name in fields.split(",") if name.strip()}))
        for name in names:
            if name not in _FIELDS:
                raise FieldError("fields", f"'{name}' is not sealed in any entry; known are "
                                 f"{', '.join(sorted(_FIELDS))}.")  # fmt: skip
        return cls(document, tuple(numbers), names)


def check(log: Log, order: Order) -> None:
    """Whether the log has these entries.

    Raises:
        FieldError: it has not.
    """
    with log.store.read() as conn:
        check_in(conn, order)


def check_in(conn: Connection, order: Order) -> None:
    """``check`` in an open transaction."""
    size = read_head(conn).size
    if order.entries[-1] >= size:
        raise FieldError(
            "entries", f"The log has no entry {order.entries[-1]}; its entries are 0 to {size - 1}."
        )


def _numbers(text: str) -> Iterator[int]:
    count = 0
    for part in text.split(","):
        found = _SPAN.fullmatch(part.strip())
        if found is None:
            raise FieldError("entries", f"'{part}' names no entries; write them like 12,40-44.")
        first, last = int(found[1]), int(found[2] or found[1])
        count += last - first + 1
        if last < first or count > MOST:
            raise FieldError(
                "entries", f"Name 1 to {MOST} entries, each span from its first to its last."
            )
        yield from range(first, last + 1)
