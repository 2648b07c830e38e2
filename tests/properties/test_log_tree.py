"""The tree against an obvious slow one: the definitions of RFC 9162 word for word."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from cleargate.log.merkle import (
    Edge,
    complete,
    consistency_proof,
    consistent,
    fold,
    includes,
    inclusion_proof,
    leaf_hash,
    peak_nodes,
    range_root,
)
from cleargate.log.tiles import (
    belongs,
    bundle,
    hash_tile,
    number,
    parse,
    paths,
    split_bundle,
    width,
)


def _split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def slow_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    k = _split(len(leaves))
    return sha256(b"\1" + slow_root(leaves[:k]) + slow_root(leaves[k:])).digest()


def slow_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if m < k:
        return [*slow_path(m, leaves[:k]), slow_root(leaves[k:])]
    return [*slow_path(m - k, leaves[k:]), slow_root(leaves[:k])]


def slow_proof(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 9162, 2.1.4.1."""
    n = len(leaves)
    if m == n:
        return [] if whole else [slow_root(leaves)]
    k = _split(n)
    if m <= k:
        return [*slow_proof(m, leaves[:k], whole), slow_root(leaves[k:])]
    return [*slow_proof(m - k, leaves[k:], False), slow_root(leaves[:k])]


class Tree:
    """A tree with all its complete nodes, grown by ``Edge``."""

    def __init__(self, size: int) -> None:
        self.leaves = [f"entry {i}".encode() for i in range(size)]
        self.edge, self.nodes = Edge(), dict[tuple[int, int], bytes]()
        for leaf in self.leaves:
            for level, index, node in self.edge.add(leaf_hash(leaf)):
                self.nodes[level, index] = node

    def read(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


sizes = st.integers(1, 70)


@given(sizes)
def test_a_growing_edge_has_the_root_of_the_definition(size: int) -> None:
    tree = Tree(size)
    assert tree.edge.root() == slow_root(tree.leaves)
    again = Edge.from_bytes(size, tree.edge.to_bytes())
    assert again == tree.edge
    assert again.nodes() == {node: tree.nodes[node] for node in peak_nodes(0, size)}


@given(sizes, st.data())
def test_every_earlier_root_can_still_be_had(size: int, data: st.DataObject) -> None:
    tree, old = Tree(size), data.draw(st.integers(0, size))
    assert range_root(0, old, tree.read) == slow_root(tree.leaves[:old])


@given(sizes, st.data())
def test_inclusion_proofs_are_those_of_the_definition(size: int, data: st.DataObject) -> None:
    tree, index = Tree(size), data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, tree.read)
    assert list(proof) == slow_path(index, tree.leaves)
    leaf, root = leaf_hash(tree.leaves[index]), tree.edge.root()
    assert includes(index, size, leaf, proof, root)
    other = data.draw(st.integers(0, size + 3))
    assert includes(other, size, leaf, proof, root) is (other == index)


@given(sizes, st.data())
def test_consistency_proofs_are_those_of_the_definition(size: int, data: st.DataObject) -> None:
    tree, old = Tree(size), data.draw(st.integers(1, size))
    proof = consistency_proof(old, size, tree.read)
    assert list(proof) == slow_proof(old, tree.leaves)
    first, root = slow_root(tree.leaves[:old]), tree.edge.root()
    assert consistent(old, size, first, root, proof)
    assert not consistent(old, size, root if old < size else bytes(32), root, proof)


@given(st.integers(0, 8))
def test_a_complete_node_is_the_root_over_its_leaves(height: int) -> None:
    leaves = [str(i).encode() for i in range(1 << height)]
    assert complete(b"".join(map(leaf_hash, leaves))) == slow_root(leaves)
    assert fold([complete(leaf_hash(b"a"))]) == slow_root([b"a"])


@given(st.integers(0, 10**12 - 1))
def test_the_path_of_a_tile_leads_back_to_its_number(n: int) -> None:
    assert int(number(n).replace("x", "").replace("/", "")) == n
    assert parse(hash_tile(3, n, 17)) == (3, n, 17)


@given(st.text("tile/entris0123x.p", max_size=30))
def test_a_path_that_is_no_tile_is_none(path: str) -> None:
    found = parse(path)
    if found is not None:
        level, n, wide = found
        entries = f"tile/entries/{number(n)}" + (f".p/{wide}" if wide < 256 else "")
        assert path == (entries if level is None else hash_tile(level, n, wide))


@given(st.integers(0, 200_000))
def test_the_tiles_of_a_log_hold_all_its_hashes_once(size: int) -> None:
    tiles = [found for path in paths(size) if (found := parse(path))]
    assert sum(wide for level, _, wide in tiles if level is None) == size
    for level in range(4):
        assert sum(w for lv, _, w in tiles if lv == level) == size >> 8 * level
    assert all(0 < wide == width(size, level or 0, n) for level, n, wide in tiles)
    assert all(belongs(path, size) for path in paths(size))


@given(st.lists(st.binary(max_size=300), max_size=20), st.data())
def test_a_bundle_gives_back_its_entries(entries: list[bytes], data: st.DataObject) -> None:
    whole = bundle(entries)
    assert split_bundle(whole) == (entries, True)
    cut = data.draw(st.integers(0, len(whole)))
    found, ends = split_bundle(whole[:cut])
    assert found == entries[: len(found)]
    assert ends is (len(bundle(found)) == cut)
