"""The log that follows one which has ended: its newest entries are lost, or its key is.

What is left of the predecessor is where the successor begins: the same entries at the same places,
so that whatever names an entry by its number goes on naming it. Another name and another key say
that this is not the log whose newest checkpoint others hold, and the first note, ``keys/0000``,
says which checkpoint that was. A place whose entry is lost is filled by an entry that says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..model.errors import CheckFailed, StoreRolledBack
from ..storage.engine import Store
from .merkle import Edge, range_root
from .note import Checkpoint, Signer, Verifier
from .store import read_head, read_node
from .succession import Keyring, Predecessor

_KEYS: Final = "SELECT vkey FROM identity WHERE one = 1"
_NOTES: Final = "SELECT note FROM succession WHERE number > 0 ORDER BY number"


def keys_of(store: Store) -> Keyring:
    """The keys that a log has had, whether it has ended or not."""
    with store.read() as conn:
        first = Verifier.parse(conn.execute(_KEYS).fetchone()[0])
        return Keyring.follow(first, [row[0] for row in conn.execute(_NOTES)])


def newest(keyring: Keyring, notes: Iterable[str]) -> str:
    """The checkpoint of the most entries among those that this log's keys have signed.

    Raises:
        CheckFailed: there is none.
    """
    found: dict[int, str] = {}
    for note in notes:
        try:
            found.setdefault(keyring.open(note).size, note)
        except CheckFailed:
            continue
    if not found:
        raise CheckFailed("No checkpoint here was signed by a key of this log.")
    return found[max(found)]


def succeed(store: Store, signer: Signer, last: str) -> int:
    """Make what is left of a log the beginning of its successor.

    Args:
        store: a copy of the predecessor's database, which nobody else uses.
        signer: the successor's key.
        last: the predecessor's last checkpoint that is known.

    Returns:
        How many entries are left.

    Raises:
        CheckFailed: the copy is not whole.
        StoreRolledBack: the copy is not of the log whose checkpoint this is.
    """
    before = Predecessor(signer.name, last)
    with store.write() as conn:
        head = read_head(conn)
        known, at = min(head.size, before.last.size), Checkpoint(signer.name, head.size, head.root)
        whole = Edge.from_bytes(head.size, head.edge).root() == head.root
        if not whole or range_root(0, head.size, read_node(conn)) != head.root:
            raise CheckFailed(f"{store.name} was damaged; restore a copy that is whole.")
        if known == before.last.size and range_root(0, known, read_node(conn)) != before.last.root:
            raise StoreRolledBack(
                f"{store.name} does not go on from the last checkpoint; restore the copy that does."
            )
        conn.execute("UPDATE identity SET vkey = ? WHERE one = 1", (str(signer.verifier),))
        conn.execute("DELETE FROM succession")
        conn.execute("INSERT INTO succession (number, note) VALUES (0, ?)", (before.sign(signer),))
        conn.execute(
            "UPDATE sequencer SET checkpoint = ?, vkey = ? WHERE one = 1",
            (signer.sign(at.text), str(signer.verifier)),
        )
    return head.size


def end(store: Store, vkey: str) -> str:
    """From now on nothing is appended: no process has the key that would be needed.

    Returns:
        The key that signed until now, to ``end`` with if it is not to end after all.
    """
    with store.write() as conn:
        before = read_head(conn).vkey
        conn.execute("UPDATE sequencer SET vkey = ? WHERE one = 1", (vkey,))
    return before
