"""Checking a log without trusting whoever keeps it: offline, with its public key, in one pass.

What no export can show by itself is that its end was cut off, or that its whole history was written
anew and signed again: for that, something kept elsewhere is needed (``since``, ``witnesses``). The
first line of every report says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..model.errors import CheckFailed
from . import law_texts
from .check_entries import EntryCheck
from .check_keys import Keys, read_keys
from .check_tree import TreeCheck
from .cosign import Witness
from .findings import MAX_FINDINGS, Findings
from .layout import (
    CHECKER,
    CHECKPOINT,
    COSIGNED,
    DISCLOSURES,
    HOW_TO,
    KEYS,
    LAW,
    MANIFEST,
    VKEY,
    Manifest,
)
from .merkle import peak_nodes
from .note import MAX_NOTE, Checkpoint, Verifier
from .report import Report
from .since import Kept, compare, open_since, read_cosigned
from .sources import Source, open_source
from .tiles import belongs


def verify(
    where: str | Path,
    vkey: str,
    *,
    since: Path | None = None,
    witnesses: Sequence[str] = (),
    hashes_only: bool = False,
    headers: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
    most: int = MAX_FINDINGS,
) -> Report:
    """Check an exported or served log.

    Args:
        where: a folder, a zip, or an address that begins with ``http``.
        vkey: the log's public key, from somewhere else than ``where``.
        since: what was kept elsewhere: a receipt, a checkpoint, a copy of the guard, or an
            earlier export.
        witnesses: public keys of witnesses whose cosignatures count.
        hashes_only: do not read entries (a served log gives them to auditors only).
        headers: for an address, sent with every request.
        progress: called with the number of entries done.
        most: findings that are kept; the others are counted.

    Returns:
        The report; what is wrong is in it, not raised.

    Raises:
        BadUse: there is nothing at ``where`` or ``since``.
        KeyUnusable: ``vkey`` or a witness's is not a public key.
        CheckFailed: ``since`` itself cannot be relied on.
    """
    verifier = Verifier.parse(vkey)
    named = [Witness.parse(witness) for witness in dict.fromkeys(witnesses)]
    report, findings = Report(verifier.name), Findings(most)
    report.entries_seen, report.witnesses = not hashes_only, len(named)
    try:
        source = open_source(str(where), headers=headers)
    except CheckFailed as fault:  # a broken zip is a finding, not a fault
        findings.add(str(where), fault.sentence)
    else:
        keys = read_keys(source, verifier, findings)
        outside = [] if since is None else [open_since(since, keys.ring)]
        report.since = outside[0].checkpoint.size if outside else None
        _Check(source, keys, report, findings).run(outside, named, progress)
    report.findings, report.count = findings.kept, findings.count
    return report


@dataclass(frozen=True, slots=True)
class _Check:
    """The steps, in the order in which one may trust what comes next."""

    source: Source
    keys: Keys
    report: Report
    findings: Findings

    def run(
        self,
        outside: Sequence[Kept],
        witnesses: Sequence[Witness],
        progress: Callable[[int], None] | None,
    ) -> None:
        ring = self.keys.ring
        signed = self._checkpoint()
        if signed is None:
            return
        report, findings = self.report, self.findings
        report.size, report.root = signed.size, signed.root
        manifest = report.manifest = self._manifest(signed)
        self._key_file()
        self._names(signed.size, manifest)
        report.keys = len(ring.keys)
        report.predecessor = self.keys.predecessor
        cosigned, report.cosigned = read_cosigned(self.source, ring, witnesses, findings)
        changes = (Kept(at, " when a key followed another") for at in self.keys.changes)
        kept = [*outside, *cosigned, *changes]
        entries = self._entries(manifest) if report.entries_seen else None
        wanted = {n for k in kept for n in peak_nodes(0, min(k.checkpoint.size, signed.size))}
        tree = TreeCheck(self.source, signed, entries, findings, wanted, progress)
        tree.run()
        if entries is not None:
            self._finish(entries, signed.size)
        for one in kept:
            compare(self.source, signed, one, tree, findings)

    def _checkpoint(self) -> Checkpoint | None:
        try:
            data = self.source.read(CHECKPOINT, MAX_NOTE)
            if data is None:
                raise CheckFailed(
                    "the checkpoint is missing, without which nothing can be checked."
                )
            return self.keys.ring.open(data.decode("utf-8", "replace"))
        except CheckFailed as fault:
            self.findings.add(CHECKPOINT, fault.sentence)
            return None

    def _manifest(self, signed: Checkpoint) -> Manifest | None:
        """What the export says of itself. A served log says nothing."""
        try:
            data = self.source.read(MANIFEST, MAX_NOTE)
            if data is None:
                if self.source.names() is not None:
                    self.findings.add(MANIFEST, "the file is missing")
                return None
            found = Manifest.parse(data)
        except (ValueError, CheckFailed) as fault:
            self.findings.add(MANIFEST, f"the file cannot be read: {fault}")
            return None
        most = found.until == found.size if found.whole else found.until <= found.size
        if (found.origin, found.size) != (signed.origin, signed.size) or not most:
            self.findings.add(
                MANIFEST,
                f"it speaks of {found.size} entries of {found.origin}; {signed.size} were signed",
            )
        return found

    def _key_file(self) -> None:
        """The key beside the log is never used, but it must not mislead whoever looks at it."""
        try:
            data = self.source.read(VKEY, MAX_NOTE)
        except CheckFailed as fault:
            self.findings.add(VKEY, fault.sentence)
            return
        if data is None and self.source.names() is not None:
            self.findings.add(VKEY, "the file is missing")
        if data is not None and data != f"{self.keys.ring.newest}\n".encode():
            self.findings.add(VKEY, "this is not the key that signs the log")

    def _names(self, size: int, manifest: Manifest | None) -> None:
        """No file twice, and none that does not belong to a log of this size."""
        known = {CHECKPOINT, VKEY, MANIFEST, CHECKER, HOW_TO}
        if manifest is None or manifest.whole:
            known.add(DISCLOSURES)
        folders = (LAW, KEYS, COSIGNED)
        seen: set[str] = set()
        for name in self.source.names() or ():
            if name in seen:
                self.findings.add(name, "there are two files of this name")
            elif name not in known and not name.startswith(folders) and not belongs(name, size):
                self.findings.add(name, f"this file does not belong to a log of {size} entries")
            seen.add(name)

    def _entries(self, manifest: Manifest | None) -> EntryCheck:
        lines = self.source.lines(DISCLOSURES)
        if lines is None and manifest is not None and manifest.whole:
            self.findings.add(DISCLOSURES, "the values of salted fields are missing")
        self.report.values_seen = lines is not None
        return EntryCheck(lines, manifest, self.findings)

    def _finish(self, entries: EntryCheck, size: int) -> None:
        entries.finish(size)
        report, names = self.report, self.source.names()
        report.opened, report.expunged = entries.opened, entries.expunged
        report.withheld = entries.withheld
        if names is not None:
            versions = {v for v in entries.laws if law_texts.is_version(v)}
            report.laws = law_texts.check(
                self.source, names, versions, self.findings, all_known=not entries.skipped
            )
