"""The tree of an export, checked from the entries up and from the signature down.

Each tile of hashes is compared with what lies below it and with the tile above it, up to the signed
root. So what is wrong can be named: an entry, where the tile is the one that was signed; the tile,
where the entries are. One pass, in the order of the entries; memory does not grow with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import product

from ..model.errors import CheckFailed
from .check_entries import EntryCheck
from .findings import Findings, span
from .layout import CHECKPOINT
from .merkle import HASH, Node, complete, fold
from .note import Checkpoint
from .sources import Source
from .tiles import FULL, MAX_BUNDLE, WIDTH, entry_tile, hash_tile, levels, split_bundle, width


@dataclass(slots=True)
class _Tile:
    """A tile of hashes as the export holds it, and as what lies below it gives it.

    Attributes:
        stored: the file's hashes; None where it is missing or unreadable.
        found: the hashes of what lies below; None where that is.
        sound: the tile above, or the signature, vouches for ``stored``.
    """

    level: int
    n: int
    wide: int
    stored: bytes | None
    sound: bool = False
    found: bytes | None = None

    @property
    def path(self) -> str:
        return hash_tile(self.level, self.n, self.wide)

    def entries(self, first: int, last: int) -> tuple[int, int]:
        """The first and last entry under two of its hashes."""
        each = 1 << 8 * self.level
        start = self.n * WIDTH * each
        return start + first * each, start + (last + 1) * each - 1

    def differences(self) -> list[int]:
        """Places where the two versions differ; none where one is missing."""
        if self.stored is None or self.found is None:
            return []
        stored, found = self.stored, self.found
        places = range(0, self.wide * HASH, HASH)
        return [p // HASH for p in places if stored[p : p + HASH] != found[p : p + HASH]]


class TreeCheck:
    """One walk over an export.

    Args:
        source: the export.
        signed: its checkpoint.
        entries: checks what entries say; None to look at hashes only.
        findings: where to write down what is wrong.
        wanted: nodes of the tree to be remembered in ``nodes``.
        progress: called with the number of entries done, tile by tile.
    """

    def __init__(
        self,
        source: Source,
        signed: Checkpoint,
        entries: EntryCheck | None,
        findings: Findings,
        wanted: Iterable[Node] = (),
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._source, self._signed = source, signed
        self._entries, self._findings, self._progress = entries, findings, progress
        self.nodes: dict[Node, bytes] = {}
        self._wanted: dict[Node, list[Node]] = {}
        for level, index in wanted:
            tile = (level // 8, (index << level % 8) // WIDTH)
            self._wanted.setdefault(tile, []).append((level, index))

    def run(self) -> None:
        """Check all, and name what is wrong."""
        size, root = self._signed.size, self._signed.root
        edge: dict[int, _Tile] = {}  # the partial tiles on the right, the highest first
        for level in reversed(levels(size)):
            n = size >> 8 * (level + 1)
            if wide := width(size, level, n):
                edge[level] = _Tile(level, n, wide, self._hashes(level, n, wide))
        sound = _root({level: tile.stored for level, tile in edge.items()}) == root
        for tile in edge.values():
            tile.sound = sound
            self._look_below(tile)
        truth = _truth(edge, root)
        if truth is None:
            self._findings.add(
                CHECKPOINT,
                f"neither the entries nor the hashes give the root that was signed for {size} "
                "entries; it belongs to another history",
            )
        for level, tile in edge.items():
            self._judge(tile, None if truth is None else truth[level])

    def _look_below(self, tile: _Tile) -> None:
        if tile.level == 0:
            tile.found = self._leaves(tile)
        else:
            tile.found = self._nodes(tile)
        if tile.found is not None:
            self._remember(tile.level, tile.n, tile.found)

    def _nodes(self, tile: _Tile) -> bytes | None:
        """The hashes of the tiles below, checked one after another."""
        nodes = []
        for i in range(tile.wide):
            there = tile.stored and tile.stored[i * HASH : (i + 1) * HASH]
            node = self._full(tile.level - 1, tile.n * WIDTH + i, there if tile.sound else None)
            # Where nothing can be said of what is below, the hash is taken as it stands here: what
            # is missing there has been named.
            nodes.append(node or there)
        return None if None in nodes else b"".join([n for n in nodes if n])

    def _full(self, level: int, n: int, expected: bytes | None) -> bytes | None:
        """Check a full tile and all below it; give the node over it, as the entries have it.

        Args:
            level: the tile's.
            n: its number.
            expected: the node over it, from a tile that was signed; None where nobody knows.
        """
        tile = _Tile(level, n, WIDTH, self._hashes(level, n, WIDTH))
        above = complete(tile.stored) if tile.stored else None
        tile.sound = above is not None and above == expected
        self._look_below(tile)
        node = above
        if tile.found != tile.stored:
            node = complete(tile.found) if tile.found else None
        if tile.sound:
            self._judge(tile, tile.stored)
        elif expected is None or node == expected:
            self._judge(tile, tile.found if node == expected else None)
        else:
            first, last = tile.entries(0, WIDTH - 1)
            self._findings.add(
                tile.path,
                f"neither this tile nor what lies below it gives the hash that was signed for "
                f"{span(first, last)}",
                (first, last),
            )
        if self._progress and level == 0:
            self._progress((n + 1) * WIDTH)
        return node

    def _judge(self, tile: _Tile, truth: bytes | None) -> None:
        """Name what is wrong with a tile whose two versions differ, given which was signed."""
        if not (places := tile.differences()):
            return
        first, last = tile.entries(places[0], places[-1])
        if truth is None:
            self._findings.add(
                tile.path,
                f"this tile and what lies below it disagree about {span(first, last)}",
                (first, last),
            )
        elif truth == tile.found:
            what = "hash was" if len(places) == 1 else "hashes were"
            self._findings.add(
                tile.path,
                f"{len(places)} {what} changed, over {span(first, last)}; nothing below was",
            )
        elif tile.level == 0:
            among = f"{len(places)} of {span(first, last)}" if places[1:] else f"entry {first}"
            self._findings.add(
                entry_tile(tile.n, tile.wide), f"not what was signed: {among}", (first, last)
            )
        elif not tile.sound:
            self._findings.add(
                tile.path, f"not what was signed: {span(first, last)}", (first, last)
            )

    def _leaves(self, tile: _Tile) -> bytes | None:
        """The hashes of a bundle's entries; what each says is checked where the tile agrees."""
        if self._entries is None:
            return tile.stored
        first, last = tile.entries(0, tile.wide - 1)
        path = entry_tile(tile.n, tile.wide)
        data, longer = self._file(path, entry_tile(tile.n), MAX_BUNDLE)
        if data is None:
            self._findings.add(path, f"{span(first, last)} are missing", (first, last))
            self._entries.skip(last + 1)
            return None
        entries, ends = split_bundle(data)
        if not longer and (len(entries) != tile.wide or not ends):
            self._findings.add(
                path,
                f"this tile holds {len(entries)} entries{'' if ends else ', cut'}; "
                f"{tile.wide} were signed",
            )
        del entries[tile.wide :]
        hashes = [sha256(b"\x00" + entry).digest() for entry in entries]
        if self._entries.may_withhold and tile.stored is not None:
            for i, entry in enumerate(entries):
                if not entry:  # nothing else than the tile says what was signed for it
                    hashes[i] = tile.stored[i * HASH : (i + 1) * HASH]
        found = b"".join(hashes)
        if tile.stored is None or found == tile.stored:
            self._entries.check(first, entries, path)
        else:
            self._check_sound(tile, first, entries, found)
        if len(entries) < tile.wide:
            self._entries.skip(last + 1)
        return found.ljust(tile.wide * HASH, b"\0")

    def _check_sound(self, tile: _Tile, first: int, entries: list[bytes], found: bytes) -> None:
        """Check what those entries say that are as the tile has them."""
        assert self._entries is not None and tile.stored is not None
        for i, entry in enumerate(entries):
            at = slice(i * HASH, (i + 1) * HASH)
            if tile.stored[at] == found[at]:
                self._entries.check(first + i, [entry], entry_tile(tile.n, tile.wide))
            else:
                self._entries.skip(first + i + 1)

    def _hashes(self, level: int, n: int, wide: int) -> bytes | None:
        path = hash_tile(level, n, wide)
        data, longer = self._file(path, hash_tile(level, n), FULL)
        if longer and data:
            data = data[: wide * HASH]
        if data is None:
            self._findings.add(path, "this tile of hashes is missing")
        elif len(data) != wide * HASH:
            self._findings.add(path, f"this tile has {len(data)} bytes instead of {wide * HASH}")
            return None
        return data

    def _file(self, path: str, full: str, most: int) -> tuple[bytes | None, bool]:
        """A tile's bytes, and whether they are of the full tile that has taken its place since.

        A log may drop a partial tile once the full one is there (C2SP tlog-tiles, Partial Tiles).
        """
        try:
            data = self._source.read(path, most)
            if data is None and path != full:
                data = self._source.read(full, most)
                return data, data is not None
            return data, False
        except CheckFailed as fault:
            self._findings.add(path, fault.sentence)
            return None, False

    def _remember(self, level: int, n: int, hashes: bytes) -> None:
        for wanted, index in self._wanted.get((level, n), ()):
            start = (index << wanted % 8) % WIDTH
            part = hashes[start * HASH : (start + (1 << wanted % 8)) * HASH]
            self.nodes[wanted, index] = complete(part)


def _root(edge: Mapping[int, bytes | None]) -> bytes | None:
    """The root that tiles on the right edge give, the highest first; None where one is missing."""
    peaks = []
    for hashes in edge.values():
        if hashes is None:
            return None
        at, wide = 0, len(hashes) // HASH
        while at < wide:
            step = 1 << (wide - at).bit_length() - 1
            peaks.append(complete(hashes[at * HASH : (at + step) * HASH]))
            at += step
    return fold(peaks)


def _truth(edge: Mapping[int, _Tile], root: bytes) -> dict[int, bytes | None] | None:
    """Of each tile on the edge, the version that was signed; None where no choice gives the root.

    Nothing vouches for a single one of them, only for all together. There are at most two choices
    for each of a handful of tiles.
    """
    versions = [list(dict.fromkeys((tile.stored, tile.found))) for tile in edge.values()]
    for choice in product(*versions):
        chosen = dict(zip(edge, choice, strict=True))
        if _root(chosen) == root:
            return chosen
    return None
