"""What a store is to those who read and write it, whichever database keeps it.

One SQL text serves every dialect: parameters are ``?`` in order or ``:name``, values are text,
whole numbers, floating ones, bytes or NULL. Start with ``Store``; ``place.open_at`` opens one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

Parameters = Sequence[Any] | Mapping[str, Any]
Dialect = Literal["sqlite", "postgresql"]


Step = Callable[[Any], None]
"""Changes tables by the ``alembic.operations.Operations`` that it is given, on every dialect."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A store's tables, said once for every dialect.

    Attributes:
        name: of the store.
        version: moves with every change of its tables.
        statements: create it, in the words that ``postgres_text`` knows.
        rights: table → what serving the store does with it (``SELECT INSERT UPDATE DELETE``). A
            database with roles grants this and no more.
        temporary: whether serving it makes temporary tables.
        steps: version → what brings a store of the version before to it, by Alembic's operations
            (``storage.migrate``). What ``statements`` make and what the steps lead to is the same.
    """

    name: str
    version: int
    statements: tuple[str, ...]
    rights: Mapping[str, str] = field(default_factory=dict)
    temporary: bool = False
    steps: Mapping[int, Step] = field(default_factory=dict)


class Rows(Protocol):
    """What a statement found or changed."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """An open transaction. It is over, and the connection another's, when its block ends."""

    @property
    def dialect(self) -> Dialect:
        """For statements that are built, not written; ``records.store.run`` compiles them."""

    def execute(self, sql: str, parameters: Parameters = ..., /) -> Rows: ...

    def executemany(self, sql: str, rows: Iterable[Parameters], /) -> Rows: ...

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], /) -> None:
        """Put ``rows`` into ``table`` by the fastest way in; a key that is there is a fault."""


class Store(Protocol):
    """One store, opened. Threads may share it; no transaction spans two of them.

    Faults of the database leave each block as errors of ``model.errors``, by name.
    """

    @property
    def name(self) -> str:
        """Which store it is and where, for sentences; never a secret."""

    @property
    def schema(self) -> Schema: ...

    @property
    def dialect(self) -> Dialect:
        """The language of its statements."""

    @property
    def folder(self) -> Path | None:
        """The folder whose disk it fills; None where a server of its own keeps it."""

    def read(self) -> AbstractContextManager[Connection]:
        """One consistent snapshot."""

    def write(self) -> AbstractContextManager[Connection]:
        """The one transaction that writes now; it commits at the end, or leaves nothing behind."""

    def rehearse(self) -> AbstractContextManager[Connection]:
        """A transaction that may write, and never commits."""

    def scratch(self) -> AbstractContextManager[Connection]:
        """One transaction on temporary tables; it keeps no writer waiting."""

    def bulk(self) -> AbstractContextManager[None]:
        """For as long as the block runs this thread's temporary tables stay, and have room."""

    def copy_to(self, path: Path) -> None:
        """A copy in a new file, as of one moment, while others write."""

    def scrub(self) -> bool:
        """Leave nothing of what was deleted in the files; False where a reader is in the way."""

    def close(self) -> None:
        """Close every connection."""


@cache
def insert(table: str, columns: tuple[str, ...]) -> str:
    """The statement that puts one row into a table; both names are this program's own."""
    names = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))})'  # noqa: S608
