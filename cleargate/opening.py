"""Opens a jurisdiction: from its settings to the parts that the gate is built of.

The command line and the server call ``open_parts`` once and hand the parts down; ``create`` makes
what it opens. Nothing here decides or answers anything.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import standby
from .agencies import store as agencies_store
from .agencies.accounts import Rules
from .agencies.reader import Directory
from .agencies.vault import Vault
from .config import Settings, passphrase, passphrase_file, random_bytes, utc_now
from .custody import store as custody_store
from .custody.release import Desk
from .evidence import store as evidence_store
from .gate.founding import found
from .gate.gate import Gate
from .gate.parts import Limits, Parts
from .gate.recover import Recovered, recover
from .gate.replay import Past
from .law.book import Book
from .log import keys
from .log.keys import KeyFile
from .log.note import Signer
from .log.scrub import scrub
from .log.store import Log
from .model.errors import CleargateError
from .model.request import Agency, Person
from .places import place
from .records import store as records_store
from .records.reader import Limits as ExtractLimits
from .storage.engine import Store

Clock = Callable[[], datetime]
Random = Callable[[int], bytes]


def open_parts(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    random: Random = random_bytes,
    log: Log | None = None,
) -> Parts:
    """Every store, the log with its key, and what the gate needs beside them.

    Args:
        settings: of the jurisdiction.
        clock: now, UTC.
        random: n random bytes.
        log: another log than the one in its place: a successor that waits.

    Raises:
        Unavailable: one of them is missing, older, newer, locked, damaged or another's.
    """
    with ExitStack() as opened:
        log = log or _open_log(settings, random)
        opened.callback(log.close)
        parts = _parts(settings, log, opened, clock, random, create=False)
        opened.pop_all()  # all are open: from here on ``close`` closes them
    return parts


def _open_log(settings: Settings, random: Random) -> Log:
    standby.take_over(settings)  # of a process that was killed when its successor was ready
    return Log.open(
        place(settings, "log"), settings.guard, keyfile=key_file(settings), random=random,
        busy_ms=settings.limits.busy_ms,
    )  # fmt: skip


def _parts(
    settings: Settings,
    log: Log,
    opened: ExitStack,
    clock: Clock,
    random: Random,
    *,
    create: bool,
) -> Parts:
    def keep(store: Store) -> Store:
        opened.callback(store.close)
        return store

    how: Any = {"create": create, "busy_ms": settings.limits.busy_ms}
    agencies = keep(agencies_store.open_store(place(settings, "agencies"), **how))
    return Parts(
        log=log,
        agencies=agencies,
        directory=Directory(agencies),
        evidence=keep(evidence_store.open_store(place(settings, "evidence"), **how)),
        custody=keep(open_custody(settings, create=create)),
        records=keep(records_store.open_store(place(settings, "records"), **how)),
        law=settings.books,
        spool=settings.spool,
        custodian_of=custodian_of(settings),
        cursor_key=lambda: _cursor_key(log.signer),
        clock=clock,
        random=random,
        vault=Vault(settings.accounts_key, random),
        timezone=settings.timezone,
        limits=Limits(
            page=settings.limits.page_rows_max,
            facets=settings.limits.facets,
            facet_values=settings.limits.facet_values,
            ticket=timedelta(seconds=settings.limits.ticket_seconds),
            export_rows=settings.limits.export_rows,
            credential_days=settings.limits.token_days,
            longest_days=settings.limits.token_days_max,
            proposal=settings.proposal_lifetime,
            conflict=timedelta(days=settings.limits.conflict_days),
            rejected=timedelta(seconds=settings.limits.rejected_seconds),
            basis=settings.limits.basis,
            extract=ExtractLimits(
                max_bytes=settings.limits.import_bytes,
                max_columns=settings.limits.import_columns,
                max_line=settings.limits.import_line,
                rejects_share=settings.limits.import_rejects_percent / 100,
                rejects_free=settings.limits.import_rejects_free,
            ),
            public_lag=timedelta(days=settings.limits.public_lag_days),
            adder_may_verify=settings.practice.adder_may_verify,
            accounts=Rules(
                session=timedelta(hours=settings.limits.session_hours),
                tries=settings.limits.sign_in_tries,
                window=timedelta(minutes=settings.limits.sign_in_minutes),
                idle=timedelta(days=settings.limits.idle_days),
                enrolment=timedelta(hours=settings.limits.enrolment_hours),
            ),
        ),
    )


def key_file(settings: Settings) -> KeyFile:
    """Where the log's key lies, and how it is opened."""
    named = passphrase_file(settings) is not None
    return KeyFile(settings.key, lambda: passphrase(settings), encrypts=named)


def open_custody(settings: Settings, *, create: bool = False) -> Store:
    """``custody.db`` alone, with the facilities of the settings: a release needs nothing else."""
    facilities = [
        custody_store.Facility(f.id, c.id, f.name, f.timezone)
        for c in settings.custodians
        for f in c.facilities
    ]
    return custody_store.open_store(
        place(settings, "custody"), facilities, create=create, busy_ms=settings.limits.busy_ms
    )


def open_past(settings: Settings) -> Past:
    """The log, to be read by several processes at once: no key is read and nothing is written.

    Raises:
        Unavailable: a store is missing, older, newer, locked, damaged or another's.
    """
    busy = settings.limits.busy_ms
    store = agencies_store.open_store(place(settings, "agencies"), create=False, busy_ms=busy)
    agencies = dict(Directory(store).all())
    store.close()
    log = Log.open(
        place(settings, "log"), settings.guard, signer=None, random=random_bytes, busy_ms=busy
    )
    return Past(log, agencies, settings.books)


