"""What follows when a log has ended: a successor that names it, declared by two.

A log ends when its newest entries are lost, or its key, or when a thief has the key. Two
administrators sign what is lost; then the successor is made beside the old log, decides and logs
that very request as its first act, and takes the old log's place.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from . import standby
from .agencies import credentials, proposals
from .agencies import store as agencies_store
from .agencies.proposals import Proposal
from .config import Settings, random_bytes, utc_now
from .gate.administer import ask_for
from .gate.answer import Answer
from .gate.gate import Gate
from .gate.succeed import fill
from .log import keys
from .log.guard import Guard, notes
from .log.merkle import range_root
from .log.note import Checkpoint, Signer, Verifier
from .log.store import SCHEMA, Log, read_head, read_node
from .log.succession import Keyring
from .log.successor import end, keys_of, newest, succeed
from .model.errors import BadUse, CleargateError, KeyUnusable
from .model.request import Person
from .opening import close, key_file, open_parts
from .places import in_files, place
from .storage.engine import Connection, Store
from .storage.place import open_at

ACTION: Final = "log:recover"


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a log, without asking whether it may be opened.

    Attributes:
        left: entries in its database.
        last: its last checkpoint that is known, from wherever it was kept.
        guarded: something outside the database says which it was.
        agrees: as far as both go, the database is what that checkpoint signed.
        vkey: its newest key.
    """

    left: int
    last: str
    guarded: bool
    agrees: bool
    vkey: str

    @property
    def signed(self) -> Checkpoint:
        """What the last checkpoint says."""
        return Checkpoint.claimed(self.last)

    @property
    def whole(self) -> bool:
        """Whether everything that is known to have been signed is there."""
        return self.guarded and self.agrees and self.signed.size <= self.left

    def declared(self) -> str:
        """What two sign, and the log says for ever."""
        last = self.signed
        if not self.agrees:
            lost = f"they are not those that were signed at {last.size}"
        elif last.size > self.left:
            lost = f"entries {self.left} to {last.size - 1} are lost"
        elif self.guarded:
            lost = "no signed entry is lost"
        else:
            lost = f"what was signed after entry {self.left - 1} is not known"
        return f"{last.origin[:80]} had {self.left} entries left: {lost}"


def state(settings: Settings, kept: Path | None = None) -> State:
    """What is left of a log, and what is known of its end.

    Args:
        settings: of the jurisdiction.
        kept: a checkpoint that was kept elsewhere.

    Raises:
        BadUse: ``kept`` is not a checkpoint of this log.
        Unavailable: the database cannot be opened.
    """
    with closing(_log(settings)) as store:
        ring = keys_of(store)
        outside = _notes(settings.guard) + (_notes(kept) if kept else [])
        rings = [ring, *_published(settings)]
        with store.read() as conn:
            head = read_head(conn)
            guarded = _newest(rings, outside)
            agrees = not guarded or _agrees(conn, head.size, Checkpoint.claimed(guarded))
    if kept and not any(_newest(rings, [note]) for note in _notes(kept)):
        raise BadUse(f"{kept} holds no checkpoint that a key of {ring.newest.name} has signed.")
    last = _newest(rings, [head.checkpoint, *outside]) if agrees else guarded
    return State(head.size, last or head.checkpoint, bool(guarded), agrees, str(ring.newest))


def _agrees(conn: Connection, size: int, kept: Checkpoint) -> bool:
    """Whether a database of ``size`` entries is what was signed, as far as both go."""
    return kept.size > size or range_root(0, kept.size, read_node(conn)) == kept.root


def propose(settings: Settings, token: str, state: State, *, origin: str) -> Proposal:
    """Write down what is lost, for two to sign; with ``origin``, that a successor follows.

    Args:
        settings: of the jurisdiction.
        token: an administrator's credential.
        state: of the log.
        origin: the successor's name; empty when the log itself goes on.

    Raises:
        NotAuthenticated: the credential is not in force.
        BadUse: the name is the old one, or the log itself cannot go on.
    """
    with closing(_agencies(settings)) as store:
        person = _administrator(settings, store, token)
        if not origin and not state.whole:
            raise BadUse(
                f"{state.declared()}; to go on under the same name would sign a second history. "
                "Name the log that follows: --origin NAME."
            )
        vkey = _new_key(settings, state, origin) if origin else state.vkey
        arguments = {
            "origin": origin or state.signed.origin,
            "key": vkey,
            "declared": state.declared(),
            "checkpoint": b64encode(state.last.encode()).decode("ascii"),
        }
        return proposals.propose(
            store, person, ACTION, person.agency, arguments, utc_now(),
            lifetime=settings.proposal_lifetime,
        )  # fmt: skip


