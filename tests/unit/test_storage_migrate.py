"""Stores of earlier versions, brought to this program's by the same steps on each engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cleargate.model.errors import CleargateError, StoreVersion
from cleargate.storage.database import Database
from cleargate.storage.engine import Schema, Store
from cleargate.storage.migrate import TEXT, WHOLE, migrate_file
from cleargate.storage.place import Place, open_at
from cleargate.storage.postgres_init import prepare, remove
from tests.postgres import Server, as_admin

OLD = Schema(
    "library",
    1,
    (
        "CREATE TABLE shelf (id TEXT PRIMARY KEY, room TEXT NOT NULL) STRICT",
        """
        CREATE TABLE book (
          id INTEGER PRIMARY KEY, title TEXT NOT NULL, shelf TEXT NOT NULL REFERENCES shelf (id)
        ) STRICT
        """,
    ),
    {"shelf": "SELECT INSERT", "book": "SELECT INSERT"},
)


def add_pages(op: Any) -> None:
    op.add_column("book", sa.Column("pages", WHOLE, nullable=True))
    op.add_column("shelf", sa.Column("name", TEXT, nullable=False, server_default=""))
    op.create_index("book_shelf", "book", ["shelf"])


def require_pages(op: Any) -> None:
    op.execute("UPDATE book SET pages = 0 WHERE pages IS NULL")
    strict = {"sqlite_strict": True}
    with op.batch_alter_table("book", table_kwargs=strict) as batch:
        batch.alter_column("pages", existing_type=sa.Integer(), nullable=False)


def go_wrong(op: Any) -> None:
    op.execute("UPDATE book SET title = 'lost'")
    op.execute("INSERT INTO book (id) VALUES (9)")  # a book has a title


NEW = replace(OLD, version=3, steps={2: add_pages, 3: require_pages})


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An old store with two books."""
    if request.param == "sqlite":
        made: Place = tmp_path / "library.db"
    else:
        server: Server = request.getfixturevalue("server")
        made = server.at("library")
        prepare(made, [OLD], admin=as_admin(made))
    with closing(open_at(made, OLD, create=True)) as store, store.write() as conn:
        conn.execute("INSERT INTO shelf VALUES (?, ?)", ("A", "cellar"))
        conn.executemany("INSERT INTO book VALUES (?, ?, ?)", [(1, "One", "A"), (2, "Two", "A")])
    yield made
    if isinstance(made, Database):
        remove([OLD], admin=as_admin(made), owner=made.role("owner"))


def migrate(place: Place, schema: Schema) -> None:
    """What ``storage init`` does."""
    if isinstance(place, Database):
        prepare(place, [schema], admin=as_admin(place))
    else:
        migrate_file(place, schema)


def books(store: Store) -> list[tuple[object, ...]]:
    with store.read() as conn:
        return conn.execute("SELECT * FROM book ORDER BY id").fetchall()


def test_an_older_store_says_what_to_do_and_is_then_brought_to_the_new_version(
    place: Place,
) -> None:
    with pytest.raises(StoreVersion, match="older than this program's 3; run 'cleargate storage"):
        open_at(place, NEW)
    migrate(place, NEW)
    with closing(open_at(place, NEW)) as store:
        assert books(store) == [(1, "One", "A", 0), (2, "Two", "A", 0)]
        with store.write() as conn:
            conn.execute("INSERT INTO book VALUES (?, ?, ?, ?)", (3, "Three", "A", 40))
            assert conn.execute("SELECT name FROM shelf").fetchall() == [("",)]
    migrate(place, NEW)  # again changes nothing
    with closing(open_at(place, NEW)) as store:
        assert len(books(store)) == 3


def test_a_newer_store_is_not_touched(place: Place) -> None:
    migrate(place, NEW)
    for attempt in (migrate, open_at):
        with pytest.raises(StoreVersion, match="newer than this program's 1; install that"):
            attempt(place, OLD)
    with closing(open_at(place, NEW)) as store:
        assert len(books(store)) == 2


def test_a_store_that_is_too_old_is_not_touched(place: Place) -> None:
    with pytest.raises(StoreVersion, match="install an earlier release first"):
        migrate(place, replace(NEW, steps={3: require_pages}))
    with closing(open_at(place, OLD)) as store:
        assert books(store) == [(1, "One", "A"), (2, "Two", "A")]


def test_a_step_that_fails_leaves_the_store_as_it_was(place: Place) -> None:
    with pytest.raises(CleargateError, match=r"(?i)not.null"):
        migrate(place, replace(NEW, steps={2: add_pages, 3: go_wrong}))
    with closing(open_at(place, OLD)) as store:
        assert books(store) == [(1, "One", "A"), (2, "Two", "A")]


def test_another_programs_file_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "other.db").write_bytes(b"")
    with pytest.raises(StoreVersion, match="not a Cleargate"):
        migrate_file(tmp_path / "other.db", NEW)
