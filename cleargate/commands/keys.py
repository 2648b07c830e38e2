"""A person's signing key: an Ed25519 key in a PEM file that only its owner can read.

The private half never leaves the file: what is sent, registered and shown is the public half.
Source: RFC 8410 for the form; ``openssl genpkey -algorithm ed25519`` makes the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ..model.errors import BadUse
from ..storage import private
from .session import keep_secret


def new(path: Path, random: Callable[[int], bytes]) -> Ed25519PrivateKey:
    """Make a key and write it to a new file.

    Raises:
        BadUse: there is a file already, or it cannot be written.
    """
    key = Ed25519PrivateKey.from_private_bytes(random(32))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    keep_secret(path, pem.decode("ascii"))
    return key


def load(path: Path) -> Ed25519PrivateKey:
    """The key in a file.

    Raises:
        BadUse: it is missing, others can read it, or it holds no such key.
    """
    try:
        text = private.read(path)
    except OSError as fault:
        raise BadUse(f"The key {path} cannot be used: {fault.strerror}.") from None
    try:
        key = load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadUse(
            f"{path} holds no Ed25519 key without a passphrase; make one with "
            "'cleargate credential issue … --new-key FILE'."
        )
    return key


def public(key: Ed25519PrivateKey) -> bytes:
    """The public half, 32 bytes."""
    return key.public_key().public_bytes_raw()
