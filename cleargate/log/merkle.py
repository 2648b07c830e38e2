"""The Merkle tree of RFC 9162, section 2.1: hashes, the right edge, proofs and their checks.

A node is named by ``(level, index)``: the hash over the ``2**level`` leaves that start at
``index * 2**level``. Only complete nodes are ever stored; every root and proof is made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

HASH: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

Node = tuple[int, int]
ReadNode = Callable[[int, int], bytes]
"""Gives the hash of the complete node ``(level, index)``."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry. Source: RFC 9162, 2.1.1."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees. Source: RFC 9162, 2.1.1."""
    return sha256(b"\x01" + left + right).digest()


def fold(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, given from the left, each smaller than the one before."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def complete(hashes: bytes) -> bytes:
    """The node over ``2**n`` hashes that lie one after another."""
    while len(hashes) > HASH:
        hashes = b"".join(
            [sha256(b"\x01" + hashes[i : i + 64]).digest() for i in range(0, len(hashes), 64)]
        )
    return hashes


def peak_nodes(start: int, end: int) -> list[Node]:
    """The complete nodes, from the left, that make up the subtree over ``start`` to ``end``.

    ``start`` is such that the subtree is one of RFC 9162's: a multiple of its width rounded up to
    a power of two.
    """
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


@dataclass(slots=True)
class Edge:
    """The right edge of a growing tree: its complete subtrees, the largest first.

    All that is needed to add entries and to know the root.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Edge:
        """The edge of a tree of ``size`` entries.

        Raises:
            ValueError: the bytes are not as many as such a tree has peaks.
        """
        if len(data) != HASH * size.bit_count():
            raise ValueError("the edge does not fit the size")
        return cls(size, [data[i : i + HASH] for i in range(0, len(data), HASH)])

    def to_bytes(self) -> bytes:
        return b"".join(self.peaks)

    def root(self) -> bytes:
        return fold(self.peaks)

    def nodes(self) -> dict[Node, bytes]:
        """The peaks by name."""
        return dict(zip(peak_nodes(0, self.size), self.peaks, strict=True))

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf hash; give the nodes that it completes as ``(level, index, hash)``."""
        level, index, node = 0, self.size, leaf
        done = [(0, index, leaf)]
        while index & 1:
            level, index, node = level + 1, index >> 1, node_hash(self.peaks.pop(), node)
            done.append((level, index, node))
        self.peaks.append(node)
        self.size += 1
        return done


def range_root(start: int, end: int, read: ReadNode) -> bytes:
    """The hash of the subtree over leaves ``start`` to ``end`` (see ``peak_nodes``)."""
    return fold([read(level, index) for level, index in peak_nodes(start, end)])


def inclusion_proof(index: int, size: int, read: ReadNode) -> tuple[bytes, ...]:
    """Sibling hashes from the leaf to the root of the tree of ``size``. Source: RFC 9162, 2.1.3.1.

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    siblings, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return tuple(range_root(a, b, read) for a, b in reversed(siblings))


def consistency_proof(old: int, new: int, read: ReadNode) -> tuple[bytes, ...]:
    """Hashes that show the tree of ``new`` to begin with that of ``old``. RFC 9162, 2.1.4.1.

    Raises:
        ValueError: the sizes are not ``0 < old <= new``.
    """
    if not 0 < old <= new:
        raise ValueError(f"no consistency from {old} to {new}")
    parts, start, end = [], 0, new
    while old < end:
        middle = start + _split(end - start)
        if old <= middle:
            parts.append((middle, end))
            end = middle
        else:
            parts.append((start, middle))
            start = middle
    if start > 0:
        parts.append((start, end))
    return tuple(range_root(a, b, read) for a, b in reversed(parts))


def includes(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows ``leaf`` at ``index``. Source: RFC 9162, 2.1.3.2."""
    if not 0 <= index < size or not _hashes((leaf, root, *proof)):
        return False
    first, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            node = node_hash(sibling, node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and node == root


def consistent(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows the old tree to be the beginning of the new. RFC 9162, 2.1.4.2."""
    if not 0 <= old <= new or not _hashes(proof):
        return False
    if old == new or old == 0:  # an empty tree begins every tree
        return not proof and (old_root == new_root if old == new else old_root == EMPTY_ROOT)
    if not old & (old - 1):
        proof = (old_root, *proof)
    if not proof:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_node = new_node = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old_node, new_node = node_hash(sibling, old_node), node_hash(sibling, new_node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new_node = node_hash(new_node, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and old_node == old_root and new_node == new_root


def _split(width: int) -> int:
    """The largest power of two smaller than ``width``."""
    return 1 << (width - 1).bit_length() - 1


def _hashes(values: Iterable[bytes]) -> bool:
    return all(len(v) == HASH for v in values)
