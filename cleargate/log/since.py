"""Whether a log goes on from what was kept elsewhere: a receipt, a checkpoint, an earlier export,
or what a witness cosigned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..model.errors import BadUse, CheckFailed
from .check_tree import TreeCheck
from .cosign import Witness
from .findings import Findings
from .layout import CHECKPOINT, COSIGNED
from .merkle import HASH, fold, peak_nodes
from .note import MAX_NOTE, Checkpoint
from .receipts import MAX_RECEIPT, TLOG_PROOF, check_proof, receipt_from_json
from .report import Cosigned
from .sources import Source, open_source
from .succession import Keyring
from .tiles import FULL, WIDTH, hash_tile, width

_MAX_SINCE: Final = max(MAX_NOTE, MAX_RECEIPT)


@dataclass(frozen=True, slots=True)
class Kept:
    """An outside checkpoint, and the export that it lay in, if it did.

    Attributes:
        whose: who kept it, for the sentence about it.
    """

    checkpoint: Checkpoint
    whose: str = ""
    source: Source | None = None


def open_since(path: Path, ring: Keyring) -> Kept:
    """A receipt, a checkpoint, a tlog-proof, a guard, or an export; checked before it is used.

    Raises:
        BadUse: there is nothing at ``path``.
        CheckFailed: it is not signed by the log.
    """
    if path.is_dir() or path.suffix == ".zip":
        source = open_source(str(path))
        note = source.read(CHECKPOINT, MAX_NOTE)
        if note is None:
            raise BadUse(f"{path} holds no checkpoint; give an export, a receipt or a checkpoint.")
        return Kept(ring.open(note.decode("utf-8", "replace")), source=source)
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_SINCE).decode("utf-8", "replace")
    except OSError as fault:
        raise BadUse(f"{path} cannot be read: {fault.strerror}.") from fault
    if text.lstrip().startswith("{"):
        return Kept(check_proof(receipt_from_json(text), ring))
    if text.startswith(TLOG_PROOF):
        text = text.partition("\n\n")[2]
    # A copy of a guard's file holds two checkpoints, each followed by padding.
    notes = [note + "\n" for note in re.split(r"[\n\0]{3,}", text.rstrip("\n\0")) if note]
    found = [ring.open(note) for note in notes or [text]]
    return Kept(max(found, key=lambda c: c.size))


def cosigned_path(witness: Witness) -> str:
    """Where a log keeps the newest checkpoint that a witness cosigned."""
    return COSIGNED + witness.key_id.hex()


def read_cosigned(
    source: Source, ring: Keyring, witnesses: Sequence[Witness], findings: Findings
) -> tuple[list[Kept], list[Cosigned]]:
    """What is cosigned here: every checkpoint, and what the named witnesses signed of it."""
    ours = [path for path in source.names() or () if path.startswith(COSIGNED)]
    named = {cosigned_path(witness): witness for witness in witnesses}
    kept, signed = [], []
    for path in dict.fromkeys((*ours, *named)):
        try:
            data = source.read(path, MAX_NOTE)
            if data is None:
                continue
            note = data.decode("utf-8", "replace")
            checkpoint = ring.open(note)
            at = named[path].signed_at(note) if path in named else None
        except CheckFailed as fault:
            findings.add(path, fault.sentence)
            continue
        whose = "" if at is None else named[path].name
        if at is not None:
            signed.append(Cosigned(whose, checkpoint.size, at))
        elif path in named:
            findings.add(path, f"the signature of {named[path].name} is missing or wrong")
        kept.append(Kept(checkpoint, f", cosigned by {whose}" if whose else ""))
    if witnesses and not signed:
        findings.add(COSIGNED, "none of the named witnesses cosigned a checkpoint that is here")
    return kept, signed


def compare(
    source: Source, signed: Checkpoint, kept: Kept, tree: TreeCheck, findings: Findings
) -> None:
    """Name the place where the log does not go on from an outside checkpoint."""
    old = kept.checkpoint
    if old.size > signed.size:
        findings.add(
            CHECKPOINT,
            f"the end was cut off: {old.size} entries were signed{kept.whose}, and {signed.size} "
            "are here",
            (signed.size, old.size - 1),
        )
        return
    nodes = [tree.nodes.get(node) for node in peak_nodes(0, old.size)]
    if None in nodes or fold([n for n in nodes if n]) == old.root:
        return  # where a node is missing, what hides it has been named
    first = _first_change(source, signed.size, kept)
    where = "" if first is None else f", first at entry {first}"
    findings.add(
        CHECKPOINT,
        f"history was rewritten before entry {old.size}{where}: another checkpoint of "
        f"{old.size} entries was signed{kept.whose}",
        (0 if first is None else first, max(old.size - 1, 0)),
    )


def _first_change(source: Source, size: int, kept: Kept) -> int | None:
    """The first entry that is not as in the earlier export; None if there is none to compare."""
    if kept.source is None:
        return None
    old = kept.checkpoint.size
    for n in range(-(-old // WIDTH)):
        wide = width(old, 0, n)
        here = _hashes(source, n, width(size, 0, n))
        there = _hashes(kept.source, n, wide)
        if here[: wide * HASH] != there:
            same = (i for i in range(wide) if here[i * HASH :][:HASH] != there[i * HASH :][:HASH])
            return n * WIDTH + next(same, 0)
    return None


def _hashes(source: Source, n: int, wide: int) -> bytes:
    try:
        return source.read(hash_tile(0, n, wide), FULL) or b""
    except CheckFailed:
        return b""
