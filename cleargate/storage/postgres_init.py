"""What ``cleargate storage init`` does on PostgreSQL: database, roles, schemas, rights.

Roles, of which only the first can log in:

* the user of ``storage.url`` serves. It inherits nothing; each connection becomes the role of the
  one store that it is for.
* ``<roles>_<store>`` may do in that store's schema what ``Schema.rights`` says: it can neither
  change a table's form nor, in the log, an entry.
* ``<roles>_owner`` owns the schemas. Only this command becomes it.

Everything here can be done again: what is there stays, and rights are brought to what they should
be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.pool import NullPool

from ..model.errors import BadUse, StoreVersion, Unavailable
from .database import Database
from .engine import Schema
from .migrate import run, steps_from
from .postgres import Raw, arguments, connect
from .postgres_faults import named
from .postgres_text import table

OLDEST: Final = 150_000
"""The server's version, as it counts itself: PostgreSQL 15."""

OWNER: Final = "owner"
_PREFIX: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")
_NAMES: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")

# ``turn`` holds nothing: whoever writes locks its row first. ``store`` says what the schema is.
_OWN: Final = (
    "CREATE TABLE store (version BIGINT NOT NULL)",
    "CREATE TABLE turn (one BIGINT PRIMARY KEY CHECK (one = 1))",
    "INSERT INTO turn VALUES (1)",
)
_OWN_RIGHTS: Final = {"store": "SELECT", "turn": "SELECT UPDATE"}


def prepare(
    database: Database, schemas: Iterable[Schema], *, admin: Database, new: bool = False
) -> None:
    """Make what is missing of ``database`` for ``schemas``, and set every right.

    Args:
        database: as the settings name it; its user is the one that serves.
        schemas: of the stores.
        admin: the same database, entered by somebody who may make roles and schemas.
        new: none of the schemas may be there.

    Raises:
        BadUse: the addresses are of different databases, the roles' prefix is none, or a schema
            that should be new is there.
        StoreVersion: a schema is another program's, or newer or older than this program.
        Unavailable: the server cannot be reached, or ``admin`` may not do this.
    """
    _check(database, admin)
    try:
        _ensure_database(admin)
        with connect(admin) as conn:
            _check_server(conn, admin)
            with conn.transaction():
                schemas = tuple(schemas)
                if new:
                    _none_there(conn, database, schemas)
                _roles(conn, database, schemas)
            for schema in schemas:
                with conn.transaction():  # each store for itself
                    _schema(conn, database, schema)
                _migrate(database, schema, admin)
                with conn.transaction():
                    _grant(conn, database, schema)
    except psycopg.Error as fault:
        raise named(fault, admin.name) from fault
    except sa.exc.DBAPIError as fault:
        if not isinstance(fault.orig, psycopg.Error):
            raise
        raise named(fault.orig, admin.name) from fault


def remove(schemas: Iterable[Schema], *, admin: Database, owner: str) -> None:
    """Take away schemas with all that is in them: those of a jurisdiction that was not finished."""
    with connect(admin) as conn, conn.transaction():
        _do(conn, "SET LOCAL ROLE {}", owner)
        for schema in schemas:
            _do(conn, "DROP SCHEMA IF EXISTS {} CASCADE", schema.name)


def _none_there(conn: Raw, database: Database, schemas: Iterable[Schema]) -> None:
    for schema in schemas:
        if _schema_there(conn, schema):
            raise BadUse(
                f"The database {database.name} has a schema '{schema.name}' already, of another "
                "jurisdiction or program; name a database of its own."
            )


def _schema_there(conn: Raw, schema: Schema) -> bool:
    found = conn.execute("SELECT 1 FROM pg_namespace WHERE nspname = $1", (schema.name,))
    return found.fetchone() is not None


def _check(database: Database, admin: Database) -> None:
    if not _PREFIX.fullmatch(database.roles):
        raise BadUse(
            f"'{database.roles}' cannot begin the names of roles; give lower-case letters, digits "
            "and '_' as storage.roles."
        )
    if not database.parameters.get("user"):
        raise BadUse("storage.url names no user; write it like postgresql://user@host/database.")
    if database.name != admin.name:
        raise BadUse(
            f"The administrator's address is of {admin.name}, not of {database.name}; give that of "
            "the same database."
        )


def _check_server(conn: Raw, admin: Database) -> None:
    if conn.info.server_version < OLDEST:
        raise Unavailable(
            f"{admin.name} is PostgreSQL {conn.info.server_version // 10_000}; Cleargate needs 15 "
            "or newer."
        )
    found = conn.execute("SHOW server_encoding").fetchone()
    if found is None or found[0] != "UTF8":
        raise Unavailable(f"{admin.name} does not keep text as UTF8; make a database that does.")


