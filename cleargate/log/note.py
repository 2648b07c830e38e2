"""Signed notes and checkpoints: the only texts that the log signs.

Source: C2SP signed-note, tlog-checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..model.errors import CheckFailed, KeyUnusable
from .merkle import HASH
from .vkey import PublicKey, base64, is_key_name, read_secret, secret_text, unbase64

ED25519: Final = b"\x01"
MAX_NOTE: Final = 100_000
"""Characters; a checkpoint with sixteen cosignatures has under three thousand."""
MAX_SIGNATURES: Final = 100


@dataclass(frozen=True, slots=True)
class Verifier(PublicKey):
    """The public key of a log."""

    kind: ClassVar = ED25519
    refusal: ClassVar = "is not a public key of a log; give its vkey line."


@dataclass(frozen=True, slots=True)
class Signer:
    """The log's private key. Never shown: neither ``repr`` nor an error holds it."""

    verifier: Verifier
    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Self:
        """The key that 32 secret bytes make.

        Raises:
            KeyUnusable: the name cannot name a key.
        """
        if not is_key_name(name):
            raise KeyUnusable(
                f"{name!r} cannot name a log; use a name without spaces and plus signs."
            )
        key = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(Verifier(name, key.public_key().public_bytes_raw()), key)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``PRIVATE+KEY+name+id+seed``.

        Raises:
            KeyUnusable: it is not a private key in that form.
        """
        found = read_secret(text, ED25519)
        if found is not None:
            signer = cls.from_seed(*found)
            if signer.secret_text() == text.strip():
                return signer
        raise KeyUnusable("This is not the private key of a log; give the file that 'init' made.")

    @property
    def name(self) -> str:
        return self.verifier.name

    def secret_text(self) -> str:
        """The key as ``parse`` reads it. Write it nowhere but into a key file."""
        return secret_text(self.verifier, self._key.private_bytes_raw())

    def sign(self, text: str) -> str:
        """The note: the text, a blank line, the signature line."""
        signature = self._key.sign(text.encode())
        return f"{text}\n— {self.name} {base64(self.verifier.key_id + signature)}\n"


def split_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text of a signed note, and of each signature the key's name, its id, and the bytes.

    Raises:
        CheckFailed: it is not a signed note.
    """
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    lines = signatures.split("\n")
    if (
        len(note) > MAX_NOTE
        or not text.strip("\n")
        or lines.pop() != ""
        or not 0 < len(lines) <= MAX_SIGNATURES
        or any(ord(c) < 32 and c != "\n" for c in note)
    ):
        raise CheckFailed("This is not a signed note; give the file as the log wrote it.")
    if len(set(lines)) < len(lines):
        raise CheckFailed("This note has a signature twice; give the file as the log wrote it.")
    return text, [_signature(line) for line in lines]


def open_note(note: str, verifiers: Sequence[Verifier]) -> str:
    """The text of a note that a known key has signed. Unknown keys' signatures are ignored.

    Raises:
        CheckFailed: it is not a signed note, no known key signed it, or a signature is wrong.
    """
    text, signatures = split_note(note)
    known = {(v.name, v.key_id): v for v in verifiers}
    signed = False
    for name, key_id, signature in signatures:
        if verifier := known.get((name, key_id)):
            if not verifier.accepts(text.encode(), signature):
                raise CheckFailed(f"The signature of {name} is wrong: the text was changed.")
            signed = True
    if not signed:
        names = " or ".join(v.name for v in verifiers)
        raise CheckFailed(f"The key of {names} did not sign this; check which key belongs to it.")
    return text


def signers(note: str) -> frozenset[tuple[str, bytes]]:
    """Name and key id of each key that a note claims to be signed by. Nothing is checked."""
    found = set()
    for line in note.rpartition("\n\n")[2].split("\n"):
        with suppress(CheckFailed):
            found.add(_signature(line)[:2])
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log signs: its name, its size, and the root over all its entries.

    Source: C2SP tlog-checkpoint. Extension lines are never written, and refused when read, because
    nobody could audit them.
    """

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a checkpoint's text; use ``open`` for a signed one.

        Raises:
            CheckFailed: it is not one.
        """
        lines = text.split("\n")
        if len(lines) == 4 and lines[1].isascii() and lines[1].isdigit() and len(lines[1]) < 20:
            found = cls(lines[0], int(lines[1]), unbase64(lines[2]) or b"")
            if found.origin and len(found.root) == HASH and found.text == text:
                return found
        raise CheckFailed("This is not a checkpoint; give the file as the log wrote it.")

    @classmethod
    def claimed(cls, note: str) -> Self:
        """What a note says, whoever signed it; use ``open`` for one that is to be relied on.

        Raises:
            CheckFailed: it is not a checkpoint.
        """
        return cls.parse(note.rpartition("\n\n")[0] + "\n")

    @classmethod
    def open(cls, note: str, verifier: Verifier) -> Self:
        """Read a signed checkpoint of the log whose key this is.

        Raises:
            CheckFailed: it is not signed by that key, or of another log.
        """
        found = cls.parse(open_note(note, [verifier]))
        if found.origin != verifier.name:
            raise CheckFailed(
                f"This checkpoint is of {found.origin}, not of {verifier.name}; "
                "give the key that belongs to it."
            )
        return found


def _signature(line: str) -> tuple[str, bytes, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    raw = unbase64(encoded)
    if dash != "—" or not is_key_name(name) or raw is None or len(raw) < 5:
        raise CheckFailed("This is not a signed note; give the file as the log wrote it.")
    return name, raw[:4], raw[4:]
