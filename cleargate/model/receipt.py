"""Proof that an entry is in the log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Versions:
    """The law and the credentials that something was decided under."""

    book: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Index, leaf hash, signed checkpoint and inclusion proof of one entry.

    Attributes:
        index: the entry's place, from 0.
        leaf_hash: RFC 9162 leaf hash, 32 bytes.
        checkpoint: the signed note that covers it, as text (C2SP tlog-checkpoint).
        proof: sibling hashes from leaf to root, n × 32 bytes.
        tree_size: the checkpoint's size.
        versions: law and credentials in force at the entry.
    """

    index: int
    leaf_hash: bytes
    checkpoint: str
    proof: tuple[bytes, ...]
    tree_size: int
    versions: Versions
