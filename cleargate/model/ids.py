"""Ids that people read aloud and type, made from random bytes that the caller brings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that nothing is misread. Source: crockford.com/base32."""

_MISREAD: Final = str.maketrans("ILO", "110")

Random = Callable[[int], bytes]
"""Gives that many random bytes; ``config.random_bytes`` in earnest."""


def crockford(data: bytes) -> str:
    """``data`` in Crockford's base 32, most significant bit first, padded with zero bits."""
    bits = len(data) * 8
    digits = -(-bits // 5)
    number = int.from_bytes(data, "big") << (digits * 5 - bits)
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(digits)))


def new_id(prefix: str, digits: int, random: Random) -> str:
    """A fresh id such as ``E-7K2M9``: 5 random bits for each digit."""
    return f"{prefix}-{crockford(random(-(-digits * 5 // 8)))[:digits]}"


def as_typed(text: str) -> str:
    """An id as a person may have typed it (lower case, o for 0), as it is stored."""
    prefix, dash, rest = text.strip().upper().partition("-")
    return f"{prefix}{dash}{rest.translate(_MISREAD)}"
