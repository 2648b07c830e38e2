"""The staging table of one import, and the one merge that makes its rows visible.

The table is temporary: only the importing connection sees it, and it is gone when that connection
is, so a killed import leaves nothing to be cleaned up. Which of two versions of a record counts:

* ``newer_by`` decides; at the same time, what comes later. A row without that time never replaces
  one that has it.
* A row flag that is ``yes`` stays ``yes``: an import may seal a row, never open it.
* A column that the extract does not have keeps what is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from ..model.words import Tri
from ..storage.engine import Connection, Store
from .catalogue import FLAGS
from .convert import Row
from .sources import Plan
from .store import run, stored_columns, tables


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
        made = stored_columns(tuple(r.column for r in plan.readings))
        self._staged = sa.Table(
            "staging",
            sa.MetaData(),
            *made,
            sa.PrimaryKeyConstraint(plan.dataset.key),
            prefixes=["TEMPORARY"],
        )
        assert tuple(c.name for c in made) == tuple(columns)
        self._newer_by = plan.dataset.newer_by
        self._dated = self._newer_by in self._staged.c
        self._insert = str(self._upsert().compile(dialect=sqlite.dialect(paramstyle="qmark")))

    def __enter__(self) -> Self:
        with self._store.scratch() as conn:
            conn.execute("DROP TABLE IF EXISTS temp.staging")
            run(conn, sa.schema.CreateTable(self._staged))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._store.scratch() as conn:
            conn.execute("DROP TABLE temp.staging")

    def add(self, rows: list[Row]) -> None:
        """Stage ``rows``; of two with the same key, the newer one, or the later one."""
        with self._store.scratch() as conn:
            conn.executemany(self._insert, rows)
        self._added += len(rows)

    def merge(self, conn: Connection, custodian: str, leaf: int) -> Counts:
        """Bring the staged rows into the data set, within the caller's transaction."""
        stored, staged = self._stored, self._staged
        same = sa.and_(
            stored.c.custodian == custodian,
            stored.c[self._plan.dataset.key] == staged.c[self._plan.dataset.key],
        )
        count = sa.select(sa.func.count()).select_from(staged)
        # Correlated on purpose: the few staged rows are looked up among the many stored ones.
        (rows,) = run(conn, count).fetchone()
        (known,) = run(conn, count.where(sa.exists().where(same))).fetchone()
        outdated = sa.and_(same, self._outdated(staged))
        (older,) = run(conn, count.where(sa.exists().where(outdated))).fetchone() if known else (0,)
        changed = run(conn, self._merging(custodian, leaf)).rowcount
        updated = changed - (rows - known)
        return Counts(
            inserted=rows - known,
            updated=updated,
            unchanged=known - older - updated,
            superseded=older + self._added - rows,
        )

    def _upsert(self) -> sqlite.Insert:
        insert = sqlite.insert(self._staged)
        newer = None
        if self._dated:
            now, new = self._staged.c[self._newer_by], insert.excluded[self._newer_by]
            newer = sa.or_(now.is_(None), new >= now)
        key = self._plan.dataset.key
        return insert.on_conflict_do_update(
            index_elements=[key],
            set_={c.name: insert.excluded[c.name] for c in self._staged.c},
            where=newer,
        )

    def _merging(self, custodian: str, leaf: int) -> sqlite.Insert:
        stored, staged = self._stored, self._staged
        given: dict[str, sa.ColumnElement[Any]] = {c.name: c for c in staged.c}
        given |= {name: sa.literal(value) for name, value in self._plan.constants.items()}
        given |= {"custodian": sa.literal(custodian), "leaf": sa.literal(leaf)}
        # WHERE true: without it SQLite cannot tell ON CONFLICT from a join's ON.
        # https://sqlite.org/lang_upsert.html#parsing_ambiguity
        rows = sa.select(*given.values()).where(sa.true())
        insert = sqlite.insert(stored).from_select(list(given), rows)
        new: dict[str, sa.ColumnElement[Any]] = {n: insert.excluded[n] for n in given}
        for flag in FLAGS:
            shut = stored.c[flag] == Tri.YES.value
            new[flag] = sa.case((shut, Tri.YES.value), else_=insert.excluded[flag])
        differs = [
            stored.c[name].is_distinct_from(value)
            for name, value in new.items()
            if name not in ("custodian", "leaf", self._plan.dataset.key)
        ]
        return insert.on_conflict_do_update(
            index_elements=["custodian", self._plan.dataset.key],
            set_={n: v for n, v in new.items() if n not in ("custodian", self._plan.dataset.key)},
            where=sa.and_(sa.or_(*differs), sa.not_(self._outdated(insert.excluded))),
        )

    def _outdated(self, row: Any) -> sa.ColumnElement[bool]:
        """Whether ``row`` is older than the stored row of its key. Never NULL."""
        if not self._newer_by:
            return sa.false()
        stored = self._stored.c[self._newer_by]
        if not self._dated:
            return stored.is_not(None)
        given = (row.c if isinstance(row, sa.Table) else row)[self._newer_by]
        return sa.and_(stored.is_not(None), sa.or_(given.is_(None), given < stored))
