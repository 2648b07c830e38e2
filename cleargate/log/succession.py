"""How one key of a log follows another, and how one log follows another. Nothing here does I/O.

A log changes its key by a note that the old key signs: *from this size on, that key signs*. The new
key signs it too, so that nobody can name a key that is not theirs. A log that has ended (its newest
entries or its key are lost, or its key was stolen) is followed by a log of another name, whose key
signs which checkpoint was its predecessor's last.

::

    cleargate/succession v1          cleargate/predecessor v1
    <origin>                         <origin of the successor>
    <size of the tree>               <the predecessor's last checkpoint, the whole note, base64>
    <its root, base64>
    <the new key's vkey>

Both are C2SP signed notes. In an export and at a served log they lie in ``keys/``: ``0000`` is the
predecessor, if there was one, and ``0001``, ``0002`` … are the successions in their order.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from ..model.errors import CheckFailed, KeyUnusable
from .note import Checkpoint, Signer, Verifier, open_note, signers

KEYS: Final = "keys/"
"""Where the notes lie in an export."""

_SUCCESSION: Final = "cleargate/succession v1"
_PREDECESSOR: Final = "cleargate/predecessor v1"


def file_name(number: int) -> str:
    """Where note ``number`` lies: 0 is the predecessor's, 1 the first succession's."""
    return f"{KEYS}{number:04}"


@dataclass(frozen=True, slots=True)
class Succession:
    """One key after another, in the same log.

    Attributes:
        at: the log's state when the key changed. The old key signs checkpoints up to its size, the
            new one from its size on; the checkpoint of that size itself may bear both.
        new: the key that signs from then on.
    """

    at: Checkpoint
    new: Verifier

    @property
    def text(self) -> str:
        """What both keys sign."""
        return f"{_SUCCESSION}\n{self.at.text}{self.new}\n"

    def sign(self, old: Signer, new: Signer) -> str:
        """The note.

        Raises:
            KeyUnusable: the keys are one, or of logs of other names.
        """
        if len({old.name, new.name, self.at.origin}) != 1 or old.verifier == new.verifier:
            raise KeyUnusable(f"Another key of {self.at.origin} must follow; make a new one.")
        return cosigned(self.text, old, new)

    @classmethod
    def open(cls, note: str, old: Verifier) -> Self:
        """Read a note that ``old`` signed, and that the key it names has signed as well.

        Raises:
            CheckFailed: it is not such a note, or either signature is missing or wrong.
        """
        head, _, rest = open_note(note, [old]).partition("\n")
        state, _, vkey = rest.rstrip("\n").rpartition("\n")
        if head != _SUCCESSION:
            raise CheckFailed("This is not a note of one key after another; see keys/.")
        try:
            found = cls(Checkpoint.parse(f"{state}\n"), Verifier.parse(vkey))
        except KeyUnusable as fault:
            raise CheckFailed(fault.sentence) from fault
        if found.text != open_note(note, [found.new]):
            raise CheckFailed("This note of one key after another is not as the log writes it.")
        if {found.at.origin, found.new.name} != {old.name} or found.new == old:
            raise CheckFailed(f"This note does not name another key of {old.name}.")
        return found


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The log that this one follows.

    Attributes:
        origin: the successor's name.
        note: the predecessor's last checkpoint, as the predecessor signed it.
    """

    origin: str
    note: str

    @property
    def text(self) -> str:
        """What the successor's first key signs."""
        return f"{_PREDECESSOR}\n{self.origin}\n{b64encode(self.note.encode()).decode('ascii')}\n"

    @property
    def last(self) -> Checkpoint:
        """What the predecessor's last checkpoint says. ``check`` says whether it signed that."""
        return Checkpoint.claimed(self.note)

    def sign(self, signer: Signer) -> str:
        """The note.

        Raises:
            KeyUnusable: the key is of another log, or the successor has its predecessor's name.
        """
        if signer.name != self.origin or self.last.origin == self.origin:
            raise KeyUnusable("A successor has a name and a key of its own; choose another name.")
        return signer.sign(self.text)

    @classmethod
    def open(cls, note: str, first: Verifier) -> Self:
        """Read a note that ``first``, the successor's first key, has signed.

        Raises:
            CheckFailed: it is not such a note.
        """
        text = open_note(note, [first])
        lines = text.split("\n")
        if len(lines) != 4 or lines[0] != _PREDECESSOR:
            raise CheckFailed("This is not a note of one log after another; see keys/0000.")
        try:
            found = cls(lines[1], b64decode(lines[2], validate=True).decode())
        except ValueError:
            raise CheckFailed("The predecessor's checkpoint in this note cannot be read.") from None
        if found.text != text or found.origin != first.name or found.last.origin == found.origin:
            raise CheckFailed(f"This note does not name another log before {first.name}.")
        return found

    def check(self, predecessor: Verifier) -> Checkpoint:
        """The predecessor's last checkpoint, once its own key is known.

        Raises:
            CheckFailed: that key did not sign it.
        """
        return Checkpoint.open(self.note, predecessor)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one log, the oldest known first, and the sizes at which each took over."""

    keys: tuple[Verifier, ...]
    since: tuple[int, ...]

    @classmethod
    def follow(cls, given: Verifier, notes: Sequence[str]) -> Self:
        """All keys from ``given`` on.

        Args:
            given: a key of the log, which is trusted: the oldest, the newest or one between.
            notes: all successions of the log, in their order, without the predecessor's.

        Raises:
            CheckFailed: the notes do not lead from ``given`` to the newest key.
        """
        begin = _first_signed_by(given, notes)
        keys, since = [given], [0]
        for number, note in enumerate(notes[begin:], begin + 1):
            try:
                found = Succession.open(note, keys[-1])
            except CheckFailed as fault:
                raise CheckFailed(f"{file_name(number)}: {fault.sentence}") from fault
            if found.at.size < since[-1]:
                raise CheckFailed(f"{file_name(number)}: it goes back before the one before it.")
            keys.append(found.new)
            since.append(found.at.size)
        return cls(tuple(keys), tuple(since))

    @classmethod
    def of(cls, key: Verifier) -> Self:
        """The ring of a log whose key never changed."""
        return cls((key,), (0,))

    @property
    def newest(self) -> Verifier:
        """The key that signs now."""
        return self.keys[-1]

    def open(self, note: str) -> Checkpoint:
        """Read a checkpoint that the key of its time has signed.

        A key that was followed by another speaks for no size after that: whoever steals an old key
        cannot go on with it.

        Raises:
            CheckFailed: no key that signs at its size has signed it.
        """
        size = Checkpoint.claimed(note).size
        until = (*self.since[1:], size)
        for key, start, end in zip(self.keys, self.since, until, strict=True):
            if start <= size <= end and _signed_by(note, key):
                return Checkpoint.open(note, key)
        if any(_signed_by(note, key) for key in self.keys):
            raise CheckFailed(
                f"This checkpoint of {size} entries is signed by a key that another had followed "
                "by then, or that came later; nothing that it signs at that size counts."
            )
        return Checkpoint.open(note, self.newest)  # raises: it says whose signature is missing


def cosigned(text: str, *signers: Signer) -> str:
    """A note of ``text`` that each of ``signers`` has signed, in their order."""
    notes = [signer.sign(text) for signer in signers]
    return notes[0] + "".join(note.removeprefix(f"{text}\n") for note in notes[1:])


def _first_signed_by(given: Verifier, notes: Sequence[str]) -> int:
    """Where the successions that begin with ``given`` begin; behind the last if none does."""
    # The key that it names has signed too; where ``given`` is that key, the next note is the first.
    mine = (given.name, given.key_id)
    claimed = [n for n, note in enumerate(notes) if mine in signers(note)]
    named = [n for n in claimed if f"\n{given}\n" in notes[n]]
    return next((n for n in claimed if n not in named), len(notes))


def _signed_by(note: str, key: Verifier) -> bool:
    try:
        open_note(note, [key])
    except CheckFailed:
        return False
    return True
