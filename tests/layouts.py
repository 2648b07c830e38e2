"""Three ways in which a database may keep what law reads of a row, filled with the same rows.

- ``flat``: the product's own table, with its own places;
- ``joined``: origin and flags in tables of their own, in columns that compare without case;
- ``sets``: labels as rows of a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from cleargate.model.request import RowFacts
from cleargate.model.terms import RowFilter
from cleargate.records.catalogue import FLAGS, dataset
from cleargate.records.print import Ago, Place, Printer
from cleargate.records.statement import places_of
from cleargate.records.store import tables
from cleargate.storage.engine import Dialect
from tests.law_texts import NOON
from tests.postgres import running

TODAY = NOON.date()
FLAT = tables()["incident"]
_NO_CASE = {"sqlite": "NOCASE", "postgresql": "no_case"}
LAYOUTS = ("flat", "joined", "sets")


@dataclass(frozen=True)
class Database:
    """One of the two, with the tables of every layout and the rows in them."""

    engine: sa.Engine
    dialect: Dialect
    joined: sa.Table
    papers: sa.Table
    sources: sa.Table
    labels: sa.Table

    def shown(self, layout: str, law: RowFilter) -> dict[str, frozenset[str]]:
        """What the database takes the law to be: key of each row shown → masks open in it."""
        printer = Printer(self.places(layout), self.dialect)
        key, rows = self._rows(layout)
        bits = [printer.sql(term).label(f"m{i}") for i, term in enumerate(law.masks.values())]
        query = sa.select(key, *bits).select_from(rows).where(printer.sql(law.condition))
        compiled = query.compile(dialect=self.engine.dialect)
        values = {n: v.on(TODAY) if isinstance(v, Ago) else v for n, v in compiled.params.items()}
        with self.engine.connect() as conn:
            found = conn.exec_driver_sql(str(compiled), self._given(compiled, values)).all()
        return {
            row[0]: frozenset(m for m, bit in zip(law.masks, row[1:], strict=True) if bit)
            for row in found
        }

    def _given(self, compiled: Any, values: dict[str, Any]) -> Any:
        if self.dialect == "postgresql":
            return values
        return tuple(values[name] for name in compiled.positiontup)

    def places(self, layout: str) -> dict[str, Place]:
        """Where each fact stands in that layout."""
        flat = places_of(dataset("incident"), FLAT, "POLICE", self.dialect)
        if layout == "flat":
            return flat
        if layout == "sets":
            return flat | {"resource.labels": Place(sa.null(), holds=self._labelled)}
        papers = {f"resource.{f}": Place(self.papers.c[f], is_bytes=False) for f in FLAGS}
        origin = Place(self.sources.c.agency, null="POLICE", is_bytes=False)
        return flat | papers | {"resource.origin": origin}

    def _labelled(self, text: str) -> sa.ColumnElement[bool]:
        same = self.labels.c.record == FLAT.c.id
        return sa.exists().where(same, self.labels.c.label == sa.literal(text))

    def _rows(self, layout: str) -> tuple[sa.ColumnElement[str], sa.FromClause]:
        if layout != "joined":
            return FLAT.c.id, FLAT
        joined = self.joined.join(FLAT, FLAT.c.id == self.joined.c.id)
        joined = joined.join(self.papers, self.papers.c.id == self.joined.c.paper)
        return self.joined.c.id, joined.outerjoin(
            self.sources, self.sources.c.id == self.joined.c.source
        )

    def fill(self, rows: Sequence[RowFacts]) -> None:
        """Hold just these rows; in every second one a NULL stands for what it can stand for."""
        with self.engine.begin() as conn:
            for table in (FLAT, self.joined, self.papers, self.sources, self.labels):
                conn.execute(table.delete())
            for number, row in enumerate(rows):
                self._add(conn, f"R{number}", row, blank=number % 2 == 0)

    def _add(self, conn: sa.Connection, key: str, row: RowFacts, *, blank: bool) -> None:
        happened = (TODAY - timedelta(days=row.days_old)).isoformat()
        flags = {name: getattr(row, name) for name in FLAGS}
        labels = f" {' '.join(sorted(row.labels))} " if row.labels else None
        registered = None if blank and row.victim_registered == "unknown" else row.victim_registered
        origin = None if blank and row.origin == "POLICE" else row.origin
        conn.execute(FLAT.insert().values(
            custodian="POLICE", id=key, occurred_at=f"{happened}T23:59:59", **flags,
            victim_registered=registered, origin=origin, labels=labels, leaf=1,
        ))  # fmt: skip
        conn.execute(self.papers.insert().values(id=key, **flags))
        if origin is not None:
            conn.execute(self.sources.insert().values(id=key, agency=origin))
        conn.execute(self.joined.insert().values(id=key, paper=key, source=key))
        for label in row.labels:
            conn.execute(self.labels.insert().values(record=key, label=label))


def _made(engine: sa.Engine, dialect: Dialect) -> Database:
    metadata = sa.MetaData()
    any_case = sa.Text(collation=_NO_CASE[dialect])
    FLAT.to_metadata(metadata)
    papers = sa.Table("papers", metadata, sa.Column("id", sa.Text(), primary_key=True),
                      *(sa.Column(f, any_case) for f in FLAGS))  # fmt: skip
    sources = sa.Table("sources", metadata, sa.Column("id", sa.Text(), primary_key=True),
                       sa.Column("agency", any_case))  # fmt: skip
    joined = sa.Table("joined", metadata, sa.Column("id", sa.Text(), primary_key=True),
                      sa.Column("paper", sa.Text()), sa.Column("source", sa.Text()))  # fmt: skip
    labels = sa.Table("labelled", metadata, sa.Column("record", sa.Text()),
                      sa.Column("label", sa.Text()))  # fmt: skip
    metadata.create_all(engine)
    return Database(engine, dialect, joined, papers, sources, labels)


@contextmanager
def sqlite() -> Iterator[Database]:
    """SQLite, in memory."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    yield _made(engine, "sqlite")
    engine.dispose()


@contextmanager
def postgres() -> Iterator[Database]:
    """A PostgreSQL server of its own."""
    with running() as server:
        url = f"postgresql+psycopg://postgres@/postgres?host={server.folder}"
        engine = sa.create_engine(url, poolclass=sa.StaticPool)
        with engine.begin() as conn:
            conn.exec_driver_sql(
                "CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', "
                "deterministic = false)"
            )
        yield _made(engine, "postgresql")
        engine.dispose()
