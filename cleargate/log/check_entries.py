"""What entries say, checked one after another: the grammar, the order of law and decisions, and
whether the values that are shown are those that were sealed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from ..model.errors import CheckFailed
from ..model.leaf import SealedLeaf, disclosure_digest, read
from ..model.receipt import Versions
from .findings import Findings
from .layout import DISCLOSURES, Line

MAX_OPEN: Final = 100_000
"""Entries with values missing that are remembered, until the log says that they were expunged."""


class EntryCheck:
    """Checks entries in their order. Memory does not grow with the log.

    Args:
        lines: the disclosures' file, line by line; None where there is none.
        whole: the export says that no value is missing but expunged ones.
        findings: where to write down what is wrong.

    Attributes:
        opened: values that are what was sealed.
        expunged: values that are gone, as the log itself says.
    """

    def __init__(self, lines: Iterator[bytes] | None, whole: bool, findings: Findings) -> None:
        self._disclosures = None if lines is None else _Disclosures(lines, findings)
        self._whole, self._findings = whole, findings
        self._now: Versions | None = Versions("", 0)
        self._missing: dict[int, set[str]] = {}
        self._said_expunged: dict[int, frozenset[str]] = {}
        self.opened = self.expunged = 0

    def check(self, index: int, raw: bytes, path: str) -> None:
        """Check an entry that the tree vouches for."""
        try:
            leaf = read(raw)
        except CheckFailed as fault:
            self._findings.add(path, f"entry {index} is signed, but {fault}", (index, index))
            self.skip(index + 1)
            return
        now = self._now
        if now is None or not leaf.fits(now):
            if now is not None:
                self._findings.add(
                    path,
                    f"entry {index} says that law {leaf.in_force.book!r} and credentials "
                    f"{leaf.in_force.epoch} were in force, but {now.book!r} and {now.epoch} were",
                    (index, index),
                )
            now = leaf.in_force
        self._now = leaf.after(now)
        if self._disclosures is not None:
            self._check_values(index, leaf)
        if leaf.kind == "expunged":
            clear = leaf.clear
            for gone in clear["entries"]:
                before = self._said_expunged.get(gone, frozenset())
                self._said_expunged[gone] = before | frozenset(clear.get("fields", ("*",)))

    def skip(self, index: int) -> None:
        """Go on at an entry, as those before it could not be read."""
        self._now = None
        if self._disclosures is not None:
            self._disclosures.skip(index)

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
        if self._disclosures is not None:
            self._disclosures.finish(size)

    def _check_values(self, index: int, leaf: SealedLeaf) -> None:
        sealed = leaf.sealed
        last = ""
        assert self._disclosures is not None
        for line in self._disclosures.take(index):
            if line.name <= last:
                wrong = "is there twice, or out of order"
            elif sealed.pop(line.name, None) != disclosure_digest(
                line.name, line.salt, bytes(line.value)
            ):
                wrong = "is not what the entry sealed"
            else:
                last = line.name
                self.opened += 1
                continue
            self._findings.add(
                DISCLOSURES, f"the value of {line.name!r} of entry {index} {wrong}", (index, index)
            )
        if sealed and self._whole and len(self._missing) < MAX_OPEN:
            self._missing[index] = set(sealed)


class _Disclosures:
    """The disclosures' file, read in step with the entries."""

    def __init__(self, lines: Iterator[bytes], findings: Findings) -> None:
        self._lines, self._findings = lines, findings
        self._number = 0
        self._decode = msgspec.json.Decoder(Line).decode
        self._next = self._read()

    def take(self, index: int) -> Iterator[Line]:
        """The lines of an entry."""
        while self._next is not None and self._next.index <= index:
            line = self._next
            self._next = self._read()
            if line.index == index:
                yield line
            else:
                self._misplaced(line, "is there twice, or out of order")

    def skip(self, index: int) -> None:
        """Pass over the lines of entries before this one."""
        while self._next is not None and self._next.index < index:
            self._next = self._read()

    def finish(self, size: int) -> None:
        """Nothing must be left."""
        while self._next is not None:
            late = self._next.index < size
            wrong = "is there twice, or out of order" if late else "is too many: no such entry"
            self._misplaced(self._next, wrong)
            self._next = self._read()

    def _misplaced(self, line: Line, wrong: str) -> None:
        about = (line.index, line.index)
        self._findings.add(DISCLOSURES, f"a value of entry {line.index} {wrong}", about)

    def _read(self) -> Line | None:
        while True:
            try:
                raw = next(self._lines, None)
                self._number += 1
                return None if raw is None else self._decode(raw)
            except (msgspec.MsgspecError, ValueError) as fault:
                self._findings.add(DISCLOSURES, f"line {self._number} cannot be read: {fault}")
            except CheckFailed as fault:
                self._findings.add(DISCLOSURES, fault.sentence)
                self._lines = iter(())
