"""The tables of ``records.db``, made from the catalogue.

A record's key is its custodian's own: two custodians may use the same number, so the primary key is
both together. Beside its columns a row has what law reads of it, the words of the columns that are
searched by word, and the leaf of the act that wrote it last.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, CreateTable

from ..storage import acts, postgres_text
from ..storage.engine import Connection, Dialect, Rows, Schema, Store
from ..storage.place import Place, open_at
from . import names
from .catalogue import CATALOGUE, FLAGS, ROW_COLUMNS, Column, Dataset, Type


class _Hinted(SQLiteCompiler):
    """SQLAlchemy has hints on tables for other databases only (``INDEXED BY`` in SQLite)."""

    def get_from_hint_text(self, table: sa.FromClause, text: str | None) -> str | None:
        return text


def _sqlite() -> sa.Dialect:
    made = sqlite.dialect(paramstyle="named")
    made.statement_compiler = _Hinted
    return made


DIALECTS: Final[dict[Dialect, sa.Dialect]] = {
    "sqlite": _sqlite(),
    "postgresql": postgresql.dialect(paramstyle="named"),  # type: ignore[no-untyped-call]
}
"""Compile statements to a database's own SQL, with parameters by name; its driver runs it."""

_WRITTEN: Final = "SELECT INSERT UPDATE"
VERSION: Final = 5
"""Move it whenever a change of the catalogue changes a table."""

# No column here is nullable in meaning: "" says "none".
_PROVENANCE: Final = """
CREATE TABLE provenance (
  custodian TEXT NOT NULL, dataset TEXT NOT NULL, source TEXT NOT NULL, notice TEXT NOT NULL,
  first_leaf INTEGER NOT NULL, last_leaf INTEGER NOT NULL,
  PRIMARY KEY (custodian, dataset, source)
) STRICT
"""

_RECTIFIED: Final = """
CREATE TABLE rectified (
  custodian TEXT NOT NULL, dataset TEXT NOT NULL, record TEXT NOT NULL, leaf INTEGER NOT NULL,
  at TEXT NOT NULL, what TEXT NOT NULL, columns TEXT NOT NULL,
  PRIMARY KEY (custodian, dataset, record, leaf)
) STRICT
"""


def open_store(place: Place, *, create: bool = False, busy_ms: int = 5000) -> Store:
    """The store at ``place``; ``create`` makes its file when that is missing."""
    return open_at(place, schema(), create=create, busy_ms=busy_ms)


@cache
def schema() -> Schema:
    """The statements that make the store. A pinned digest of them guards ``VERSION``."""
    statements = [acts.TABLE, _PROVENANCE, _RECTIFIED, *names.TABLES]
    for made in tables().values():
        statements.append(_sql(CreateTable(made)))
        statements += sorted(_sql(CreateIndex(i)) for i in made.indexes)
    rights = {
        "acts": "SELECT INSERT",
        "rectified": "SELECT INSERT",
        **dict.fromkeys(names.NAMES, "SELECT INSERT DELETE"),
        **dict.fromkeys(("provenance", *tables()), _WRITTEN),
    }
    return Schema("records", VERSION, tuple(statements), rights, temporary=True)


@cache
def tables() -> dict[str, sa.Table]:
    """Data set → its table."""
    metadata = sa.MetaData()
    return {d.name: _table(d, metadata) for d in CATALOGUE.values()}


def stored_columns(columns: tuple[Column, ...]) -> list[sa.Column[Any]]:
    """The columns of a table for ``columns``, each with what is kept beside it to search it by."""
    made: list[sa.Column[Any]] = []
    for column in columns:
        made.append(sa.Column(column.name, _TYPES[column.type], nullable=not column.required))
        made += [sa.Column(n, sa.Text()) for n in (column.words, column.spelling) if n]
    return made


def run(conn: Connection, statement: sa.Executable) -> Rows:
    """Run ``statement``, every value of it a parameter."""
    compiled = statement.compile(dialect=DIALECTS[conn.dialect])  # type: ignore[attr-defined]
    return conn.execute(str(compiled), compiled.params or {})


class as_text(sa.ColumnElement[str]):
    """A number as SQLite writes it, ``43.0`` and not ``43``, in every dialect."""

    inherit_cache = True
    type = sa.Text()

    def __init__(self, number: sa.ColumnElement[float]) -> None:
        self.number = number


@compiles(as_text)
def _as_text(element: as_text, compiler: sa.Compiled, **options: Any) -> str:
    return f"CAST({compiler.process(element.number, **options)} AS TEXT)"


@compiles(as_text, "postgresql")
def _as_text_there(element: as_text, compiler: sa.Compiled, **options: Any) -> str:
    plain = _as_text(element, compiler, **options)
    return rf"regexp_replace({plain}, '^(-?\d+)(e.*)?$', '\1.0\2')"


def make_temporary(conn: Connection, table: sa.Table) -> None:
    """Make a table that is this connection's alone, in place of an earlier one of its name."""
    made = _sql(CreateTable(table))
    conn.execute(f"DROP TABLE IF EXISTS {table.name}")
    conn.execute(postgres_text.table(made) if conn.dialect == "postgresql" else made)


# SQLite's STRICT tables know only INTEGER, REAL, TEXT, BLOB and ANY.
_TYPES: Final[dict[Type, sa.types.TypeEngine[Any]]] = {
    Type.TEXT: sa.Text(),
    Type.DATE: sa.Text(),
    Type.DATETIME: sa.Text(),
    Type.INTEGER: sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
    Type.BOOLEAN: sa.Integer(),
    Type.NUMBER: sa.Double().with_variant(sa.REAL(), "sqlite"),
}


def _table(dataset: Dataset, metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        dataset.name,
        metadata,
        sa.Column("custodian", sa.Text(), nullable=False),
        *stored_columns(dataset.stored),
        *(sa.Column(flag, sa.Text(), nullable=False) for flag in FLAGS),
        *(sa.Column(column.name, sa.Text()) for column in ROW_COLUMNS),
        sa.Column("leaf", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("custodian", dataset.key),
        sqlite_strict=True,
    )
    # Law that shows an agency only what came from it finds those few rows by this.
    given = table.c.origin.is_not(None)
    sa.Index(
        f"{dataset.name}_origin",
        table.c.custodian,
        table.c.origin,
        table.c[dataset.key],
        sqlite_where=given,
        postgresql_where=given,
    )
    for column in dataset.columns:
        if column.index:
            # Ends in the key, so that one index both finds the rows and gives their order.
            sa.Index(
                f"{dataset.name}_{column.name}",
                table.c.custodian,
                *(table.c[name] for name in _indexed(column, dataset)),
                table.c[dataset.key],
            )
    return table


def _indexed(column: Column, dataset: Dataset) -> tuple[str, ...]:
    if column.type is Type.NAME:
        return tuple(dataset.column(part).spelling for part in column.of)
    return column.of or (column.name,)


def _sql(statement: sa.schema.ExecutableDDLElement) -> str:
    return str(statement.compile(dialect=DIALECTS["sqlite"])).strip()
