"""The keys of a log, followed from the one that is trusted; and the log that it followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..model.errors import CheckFailed
from .findings import Findings
from .layout import KEYS
from .note import MAX_NOTE, Checkpoint, Verifier, signers
from .sources import Source
from .succession import Keyring, Predecessor, Succession, file_name

MAX_KEYS: Final = 1_000
"""Changes of a key in the life of a log."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What the notes in ``keys/`` say, as far as the trusted key vouches for them.

    Attributes:
        ring: the trusted key and all that followed it.
        changes: the log's state at each change of key.
        predecessor: the log that this one followed, where the trusted key is this log's first.
    """

    ring: Keyring
    changes: tuple[Checkpoint, ...] = ()
    predecessor: Predecessor | None = None


def read_keys(source: Source, given: Verifier, findings: Findings) -> Keys:
    """Follow the notes of succession from ``given``.

    Where they are broken, the ring holds ``given`` alone, and what is broken is named.
    """
    notes = list(_notes(source, findings))
    _check_names(source, len(notes), findings)
    try:
        ring = Keyring.follow(given, notes)
        followed = zip(notes[len(notes) + 1 - len(ring.keys) :], ring.keys, strict=False)
        changes = tuple(Succession.open(note, old).at for note, old in followed)
    except CheckFailed as fault:
        findings.add(KEYS, fault.sentence)
        return Keys(Keyring.of(given))
    mine = (given.name, given.key_id)
    if notes and not any(mine in signers(note) for note in notes):
        findings.add(KEYS, f"no note leads on from the key that is trusted, {given}")
    # Only this log's first key signs which log it followed; a later one cannot vouch for that.
    first = len(ring.keys) == len(notes) + 1
    return Keys(ring, changes, _predecessor(source, given, findings) if first else None)


def _notes(source: Source, findings: Findings) -> Iterator[str]:
    for number in range(1, MAX_KEYS):
        note = _read(source, file_name(number), findings)
        if note is None:
            return
        yield note


def _predecessor(source: Source, first: Verifier, findings: Findings) -> Predecessor | None:
    path = file_name(0)
    note = _read(source, path, findings)
    try:
        return None if note is None else Predecessor.open(note, first)
    except CheckFailed as fault:
        findings.add(path, fault.sentence)
        return None


def _check_names(source: Source, count: int, findings: Findings) -> None:
    """No note is missing between two others, and nothing else lies there."""
    known = {file_name(number) for number in range(count + 1)}
    for name in source.names() or ():
        if name.startswith(KEYS) and name not in known:
            findings.add(name, "a note before it is missing, or it is none")


def _read(source: Source, path: str, findings: Findings) -> str | None:
    try:
        data = source.read(path, MAX_NOTE)
    except CheckFailed as fault:
        findings.add(path, fault.sentence)
        return None
    return None if data is None else data.decode("utf-8", "replace")
