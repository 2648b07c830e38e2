"""Reads an extract once, from front to back, in blocks: plain or gzip, UTF-8, commas.

The standard library's ``csv`` reads, not pyarrow: measured on the real month, pyarrow saves 1 to
2 µs of the 22 µs that a row costs (its values must become Python's own before SQLite takes them),
loses the line numbers of rows with line breaks in them, and costs 0.3 s to import.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ..model.errors import ImportRefused, LimitReached
from .rejects import Reject

BLOCK_ROWS: Final = 1024
"""Small enough to stay in the processor's cache: 8,192 rows at a time took a fifth longer."""

_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an extract may hold.

    Attributes:
        max_bytes: of its text, unpacked, so that a small gzip file cannot fill the disk.
        max_columns: of its header.
        max_line: characters of one line; at most 131,072 in one value.
        rejects_share: rows that may be rejected, as a share of all.
        rejects_free: rows that may be rejected whatever their share.
    """

    max_bytes: int = 8 * 2**30
    max_columns: int = 128
    max_line: int = 100_000
    rejects_share: float = 0.05
    rejects_free: int = 20


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows, each as wide as the header, and the line on which each begins."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


class Extract:
    """An extract file, open for one pass.

    Args:
        path: the file; that it is gzip is seen from its first bytes, not from its name.
        limits: how much it may hold.

    Raises:
        ImportRefused: it is not there, not UTF-8, empty, or damaged.
        LimitReached: it holds more than it may.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self.name, self.limits = path.name, limits
        try:
            raw = path.open("rb", buffering=0)
        except OSError as fault:
            raise ImportRefused(
                f"{path} cannot be read ({fault.strerror}); give a file that can."
            ) from None
        self.total = os.fstat(raw.fileno()).st_size
        self._raw = _Counted(raw)
        packed = io.BufferedReader(self._raw, 2**18)
        plain = gzip.GzipFile(fileobj=packed) if packed.peek(2)[:2] == _GZIP else packed
        # utf-8-sig drops a byte order mark; newline="" leaves line ends to csv, as csv wants it.
        self._text = io.TextIOWrapper(plain, encoding="utf-8-sig", newline="")
        self._csv = csv.reader(self._text_lines(), strict=True)
        try:
            with self._named_faults():
                self.header = self._header()
        except BaseException:
            self.close()
            raise

    @property
    def done(self) -> int:
        """Bytes of the file that were read."""
        return self._raw.done

    @property
    def sha256(self) -> str:
        """SHA-256 of the file as it lies on the disk, hex; whole once all blocks were read."""
        return self._raw.digest.hexdigest()

    def blocks(self) -> Iterator[Block]:
        """The rows, ``BLOCK_ROWS`` at a time."""
        with self._named_faults():
            while (block := self._block()).lines or block.rejects:
                yield block

    def close(self) -> None:
        """Close the file."""
        self._text.close()
        self._raw.close()  # gzip leaves the file under it open

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _header(self) -> tuple[str, ...]:
        try:
            header = tuple(h.strip() for h in next(self._csv, ()))
        except csv.Error as fault:
            raise ImportRefused(
                f"The header of {self.name} cannot be read ({fault}); export it again."
            ) from None
        if len(header) == 1 and (found := next((s for s in ";\t|" if s in header[0]), "")):
            raise ImportRefused(
                f"{self.name} parts its values by {found!r}; export it with commas. Nothing was "
                "imported."
            )
        if not any(header):
            raise ImportRefused(f"{self.name} is empty; give an extract with a header and rows.")
        if len(header) > self.limits.max_columns:
            raise LimitReached(
                f"{self.name} has {len(header)} columns, more than limits.import_columns = "
                f"{self.limits.max_columns}; leave some out, or raise that setting.",
                setting="limits.import_columns",
            )
        return header

    def _block(self) -> Block:
        block, width = Block(), len(self.header)
        while len(block.lines) < BLOCK_ROWS and len(block.rejects) < BLOCK_ROWS:
            line = self._csv.line_num + 1
            try:
                row = next(self._csv, None)
            except csv.Error as fault:
                block.rejects.append(self._unreadable(line, fault))
                continue
            if row is None:
                break
            if len(row) == width:
                block.rows.append(row)
                block.lines.append(line)
            elif row:
                block.rejects.append(Reject(line, "", _width_reason(len(row), width), tuple(row)))
        return block

    def _unreadable(self, line: int, fault: csv.Error) -> Reject:
        if "field limit" in str(fault):
            raise LimitReached(
                f"The value that begins near line {line} of {self.name} is longer than "
                f"{csv.field_size_limit():,} characters; a quote before it is probably not closed.",
                setting="limits.import_line",
            ) from None
        last = self._csv.line_num
        to = f" (to line {last})" if last > line else ""
        return Reject(line, "", f"has a quote that is not closed, or stands inside a value{to}")

    def _text_lines(self) -> Iterator[str]:
        limit, size = self.limits.max_line, 0
        while line := self._text.readline(limit + 1):
            size += len(line)
            if len(line) > limit:
                raise LimitReached(
                    f"Line {self._csv.line_num + 1} of {self.name} is longer than "
                    f"limits.import_line = {limit:,} characters; mend it, or raise that setting.",
                    setting="limits.import_line",
                )
            if size > self.limits.max_bytes:
                raise LimitReached(
                    f"{self.name} holds more than limits.import_bytes = {self.limits.max_bytes:,}; "
                    f"split it, or raise that setting.",
                    setting="limits.import_bytes",
                )
            yield line

    @contextmanager
    def _named_faults(self) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError:
            fault, todo = "is not UTF-8", "save it as UTF-8"
        except (EOFError, gzip.BadGzipFile, zlib.error):
            fault, todo = "is gzip that is damaged or cut off", "fetch it again"
        except OSError as error:
            fault, todo = f"cannot be read ({error.strerror})", "check the disk"
        else:
            return
        raise ImportRefused(
            f"{self.name} {fault} near line {self._csv.line_num + 1}; {todo}. Nothing was imported."
        )


def digest_of(path: Path) -> str:
    """SHA-256 of a file as it lies on the disk, hex.

    Raises:
        ImportRefused: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        raise ImportRefused(
            f"{path} cannot be read ({fault.strerror}); give a file that can."
        ) from None


class _Counted(io.RawIOBase):
    """A file that counts and digests what is read of it."""

    def __init__(self, raw: io.RawIOBase | io.FileIO) -> None:
        self._inner = raw
        self.done = 0
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._inner.readinto(buffer) or 0
        self.done += count
        self.digest.update(memoryview(buffer)[:count])
        return count

    def close(self) -> None:
        self._inner.close()
        super().close()


def _width_reason(has: int, width: int) -> str:
    if has < width:
        return f"has {has} values where the header has {width}; the line may be cut"
    return f"has {has} values where the header has {width}; a comma may lack its quotes"
