"""The staging table of one import, and the one merge that makes its rows visible.

The table is temporary: only the importing connection sees it, and it is gone when that connection
is, so a killed import leaves nothing to be cleaned up. Which of two versions of a record counts:

* ``newer_by`` decides; at the same time, what comes later. A row without that time never replaces
  one that has it.
* A row flag that is ``yes`` stays ``yes``: an import may seal a row, never open it. A row that was
  expunged takes nothing back.
* A column that the extract does not have keeps what is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ..model.words import Tri
from ..storage.engine import Connection, Dialect, Store
from . import names
from .catalogue import FLAGS, Type
from .convert import Row
from .sources import Plan
from .store import make_temporary, run, stored_columns, tables

_SPEAKS: Final[dict[Dialect, Any]] = {"sqlite": sqlite, "postgresql": postgresql}


@dataclass(frozen=True, slots=True)
class Counts:
    """What a merge did with the rows that were staged."""

    inserted: int
    updated: int
    unchanged: int
    superseded: int


class Staging:
    """A place for the rows of one extract until all of them have been read.

    Args:
        columns: of a row, in its order.
    """

    def __init__(self, store: Store, plan: Plan, columns: Sequence[str]) -> None:
        self._store, self._plan, self._added = store, plan, 0
        self._stored = tables()[plan.dataset.name]
        read = tuple(r.column for r in plan.readings)
        made = stored_columns(read)
        key = sa.PrimaryKeyConstraint(plan.dataset.key)
        self._staged = sa.Table("staging", sa.MetaData(), *made, key, prefixes=["TEMPORARY"])
        self._arrived = sa.Table(
            "arrived",
            sa.MetaData(),
            *stored_columns(read),
            sa.Column("place", sa.BigInteger()),
            prefixes=["TEMPORARY"],
        )
        assert tuple(c.name for c in made) == tuple(columns)
        self._newer_by = plan.dataset.newer_by
        self._dated = self._newer_by in self._staged.c

    def __enter__(self) -> Self:
        with self._store.scratch() as conn:
            make_temporary(conn, self._staged)
            if conn.dialect == "postgresql":
                make_temporary(conn, self._arrived)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._store.scratch() as conn:
            conn.execute("DROP TABLE staging")
            conn.execute("DROP TABLE IF EXISTS arrived")

    def add(self, rows: list[Row]) -> None:
        """Stage ``rows``; of two with the same key, the newer one, or the later one."""
        with self._store.scratch() as conn:
            if conn.dialect == "postgresql":
                # COPY replaces no row, so all are kept until _settle says which of a key counts.
                placed = ((*row, place) for place, row in enumerate(rows, self._added))
                conn.load("arrived", self._arrived.c.keys(), placed)
            else:
                conn.executemany(self._upsert(), rows)
        self._added += len(rows)

    def merge(self, conn: Connection, custodian: str, leaf: int) -> Counts:
        """Bring the staged rows into the data set, within the caller's transaction."""
        stored, staged = self._stored, self._staged
        same = sa.and_(
            stored.c.custodian == custodian,
            stored.c[self._plan.dataset.key] == staged.c[self._plan.dataset.key],
        )
        if conn.dialect == "postgresql":
            self._settle(conn)
        count = sa.select(sa.func.count()).select_from(staged)
        # Correlated on purpose: the few staged rows are looked up among the many stored ones.
        (rows,) = run(conn, count).fetchone()
        (known,) = run(conn, count.where(sa.exists().where(same))).fetchone()
        outdated = sa.and_(same, self._outdated(staged))
        (older,) = run(conn, count.where(sa.exists().where(outdated))).fetchone() if known else (0,)
        self._learn(conn)
        changed = run(conn, self._merging(conn.dialect, custodian, leaf)).rowcount
        updated = changed - (rows - known)
        return Counts(
            inserted=rows - known,
            updated=updated,
            unchanged=known - older - updated,
            superseded=older + self._added - rows,
        )

    def _learn(self, conn: Connection) -> None:
        """Names into the dictionary by which they are searched."""
        for column in self._plan.dataset.columns:
            if column.type is Type.NAME:
                surname, given = (self._plan.dataset.column(p).spelling for p in column.of)
                if {surname, given} <= set(self._staged.c.keys()):
                    names.learn_from(conn, self._staged.name, surname, given)

    def _settle(self, conn: Connection) -> None:
        """Stage what was copied; of two with the same key, what ``_upsert`` would have kept."""
        arrived, key = self._arrived, self._arrived.c[self._plan.dataset.key]
        order = [arrived.c.place.desc()]
        if self._dated:
            order.insert(0, arrived.c[self._newer_by].desc().nulls_last())
        names = self._staged.c.keys()
        newest = sa.select(*(arrived.c[name] for name in names)).order_by(key, *order)
        one = newest.ext(postgresql.distinct_on(key))
        run(conn, sa.insert(self._staged).from_select(names, one))
        conn.execute("ANALYZE staging")  # else nothing is known of a table this new

    def _upsert(self) -> str:
        insert = sqlite.insert(self._staged)
        newer = None
        if self._dated:
            now, new = self._staged.c[self._newer_by], insert.excluded[self._newer_by]
            newer = sa.or_(now.is_(None), new >= now)
        key = self._plan.dataset.key
        statement = insert.on_conflict_do_update(
            index_elements=[key],
            set_={c.name: insert.excluded[c.name] for c in self._staged.c},
            where=newer,
        )
        return str(statement.compile(dialect=sqlite.dialect(paramstyle="qmark")))

    def _merging(self, dialect: Dialect, custodian: str, leaf: int) -> sa.Executable:
        stored, staged = self._stored, self._staged
        given: dict[str, sa.ColumnElement[Any]] = {c.name: c for c in staged.c}
        given |= {name: sa.literal(value) for name, value in self._plan.constants.items()}
        given |= {"custodian": sa.literal(custodian), "leaf": sa.literal(leaf)}
        # WHERE true: without it SQLite cannot tell ON CONFLICT from a join's ON.
        # https://sqlite.org/lang_upsert.html#parsing_ambiguity
        rows = sa.select(*given.values()).where(sa.true())
        insert = _SPEAKS[dialect].insert(stored).from_select(list(given), rows)
        new: dict[str, sa.ColumnElement[Any]] = {n: insert.excluded[n] for n in given}
        for flag in FLAGS:
            shut = stored.c[flag] == Tri.YES.value
            new[flag] = sa.case((shut, Tri.YES.value), else_=insert.excluded[flag])
        differs = [
            stored.c[name].is_distinct_from(value)
            for name, value in new.items()
            if name not in ("custodian", "leaf", self._plan.dataset.key)
        ]
        merging: sa.Executable = insert.on_conflict_do_update(
            index_elements=["custodian", self._plan.dataset.key],
            set_={n: v for n, v in new.items() if n not in ("custodian", self._plan.dataset.key)},
            where=sa.and_(sa.or_(*differs), sa.not_(self._outdated(insert.excluded))),
        )
        return merging

    def _outdated(self, row: Any) -> sa.ColumnElement[bool]:
        """Whether ``row`` is older than the stored row of its key, or that is gone. Never NULL."""
        gone = self._stored.c.expunged == Tri.YES.value
        if not self._newer_by:
            return gone
        stored = self._stored.c[self._newer_by]
        if not self._dated:
            return sa.or_(gone, stored.is_not(None))
        given = (row.c if isinstance(row, sa.Table) else row)[self._newer_by]
        return sa.or_(gone, sa.and_(stored.is_not(None), sa.or_(given.is_(None), given < stored)))
