"""The tables of the settings' file, each setting with its default and what it says there.

``config`` reads and writes the file; nothing here does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


def setting(default: Any, says: str, *, least: int = 1) -> Any:
    """A setting with its default, what it says in the file, and the least that a number may be;
    or the fewest characters of a text.
    """
    return field(default=default, metadata={"says": says, "least": least})


@dataclass(frozen=True, slots=True)
class Paths:
    """Where things lie; relative to the folder of the settings."""

    data: str = setting("data", "the databases")
    books: str = setting("books", "packs of law, as they were put in force")
    spool: str = setting("spool", "releases that wait to be entered; best on another disk")
    key: str = setting("private/log.key", "the log's signing key; outside the data")
    accounts_key: str = setting(
        "private/accounts.key", "encrypts the keys of authenticator apps; outside the data"
    )
    guard: str = setting("guard/checkpoint", "the last checkpoint; outside the data")
    cosigned: str = setting("cosigned", "what witnesses of the log have signed")
    passphrase: str = setting(
        "private/log.passphrase", "a file of mode 0600; where it is there, it opens the key"
    )


@dataclass(frozen=True, slots=True)
class Serve:
    """Where the API listens."""

    host: str = setting("127.0.0.1", "address to listen at")
    port: int = setting(8470, "port to listen at")
    url: str = setting("http://127.0.0.1:8470", "the address of the pages as browsers see it")
    workers: int = setting(8, "requests that are answered at the same time")
    waiting: int = setting(64, "requests that may wait for one of them", least=0)
    seconds: int = setting(30, "how long an answer, and the sending of a request, may take")
    processes: int = setting(1, "processes that answer, behind the one port")
    connections: int = setting(512, "connections of each process at the same time")
    admin_port: int = setting(
        0, "port of metrics and of health in full, for this machine only; 0: none", least=0
    )
    diag_requests: bool = setting(True, "a line on stderr for each request, without who or what")
    exports: int = setting(2, "exports that are written at the same time")
    export_seconds: int = setting(120, "how long the writing of an export may take")
    holds_seconds: int = setting(30, "how often holds are looked at for a limit that has come")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long."""

    page_rows: int = setting(50, "rows on a page when none are asked for")
    page_rows_max: int = setting(500, "rows on a page at most")
    facets: int = setting(10, "columns by which one search may be counted")
    facet_values: int = setting(50, "values of each that are told, the most frequent ones")
    export_rows: int = setting(250_000, "rows of an export at most")
    ticket_seconds: int = setting(60, "how long an act may wait, and an export take, once decided")
    request_bytes: int = setting(65_536, "size of a request at most")
    import_bytes: int = setting(4_294_967_296, "size of an extract at most, unpacked")
    import_columns: int = setting(128, "columns of an extract at most")
    import_line: int = setting(100_000, "characters in a line of an extract at most")
    import_rejects_percent: int = setting(5, "rows of an extract that may be wrong", least=0)
    import_rejects_free: int = setting(20, "rows that may be wrong whatever the share", least=0)
    basis: int = setting(20, "documents that one request may rest on")
    statement_seconds: int = setting(
        5, "how long one statement of a search may take, in PostgreSQL"
    )
    busy_ms: int = setting(5_000, "how long a write waits for another process")
    token_days: int = setting(90, "how long a credential lasts when nothing is asked for")
    token_days_max: int = setting(365, "how long a credential lasts at most")
    proposal_days: int = setting(7, "how long a proposal can be signed and executed")
    conflict_days: int = setting(14, "by when a conflict of laws is to be settled")
    rejected_seconds: int = setting(60, "at most one rejected entry of a credential in this time")
    session_hours: int = setting(12, "how long a sign-in to the pages lasts at most")
    sign_in_tries: int = setting(5, "failed sign-ins of one name, after which none is looked at")
    sign_in_minutes: int = setting(15, "for how long failed sign-ins count")
    idle_days: int = setting(90, "an account that nobody signed in to for so long is off")
    enrolment_hours: int = setting(72, "how long the link that makes an account can be used")
    public_lag_days: int = setting(30, "how far the public export of the log lags", least=0)
    witness_seconds: int = setting(10, "how long a witness of the log may take to answer")


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the stores lie: in files, or in a PostgreSQL database."""

    url: str = setting(
        "", "such as postgresql://user@host/database; empty: files in paths.data", least=0
    )
    password_file: str = setting(
        "private/postgres.password", "a file of mode 0600; where it is there, it holds the password"
    )
    roles: str = setting("cleargate", "what the names of the database's roles begin with")
    connections: int = setting(4, "connections of each store in each process, at most")
    idle_seconds: int = setting(60, "how long a transaction may stand still before it is ended")


@dataclass(frozen=True, slots=True)
class Practice:
    """What an office may choose."""

    adder_may_verify: bool = setting(
        False, "whoever added evidence may verify it: an office of one"
    )


@dataclass(frozen=True, slots=True)
class WitnessAt:
    """Somebody else who signs what the log has signed.

    Attributes:
        key: its public key, as ``cleargate log witness`` prints it.
        url: where it listens.
    """

    key: str
    url: str


@dataclass(frozen=True, slots=True)
class Facility:
    """A place where a custodian holds people."""

    id: str
    name: str
    timezone: str = setting("", "of the jurisdiction where none is given")


@dataclass(frozen=True, slots=True)
class Custodian:
    """An agency that answers for records or for people in custody."""

    id: str
    name: str
    datasets: tuple[str, ...] = setting((), "the data sets that it answers for")
    facilities: tuple[Facility, ...] = setting((), "where it holds people")
    contact: str = setting("", "whom to ask about an answer: office, hours, telephone")
