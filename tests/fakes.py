"""Small real fakes that every test may share: a clock, dice, tickets. Nothing here is a mock."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cleargate.log.note import Signer
from cleargate.log.store import Log, Probe, no_probe
from cleargate.model.decision import Decision, DocumentDecision, Duty, Limit
from cleargate.model.leaf import Leaf
from cleargate.model.receipt import Receipt, Versions
from cleargate.model.request import Request
from cleargate.model.ticket import Filter, Ticket
from cleargate.model.words import Outcome
from cleargate.storage import sqlite
from cleargate.storage.database import Database
from cleargate.storage.engine import Store
from cleargate.storage.place import Place

NOON = datetime(2026, 7, 1, 17, 0, tzinfo=UTC)
"""Wednesday noon in Chicago: the time at which tests begin."""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> datetime:
        """Move on by ``timedelta(**by)`` and say the new time."""
        self.at += timedelta(**by)
        return self.at


# --- tickets and randomness for the stores ---------------------------------------------------
# Real tickets, made from real decisions and receipts.


def decision(
    action: str,
    custodian: str = "SHERIFF",
    *,
    outcome: Outcome = Outcome.PERMIT,
    at: datetime = NOON,
    documents: tuple[DocumentDecision, ...] = (),
    duties: tuple[Duty, ...] = (),
    limits: tuple[Limit, ...] = (),
) -> Decision:
    """A decision as the law would make it, for stores that only read its outcome and limits."""
    return Decision(
        outcome=outcome,
        action=action,
        custodian=custodian,
        at=at,
        book="book-1",
        documents=documents,
        deciding=(),
        fired=(),
        struck=(),
        limits=limits,
        duties=duties,
    )


def receipt(leaf: int) -> Receipt:
    """A receipt of entry ``leaf``; its proof is nobody's business below the log."""
    return Receipt(
        index=leaf,
        leaf_hash=bytes(32),
        checkpoint="",
        proof=(),
        tree_size=leaf + 1,
        versions=Versions(book="book-1", epoch=0),
    )


def ticket(
    action: str,
    leaf: int,
    subject: dict[str, str] | None = None,
    *,
    represented: str = "SHERIFF",
    custodian: str = "SHERIFF",
    target: str = "",
    basis: tuple[str, ...] = (),
    documents: tuple[DocumentDecision, ...] = (),
    limits: tuple[Limit, ...] = (),
    outcome: Outcome = Outcome.PERMIT,
) -> Ticket:
    """An unspent ticket for ``action``, whose entry in the log is ``leaf``."""
    return Ticket(
        request=Request(
            action=action,
            represented=represented,
            purpose="ADM",
            custodian=custodian,
            target=target,
            basis=basis,
            subject=subject or {},
        ),
        decision=decision(action, custodian, outcome=outcome, documents=documents, limits=limits),
        receipt=receipt(leaf),
        filter=None,
    )


def ticket_of(request: Request, leaf: int, filter: Filter | None = None) -> Ticket:
    """An unspent ticket for ``request``, permitted, whose entry in the log is ``leaf``."""
    return Ticket(
        request=request,
        decision=decision(request.action, request.custodian),
        receipt=receipt(leaf),
        filter=filter,
    )


class Dice:
    """Random bytes that are the same in every run: a counter, hashed."""

    def __init__(self, seed: str = "") -> None:
        self._seed, self._turn = seed, 0

    def __call__(self, count: int) -> bytes:
        self._turn += 1
        return hashlib.shake_128(f"{self._seed}:{self._turn}".encode()).digest(count)


def signing_key(name: str) -> Ed25519PrivateKey:
    """The signing key of ``name``: the same in every run."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


# --- the files of SQLite ----------------------------------------------------------------------


def sqlite_of(store: Store) -> sqlite.Transaction:
    """This thread's own connection to a store in a file, for tests of what only files do."""
    assert isinstance(store, sqlite.Store)
    return store.connection()


# --- where the stores of a test lie ----------------------------------------------------------

_ADDRESS: Final = "database.url"


def lay_in(folder: Path, database: Database) -> None:
    """From now on the stores that tests open in ``folder`` lie in ``database``."""
    (folder / _ADDRESS).write_text(database.url, "ascii")


def place_of(folder: Path, store: str, under: str = "") -> Place:
    """Where a store of the tests in ``folder`` lies: in its file there, unless ``lay_in`` said."""
    address = folder / _ADDRESS
    if address.exists():
        return Database(address.read_text("ascii"))
    return folder / under / f"{store}.db"


# --- the log ---------------------------------------------------------------------------------


def log_signer(name: str = "example.gov/log") -> Signer:
    """The key of a log, the same in every run."""
    return Signer.from_seed(name, hashlib.sha256(name.encode()).digest())


def new_log(folder: Path, *, probe: Probe = no_probe, busy_ms: int = 5_000) -> Log:
    """An empty log in ``folder``, with its guard beside it."""
    return Log.create(
        place_of(folder, "log"),
        folder / "guard",
        signer=log_signer(),
        random=Dice("log"),
        probe=probe,
        busy_ms=busy_ms,
    )


def open_log(folder: Path, *, probe: Probe = no_probe) -> Log:
    """The log in ``folder``, opened again."""
    return Log.open(
        place_of(folder, "log"),
        folder / "guard",
        signer=log_signer(),
        random=Dice("again"),
        probe=probe,
    )


def decided(book: str = "", epoch: int = 0, **changes: Any) -> Leaf:
    """A leaf that says a search was refused; ``changes`` to its clear fields."""
    clear = {
        "action": "search",
        "basis": [{"kind": "detainer", "verified": False}],
        "custodian": "POLICE",
        "dataset": "incident",
        "masks": [],
        "outcome": "refuse",
        "purpose": "CIV-IMM",
        "represented": "ICE",
        "requester_agency": "FBI",
        "rules": ["us-il-cook/no-database-access"],
        "unreviewed": True,
    }
    salted = {"person": "P-1", "search": {"where": [["name", "=", "Möbius"]]}}
    return Leaf("decided", NOON, book, epoch, "api", clear | changes, salted)


def law(to: str, book: str = "", epoch: int = 0) -> Leaf:
    """A leaf that puts the law ``to`` in force."""
    clear = {"what": "put-in-force", "from_version": book, "to_version": to, "keys": ["A", "B"]}
    return Leaf("law", NOON, book, epoch, "cli", clear, {"person": "P-2"})


def credential(book: str = "", epoch: int = 0) -> Leaf:
    """A leaf that revokes a credential."""
    clear = {"agency": "ICE", "what": "revoked"}
    return Leaf("credential", NOON, book, epoch, "cli", clear, {"person": "P-3"})


def answered(decision: int, book: str = "", epoch: int = 0) -> Leaf:
    """A leaf that says the decision was answered with two rows."""
    clear = {"decision": decision, "rows": 2, "columns": ["id", "date"]}
    return Leaf("answered", NOON, book, epoch, "api", clear, {"keys_digest": "ab"})
