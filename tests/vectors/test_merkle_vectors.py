"""The tree against published cases: the reference tree of RFC 6962, and a real certificate log."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cleargate.log.merkle import (
    EMPTY_ROOT,
    Edge,
    consistency_proof,
    consistent,
    includes,
    inclusion_proof,
    leaf_hash,
)

HERE = Path(__file__).parent
TREE: dict[str, Any] = json.loads((HERE / "rfc6962_tree.json").read_text("utf-8"))
ARGON: dict[str, Any] = json.loads((HERE / "argon2020.json").read_text("utf-8"))

LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in TREE["leaves"]]
ROOTS = [EMPTY_ROOT, *map(bytes.fromhex, TREE["roots"])]
SOME = bytes.fromhex("abacaba000000000000000000000000000000000000000000060061e00123456")

Proof = list[bytes]


def _proof(case: dict[str, Any]) -> Proof:
    return [bytes.fromhex(h) for h in case["proof"]]


def _nodes(size: int) -> dict[tuple[int, int], bytes]:
    edge = Edge()
    nodes: dict[tuple[int, int], bytes] = {}
    for leaf in LEAVES[:size]:
        nodes |= {(level, index): node for level, index, node in edge.add(leaf)}
    return nodes


def test_the_empty_tree_has_the_published_root() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_growing_tree_has_the_published_root_at_every_size() -> None:
    edge = Edge()
    for size, leaf in enumerate(LEAVES, 1):
        edge.add(leaf)
        assert edge.root() == ROOTS[size]


@pytest.mark.parametrize("case", TREE["inclusion"])
def test_a_published_inclusion_proof_is_made_and_accepted(case: dict[str, Any]) -> None:
    index, size, proof = case["index"], case["size"], _proof(case)
    nodes = _nodes(size)
    assert list(inclusion_proof(index, size, lambda lv, i: nodes[lv, i])) == proof
    assert includes(index, size, LEAVES[index], proof, ROOTS[size])


def _broken_inclusions(
    index: int, size: int, leaf: bytes, proof: Proof, root: bytes
) -> Iterator[tuple[int, int, bytes, Proof, bytes]]:
    for wrong in (index - 1, index + 1, index ^ 2):
        yield wrong, size, leaf, proof, root
    for wrong in (size * 2, size // 2):
        yield index, wrong, leaf, proof, root
    yield index, size, b"WrongLeaf", proof, root
    for other in (EMPTY_ROOT, SOME):
        yield index, size, leaf, proof, other
    for wrong_proof in (
        [*proof, b""],
        [*proof, root],
        [b"", *proof],
        [root, *proof],
        *([*proof[:i], _flip(proof[i]), *proof[i + 1 :]] for i in range(len(proof))),
        *([proof[:-1]] if proof else []),
        *([[proof[0], SOME, *proof[1:]]] if len(proof) > 1 else []),
    ):
        yield index, size, leaf, wrong_proof, root


def _flip(value: bytes) -> bytes:
    return bytes([value[0] ^ 8]) + value[1:]


@pytest.mark.parametrize("case", TREE["inclusion"])
def test_a_broken_inclusion_proof_is_refused(case: dict[str, Any]) -> None:
    index, size, proof = case["index"], case["size"], _proof(case)
    for broken in _broken_inclusions(index, size, LEAVES[index], proof, ROOTS[size]):
        assert not includes(*broken)


@pytest.mark.parametrize("case", TREE["consistency"])
def test_a_published_consistency_proof_is_made_and_accepted(case: dict[str, Any]) -> None:
    old, new, proof = case["old"], case["new"], _proof(case)
    nodes = _nodes(new)
    assert list(consistency_proof(old, new, lambda lv, i: nodes[lv, i])) == proof
    assert consistent(old, new, ROOTS[old], ROOTS[new], proof)


def _broken_consistencies(
    old: int, new: int, first: bytes, second: bytes, proof: Proof
) -> Iterator[tuple[int, int, bytes, bytes, Proof]]:
    for wrong in (old - 1, old + 1, old ^ 2):
        yield wrong, new, first, second, proof
    for wrong in (new * 2, new // 2):
        yield old, wrong, first, second, proof
    yield old, new, b"WrongRoot", second, proof
    yield old, new, first, b"WrongRoot", proof
    yield old, new, second, first, proof
    for wrong_proof in (
        [],
        [*proof, b""],
        [*proof, first],
        [*proof, second],
        [b"", *proof],
        [first, *proof],
        [second, *proof],
        [proof[0], *proof],
        proof[:-1],
        *([*proof[:i], _flip(proof[i]), *proof[i + 1 :]] for i in range(len(proof))),
    ):
        yield old, new, first, second, wrong_proof


@pytest.mark.parametrize("case", [c for c in TREE["consistency"] if c["proof"]])
def test_a_broken_consistency_proof_is_refused(case: dict[str, Any]) -> None:
    old, new, proof = case["old"], case["new"], _proof(case)
    for broken in _broken_consistencies(old, new, ROOTS[old], ROOTS[new], proof):
        assert not consistent(*broken)


@pytest.mark.parametrize(
    ("old", "new", "first", "second", "proof", "fine"),
    [
        (0, 0, EMPTY_ROOT, EMPTY_ROOT, [], True),
        # The source takes any old root of an empty tree; an empty tree has but one.
        (0, 1, EMPTY_ROOT, SOME, [], True),
        (0, 1, SOME, SOME, [], False),
        (1, 1, SOME, SOME, [], True),
        (0, 0, EMPTY_ROOT, SOME, [], False),
        (1, 1, EMPTY_ROOT, SOME, [], False),
        (1, 0, SOME, SOME, [], False),
        (2, 1, SOME, SOME, [], False),
        (1, 2, SOME, SOME, [], False),
        (0, 0, EMPTY_ROOT, EMPTY_ROOT, [EMPTY_ROOT], False),
        (0, 1, EMPTY_ROOT, EMPTY_ROOT, [EMPTY_ROOT], False),
        (1, 1, EMPTY_ROOT, EMPTY_ROOT, [EMPTY_ROOT], False),
    ],
)
def test_the_ends_of_consistency(
    old: int, new: int, first: bytes, second: bytes, proof: Proof, fine: bool
) -> None:
    assert consistent(old, new, first, second, proof) is fine


def test_a_real_certificate_log_is_accepted() -> None:
    root = b64decode(ARGON["root"])
    leaf = leaf_hash(b64decode(ARGON["leaf_input"]))
    path = [b64decode(h) for h in ARGON["audit_path"]]
    assert includes(ARGON["index"], ARGON["size"], leaf, path, root)
    assert not includes(ARGON["index"] + 1, ARGON["size"], leaf, path, root)

    hashes = [b64decode(h) for h in ARGON["consistency"]]
    old_root = b64decode(ARGON["old_root"])
    assert consistent(ARGON["old_size"], ARGON["size"], old_root, root, hashes)
    assert not consistent(ARGON["old_size"] - 1, ARGON["size"], old_root, root, hashes)
