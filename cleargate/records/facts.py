"""What the gate asks of the records at step 3, and the notices that go with every page."""

from __future__ import annotations

import sqlalchemy as sa

from ..model.request import RowFacts
from ..model.words import Tri
from ..storage.engine import Connection, Store
from .catalogue import FLAGS, dataset
from .store import run, tables


def custodians(store: Store, dataset_name: str) -> tuple[str, ...]:
    """The agencies that records of the data set were imported for."""
    with store.read() as conn:
        rows = conn.execute(
            "SELECT DISTINCT custodian FROM provenance WHERE dataset = ? ORDER BY custodian",
            (dataset_name,),
        )
        return tuple(row[0] for row in rows)


def row_facts(store: Store, dataset_name: str, custodian: str, key: str) -> RowFacts:
    """What is known of one record, for rules that read it.

    A record that does not exist has the same facts as one of which nothing is known, so that asking
    for it tells nobody whether it is there.

    Raises:
        FieldError: there is no such data set.
    """
    found = dataset(dataset_name)
    table = tables()[found.name]
    query = sa.select(*(table.c[flag] for flag in FLAGS)).where(
        table.c.custodian == custodian, table.c[found.key] == key
    )
    with store.read() as conn:
        row = run(conn, query).fetchone()
    return RowFacts() if row is None else RowFacts(*(Tri(value) for value in row))


def notices(conn: Connection, custodian: str, dataset_name: str) -> tuple[str, ...]:
    """The notices of all sources of the data set, whether or not a page has rows of each.

    By data set, not by row: which source a row came from is nobody's to learn from a notice.
    """
    rows = conn.execute(
        """
        SELECT DISTINCT notice FROM provenance
        WHERE custodian = ? AND dataset = ? AND notice <> '' ORDER BY notice
        """,
        (custodian, dataset_name),
    )
    return tuple(row[0] for row in rows)
