"""Where each store of a jurisdiction lies, by its settings; and what makes a database ready.

In files, each store is one of its own under ``paths.data``. With ``storage.url`` all of them lie in
that PostgreSQL database, each in a schema of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from .agencies import store as agencies
from .config import Settings
from .custody import store as custody
from .evidence import store as evidence
from .log import store as log
from .model.errors import BadUse
from .records import store as records
from .storage.database import Database
from .storage.engine import Schema
from .storage.place import Place, open_at

NAMES: Final = ("log", "agencies", "evidence", "custody", "records")


def schemas() -> tuple[Schema, ...]:
    """The schema of every store, in the order of ``NAMES``."""
    return (log.SCHEMA, agencies.SCHEMA, evidence.SCHEMA, custody.SCHEMA, records.schema())


def database(settings: Settings) -> Database | None:
    """The database of the settings; None where the stores are files.

    Raises:
        BadUse: its address is none, or holds a password.
    """
    said = settings.storage
    if not said.url:
        return None
    password = settings.folder / said.password_file
    return Database(
        said.url,
        password if password.exists() else None,
        roles=said.roles,
        connections=said.connections,
        statement_seconds=settings.limits.statement_seconds,
        idle_seconds=said.idle_seconds,
    )


def place(settings: Settings, store: str) -> Place:
    """Where the store of that name lies."""
    return database(settings) or settings.data / f"{store}.db"


def in_files(settings: Settings) -> None:
    """What follows works on files only.

    Raises:
        BadUse: the stores lie in a database.
    """
    if found := database(settings):
        raise BadUse(
            f"The stores lie in the database {found.name}, where a log cannot be restored or "
            "followed by another with this command yet; put the newest copy of the database back "
            "with PostgreSQL's own tools. docs/running-it.md says how."
        )


def administered(settings: Settings, admin: str) -> tuple[Database, Database]:
    """The database of the settings, and the same entered at the address ``admin``.

    Args:
        admin: without a password: libpq finds it in ``PGPASSWORD`` or ``~/.pgpass``. Empty: whoever
            serves may make roles and schemas as well.

    Raises:
        BadUse: the stores are files, or an address is none.
    """
    found = database(settings)
    if found is None:
        raise BadUse("The stores of this jurisdiction are files; only a database is administered.")
    return found, replace(found, url=admin, password_file=None) if admin else found


def ready(settings: Settings, admin: str) -> None:
    """Bring every store to this program's version; in a database, make what is missing, and set
    every right.

    Raises:
        StoreVersion: a store is another program's, newer, or too old.
        Unavailable: it cannot be opened or reached, or ``admin`` may not do this.
    """
    if admin or settings.storage.url:
        from .storage.postgres_init import prepare  # loads psycopg

        here, entered = administered(settings, admin)
        prepare(here, schemas(), admin=entered)
        return
    from .storage.migrate import migrate_file  # loads Alembic

    for schema in schemas():
        path = settings.data / f"{schema.name}.db"
        if path.exists():  # a missing one is named by whoever opens it
            migrate_file(path, schema)


@contextmanager
def new_schemas(settings: Settings, admin: str) -> Iterator[None]:
    """Make every schema of a new jurisdiction, if its stores lie in a database; none of them is
    left if the block fails.

    Raises:
        BadUse: one of them is there already.
        Unavailable: the database cannot be reached, or ``admin`` may not make them.
    """
    if not settings.storage.url:
        yield
        return
    from .storage.postgres_init import prepare, remove  # loads psycopg

    here, entered = administered(settings, admin)
    prepare(here, schemas(), admin=entered, new=True)
    try:
        yield
    except BaseException:
        remove(schemas(), admin=entered, owner=here.role("owner"))
        raise


@dataclass(frozen=True, slots=True)
class Standing:
    """What ``storage check`` found of one store."""

    name: str
    where: str
    version: int


def standing(settings: Settings) -> list[Standing]:
    """Open every store and say where it is.

    Raises:
        Unavailable: one of them is missing, older, newer, damaged, another's or cannot be reached.
    """
    found = []
    for schema in schemas():
        store = open_at(place(settings, schema.name), schema, busy_ms=settings.limits.busy_ms)
        store.close()
        found.append(Standing(schema.name, store.name, schema.version))
    return found
