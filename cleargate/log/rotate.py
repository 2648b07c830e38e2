"""Another key for the log: the old one signs which key follows, and from which size on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..model.errors import KeyUnusable
from ..model.ticket import Ticket
from ..storage.acts import once
from ..storage.engine import Connection
from .append import take
from .keys import KeyFile
from .note import Checkpoint
from .store import Log, read_head
from .succession import Succession, cosigned

_ACTION: Final = "log:rotate-key"


@dataclass(frozen=True, slots=True)
class Rotated:
    """A key that another followed.

    Attributes:
        key: the vkey that signs from now on.
        before: the vkey that signed until now.
        size: the new key signs checkpoints from this size on.
        old_file: where the old private key still lies.
    """

    key: str
    before: str
    size: int
    old_file: str


def rotate(log: Log, ticket: Ticket, at: datetime) -> Rotated:
    """Make another key and let it sign from now on, for every process at once.

    The new key is on the disk before the log names it, and put in place after: whoever opens the
    log finishes that if this process is killed between.

    Args:
        log: opened with its key's file.
        ticket: the right to do it, once.
        at: when, UTC.

    Raises:
        KeyUnusable: the log was opened without its key's file.
        StoreFull: the new key cannot be written.
    """
    keyfile = log.keyfile
    if keyfile is None:
        raise KeyUnusable("The log was opened without the file of its key; open it with that file.")
    rotated = once(log.store, ticket, _ACTION, at, Rotated, lambda c: _follow(log, keyfile, c))
    log.probe("key-signed")
    with log.store.read() as conn:
        log.follow(conn, read_head(conn))
    log.probe("key-in-place")
    return rotated


def _follow(log: Log, keyfile: KeyFile, conn: Connection) -> Rotated:
    head = take(log, conn)
    # After ``take``: a key that another process has named but not yet put in place is so by now,
    # and what still waits has signed nothing.
    old, new = log.signer, keyfile.prepare(log.origin, log.random)
    log.probe("key-made")
    at = Checkpoint(log.origin, head.size, head.root)
    (number,) = conn.execute("SELECT coalesce(max(number), 0) + 1 FROM succession").fetchone()
    conn.execute(
        "INSERT INTO succession (number, note) VALUES (?, ?)",
        (number, Succession(at, new.verifier).sign(old, new)),
    )
    # Signed by both: whoever knows either key can check the log as it is now.
    conn.execute(
        "UPDATE sequencer SET checkpoint = ?, vkey = ? WHERE one = 1",
        (cosigned(at.text, old, new), str(new.verifier)),
    )
    log.probe("key-named")
    return Rotated(str(new.verifier), str(old.verifier), head.size, str(keyfile.kept(old.verifier)))
