"""What the gate is built of, handed down once by the command line or the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from ..agencies.accounts import Rules
from ..agencies.reader import Directory
from ..agencies.vault import Vault
from ..log.store import Log
from ..records.reader import Limits as ExtractLimits
from ..storage.engine import Store


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of anything; each is a setting.

    Attributes:
        page: most rows of one answer.
        facets: columns by which one search may be counted.
        facet_values: values of each that are told, the most frequent ones.
        ticket: a ticket that was not used after this time is void.
        tries: how often a request is decided anew when law moves under it.
        credential_days: how long a credential lasts unless it is said.
        longest_days: the longest that may be asked for.
        proposal: how long two have to sign.
        conflict: how long a conflict may stay open before its list says that it is overdue.
        rejected: what was no request is logged at most once in this time, for each credential.
        basis: documents that one request may rest on.
        extract: how much a file that is imported may hold.
        public_lag: what is younger than this is withheld from the public export of the log.
        export_rows: most rows of one export.
        export_page: rows that an export reads, decides again and writes at once.
        adder_may_verify: whoever brought a document may verify it: an office of one.
        accounts: how people sign in to the pages.
    """

    page: int = 500
    facets: int = 10
    facet_values: int = 50
    ticket: timedelta = timedelta(seconds=60)
    tries: int = 5
    basis: int = 20
    credential_days: int = 90
    longest_days: int = 365
    statistics_below: int = 10
    proposal: timedelta = timedelta(days=7)
    conflict: timedelta = timedelta(days=14)
    rejected: timedelta = timedelta(minutes=1)
    export_rows: int = 250_000
    export_page: int = 5_000
    extract: ExtractLimits = field(default_factory=ExtractLimits)
    public_lag: timedelta = timedelta(days=30)
    adder_may_verify: bool = False
    accounts: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class Parts:
    """Stores, log, law folder, clock and random source of one jurisdiction.

    Attributes:
        law: folder that holds the texts of every book ever in force, by version.
        spool: folder for releases that could not be logged.
        custodian_of: data set or facility → the agency that answers for it.
        cursor_key: gives 32 bytes that seal cursors, by the log's key of now.
        clock: now, UTC.
        random: n random bytes.
        vault: encrypts what accounts must keep as it is.
    """

    log: Log
    agencies: Store
    directory: Directory
    evidence: Store
    custody: Store
    records: Store
    law: Path
    spool: Path
    custodian_of: Mapping[str, str]
    cursor_key: Callable[[], bytes]
    clock: Callable[[], datetime]
    random: Callable[[int], bytes]
    vault: Vault
    timezone: str = "America/Chicago"
    limits: Limits = field(default_factory=Limits)