def _ensure_database(admin: Database) -> None:
    try:
        connect(admin).close()
    except psycopg.OperationalError as fault:
        if "does not exist" not in str(fault) or "database" not in str(fault):
            raise
        with psycopg.connect(**(arguments(admin) | {"dbname": "postgres"})) as conn:
            make = "CREATE DATABASE {} ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0"
            _do(conn, make, admin.parameters["dbname"])


def _roles(conn: Raw, database: Database, schemas: Iterable[Schema]) -> None:
    user, owner = database.parameters["user"], database.role(OWNER)
    dbname = database.parameters["dbname"]
    for role in (owner, *(database.role(s.name) for s in schemas)):
        if not _there(conn, role):
            _do(conn, "CREATE ROLE {} NOLOGIN NOINHERIT", role)
    if not _there(conn, user):
        _do(conn, "CREATE ROLE {} LOGIN NOINHERIT", user)
        if (password := database.password()) is not None:
            _set_password(conn, user, password)
    _do(conn, "GRANT {} TO CURRENT_USER", owner)
    _do(conn, "REVOKE ALL ON DATABASE {} FROM PUBLIC", dbname)
    _do(conn, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    _do(conn, "GRANT CONNECT ON DATABASE {} TO {}", dbname, user)
    _do(conn, "GRANT CREATE ON DATABASE {} TO {}", dbname, owner)
    for schema in schemas:
        _do(conn, "GRANT {} TO {}", database.role(schema.name), user)


def _set_password(conn: Raw, user: str, password: str) -> None:
    """As a SCRAM verifier, so that the password itself reaches neither the server nor its log."""
    verifier = conn.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256")
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(
        sql.Identifier(user), sql.Literal(verifier.decode())
    )
    conn.execute(statement.as_bytes(conn))


def _schema(conn: Raw, database: Database, schema: Schema) -> None:
    """Make the schema where it is missing; its owner is nobody who serves."""
    _do(conn, "SET LOCAL ROLE {}", database.role(OWNER))
    _do(conn, "SET LOCAL search_path TO {}", schema.name)
    if not _schema_there(conn, schema):
        _do(conn, "CREATE SCHEMA {}", schema.name)
        for statement in (*_OWN, *map(table, schema.statements)):
            conn.execute(statement.encode())
        conn.execute("INSERT INTO store VALUES ($1)", (schema.version,))
        return
    if conn.execute("SELECT to_regclass('store')").fetchone() == (None,):
        raise StoreVersion(
            f"{database.name} has a schema '{schema.name}' that is not Cleargate's; name another "
            "database."
        )


def _migrate(database: Database, schema: Schema, admin: Database) -> None:
    """Bring the schema to this program's version, as its owner, while no writer has its turn."""
    given = arguments(admin) | {"cursor_factory": psycopg.Cursor, "autocommit": False}
    engine = sa.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(**given), poolclass=NullPool
    )
    with engine.begin() as connection:
        _do(connection, "SET LOCAL ROLE {}", database.role(OWNER))
        _do(connection, "SET LOCAL search_path TO {}", schema.name)
        connection.exec_driver_sql("SELECT one FROM turn FOR UPDATE")
        found = connection.exec_driver_sql("SELECT version FROM store").scalar()
        steps = steps_from(schema, found or 0, f"{database.name}/{schema.name}")
        if steps:
            run(connection, steps)
            connection.exec_driver_sql("UPDATE store SET version = %s", (schema.version,))


def _grant(conn: Raw, database: Database, schema: Schema) -> None:
    """Exactly the rights that serving the store needs."""
    role = database.role(schema.name)
    _do(conn, "SET LOCAL ROLE {}", database.role(OWNER))
    _do(conn, "GRANT USAGE ON SCHEMA {} TO {}", schema.name, role)
    _do(conn, "REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}", schema.name, role)
    for name, rights in {**schema.rights, **_OWN_RIGHTS}.items():
        for right in rights.split():
            assert right in _NAMES, right
            _do(conn, f"GRANT {right} ON {{}}.{{}} TO {{}}", schema.name, name, role)
    if schema.temporary:
        _do(conn, "RESET ROLE")
        _do(conn, "GRANT TEMPORARY ON DATABASE {} TO {}", database.parameters["dbname"], role)


def _there(conn: Raw, role: str) -> bool:
    found = conn.execute("SELECT 1 FROM pg_roles WHERE rolname = $1", (role,))
    return found.fetchone() is not None


def _do(conn: Raw | sa.Connection, statement: str, *names: str) -> None:
    """Run a statement of this module with names in it, each quoted as a name."""
    made = sql.SQL(statement).format(*map(sql.Identifier, names))
    if isinstance(conn, sa.Connection):
        conn.exec_driver_sql(made.as_string())
    else:
        conn.execute(made.as_bytes(conn))
