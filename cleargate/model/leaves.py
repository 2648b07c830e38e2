"""Many entries at once, as whoever checks a whole log reads them.

What is here says that all of them are as ``leaf`` would have each of them, or says nothing; then
one asks about each by itself. The rules are those of ``leaf``; only the calls are fewer.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from typing import Any, Final, Self

import msgspec
from msgspec import UNSET

from .leaf import BASE64URL, MAX_LEAF, TO_URL, are_digests, decode, digests, versions_after
from .receipt import Versions

SALT: Final = 22
"""Characters of a salt: 16 bytes in base64url."""
_NAME: Final = SALT + 3
"""Where in a disclosure ``["salt","name",value]`` the comma before the name stands."""


@dataclass(frozen=True, slots=True)
class Leaves:
    """Entries that stand one after another in the log. Only ``read`` makes them.

    Attributes:
        entries: decoded; what a log has many of is not wrapped again.
        digests: of each entry, in the order of the names.
    """

    entries: list[Any]
    digests: list[tuple[str, ...]]

    @classmethod
    def read(cls, raws: Sequence[bytes]) -> Self | None:
        """The entries, if ``leaf.read`` would take each of them; None if not."""
        if max(map(len, raws), default=0) > MAX_LEAF:
            return None
        try:
            entries = [decode(raw) for raw in raws]
        except (msgspec.MsgspecError, ValueError):
            return None
        found = [digests(entry) for entry in entries]
        return cls(entries, found) if are_digests("".join(chain.from_iterable(found))) else None

    def after(self, now: Versions) -> Versions | None:
        """The versions in force after them, ``now`` being those before the first.

        None if one of them says that others were in force at its place.
        """
        book, epoch = now.book, now.epoch
        for entry in self.entries:
            said = entry if entry.in_force is UNSET else entry.in_force
            if said.book != book or said.epoch != epoch:
                return None
            if entry.kind in _MOVE:
                now = versions_after(entry, now)
                book, epoch = now.book, now.epoch
        return now


_MOVE: Final = frozenset({"law", "agency", "credential"})


def are_opened(shown: Sequence[bytes], names: Sequence[bytes], sealed: Sequence[str]) -> bool:
    """Whether disclosures, as arrays ``["salt","name",value]``, are of these names and digests.

    Args:
        shown: the arrays, of one entry or of many, one after another.
        names: what ``written`` gives for each.
        sealed: what the entries say instead of each.

    A salt of another length is refused, so that salt and name cannot be parted in two ways.
    """
    if len(shown) != len(names) or len(shown) != len(sealed):
        return False
    for array, name in zip(shown, names, strict=True):
        if not array.startswith(name, _NAME):
            return False
    if b"".join([array[2 : _NAME - 1] for array in shown]).translate(None, BASE64URL):
        return False
    # Base64 has no line feed of its own, so that all are translated at once.
    lines = b"".join(map(b2a_base64, shown)).translate(TO_URL, b"=").splitlines()
    # Digests of 32 bytes, each followed by a zero byte, are 44 characters each: 43, and an A.
    found = b"".join([sha256(line).digest() + b"\0" for line in lines])
    return b2a_base64(found, newline=False).translate(TO_URL) == _followed(sealed)


@lru_cache(maxsize=256)
def written(names: tuple[str, ...]) -> tuple[bytes, ...]:
    """Each name as it stands in a disclosure, between the commas."""
    return tuple(f',"{name}",'.encode() for name in names)


def _followed(sealed: Sequence[str]) -> bytes:
    return ("A".join(sealed) + "A").encode() if sealed else b""
