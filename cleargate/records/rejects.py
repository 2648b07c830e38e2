"""Rows that could not be taken, and the file that they go to, to be mended and given again."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

FIRST: Final = 20
"""Rejects that the result itself carries; the file has all of them."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that was not taken.

    Attributes:
        line: the line of the file on which the row begins, from 1; the header is line 1.
        column: the header of the column that is wrong, or empty when the whole row is.
        reason: what is wrong, without the value: the result may be shown where the row may not.
        row: the row's texts as they were read.
    """

    line: int
    column: str
    reason: str
    row: tuple[str, ...] = ()


class Rejects:
    """Counts rejects, keeps the first few, and writes all to a file if there is a path.

    The file is a CSV of ``line,column,reason`` and the row's own columns; without the first three
    it can be imported once it is mended. It may hold what only few may see, so only its owner can
    read it. It appears under its name when the import is over, and not at all if nothing was
    rejected.
    """

    def __init__(self, path: Path | None, header: tuple[str, ...]) -> None:
        self.path, self.header = path, header
        self.count = 0
        self.first: list[Reject] = []
        self._file: IO[str] | None = None

    def add(self, rejects: Iterable[Reject]) -> None:
        """Take note of ``rejects``."""
        for reject in rejects:
            self.count += 1
            if len(self.first) < FIRST:
                self.first.append(reject)
            if self.path is not None:
                self._write(reject)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None and self.path is not None:
            self._file.close()
            os.replace(_part(self.path), self.path)

    def _write(self, reject: Reject) -> None:
        assert self.path is not None
        if self._file is None:
            part = _part(self.path)
            part.unlink(missing_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(handle, "w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(("line", "column", "reason", *self.header))
        csv.writer(self._file).writerow((reject.line, reject.column, reject.reason, *reject.row))


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")
