"""The log's database, and ``Log``: one log opened, checked against its key and its guard.

Only complete nodes of the tree are stored, by level and index, so any tile or proof of any earlier
size can be made from them. The sequencer is one row that every append takes: it says how long the
log is, what its root and right edge are, and which law and credentials are in force.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from ..model.errors import (
    BadUse,
    CheckFailed,
    KeyUnusable,
    StoreRolledBack,
    StoreVersion,
    Unavailable,
)
from ..model.receipt import Versions
from ..storage import acts
from ..storage.engine import Connection, Schema, Store
from ..storage.place import Place, open_at
from .guard import Guard
from .keys import KeyFile
from .line import Line
from .merkle import EMPTY_ROOT, Edge, range_root
from .note import Checkpoint, Signer, Verifier
from .succession import Keyring

SCHEMA: Final = Schema(
    "log",
    1,
    (
        """CREATE TABLE identity (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            vkey TEXT NOT NULL
        )""",
        # 0: the log that this one follows; 1, 2, …: one key after another
        """CREATE TABLE succession (
            number INTEGER PRIMARY KEY,
            note TEXT NOT NULL
        )""",
        acts.TABLE,
        """CREATE TABLE sequencer (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            size INTEGER NOT NULL,
            root BLOB NOT NULL,
            edge BLOB NOT NULL,
            book TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            checkpoint TEXT NOT NULL,
            vkey TEXT NOT NULL
        )""",
        # at: microseconds since 1970, UTC, so that times can be compared
        """CREATE TABLE entries (
            idx INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            at INTEGER NOT NULL,
            bytes BLOB NOT NULL
        )""",
        """CREATE TABLE disclosures (
            idx INTEGER NOT NULL,
            name TEXT NOT NULL,
            salt TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (idx, name)
        ) WITHOUT ROWID""",
        """CREATE TABLE hashes (
            level INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            hash BLOB NOT NULL,
            PRIMARY KEY (level, idx)
        ) WITHOUT ROWID""",
    ),
    # What was logged stays as it is; of its values, an order may delete what opens them.
    {
        "identity": "SELECT INSERT",
        "succession": "SELECT INSERT",
        "acts": "SELECT INSERT",
        "sequencer": "SELECT INSERT UPDATE",
        "entries": "SELECT INSERT",
        "disclosures": "SELECT INSERT DELETE",
        "hashes": "SELECT INSERT",
    },
)

_IDENTITY: Final = "SELECT vkey FROM identity WHERE one = 1"
_SEQUENCER: Final = (
    "SELECT size, root, edge, book, epoch, checkpoint, vkey FROM sequencer WHERE one = 1"
)
_NOTES: Final = "SELECT number, note FROM succession ORDER BY number"

Probe = Callable[[str], None]
"""Called with the name of each step of an append; tests kill the process there."""


def no_probe(step: str) -> None:
    """Nothing happens at the named steps."""


@dataclass(frozen=True, slots=True)
class Head:
    """The sequencer row: how far the log is, what is in force, and whose key signs."""

    size: int
    root: bytes
    edge: bytes
    versions: Versions
    checkpoint: str
    vkey: str


def read_head(conn: Connection) -> Head:
    """The sequencer row, within the caller's transaction.

    Raises:
        StoreVersion: the database holds no log.
    """
    row = _only_row(conn, _SEQUENCER)
    return Head(row[0], row[1], row[2], Versions(row[3], row[4]), row[5], row[6])


def read_keyring(conn: Connection) -> Keyring:
    """The log's keys from its first to the one that signs now.

    Raises:
        CheckFailed: the notes do not lead from one to the other.
    """
    notes = [note for number, note in conn.execute(_NOTES) if number > 0]
    ring = Keyring.follow(Verifier.parse(_only_row(conn, _IDENTITY)[0]), notes)
    if str(ring.newest) != read_head(conn).vkey:
        raise CheckFailed(
            "The key that signs this log is not the one that its successions lead to: a copy or "
            "another log has followed it, or it was changed by something else than this program."
        )
    return ring


def _only_row(conn: Connection, query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = conn.execute(query).fetchone()
    if row is None:
        raise StoreVersion("This database holds no log; restore its newest copy, or run 'init'.")
    return row


def read_node(conn: Connection) -> Callable[[int, int], bytes]:
    """A reader of complete nodes, within the caller's transaction."""

    def read(level: int, index: int) -> bytes:
        row = conn.execute(
            "SELECT hash FROM hashes WHERE level = ? AND idx = ?", (level, index)
        ).fetchone()
        if row is None:
            raise CheckFailed(
                f"The log's database lacks node {index} of level {level}; restore its newest copy."
            )
        return bytes(row[0])

    return read


