"""Secrets of full entropy: made, and kept as their SHA-256, which needs no slow hash."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from typing import Final

from ..model.ids import Random

SECRET_BYTES: Final = 32


def new_secret(random: Random) -> str:
    """A secret of 256 bits that may stand in an address, a cookie or a token."""
    return b32encode(random(SECRET_BYTES)).decode().rstrip("=").lower()


def digest(secret: str) -> bytes:
    """What is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
