"""Cosignatures: a witness signs that a checkpoint goes on from all that it saw of a log before.

Source: C2SP tlog-cosignature, Ed25519.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..model.errors import KeyUnusable
from .note import is_key_name, split_note

COSIGNATURE: Final = b"\x04"
_STAMP: Final = 8
_MOST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness's public key with its name. ``str`` gives its *vkey*."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read ``name+id+key``, whose key is of the kind for cosignatures.

        Raises:
            KeyUnusable: it is no such key.
        """
        name, _, rest = vkey.strip().partition("+")
        try:
            raw = b64decode(rest.partition("+")[2], validate=True)
        except ValueError:
            raw = b""
        found = cls(name, raw[1:])
        if not is_key_name(name) or len(raw) != 33 or str(found) != vkey.strip():
            raise KeyUnusable(
                f"{vkey[:80]!r} is not the public key of a witness; give the line that "
                "'cleargate log witness' prints."
            )
        return found

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + COSIGNATURE + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64encode(COSIGNATURE + self.public).decode()}"

    def signed_at(self, note: str) -> int | None:
        """When it cosigned the note, in seconds since 1970; None if it did not.

        Raises:
            CheckFailed: it is not a signed note.
        """
        text, signatures = split_note(note)
        for name, key_id, signature in signatures:
            if (name, key_id) == (self.name, self.key_id):
                at = int.from_bytes(signature[:_STAMP], "big")
                if at <= _MOST and self._accepts(message(text, at), signature[_STAMP:]):
                    return at
        return None

    def _accepts(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


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
        parts = text.strip().split("+", 4)
        try:
            raw = b64decode(parts[-1], validate=True)
        except ValueError:
            raw = b""
        if len(parts) == 5 and raw[:1] == COSIGNATURE and len(raw) == 33:
            found = cls.from_seed(parts[2], raw[1:])
            if found.secret_text() == text.strip():
                return found
        raise KeyUnusable("This is not the key of a witness; give the file that it was made in.")

    def secret_text(self) -> str:
        """The key as ``parse`` reads it. Write it nowhere but into a key file."""
        seed = b64encode(COSIGNATURE + self._key.private_bytes_raw()).decode()
        return f"PRIVATE+KEY+{self.witness.name}+{self.witness.key_id.hex()}+{seed}"

    def sign(self, text: str, at: int) -> str:
        """The signature line over a checkpoint's text, at a time in seconds since 1970."""
        signature = at.to_bytes(_STAMP, "big") + self._key.sign(message(text, at))
        encoded = b64encode(self.witness.key_id + signature).decode()
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
