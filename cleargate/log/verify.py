"""Checking a log without trusting whoever keeps it: offline, with its public key, in one pass.

What no export can show by itself is that its end was cut off, or that its whole history was written
anew and signed again: for that, something kept elsewhere is needed (``since``). The first line of
every report says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from ..model.errors import BadUse, CheckFailed
from .check_entries import EntryCheck
from .check_tree import TreeCheck
from .findings import Finding, Findings
from .layout import BOOKS, CHECKPOINT, DISCLOSURES, INDEX, VKEY, Index
from .merkle import fold, peak_nodes
from .note import MAX_NOTE, Checkpoint, Verifier
from .receipts import MAX_RECEIPT, TLOG_PROOF, check_proof, receipt_from_json
from .sources import Source, open_source
from .tiles import MAX_BUNDLE, WIDTH, belongs, entry_tile, split_bundle, width

_MAX_SINCE: Final = max(MAX_NOTE, MAX_RECEIPT)


@dataclass(slots=True)
class Report:
    """What a check could know, what it checked, and what is wrong.

    Attributes:
        size: entries that the checkpoint covers; None where there is none that can be read.
        since: size of the checkpoint that was kept elsewhere; None without one.
        entries_seen: entries were checked, not hashes only.
        opened: values that are what was sealed.
        expunged: values that are gone, as the log says.
        findings: what is wrong, at most a hundred; ``count`` says how many.
    """

    origin: str
    size: int | None = None
    root: bytes = b""
    since: int | None = None
    entries_seen: bool = True
    values_seen: bool = False
    opened: int = 0
    expunged: int = 0
    findings: list[Finding] = field(default_factory=list)
    count: int = 0

    @property
    def ok(self) -> bool:
        return self.count == 0

    @property
    def could_know(self) -> str:
        """What this check could see, and what it could not; the first line of every report."""
        if self.since is None:
            return (
                "Checked against the log's own signature only: whether entries were cut off its "
                "end, or its whole history was written anew, cannot be seen without a checkpoint "
                "kept elsewhere (--since)."
            )
        return (
            f"Checked against a checkpoint of {self.since} entries kept elsewhere: changes before "
            "that are seen; whether entries were cut off after it cannot be."
        )

    def lines(self) -> Iterator[str]:
        """The report in words."""
        yield self.could_know
        if self.size is not None:
            seen = "entries and their order" if self.entries_seen else "hashes only, no entries"
            yield f"{self.origin}: {self.size} entries signed; {seen} checked."
        if self.values_seen:
            yield f"{self.opened} values are what was sealed; {self.expunged} were expunged."
        elif self.entries_seen:
            yield "No values of salted fields were shown here; their digests were checked only."
        if self.ok:
            yield "Nothing is wrong."
            return
        yield f"WRONG, in {self.count} place{'s' if self.count > 1 else ''}:"
        for finding in self.findings:
            yield f"  {finding}"
        if self.count > len(self.findings):
            yield f"  and {self.count - len(self.findings)} more."

    def raise_if_wrong(self) -> None:
        """Raise CheckFailed with the first thing that is wrong."""
        if not self.ok:
            raise CheckFailed(f"{self.findings[0]}.", findings=self.count)


@dataclass(frozen=True, slots=True)
class _Since:
    """What was kept elsewhere: a checkpoint, and the export that it lay in, if it did."""

    checkpoint: Checkpoint
    source: Source | None = None


def verify(
    where: str | Path,
    vkey: str,
    *,
    since: Path | None = None,
    hashes_only: bool = False,
    headers: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Check an exported or served log.

    Args:
        where: a folder, a zip, or an address that begins with ``http``.
        vkey: the log's public key, from somewhere else than ``where``.
        since: what was kept elsewhere: a receipt, a checkpoint, a copy of the guard, or an
            earlier export.
        hashes_only: do not read entries (a served log gives them to auditors only).
        headers: for an address, sent with every request.
        progress: called with the number of entries done.

    Returns:
        The report; what is wrong is in it, not raised.

    Raises:
        BadUse: there is nothing at ``where`` or ``since``.
        KeyUnusable: ``vkey`` is not a public key.
        CheckFailed: ``since`` itself cannot be relied on.
    """
    verifier = Verifier.parse(vkey)
    kept = None if since is None else _open_since(since, vkey)
    report, findings = Report(verifier.name), Findings()
    report.entries_seen = not hashes_only
    report.since = None if kept is None else kept.checkpoint.size
    try:
        source = open_source(str(where), headers=headers)
    except CheckFailed as fault:  # a broken zip is a finding, not a fault
        findings.add(str(where), fault.sentence)
    else:
        _check(source, verifier, kept, report, findings, progress)
    report.findings, report.count = findings.kept, findings.count
    return report


