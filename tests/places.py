"""Where the stores of a test lie: in files, and once more in a database."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from cleargate.storage import postgres, sqlite
from cleargate.storage.database import Database
from cleargate.storage.engine import Connection, Store
from cleargate.storage.place import Place
from tests.fakes import lay_in
from tests.postgres import as_admin, empty, rows

Places = Callable[[str], Place]
"""From the name of a store to its place, the same one whenever it is asked for."""


def everything(store: Store) -> str:
    """All that a store holds, read behind its back."""
    if isinstance(store, sqlite.Store):
        return "\n".join(store.connection().iterdump())
    assert isinstance(store, postgres.Store)
    tables = f"SELECT tablename FROM pg_tables WHERE schemaname = '{store.schema.name}'"
    return "\n".join(
        str(row)
        for (name,) in rows(store.database, tables)
        for row in rows(store.database, f'SELECT * FROM {store.schema.name}."{name}"')
    )


@contextmanager
def tampering(store: Store) -> Iterator[Connection]:
    """One transaction in a store's tables, of somebody whom its role does not bind."""
    if isinstance(store, sqlite.Store):
        with store.write() as conn:
            yield conn
        return
    assert isinstance(store, postgres.Store)
    with postgres.connect(as_admin(store.database)) as owner, owner.transaction():
        owner.execute(f"SET LOCAL search_path TO {store.schema.name}".encode())
        yield postgres.Transaction(owner)


def by_index(store: Store, statement: str, parameters: tuple[object, ...]) -> bool:
    """Whether every table of ``statement`` can be searched by an index."""
    if isinstance(store, sqlite.Store):
        rows = store.connection().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return all("SEARCH" in row[3] for row in rows)
    with tampering(store) as conn:
        conn.execute("SET LOCAL enable_seqscan = off")  # a small table is read whole otherwise
        plan = conn.execute(f"EXPLAIN {statement}", parameters).fetchall()
    return not any("Seq Scan" in row[0] for row in plan)


@pytest.fixture(params=["sqlite", "postgres"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """The test runs on each engine."""
    if request.param == "sqlite":
        return lambda name: tmp_path / f"{name}.db"
    database = request.getfixturevalue("database")
    return lambda name: database


@pytest.fixture
def in_database(tmp_path: Path, database: Database) -> Path:
    """The test's folder, of which the stores lie in a database; for tests that run there again."""
    lay_in(tmp_path, database)
    return tmp_path


Fresh = Callable[[], AbstractContextManager[tuple[Path, Place]]]
"""A folder and an empty place, for each example of a property."""


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """Each example of the test runs on a store of its own, of each engine."""
    database = request.getfixturevalue("database") if request.param == "postgres" else None

    @contextmanager
    def made() -> Iterator[tuple[Path, Place]]:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder), database or Path(folder) / "store.db"
            if database is not None:
                empty(database)

    return made
