"""Brings a store of an earlier version to this program's, all of it or nothing.

Only ``cleargate storage init`` does this, on purpose: whoever merely opens an older store is told.
The steps are written once, with Alembic's operations, and run on both dialects; in a file a table
that SQLite cannot change is made anew (``batch_alter_table``, with ``sqlite_strict`` among its
``table_kwargs``). The version is the store's own number, so that Alembic keeps none beside it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy.pool import StaticPool

from ..model.errors import StoreVersion
from .engine import Schema, Step
from .sqlite import APPLICATION_ID, named

TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""The types of columns that steps add, as ``postgres_text`` has them."""


def steps_from(schema: Schema, version: int, name: str) -> list[Step]:
    """What brings ``version`` of the store ``name`` to the schema's, in order.

    Raises:
        StoreVersion: the store is newer than this program, or too old for it.
    """
    if version > schema.version:
        raise StoreVersion(
            f"{name} is version {version}, newer than this program's {schema.version}; install "
            "that version."
        )
    wanted = range(version + 1, schema.version + 1)
    if version < 1 or any(number not in schema.steps for number in wanted):
        raise StoreVersion(
            f"{name} is version {version}, which this program cannot bring to {schema.version}; "
            "install an earlier release first, and run its 'cleargate storage init'."
        )
    return [schema.steps[number] for number in wanted]


def run(connection: sa.Connection, steps: list[Step]) -> None:
    """Run ``steps`` in the transaction that is open."""
    operations = Operations(MigrationContext.configure(connection))
    for step in steps:
        step(operations)


def migrate_file(path: Path, schema: Schema) -> None:
    """Bring the SQLite file at ``path`` to the schema's version; nobody writes meanwhile.

    Raises:
        StoreVersion: it is not ours, newer, or too old.
        Unavailable: it cannot be opened, or another process holds it.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as conn:
            # A table that is made anew is gone for a moment; what refers to it is checked below.
            conn.execute("PRAGMA foreign_keys=OFF")
            with _alchemy(conn) as connection:
                conn.execute("BEGIN IMMEDIATE")
                steps = steps_from(schema, _version(conn, path, schema), str(path))
                run(connection, steps)
                _check_references(conn, path)
                conn.execute(f"PRAGMA user_version={schema.version:d}")
                conn.execute("COMMIT")
    except sqlite3.Error as fault:
        raise named(fault, path) from fault
    except sa.exc.DBAPIError as fault:
        if not isinstance(fault.orig, sqlite3.Error):
            raise
        raise named(fault.orig, path) from fault


def _version(conn: sqlite3.Connection, path: Path, schema: Schema) -> int:
    (owner,) = conn.execute("PRAGMA application_id").fetchone()
    if owner != APPLICATION_ID:
        raise StoreVersion(f"{path} is not a Cleargate {schema.name} store.")
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def _check_references(conn: sqlite3.Connection, path: Path) -> None:
    if broken := conn.execute("PRAGMA foreign_key_check").fetchone():
        raise StoreVersion(
            f"{path} has rows in {broken[0]} that refer to nothing; nothing was changed. Restore a "
            "backup, and report this."
        )


@contextmanager
def _alchemy(conn: sqlite3.Connection) -> Iterator[sa.Connection]:
    """The same connection as Alembic wants it. Begin after: its first act is a rollback, and so is
    its last.
    """
    engine = sa.create_engine("sqlite://", creator=lambda: conn, poolclass=StaticPool)
    with engine.connect() as connection:
        yield connection
