"""Keys as text: name, id and key in one line, as Go's ``sumdb/note`` writes them.

The first byte of a key says what it signs: a log's notes, or a witness's cosignatures.
Source: C2SP signed-note, tlog-cosignature.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..model.errors import KeyUnusable


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key with its name. ``str`` gives it as others' tools read it (a *vkey*)."""

    name: str
    public: bytes
    kind: ClassVar[bytes]
    refusal: ClassVar[str]
    """What is said of a text that is no such key."""

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read ``name+id+key``.

        Raises:
            KeyUnusable: it is not an Ed25519 key of this kind in that form.
        """
        name, _, rest = vkey.strip().partition("+")
        raw = unbase64(rest.partition("+")[2]) or b""
        found = cls(name, raw[1:])
        if not is_key_name(name) or len(raw) != 33 or str(found) != vkey.strip():
            raise KeyUnusable(f"{vkey[:80]!r} {cls.refusal}")
        return found

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart. Source: C2SP signed-note."""
        return sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64(self.kind + self.public)}"

    def accepts(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


def secret_text(key: PublicKey, seed: bytes) -> str:
    """The private key of a public one, ``PRIVATE+KEY+name+id+seed``: for a key file only."""
    return f"PRIVATE+KEY+{key.name}+{key.key_id.hex()}+{base64(key.kind + seed)}"


def read_secret(text: str, kind: bytes) -> tuple[str, bytes] | None:
    """Name and seed of a private key of this kind; None where it is none."""
    parts = text.strip().split("+", 4)
    raw = unbase64(parts[4]) if len(parts) == 5 else None
    if raw is None or raw[:1] != kind or len(raw) != 33 or not is_key_name(parts[2]):
        return None
    return parts[2], raw[1:]


def is_key_name(name: str) -> bool:
    """Whether a text can name a key: not empty, no space, no plus."""
    return (
        bool(name) and "+" not in name and not any(c.isspace() for c in name) and name.isprintable()
    )


def base64(data: bytes) -> str:
    """As keys, hashes and signatures are written."""
    return b64encode(data).decode("ascii")


def unbase64(text: str) -> bytes | None:
    """Strictly: one text for each value, so that a note cannot be written in two ways."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64(data) == text else None