def _new_key(settings: Settings, state: State, origin: str) -> str:
    if origin == state.signed.origin:
        raise BadUse(f"{origin} is the name of the log that has ended; choose another.")
    file = key_file(settings)
    return str(file.prepare(origin, random_bytes, standby.key(settings)).verifier)


def _administrator(settings: Settings, store: Store, token: str) -> Person:
    found = credentials.authenticate(store, token, utc_now())
    if not isinstance(found, Person):
        raise found.error()
    settings.custodian(found.agency)  # only a custodian's own people propose
    if not proposals.may_sign(found.role, ACTION):
        raise BadUse(f"{found.id} may not declare this; an administrator must.")
    return found


@contextmanager
def waiting(settings: Settings, id: str) -> Iterator[tuple[Store, Proposal] | None]:
    """The proposal ``id`` and its store, if a successor is to follow; it needs no open log."""
    with closing(_agencies(settings)) as store:
        found = proposals.proposal(store, id)
        yield (store, found) if found.action == ACTION and _follows(settings, found) else None


def _follows(settings: Settings, found: Proposal) -> bool:
    with closing(_log(settings)) as store:
        return str(keys_of(store).newest) != found.arguments["key"]


def recover(settings: Settings, found: Proposal, via: str) -> Answer:
    """Make the successor, ask it for what two have signed, and put it in place if it permits.

    The old log takes no entry from the moment at which it is copied: every process finds that
    another log has followed. If the law refuses, or this is interrupted, it goes on as before.
    """
    signer = keys.load(standby.key(settings), key_file(settings).passphrase)
    if str(signer.verifier) != found.arguments["key"]:
        raise KeyUnusable(
            f"{standby.key(settings)} is not the key that {found.id} names; propose it anew."
        )
    last = b64decode(found.arguments["checkpoint"]).decode()
    standby.clear(settings)
    standby.database(settings).parent.mkdir(parents=True)
    with closing(_log(settings)) as old:
        before = str(keys_of(old).newest)
        end(old, str(signer.verifier))
        try:
            old.copy_to(standby.database(settings))
            answer = _asked(settings, found, signer, last, via)
        except BaseException:
            end(old, before)
            raise
        if not answer.opens:
            end(old, before)
    if answer.opens:
        standby.mark_ready(settings)
        standby.take_over(settings)
        settings.vkey.write_text(f"{signer.verifier}\n", "ascii")
    else:
        standby.clear(settings)
    return answer


def end_here(settings: Settings) -> None:
    """Let no process append to this database any more: a copy is about to take its place.

    A server that still runs would go on with the files that were moved away.
    """
    with closing(_log(settings)) as store:
        end(store, "replaced by a copy")


def _asked(settings: Settings, found: Proposal, signer: Signer, last: str, via: str) -> Answer:
    place, guard = standby.database(settings), standby.guard(settings)
    with closing(open_at(place, SCHEMA)) as copy:
        succeed(copy, signer, last)
        with copy.read() as conn:
            head = read_head(conn)
    Guard(guard).keep(head.checkpoint, head.size, sync=True)
    log = Log.open(place, guard, signer=signer, random=random_bytes)
    parts = open_parts(settings, log=log)
    try:
        before = Checkpoint.claimed(last)
        fill(parts, before.size, before.origin)
        return ask_for(Gate(parts), found, via)
    finally:
        close(parts)


def _log(settings: Settings) -> Store:
    in_files(settings)
    return open_at(settings.log_db, SCHEMA, busy_ms=settings.limits.busy_ms)


def _agencies(settings: Settings) -> Store:
    return agencies_store.open_store(place(settings, "agencies"))


def _notes(path: Path) -> list[str]:
    try:
        found = [*notes(path), path.read_text("utf-8", "replace")]
    except OSError:
        return []
    return [note for note in found if note.strip()]


def _published(settings: Settings) -> list[Keyring]:
    """The key that was published last: an old database may not know it."""
    with suppress(OSError, CleargateError):
        return [Keyring.of(Verifier.parse(settings.vkey.read_text("utf-8", "replace")))]
    return []


def _newest(rings: list[Keyring], checkpoints: list[str]) -> str:
    """The checkpoint of the most entries that one of the keys has signed; empty if none has."""
    found = []
    for ring in rings:
        with suppress(CleargateError):
            found.append(newest(ring, checkpoints))
    sizes = {Checkpoint.claimed(note).size: note for note in found}
    return sizes[max(sizes)] if sizes else ""
