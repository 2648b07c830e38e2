"""Receipts on paper: as JSON, as a C2SP tlog-proof for others' tools, and their check offline."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from ..model.errors import CheckFailed
from ..model.receipt import Receipt, Versions
from .merkle import includes, leaf_hash
from .note import Checkpoint, Verifier
from .succession import Keyring

MAX_RECEIPT: Final = 200_000
"""Characters of a receipt's file."""

TLOG_PROOF: Final = "c2sp.org/tlog-proof@v1\n"

_Hash = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{43}=\Z")]
_Count = Annotated[int, Meta(ge=0, lt=2**53)]


class _Paper(msgspec.Struct, forbid_unknown_fields=True):
    """The fields of a receipt's file."""

    v: Annotated[int, Meta(ge=1, le=1)]
    index: _Count
    leaf_hash: _Hash
    tree_size: _Count
    book: str
    epoch: _Count
    checkpoint: str
    proof: Annotated[list[_Hash], Meta(max_length=64)]


def receipt_to_json(receipt: Receipt) -> str:
    """A receipt as the text of a file."""
    paper = _Paper(
        v=1,
        index=receipt.index,
        leaf_hash=_base64(receipt.leaf_hash),
        tree_size=receipt.tree_size,
        book=receipt.versions.book,
        epoch=receipt.versions.epoch,
        checkpoint=receipt.checkpoint,
        proof=[_base64(h) for h in receipt.proof],
    )
    return msgspec.json.format(msgspec.json.encode(paper), indent=2).decode() + "\n"


def receipt_from_json(text: str) -> Receipt:
    """Read a receipt's file.

    Raises:
        CheckFailed: it is not one.
    """
    try:
        if len(text) > MAX_RECEIPT:
            raise ValueError("it is too long")
        paper = msgspec.json.decode(text, type=_Paper)
    except (msgspec.MsgspecError, ValueError) as fault:
        raise CheckFailed(
            f"This is not a receipt ({fault}); give the file as it was issued."
        ) from fault
    return Receipt(
        index=paper.index,
        leaf_hash=b64decode(paper.leaf_hash),
        checkpoint=paper.checkpoint,
        proof=tuple(b64decode(h) for h in paper.proof),
        tree_size=paper.tree_size,
        versions=Versions(paper.book, paper.epoch),
    )


def receipt_to_proof(receipt: Receipt) -> str:
    """A receipt as a C2SP tlog-proof, which tools that are not ours can check."""
    hashes = "".join(f"{_base64(h)}\n" for h in receipt.proof)
    return f"{TLOG_PROOF}index {receipt.index}\n{hashes}\n{receipt.checkpoint}"


def check_proof(receipt: Receipt, vkey: str | Keyring) -> Checkpoint:
    """Check that the log whose key this is signed for an entry with the receipt's leaf hash.

    Args:
        receipt: what was handed out.
        vkey: the key that signed at the time, or all keys of the log.

    Raises:
        CheckFailed: it did not.
    """
    ring = Keyring.of(Verifier.parse(vkey)) if isinstance(vkey, str) else vkey
    signed = ring.open(receipt.checkpoint)
    if signed.size != receipt.tree_size or not includes(
        receipt.index, signed.size, receipt.leaf_hash, receipt.proof, signed.root
    ):
        raise CheckFailed(
            f"The receipt does not show entry {receipt.index} to be in the log of {signed.origin}."
        )
    return signed


def check_receipt(receipt: Receipt, leaf: bytes, vkey: str | Keyring) -> Checkpoint:
    """Check offline that the log has signed for this very entry.

    Args:
        receipt: what was handed out.
        leaf: the entry's canonical bytes.
        vkey: the log's public key of then, or all its keys, from somewhere else than the receipt.

    Returns:
        The checkpoint that covers the entry.

    Raises:
        CheckFailed: the entry was changed, or the receipt is not of this log.
        KeyUnusable: ``vkey`` is not a public key.
    """
    if leaf_hash(leaf) != receipt.leaf_hash:
        raise CheckFailed(
            f"Entry {receipt.index} was changed: it is not the one that the receipt was issued for."
        )
    return check_proof(receipt, vkey)


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
