"""One PostgreSQL schema as one store: a pool of connections in the store's own role, writers in
turn, faults by name.

``read`` is a snapshot (REPEATABLE READ, READ ONLY). ``write`` first locks the one row of ``turn``,
so that writers of a store follow one another as they do in a file, and then sees all that was
committed before; what a store's code reads before it writes cannot change under it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.types.numeric import Int8Dumper
from psycopg_pool import ConnectionPool, PoolTimeout

from ..model.errors import BadUse, StoreBusy, StoreVersion
from .database import Database
from .engine import Parameters, Schema, insert
from .postgres_faults import named
from .postgres_text import query, values

logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())

_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT one FROM turn FOR UPDATE"
_SCRATCH: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
_CONNECT_SECONDS: Final = 5
_IDLE_CLOSES: Final = 60.0
_FEW: Final = 16
_LEND_SECONDS: Final = 1.0
"""A new connection takes some of it, even where no writer may wait. After it whoever waits looks
whether the server is there at all."""

Raw = psycopg.Connection[tuple[Any, ...]]


def connect(database: Database, **settings: str) -> Raw:
    """A connection of its own, with the server's ``settings``.

    Raises:
        KeyUnusable: the file of the password cannot be read.
        psycopg.Error: the server cannot be reached or refuses.
    """
    return psycopg.connect(**arguments(database, **settings))


def arguments(database: Database, **settings: str) -> dict[str, Any]:
    """What ``psycopg.connect`` is given."""
    given = {
        "application_name": "cleargate",
        "connect_timeout": _CONNECT_SECONDS,
        **database.parameters,
        "client_encoding": "UTF8",
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        "autocommit": True,
        "cursor_factory": psycopg.RawCursor,
    }
    password = database.password()
    return given if password is None else given | {"password": password}


class Store:
    """One schema of a database, opened.

    Args:
        database: where.
        schema: what must be in it.
        busy_ms: how long a writer waits for another, in milliseconds.

    Raises:
        StoreVersion: it is older or newer than this program, or was never made.
        Unavailable: the database cannot be reached.
    """

    folder = None

    dialect: Final = "postgresql"

    def __init__(self, database: Database, schema: Schema, *, busy_ms: int = 5000) -> None:
        self.database, self.schema = database, schema
        self._busy_ms = busy_ms
        self._local = threading.local()
        with self._named_faults():
            with connect(database, **self._settings()) as conn:
                self._enter(conn)
                self._check(conn)
            self._pool = self._new_pool()

    @property
    def name(self) -> str:
        return f"{self.database.name}/{self.schema.name}"

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One consistent snapshot, in which nothing can be written."""
        with self._transaction(_READ, "ROLLBACK") as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """The one transaction that writes now; it commits at the end, or leaves nothing behind."""
        with self._transaction(_WRITE, "COMMIT") as conn:
            yield conn

    @contextmanager
    def rehearse(self) -> Iterator[Transaction]:
        """A transaction that may write, and never commits."""
        with self._transaction(_WRITE, "ROLLBACK") as conn:
            yield conn

    @contextmanager
    def scratch(self) -> Iterator[Transaction]:
        """One transaction on temporary tables; it keeps no writer waiting."""
        with self._transaction(_SCRATCH, "COMMIT") as conn:
            yield conn

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """This thread keeps one connection, whose statements may take as long as they need."""
        with self._named_faults():
            conn = self._lent()
            try:
                conn.execute("SET statement_timeout = 0")
                self._local.conn = conn
                yield
            finally:
                self._local.conn = None
                if not conn.closed:
                    conn.execute("DISCARD TEMP")
                    conn.execute("RESET statement_timeout")
                self._pool.putconn(conn)

    def copy_to(self, path: Path) -> None:
        """Not here: a database is copied by its own tools, which know all of it.

        Raises:
            BadUse: always.
        """
        raise BadUse(
            f"{self.name} is no file; copy its database with the server's own tools (pg_dump, or a "
            "base backup with its archive), and the log's key apart from it."
        )

    def scrub(self) -> bool:
        """False, always: who uses a store does not own it, and cannot have its files rewritten.

        Dead rows go with the next VACUUM FULL of the table, and from write-ahead log and archive
        when those are recycled: its owner sees to both.
        """
        return False

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def _transaction(self, begin: str, end: str) -> Iterator[Transaction]:
        with self._named_faults():
            kept: Raw | None = getattr(self._local, "conn", None)
            conn = self._begun(begin, kept)
            try:
                yield Transaction(conn)
                conn.execute(end)
            except BaseException:
                _abandon(conn)
                raise
            finally:
                if kept is None:
                    self._pool.putconn(conn)

    def _begun(self, begin: str, kept: Raw | None) -> Raw:
        """A connection with an open transaction.

        A connection that the server closed while it lay idle is found out here, before anything
        was done, and the next one is taken; there are no more of them than the pool holds.
        """
        for turn in range(self.database.connections + 1):
            conn = kept or self._lent()
            try:
                conn.execute(begin)
            except BaseException as fault:
                closed = conn.closed
                _abandon(conn)
                if kept is None:
                    self._pool.putconn(conn)
                last = kept is not None or turn == self.database.connections
                if not (closed and isinstance(fault, psycopg.OperationalError)) or last:
                    raise
            else:
                return conn
        raise AssertionError("the last turn returns or raises")

    def _lent(self) -> Raw:
        """A connection of the pool. A server that is gone is told within a second, not waited for
        as long as for a connection that others hold.
        """
        try:
            return self._pool.getconn(timeout=_LEND_SECONDS)
        except PoolTimeout:
            with connect(self.database, **self._settings()) as conn:
                self._enter(conn)
            return self._pool.getconn(timeout=max(self._busy_ms / 1000 - _LEND_SECONDS, 0.01))

    def _new_pool(self) -> ConnectionPool[Raw]:
        return ConnectionPool(
            kwargs=arguments(self.database, **self._settings()),
            configure=self._enter,
            min_size=0,
            max_size=self.database.connections,
            max_idle=_IDLE_CLOSES,
            reconnect_timeout=0,  # the next who asks tries anew, and not after longer and longer
            num_workers=1,
            open=True,
        )

    def _settings(self) -> dict[str, str]:
        return {
            "search_path": self.schema.name,
            "statement_timeout": f"{self.database.statement_seconds * 1000:d}",
            "lock_timeout": f"{self._busy_ms:d}",
            "idle_in_transaction_session_timeout": f"{self.database.idle_seconds * 1000:d}",
        }

    def _enter(self, conn: Raw) -> None:
        """Be the store's role from here on: what it was not granted, no mistake here can do."""
        # The same bytes for every size of a number, or each would be a statement of its own; and
        # truth is kept as 0 and 1.
        for kind in (int, bool):
            conn.adapters.register_dumper(kind, _Whole)
        role = sql.Identifier(self.database.role(self.schema.name))
        conn.execute(sql.SQL("SET ROLE {}").format(role).as_bytes(conn))

    def _check(self, conn: Raw) -> None:
        row = conn.execute("SELECT version FROM store").fetchone()
        version = row[0] if row else 0
        if version != self.schema.version:
            age = "newer" if version > self.schema.version else "older"
            todo = "install that version" if age == "newer" else "run 'cleargate storage init'"
            raise StoreVersion(
                f"{self.name} is version {version}, {age} than this program's "
                f"{self.schema.version}; {todo}."
            )

    @contextmanager
    def _named_faults(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeout as fault:
            raise StoreBusy(
                f"All {self.database.connections} connections to {self.name} are in use; ask "
                "again, or raise storage.connections."
            ) from fault
        except psycopg.Error as fault:
            raise named(fault, self.name) from fault


def _abandon(conn: Raw) -> None:
    """Undo what is open; a connection where even that fails is closed, which undoes it as well."""
    try:
        conn.execute("ROLLBACK")
    except psycopg.Error:
        conn.close()


class Transaction:
    """An open transaction, spoken to as ``engine.Connection`` says."""

    __slots__ = ("_conn",)
    dialect: Final = "postgresql"

    def __init__(self, conn: Raw) -> None:
        self._conn = conn

    def execute(self, statement: str, parameters: Parameters = (), /) -> psycopg.Cursor[Any]:
        """Run ``statement``."""
        text, names = query(statement)
        return self._conn.cursor().execute(text.encode(), values(names, parameters))

    def executemany(self, statement: str, rows: Iterable[Parameters], /) -> psycopg.Cursor[Any]:
        """Run ``statement`` for each of ``rows``, sent together."""
        text, names = query(statement)
        cursor = self._conn.cursor()
        cursor.executemany(text.encode(), [values(names, row) for row in rows])
        return cursor

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], /) -> None:
        """Put ``rows`` into ``table`` by COPY; a few of them by INSERT, which asks once less."""
        first = list(islice(rows := iter(rows), _FEW + 1))
        if len(first) <= _FEW:
            self.executemany(insert(table, tuple(columns)), first)
            return
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self._conn.cursor().copy(into.as_bytes(self._conn)) as copy:
            for row in chain(first, rows):
                copy.write_row(row)


class _Whole(Int8Dumper):
    def dump(self, obj: Any) -> bytes:
        return b"%d" % int(obj)