def _check(
    source: Source,
    verifier: Verifier,
    kept: _Since | None,
    report: Report,
    findings: Findings,
    progress: Callable[[int], None] | None,
) -> None:
    """The steps, in the order in which one may trust what comes next."""
    signed = _checkpoint(source, verifier, findings)
    if signed is None:
        return
    report.size, report.root = signed.size, signed.root
    index = _index(source, signed, findings)
    _key_file(source, verifier, findings)
    _names(source, signed.size, findings)
    entries = None
    if report.entries_seen:
        lines = source.lines(DISCLOSURES)
        if lines is None and index is not None and index.whole:
            findings.add(DISCLOSURES, "the values of salted fields are missing")
        report.values_seen = lines is not None
        entries = EntryCheck(lines, bool(index and index.whole), findings)
    wanted = peak_nodes(0, min(kept.checkpoint.size, signed.size)) if kept else []
    tree = TreeCheck(source, signed, entries, findings, wanted, progress)
    tree.run()
    if entries is not None:
        entries.finish(signed.size)
        report.opened, report.expunged = entries.opened, entries.expunged
    if kept is not None:
        _compare(source, signed, kept, tree, findings)


def _checkpoint(source: Source, verifier: Verifier, findings: Findings) -> Checkpoint | None:
    try:
        data = source.read(CHECKPOINT, MAX_NOTE)
        if data is None:
            raise CheckFailed("the checkpoint is missing, without which nothing can be checked.")
        return Checkpoint.open(data.decode("utf-8", "replace"), verifier)
    except CheckFailed as fault:
        findings.add(CHECKPOINT, fault.sentence)
        return None


def _index(source: Source, signed: Checkpoint, findings: Findings) -> Index | None:
    """What the export says of itself. A served log says nothing."""
    try:
        data = source.read(INDEX, MAX_NOTE)
        if data is None:
            if source.names() is not None:
                findings.add(INDEX, "the file is missing")
            return None
        index = msgspec.json.decode(data, type=Index)
        if index.text() != data:
            raise ValueError("it is not as the log writes it")
    except (msgspec.MsgspecError, ValueError, CheckFailed) as fault:
        findings.add(INDEX, f"the file cannot be read: {fault}")
        return None
    if (index.origin, index.size) != (signed.origin, signed.size):
        findings.add(
            INDEX, f"it speaks of {index.size} entries of {index.origin}; {signed.size} were signed"
        )
    return index


def _key_file(source: Source, verifier: Verifier, findings: Findings) -> None:
    """The key beside the log is never used, but it must not mislead whoever looks at it."""
    try:
        data = source.read(VKEY, MAX_NOTE)
    except CheckFailed as fault:
        findings.add(VKEY, fault.sentence)
        return
    if data is None and source.names() is not None:
        findings.add(VKEY, "the file is missing")
    if data is not None and data != f"{verifier}\n".encode():
        findings.add(VKEY, "this is not the key that the log was checked with")


def _names(source: Source, size: int, findings: Findings) -> None:
    """No file twice, and none that does not belong to a log of this size."""
    known = {CHECKPOINT, DISCLOSURES, VKEY, INDEX}
    seen: set[str] = set()
    for name in source.names() or ():
        if name in seen:
            findings.add(name, "there are two files of this name")
        elif name not in known and not name.startswith(BOOKS) and not belongs(name, size):
            findings.add(name, f"this file does not belong to a log of {size} entries")
        seen.add(name)


def _compare(
    source: Source, signed: Checkpoint, kept: _Since, tree: TreeCheck, findings: Findings
) -> None:
    """Whether the log goes on from what was kept elsewhere."""
    old = kept.checkpoint
    if old.size > signed.size:
        findings.add(
            CHECKPOINT,
            f"the end was cut off: {old.size} entries were signed, and {signed.size} are here",
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
        f"{old.size} entries was signed",
        (0 if first is None else first, old.size - 1),
    )


def _first_change(source: Source, size: int, kept: _Since) -> int | None:
    """The first entry that is not as in the earlier export; None if there is none to compare."""
    if kept.source is None:
        return None
    old = kept.checkpoint.size
    for n in range(-(-old // WIDTH)):
        here = _bundle(source, n, width(size, 0, n))
        there = _bundle(kept.source, n, width(old, 0, n))
        for i in range(width(old, 0, n)):
            if there[i : i + 1] != here[i : i + 1]:
                return n * WIDTH + i
    return None


def _bundle(source: Source, n: int, wide: int) -> list[bytes]:
    try:
        return split_bundle(source.read(entry_tile(n, wide), MAX_BUNDLE) or b"")[0]
    except CheckFailed:
        return []


def _open_since(path: Path, vkey: str) -> _Since:
    """A receipt, a checkpoint, a tlog-proof, a guard, or an export; checked before it is used."""
    verifier = Verifier.parse(vkey)
    if path.is_dir() or path.suffix == ".zip":
        source = open_source(str(path))
        note = source.read(CHECKPOINT, MAX_NOTE)
        if note is None:
            raise BadUse(f"{path} holds no checkpoint; give an export, a receipt or a checkpoint.")
        return _Since(Checkpoint.open(note.decode("utf-8", "replace"), verifier), source)
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_SINCE).decode("utf-8", "replace")
    except OSError as fault:
        raise BadUse(f"{path} cannot be read: {fault.strerror}.") from fault
    if text.lstrip().startswith("{"):
        return _Since(check_proof(receipt_from_json(text), vkey))
    if text.startswith(TLOG_PROOF):
        text = text.partition("\n\n")[2]
    # A copy of a guard's file holds two checkpoints, each followed by padding.
    notes = [note + "\n" for note in re.split(r"[\n\0]{3,}", text.rstrip("\n\0")) if note]
    found = [Checkpoint.open(note, verifier) for note in notes or [text]]
    return _Since(max(found, key=lambda c: c.size))
