"""Tiles: how the tree and its entries are cut into files of 256, and what those files are called.

Source: C2SP tlog-tiles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from .merkle import HASH

WIDTH: Final = 256
FULL: Final = WIDTH * HASH
MAX_BUNDLE: Final = WIDTH * (2 + 65_535)


def number(n: int) -> str:
    """A tile's number as a path: 1234067 is ``x001/x234/067``."""
    path = f"{n % 1000:03d}"
    while n >= 1000:
        n //= 1000
        path = f"x{n % 1000:03d}/{path}"
    return path


def hash_tile(level: int, n: int, width: int = WIDTH) -> str:
    """The path of a tile of hashes; ``width`` below 256 names a partial one."""
    return f"tile/{level}/{number(n)}{_part(width)}"


def entry_tile(n: int, width: int = WIDTH) -> str:
    """The path of a tile of entries (an entry bundle)."""
    return f"tile/entries/{number(n)}{_part(width)}"


def width(size: int, level: int, n: int) -> int:
    """How many hashes tile ``n`` of ``level`` has in a tree of ``size``; 0 where there is none."""
    return max(0, min(WIDTH, (size >> 8 * level) - n * WIDTH))


def levels(size: int) -> range:
    """The levels that have a tile in a tree of ``size``."""
    return range((size.bit_length() + 7) // 8)


def paths(size: int) -> Iterator[str]:
    """Every tile of a tree of ``size``: entries first, then hashes from the lowest level."""
    for n in range(-(-size // WIDTH)):
        yield entry_tile(n, width(size, 0, n))
    for level in levels(size):
        for n in range(-(-(size >> 8 * level) // WIDTH)):
            yield hash_tile(level, n, width(size, level, n))


_PATH: Final = re.compile(r"tile/(0|[1-9]\d?|entries)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")


def parse(path: str) -> tuple[int | None, int, int] | None:
    """``(level, n, width)`` of a tile's path, with level None for entries; None if it is none."""
    if not (found := _PATH.fullmatch(path)) or len(found[2]) > 20:
        return None
    level = None if found[1] == "entries" else int(found[1])
    n = int(found[2].replace("x", "").replace("/", ""))
    wide = int(found[3]) if found[3] else WIDTH
    rebuilt = entry_tile(n, wide) if level is None else hash_tile(level, n, wide)
    return (level, n, wide) if rebuilt == path and wide <= WIDTH else None


def belongs(path: str, size: int) -> bool:
    """Whether a tree of ``size`` has this tile."""
    if not (found := parse(path)):
        return False
    level, n, wide = found
    return wide == width(size, level or 0, n)


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one after another, each after its length in two bytes."""
    return b"".join([len(e).to_bytes(2, "big") + e for e in entries])


def split_bundle(data: bytes) -> tuple[list[bytes], bool]:
    """The entries of a bundle, and whether the last one ends where the bundle ends."""
    entries: list[bytes] = []
    at, end = 0, len(data)
    while at + 2 <= end:
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at > end:
            return entries, False
        entries.append(data[start:at])
    return entries, at == end


def _part(wide: int) -> str:
    return "" if wide == WIDTH else f".p/{wide}"