def close(parts: Parts) -> None:
    """Close every store; the log's guard is brought up to date."""
    for store in (parts.records, parts.custody, parts.evidence, parts.agencies):
        store.close()
    parts.log.close()


def publish_key(settings: Settings, log: Log) -> None:
    """Write the log's public key where people look for it, if another lies there."""
    said = f"{log.verifier}\n"
    if not settings.vkey.exists() or settings.vkey.read_text("utf-8", "replace") != said:
        settings.vkey.write_text(said, "ascii")


def start(settings: Settings, parts: Parts) -> Recovered:
    """Finish or report what an earlier process left between its decision and its act.

    A small file beside the databases says up to which entry that was done before. It only saves
    time: without it every entry is looked at again.
    """
    scrub(parts.log)
    publish_key(settings, parts.log)  # the key may have changed in a process that was killed
    mark = settings.data / "settled"
    try:
        since = int(mark.read_text("ascii"))
    except (OSError, ValueError):
        since = 0
    found = recover(parts, since)
    if found.settled != since:
        mark.write_text(f"{found.settled}\n", "ascii")
    return found


@contextmanager
def opened(settings: Settings, *, settle: bool = True) -> Iterator[Gate]:
    """The gate of a jurisdiction, ready to answer, for as long as the block runs.

    Args:
        settle: account for what an earlier process left; False where another process does.
    """
    parts = open_parts(settings)
    try:
        if settle:
            start(settings, parts)
        yield Gate(parts)
    finally:
        close(parts)


@contextmanager
def what_opens(settings: Settings) -> Iterator[tuple[Gate | None, Store | None, str]]:
    """For a release: the gate and ``custody.db`` as far as they can be opened, and why not further.

    Every fault is caught, for none of them may keep anyone (DESIGN, section 4).
    """
    try:
        parts = open_parts(settings)
    except Exception as fault:
        why = fault.sentence if isinstance(fault, CleargateError) else f"{type(fault).__name__}."
        try:
            custody = open_custody(settings)
        except Exception:
            yield None, None, why
            return
        try:
            yield None, custody, why
        finally:
            custody.close()
        return
    try:
        yield Gate(parts), parts.custody, ""
    finally:
        close(parts)


def desk(settings: Settings) -> Desk:
    """Where a release is written down when nothing else answers."""
    return Desk(settings.spool, settings.name, settings.zone)


@dataclass(frozen=True, slots=True)
class Founded:
    """A jurisdiction that was made: the log's public key and the first administrator's credential.

    Attributes:
        token: shown nowhere else and stored nowhere.
    """

    vkey: str
    credential: str
    token: str
    expires_at: datetime


def create(
    settings: Settings,
    book: Book,
    members: Sequence[Agency],
    first: Person,
    public: bytes,
    *,
    clock: Clock = utc_now,
    random: Random = random_bytes,
) -> Founded:
    """Make the log's key, every store, the first administrator, and put ``book`` in force.

    Args:
        settings: as ``config.write_default`` made them; its folders are there and empty, and so are
            the schemas of its database.
        book: the law to begin with.
        members: agencies known from the start; the custodians are added to them.
        first: the first administrator.
        public: their Ed25519 public key, 32 bytes.
        clock: now, UTC.
        random: n random bytes.

    Raises:
        BadUse: something is there already, or a custodian has no pack of its own.
        PackError: the book has mistakes.
    """
    named = passphrase_file(settings)
    signer = keys.create(
        settings.key, settings.origin, random=random, data=settings.data,
        passphrase=passphrase(settings) if named else "",
    )  # fmt: skip
    with ExitStack() as opened:
        log = Log.create(place(settings, "log"), settings.guard, signer=signer, random=random)
        opened.callback(log.close)
        parts = _parts(settings, log, opened, clock, random, create=True)
        issued = found(parts, book, parents_first(members), first, public)
    return Founded(str(signer.verifier), issued.credential, issued.token, issued.expires_at)


def parents_first(members: Sequence[Agency]) -> list[Agency]:
    """The same agencies, each after the one above it."""
    by_id = {a.id: a for a in members}
    ordered: list[Agency] = []
    seen: set[str] = set()

    def add(agency: Agency) -> None:
        if agency.id not in seen:
            seen.add(agency.id)
            if agency.parent in by_id:
                add(by_id[agency.parent])
            ordered.append(agency)

    for agency in members:
        add(agency)
    return ordered


def custodian_of(settings: Settings) -> Mapping[str, str]:
    """Data set, facility or custodian → the agency that answers for it.

    A data set that two keep is left out: whoever asks says whose.
    """
    keepers: dict[str, list[str]] = {}
    for custodian in settings.custodians:
        names = (custodian.id, *custodian.datasets, *(f.id for f in custodian.facilities))
        for name in names:
            keepers.setdefault(name, []).append(custodian.id)
    return {name: ids[0] for name, ids in keepers.items() if len(ids) == 1}


def _cursor_key(signer: Signer) -> bytes:
    """Derived from the log's key, so that every process opens the cursors of every other."""
    return hmac.digest(signer.secret_text().encode(), b"cleargate cursors, version 1", "sha256")
