"""What the gate asks of the records at step 3, and the notices that go with every page."""

from __future__ import annotations

from ..storage.engine import Connection, Store


def custodians(store: Store, dataset_name: str) -> tuple[str, ...]:
    """The agencies that records of the data set were imported for."""
    with store.read() as conn:
        rows = conn.execute(
            "SELECT DISTINCT custodian FROM provenance WHERE dataset = ? ORDER BY custodian",
            (dataset_name,),
        )
        return tuple(row[0] for row in rows)


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
