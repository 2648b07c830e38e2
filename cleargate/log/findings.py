"""What a check found wrong, in words that name the entry, or the tile of 256."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MAX_FINDINGS: Final = 100
"""Findings that are kept, unless more are asked for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        path: the file of the export where it shows.
        sentence: what is wrong.
        entries: first and last entry concerned; None if it is not about entries.
    """

    path: str
    sentence: str
    entries: tuple[int, int] | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}"


@dataclass(slots=True)
class Findings:
    """All that is wrong, in the order in which it was found.

    Attributes:
        most: how many are kept; the others are counted.
    """

    most: int = MAX_FINDINGS
    kept: list[Finding] = field(default_factory=list)
    count: int = 0

    def add(self, path: str, sentence: str, entries: tuple[int, int] | None = None) -> None:
        self.count += 1
        if len(self.kept) < self.most:
            self.kept.append(Finding(path, sentence, entries))


def span(first: int, last: int) -> str:
    """``entry 7``, or ``entries 0 to 255``."""
    return f"entry {first}" if first == last else f"entries {first} to {last}"
