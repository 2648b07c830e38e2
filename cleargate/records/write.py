"""One import for one ticket. Only the gate imports this module.

Rows are read, checked and staged in blocks, and then made visible by one transaction that also
writes down the log entry that allowed it; so a kill at any point leaves either all of an extract or
nothing, and the same entry acts once. ``POINTS`` names the points; the tests kill the process at
each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from ..model.errors import ImportRefused, LimitReached
from ..model.ticket import Ticket
from ..storage import acts
from ..storage.engine import Connection, Store
from .convert import Converter
from .parse import ImportOrder, import_order
from .reader import Extract, Limits, digest_of
from .rejects import Reject, Rejects
from .sources import Plan, plan
from .staging import Staging

ACTION: Final = "records:import"

POINTS: Final = (
    "opened",
    "block-staged",
    "staged",
    "merging",
    "merged",
    "before-commit",
    "committed",
)

Progress = Callable[[int, int, int], None]
"""Called with rows read, bytes read and bytes in all, after each block."""

Probe = Callable[[str], None]
"""Called with the name of each point as it is reached."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did. The counts of rows add up to ``rows_read``.

    Attributes:
        inserted: rows of new keys.
        updated: rows that replaced an older version.
        unchanged: rows that were already stored as they are.
        superseded: rows of which the store, or the extract itself, has a newer version.
        rejected: rows that could not be taken.
        file_digest: SHA-256 of the file as it was read, hex.
        ignored: headers that the source does not read.
        first_rejects: the first few, without the rows' texts.
        imported_by: entry under which the same file was imported before; then it was not read.
    """

    dataset: str
    source: str
    custodian: str
    rows_read: int
    inserted: int
    updated: int
    unchanged: int
    superseded: int
    rejected: int
    file_digest: str
    ignored: tuple[str, ...] = ()
    first_rejects: tuple[Reject, ...] = ()
    dry_run: bool = False
    imported_by: int | None = None


def import_extract(
    store: Store,
    ticket: Ticket,
    path: Path,
    *,
    at: datetime,
    limits: Limits | None = None,
    rejects: Path | None = None,
    progress: Progress = lambda rows, done, total: None,
    probe: Probe = lambda point: None,
) -> ImportResult:
    """Import the extract at ``path`` as the ticket's request orders it.

    Args:
        at: now, UTC.
        rejects: where the rows that cannot be taken go, with line, column and reason.
        progress: told after each block.
        probe: told the name of each point of ``POINTS``.

    Returns:
        what was done; if the ticket's entry did it before, what was done then.

    Raises:
        TicketRefused: the ticket is for another action, or was spent.
        FieldError: the request's source or data set is none.
        ImportRefused: the extract cannot be read, or no row of it can be taken.
        LimitReached: it holds more than ``limits`` allow, or too many rows are wrong.
    """
    ticket.spend(ACTION)
    order, limits = import_order(ticket.request), limits or Limits()
    with store.read() as conn:
        before = acts.found(conn, ticket.leaf, ACTION, ImportResult)
    if before is not None:
        return before
    if order.resume and (earlier := _earlier(store, order, path)) is not None:
        with store.write() as conn:
            acts.record(conn, ticket.leaf, ACTION, at, earlier)
        return earlier
    with Extract(path, limits) as extract:
        made = plan(order.source, extract.header)
        convert = Converter(made, extract.header)
        probe("opened")
        with (
            Rejects(rejects, extract.header) as rejected,
            store.bulk(),
            Staging(store, made, convert.columns) as staging,
        ):
            taken = 0
            for block in extract.blocks():
                rows, wrong = convert(block)
                staging.add(rows)
                rejected.add(wrong)
                taken += len(rows)
                probe("block-staged")
                progress(taken + rejected.count, extract.done, extract.total)
            _check(extract, order, limits, taken, rejected)
            probe("staged")
            with _transaction(store, order) as conn:
                probe("merging")
                counts = staging.merge(conn, order.custodian, ticket.leaf)
                probe("merged")
                result = ImportResult(
                    dataset=made.dataset.name,
                    source=order.source.name,
                    custodian=order.custodian,
                    rows_read=taken + rejected.count,
                    inserted=counts.inserted,
                    updated=counts.updated,
                    unchanged=counts.unchanged,
                    superseded=counts.superseded,
                    rejected=rejected.count,
                    file_digest=extract.sha256,
                    ignored=made.ignored,
                    first_rejects=tuple(replace(r, row=()) for r in rejected.first),
                    dry_run=order.dry_run,
                )
                _remember(conn, made, order.custodian, ticket.leaf)
                acts.record(conn, ticket.leaf, ACTION, at, result)
                probe("before-commit")
            probe("committed")
    return result


def _earlier(store: Store, order: ImportOrder, path: Path) -> ImportResult | None:
    """That the very file was imported before, by the same source and for the same custodian.

    An import is all or nothing, so that one which was killed has left no such result.
    """
    digest = digest_of(path)
    with store.read() as conn:
        done = conn.execute(
            "SELECT leaf, result FROM acts WHERE action = ? ORDER BY leaf DESC", (ACTION,)
        )
        for leaf, text in done:
            was = msgspec.json.decode(text, type=ImportResult)
            same = (was.file_digest, was.source, was.custodian, was.dry_run, was.imported_by)
            if same == (digest, order.source.name, order.custodian, False, None):
                return ImportResult(
                    was.dataset, was.source, was.custodian, 0, 0, 0, 0, 0, 0, digest,
                    dry_run=order.dry_run, imported_by=leaf,
                )  # fmt: skip
    return None


def _transaction(store: Store, order: ImportOrder) -> AbstractContextManager[Connection]:
    """The merge's transaction; that of a dry run ends without a commit."""
    return store.rehearse() if order.dry_run else store.write()


def _check(
    extract: Extract, order: ImportOrder, limits: Limits, taken: int, rejected: Rejects
) -> None:
    """Refuse an extract that is not the one ordered, or of which too little can be taken."""
    if order.sha256 and order.sha256 != extract.sha256:
        raise ImportRefused(
            f"{extract.name} has the digest {extract.sha256}, not the one that the request names; "
            f"ask again with the file that you mean. Nothing was imported."
        )
    if not taken and not rejected.count:
        raise ImportRefused(
            f"{extract.name} has a header but no rows; export it again. Nothing was imported."
        )
    if not taken:
        first = rejected.first[0]
        where = f"line {first.line}" + (f", {first.column}" if first.column else "")
        raise ImportRefused(
            f"No row of {extract.name} can be taken ({where}: {first.reason}); check that "
            f"{order.source.name} is its source. Nothing was imported."
        )
    share = rejected.count / (taken + rejected.count)
    if rejected.count > limits.rejects_free and share > limits.rejects_share:
        raise LimitReached(
            f"{rejected.count:,} rows of {extract.name} ({share:.1%}) are wrong, more than "
            f"limits.import_rejects_percent = {limits.rejects_share:.0%}; mend them, or raise that "
            f"setting. Nothing was imported.",
            setting="limits.import_rejects_percent",
        )


def _remember(conn: Connection, made: Plan, custodian: str, leaf: int) -> None:
    """Keep the source's notice with the data set, for every page that may hold its rows."""
    conn.execute(
        """
        INSERT INTO provenance (custodian, dataset, source, notice, first_leaf, last_leaf)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (custodian, dataset, source)
        DO UPDATE SET notice = excluded.notice, last_leaf = excluded.last_leaf
        """,
        (custodian, made.dataset.name, made.source.name, made.source.notice, leaf, leaf),
    )