class Log:
    """One log, opened. Threads may share it; make one with ``create`` or ``open``.

    Attributes:
        keyring: its public keys, from the first to the one that signs now.
        vkey: the newest of them, as text.
        keyfile: where its private key lies; None where the key was handed over, or to read only.
        random: gives n random bytes, for salts.
        probe: called at each step of an append.
        line: where appends wait for each other.
        seen: size and root that this process last knew; only whoever leads the line sets it.
        guard_lags: the last write of the guard failed; the next append tries again first.
    """

    def __init__(
        self,
        store: Store,
        guard: Guard,
        keyring: Keyring,
        signer: Signer | None,
        random: Callable[[int], bytes],
        probe: Probe,
        keyfile: KeyFile | None = None,
    ) -> None:
        self.store, self.guard, self.keyfile = store, guard, keyfile
        self.keyring, self._signer = keyring, signer
        self.vkey = str(keyring.newest)
        self.random, self.probe = random, probe
        self.line: Line[Any] = Line()
        self.seen = (0, EMPTY_ROOT)
        self.guard_lags = False

    @classmethod
    def create(
        cls,
        place: Place,
        guard: Path,
        *,
        signer: Signer,
        random: Callable[[int], bytes],
        probe: Probe = no_probe,
        busy_ms: int = 5_000,
    ) -> Self:
        """Make an empty log, whose name is the key's, and open it.

        Args:
            place: of the database; the folder of a file must be there.
            guard: the file that keeps the last checkpoint outside the database.
            signer: the log's key.
            random: gives n random bytes.
            probe: for tests.
            busy_ms: how long an append waits for another process, in milliseconds.

        Raises:
            BadUse: there is a log at ``place`` already, or a guard's file of another one.
        """
        if guard.exists():
            raise BadUse(f"{guard} belongs to a log already; name another file, or open that log.")
        store = open_at(place, SCHEMA, create=True, busy_ms=busy_ms)
        empty = Checkpoint(signer.name, 0, EMPTY_ROOT)
        with store.write() as conn:
            if conn.execute(_IDENTITY).fetchone() is not None:
                raise BadUse(f"{store.name} holds a log already; open it instead.")
            conn.execute("INSERT INTO identity VALUES (1, ?)", (str(signer.verifier),))
            conn.execute(
                "INSERT INTO sequencer (one, size, root, edge, book, epoch, checkpoint, vkey)"
                " VALUES (1, 0, ?, ?, '', 0, ?, ?)",
                (EMPTY_ROOT, b"", signer.sign(empty.text), str(signer.verifier)),
            )
        store.close()
        return cls.open(place, guard, signer=signer, random=random, probe=probe, busy_ms=busy_ms)

    @classmethod
    def open(
        cls,
        place: Place,
        guard: Path,
        *,
        signer: Signer | None = None,
        keyfile: KeyFile | None = None,
        random: Callable[[int], bytes],
        probe: Probe = no_probe,
        busy_ms: int = 5_000,
    ) -> Self:
        """Open a log and check that it is whole, ours, and not an old copy.

        Args:
            signer: the log's key; without it and ``keyfile`` the log is read only.
            keyfile: where the key lies; read again when another process changed the key.

        Raises:
            KeyUnusable: the key is another log's.
            CheckFailed: the database was changed by something else than this program.
            StoreRolledBack: the database is older than the guard.
        """
        store = open_at(place, SCHEMA, busy_ms=busy_ms)
        with store.read() as conn:
            ring = read_keyring(conn)
        if keyfile is not None:
            signer = keyfile.load(ring.newest)
        if signer is not None and signer.verifier != ring.newest:
            raise KeyUnusable(
                f"The key of {signer.name} ({signer.verifier.key_id.hex()}) is not the key of "
                f"this log, {ring.newest.name} ({ring.newest.key_id.hex()}); give the key that is."
            )
        log = cls(store, Guard(guard), ring, signer, random, probe, keyfile)
        # The guard first: read after the database, it would lead when another process appends.
        kept = log.guard.last(ring)
        with store.read() as conn:
            head = read_head(conn)
            log.follow(conn, head)
            _check_head(store.name, conn, head, log.verifier)
            log._check_kept(conn, head, kept)
        log.seen = (head.size, head.root)
        if signer is not None:
            log.guard.keep(head.checkpoint, head.size, sync=True)
        return log

    @property
    def verifier(self) -> Verifier:
        """The public key that signs now."""
        return self.keyring.newest

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.verifier.name

    @property
    def signer(self) -> Signer:
        """The log's key.

        Raises:
            KeyUnusable: the log was opened to be read.
        """
        if self._signer is None:
            raise KeyUnusable(
                "The log was opened without its key, to be read; open it with its key."
            )
        return self._signer

    def follow(self, conn: Connection, head: Head) -> None:
        """Sign with the key that signs now: another process may have changed it.

        Raises:
            CheckFailed: the log has ended, or was changed by something else than this program.
            KeyUnusable: the new key is not where the old one was.
        """
        if head.vkey == self.vkey:
            return
        ring = read_keyring(conn)
        if len(ring.keys) < len(self.keyring.keys):
            return  # read before another thread followed
        if self._signer is not None:
            if self.keyfile is None:
                raise KeyUnusable(f"The key of {self.origin} was changed; open the log with it.")
            self._signer = self.keyfile.load(ring.newest)
        self.keyring, self.vkey = ring, str(ring.newest)

    def successions(self) -> list[tuple[int, str]]:
        """The notes of one key after another, by number; 0 is the log that this one follows."""
        with self.store.read() as conn:
            return [(number, note) for number, note in conn.execute(_NOTES)]

    def head(self) -> Head:
        """How far the log is, and what is in force, now; from here on by the key that signs now."""
        with self.store.read() as conn:
            head = read_head(conn)
            with suppress(CheckFailed, KeyUnusable):  # an append says what is wrong; one may read
                self.follow(conn, head)
        return head

    def versions(self) -> Versions:
        """The law and the credentials in force, now."""
        return self.head().versions

    def checkpoint(self) -> str:
        """The newest signed checkpoint."""
        return self.head().checkpoint

    def close(self) -> None:
        """Bring the guard up to date and close the database."""
        if self._signer is not None:
            with suppress(Unavailable):  # it may lag
                head = self.head()
                self.guard.keep(head.checkpoint, head.size, sync=True)
        self.store.close()

    def _check_kept(self, conn: Connection, head: Head, kept: Checkpoint | None) -> None:
        """The database goes on from what the guard kept."""
        path = self.store.name
        if kept is None:
            if head.size > 0:
                raise StoreRolledBack(
                    f"{self.guard.path} is missing, so nobody knows whether {path} is the newest "
                    "copy; put the file back, or a checkpoint of this log that was kept elsewhere."
                )
        elif kept.size > head.size:
            raise StoreRolledBack(
                f"{path} has {head.size} entries, but {kept.size} were signed: it is an old copy. "
                "Restore the newest one; docs/checking-the-log.md says what to do without it."
            )
        elif range_root(0, kept.size, read_node(conn)) != kept.root:
            raise StoreRolledBack(
                f"{path} does not go on from the {kept.size} entries that were signed: it is "
                "another copy. Restore the newest one; docs/checking-the-log.md says what to do "
                "without it."
            )


def entry_bytes(found: object) -> bytes:
    """An entry as the database holds it.

    Raises:
        CheckFailed: it is none, so that not this program wrote it.
    """
    if not isinstance(found, bytes | memoryview):
        raise CheckFailed(
            "An entry of the log was changed by something else than this program; restore the "
            "newest copy of its database."
        )
    return bytes(found)


def _check_head(name: str, conn: Connection, head: Head, verifier: Verifier) -> None:
    """The row says what was signed, and the entries are as many as it says."""
    signed = Checkpoint.open(head.checkpoint, verifier)
    (last,) = conn.execute("SELECT max(idx) FROM entries").fetchone()
    try:
        root = Edge.from_bytes(head.size, head.edge).root()
    except ValueError:
        root = b""
    if (signed.size, signed.root) != (head.size, root) or (last or 0) != max(head.size - 1, 0):
        raise CheckFailed(
            f"{name} was changed by something else than this program; restore its newest copy."
        )
