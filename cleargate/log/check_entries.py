"""What entries say, checked one after another: the grammar, the order of law and decisions, and
whether the values that are shown are those that were sealed.

A tile of entries is checked at once. Where something in it is wrong, it is gone through again entry
by entry, so that the entry can be named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from ..model.errors import CheckFailed
from ..model.leaf import read, versions_after
from ..model.leaves import Leaves, are_opened, written
from ..model.receipt import Versions
from .findings import Findings
from .layout import DISCLOSURES, Manifest
from .public import Public
from .values import Values

MAX_OPEN: Final = 1_000_000
"""Entries with values missing that are remembered, until the log says that they were expunged."""


class EntryCheck:
    """Checks entries in their order. Memory does not grow with the log, but by bits.

    Args:
        lines: the disclosures' file, line by line; None where there is none.
        manifest: what the export says of itself; None where it says nothing.
        findings: where to write down what is wrong.

    Attributes:
        opened: values that are what was sealed.
        expunged: values that are gone, as the log itself says.
        withheld: entries that are not shown to the public.
        laws: versions that entries put in force.
        skipped: some entries could not be read, so that ``laws`` may lack some.
    """

    def __init__(
        self, lines: Iterator[bytes] | None, manifest: Manifest | None, findings: Findings
    ) -> None:
        self._values = None if lines is None else Values(lines, findings)
        self._findings = findings
        self._whole = manifest is not None and manifest.whole
        self._public = None
        if manifest is not None and not manifest.whole:
            self._public = Public(manifest.purposes, manifest.until)
        self._now: Versions | None = Versions("", 0)
        self._gap = 0  # entries withheld since ``_now``
        self._missing: dict[int, set[str]] = {}
        self._said_expunged: dict[int, frozenset[str]] = {}
        self._forgotten = 0
        self.opened = self.expunged = self.withheld = 0
        self.laws: set[str] = set()
        self.skipped = False

    @property
    def may_withhold(self) -> bool:
        """Whether entries without bytes are ones that the public does not see."""
        return self._public is not None

    def check(self, first: int, raws: Sequence[bytes], path: str) -> None:
        """Check entries that the tree vouches for, from index ``first`` on."""
        leaves = None if self._gap or b"" in raws else Leaves.read(raws)
        after = leaves.after(self._now) if leaves and self._now else None
        if leaves is None or after is None:
            for index, raw in enumerate(raws, first):
                self._check_one(index, raw, path)
            return
        self._now = after
        for index, entry in enumerate(leaves.entries, first):
            self._note(index, entry, path)
        self._check_values(first, leaves)

    def skip(self, index: int) -> None:
        """Go on at an entry, as those before it could not be read."""
        self._now = None
        self._gap, self.skipped = 0, True
        if self._values is not None:
            self._values.skip(index)

    def finish(self, size: int) -> None:
        """Check what only the end of the log can tell."""
        for index, names in self._missing.items():
            said = self._said_expunged.get(index, frozenset())
            gone = names if "*" in said else names & said
            self.expunged += len(gone)
            for name in sorted(names - gone):
                self._findings.add(
                    DISCLOSURES,
                    f"the value of {name!r} of entry {index} is missing, and the log does not say "
                    "that it was expunged",
                    (index, index),
                )
        if self._forgotten:
            self._findings.add(
                DISCLOSURES,
                f"values of {MAX_OPEN + self._forgotten} entries are missing, more than can be "
                "compared with what the log says was expunged",
            )
        if self._values is not None:
            self._values.finish(size)

    def _check_one(self, index: int, raw: bytes, path: str) -> None:
        if not raw and self._public is not None:
            self._gap += 1
            self.withheld += 1
            return
        leaves = Leaves.read([raw])
        if leaves is None:
            self._findings.add(path, f"entry {index} is signed, but {_fault(raw)}", (index, index))
            self.skip(index + 1)
            return
        (entry,) = leaves.entries
        self._now = versions_after(entry, self._in_force(index, entry, path))
        self._gap = 0
        self._note(index, entry, path)
        self._check_values(index, leaves)

    def _in_force(self, index: int, entry: Any, path: str) -> Versions:
        """The versions in force at an entry, as it says; a finding where it cannot be so."""
        said = entry if entry.in_force is msgspec.UNSET else entry.in_force
        now = self._now
        # Each entry that is withheld may be of a credential; one that changes the law never is.
        if now is not None and not (
            said.book == now.book and now.epoch <= said.epoch <= now.epoch + self._gap
        ):
            self._findings.add(
                path,
                f"entry {index} says that law {said.book!r} and credentials {said.epoch} were in "
                f"force, but {now.book!r} and {now.epoch} were",
                (index, index),
            )
        return Versions(said.book, said.epoch)

    def _note(self, index: int, entry: Any, path: str) -> None:
        """What is to be remembered of an entry, and whether the public may see it."""
        kind = entry.kind
        if kind == "law":
            self.laws.add(entry.to_version)
        elif kind == "expunged":
            fields = ("*",) if entry.fields is msgspec.UNSET else entry.fields
            for gone in entry.entries:
                before = self._said_expunged.get(gone, frozenset())
                self._said_expunged[gone] = before | frozenset(fields)
        if self._public is not None and not self._public.may_show(index, entry):
            self._findings.add(
                path, f"entry {index} is not for the public, but is shown", (index, index)
            )

    def _check_values(self, first: int, leaves: Leaves) -> None:
        """Check what opens these entries: all at once, or, where that fails, one by one."""
        if self._values is None:
            return
        names = [entry.sealed.__struct_fields__ for entry in leaves.entries]
        opened = self._values.open(first, names, leaves.digests)
        if opened is not None:
            self.opened += opened
            return
        for index, (those, digests) in enumerate(zip(names, leaves.digests, strict=True), first):
            shown = self._values.take(index)
            self._check_each(index, shown, dict(zip(those, digests, strict=True)))

    def _check_each(self, index: int, shown: Sequence[bytes], sealed: dict[str, str]) -> None:
        """Name the value that is wrong, and remember those that are missing."""
        said = [_name(array) for array in shown]
        unordered = {b for a, b in pairwise(said) if a >= b}
        for array, name in zip(shown, said, strict=True):
            digest = sealed.pop(name, None)
            if digest is None or name in unordered:
                wrong = "is no value of the entry, is there twice, or out of order"
            elif are_opened([array], written((name,)), [digest]):
                self.opened += 1
                continue
            else:
                wrong = "is not what the entry sealed"
            self._findings.add(
                DISCLOSURES, f"the value of {name!r} of entry {index} {wrong}", (index, index)
            )
        if sealed and self._whole:
            if len(self._missing) < MAX_OPEN:
                self._missing[index] = set(sealed)
            else:
                self._forgotten += 1


def _fault(raw: bytes) -> str:
    try:
        read(raw)
    except CheckFailed as fault:
        return fault.sentence
    return "it cannot be read"


def _name(array: bytes) -> str:
    """The name in a disclosure."""
    return msgspec.json.decode(array, type=tuple[str, str, msgspec.Raw])[1]
