"""One SQLite file as one store: WAL, synchronous=FULL, one connection per thread, faults by
name.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ..model.errors import CleargateError, StoreBusy, StoreFull, StoreVersion, Unavailable
from .engine import Schema, insert

APPLICATION_ID = 0x434C4754  # "CLGT", so that another program's file is not taken for ours


_CACHE_KIB: Final = 2_000
"""SQLite's own page cache."""

_BULK_CACHE_KIB: Final = 64 * 1024
"""That of a bulk; the 2 MB cost an import a fifth of its merge."""


class Transaction(sqlite3.Connection):
    """A connection that says whose SQL it speaks, as ``engine.Connection`` asks."""

    dialect: Final = "sqlite"

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], /) -> None:
        """Put ``rows`` into ``table``."""
        self.executemany(insert(table, tuple(columns)), rows)


class Store:
    """One database file.

    Args:
        path: the file.
        schema: what must be in it.
        create: make the file when it is missing; otherwise a missing file is an error.
        busy_ms: how long a writer waits for another process, in milliseconds.

    Raises:
        StoreVersion: the file is older or newer than this program, or not ours.
        Unavailable: the file cannot be opened.
    """

    dialect: Final = "sqlite"

    def __init__(
        self, path: Path, schema: Schema, *, create: bool = False, busy_ms: int = 5000
    ) -> None:
        self.path, self.schema, self.busy_ms = path, schema, busy_ms
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[Transaction] = []
        if not create and not path.is_file():
            raise Unavailable(
                f"{path} is missing; restore it from a backup or run 'cleargate init'."
            )
        with self._named_faults():
            self._check(create)

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def folder(self) -> Path:
        return self.path.parent

    def connection(self) -> Transaction:
        """This thread's connection, opened at first use. Autocommit; transactions are explicit."""
        conn: Transaction | None = getattr(self._local, "conn", None)
        if conn is None:
            conn = self._local.conn = self._connect()
            with self._lock:
                self._open.append(conn)
        return conn

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One consistent snapshot."""
        with self._named_faults():
            conn = self.connection()
            conn.execute("BEGIN")
            try:
                yield conn
            finally:
                conn.rollback()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction that commits at the end, or leaves nothing behind."""
        with self._transaction("BEGIN IMMEDIATE") as conn:
            yield conn

    @contextmanager
    def rehearse(self) -> Iterator[Transaction]:
        """A transaction that may write, and never commits."""
        with self.read() as conn:  # to SQLite they are the same
            yield conn

    @contextmanager
    def scratch(self) -> Iterator[Transaction]:
        """One transaction on temporary tables, which only this thread's connection sees.

        It takes no lock on the file, so that a long preparation keeps no writer waiting.
        """
        with self._transaction("BEGIN") as conn:
            yield conn

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """More page cache for this thread's connection, which keeps its temporary tables."""
        self._cache(_BULK_CACHE_KIB)
        try:
            yield
        finally:
            self._cache(_CACHE_KIB)

    def copy_to(self, path: Path) -> None:
        """A copy in a new file, as of one moment, while others write.

        By SQLite's own backup, in one step under one snapshot (https://sqlite.org/backup.html). The
        file needs none beside it.
        """
        with self._named_faults():
            copy = sqlite3.connect(path, isolation_level=None)
            try:
                self.connection().backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")  # nothing is left in a -wal file
            finally:
                copy.close()

    def scrub(self) -> bool:
        """Write the file anew without what was deleted, and empty the write-ahead log.

        Deleted rows lie on in unused pages, in the unused part of pages, and in the write-ahead
        log (https://sqlite.org/lang_vacuum.html). It takes as long as copying the file, and writers
        wait for it.
        """
        with self._named_faults():
            conn = self.connection()
            conn.execute("PRAGMA secure_delete=ON")
            conn.execute("VACUUM")
            (busy, _, _) = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for conn in self._open:
                conn.close()
            self._open.clear()
        self._local = threading.local()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Transaction]:
        with self._named_faults():
            conn = self.connection()
            conn.execute(begin)
            try:
                yield conn
                conn.commit()
            except BaseException:
                if conn.in_transaction:
                    conn.rollback()
                raise

    def _cache(self, kib: int) -> None:
        # PRAGMA takes no parameters; the number is a constant of this program.
        self.connection().execute(f"PRAGMA cache_size=-{kib:d}")

    def _connect(self) -> Transaction:
        conn = sqlite3.connect(
            self.path,
            timeout=self.busy_ms / 1000,
            isolation_level=None,
            check_same_thread=False,
            factory=Transaction,
        )
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("PRAGMA synchronous=FULL")
        conn.execute("PRAGMA foreign_keys=ON")
        return conn

    def _check(self, create: bool) -> None:
        conn = self.connection()
        (version,) = conn.execute("PRAGMA user_version").fetchone()
        (owner,) = conn.execute("PRAGMA application_id").fetchone()
        if version == 0 and owner == 0 and create:
            conn.execute("BEGIN IMMEDIATE")
            (version,) = conn.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in self.schema.statements:
                    conn.execute(statement)
                # PRAGMA takes no parameters; both numbers are constants of this program.
                conn.execute(f"PRAGMA application_id={APPLICATION_ID:d}")
                conn.execute(f"PRAGMA user_version={self.schema.version:d}")
            conn.commit()
            return
        if owner != APPLICATION_ID:
            raise StoreVersion(
                f"{self.path} is not a Cleargate {self.schema.name} store; restore it from a "
                "backup."
            )
        if version != self.schema.version:
            age = "newer" if version > self.schema.version else "older"
            todo = "install that version" if age == "newer" else "run 'cleargate storage init'"
            raise StoreVersion(
                f"{self.path} is version {version}, {age} than this program's "
                f"{self.schema.version}; "
                f"{todo}."
            )

    @contextmanager
    def _named_faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as fault:
            raise named(fault, self.path) from fault


def named(fault: sqlite3.Error, path: Path) -> CleargateError:
    """SQLite's fault as one of ours, with a sentence that says what to do."""
    # The primary code is the low byte: https://sqlite.org/rescode.html
    code = (getattr(fault, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(f"{path} is held by another process; ask again, or stop that process.")
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(f"No room is left for {path}; free some disk and ask again.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return StoreFull(f"{path} cannot be written; make it and its folder writable.")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreVersion(f"{path} is damaged or not a database; restore it from a backup.")
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR):
        return Unavailable(
            f"{path} cannot be opened or read; see that its disk has room and may be written."
        )
    return CleargateError(f"{path}: {fault}")
