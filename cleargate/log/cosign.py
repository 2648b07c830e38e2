"""Cosignatures: a witness signs that a checkpoint goes on from all that it saw of a log before.

Source: C2SP tlog-cosignature, Ed25519.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..model.errors import KeyUnusable
from .note import split_note
from .vkey import PublicKey, base64, is_key_name, read_secret, secret_text

COSIGNATURE: Final = b"\x04"
_STAMP: Final = 8
_MOST: Final = 253_402_300_799
"""The last second of the year 9999: no date says a later one."""


@dataclass(frozen=True, slots=True)
class Witness(PublicKey):
    """A witness's public key, which is of the kind for cosignatures."""

    kind: ClassVar = COSIGNATURE
    refusal: ClassVar = (
        "is not the public key of a witness; give the line that 'cleargate log witness' prints."
    )

    def signed_at(self, note: str) -> int | None:
        """When it cosigned the note, in seconds since 1970; None if it did not.

        Raises:
            CheckFailed: it is not a signed note.
        """
        text, signatures = split_note(note)
        for name, key_id, signature in signatures:
            if (name, key_id) == (self.name, self.key_id):
                at = int.from_bytes(signature[:_STAMP], "big")
                if at <= _MOST and self.accepts(message(text, at), signature[_STAMP:]):
                    return at
        return None


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's private key. Never shown: neither ``repr`` nor an error holds it."""

    witness: Witness
    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Self:
        """The key that 32 secret bytes make.

        Raises:
            KeyUnusable: the name cannot name a key.
        """
        if not is_key_name(name):
            raise KeyUnusable(f"{name!r} cannot name a witness; use no spaces and plus signs.")
        key = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(Witness(name, key.public_key().public_bytes_raw()), key)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``PRIVATE+KEY+name+id+seed``, as ``secret_text`` gives it.

        Raises:
            KeyUnusable: it is no such key.
        """
        found = read_secret(text, COSIGNATURE)
        if found is not None:
            cosigner = cls.from_seed(*found)
            if cosigner.secret_text() == text.strip():
                return cosigner
        raise KeyUnusable("This is not the key of a witness; give the file that it was made in.")

    def secret_text(self) -> str:
        """The key as ``parse`` reads it. Write it nowhere but into a key file."""
        return secret_text(self.witness, self._key.private_bytes_raw())

    def sign(self, text: str, at: int) -> str:
        """The signature line over a checkpoint's text, at a time in seconds since 1970."""
        signature = at.to_bytes(_STAMP, "big") + self._key.sign(message(text, at))
        encoded = base64(self.witness.key_id + signature)
        return f"— {self.witness.name} {encoded}\n"


def message(text: str, at: int) -> bytes:
    """What a cosignature signs. Source: C2SP tlog-cosignature, Ed25519 signed message."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def cosigned(note: str, lines: str, witnesses: Sequence[Witness]) -> str:
    """The note with those of the signature lines that known witnesses made over it.

    Raises:
        CheckFailed: the lines are no signatures.
    """
    good = note
    for line in lines.splitlines(keepends=True):
        one = note + line
        if line not in good and any(w.signed_at(one) is not None for w in witnesses):
            good += line
    return good
