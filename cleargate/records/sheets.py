"""An export as a file: CSV in a zip, or Parquet, written page by page in flat memory.

A sheet is begun, gets the pages of one search, and is sealed with what proves it; only then is it
whole. What is sealed in: ``answer.json`` (whose law, whose request, what is masked), ``entry.json``
(the log's entry of the answer, byte for byte) and ``receipt.json`` (proof that the log holds it).
In Parquet the three are key-value metadata of the file, ``cleargate.answer`` and so on.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any, Final, Protocol

from .catalogue import Column, Type, dataset
from .search import Closed, Page

CSV, PARQUET = "application/zip", "application/vnd.apache.parquet"
SUFFIXES: Final[Mapping[str, str]] = {".zip": CSV, ".parquet": PARQUET}
"""How a file's name ends → what is in it."""

ROWS: Final = "rows.csv"
CLOSED_IN: Final = "masked_columns"
"""The Parquet column that names, for each row, the columns that law closes in it."""

_UNSAFE: Final = re.compile(r"['=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]|\[masked: ")


class Sheet(Protocol):
    """A file that an export is written to."""

    media_type: str

    def begin(self, name: str, columns: Sequence[str]) -> None:
        """Begin with the columns of a data set; whatever was written before is gone."""

    def add(self, page: Page) -> None:
        """Write the rows of a page."""

    def seal(self, papers: Mapping[str, bytes]) -> None:
        """Put in what proves the file, by names such as ``receipt``, and end it."""

    def drop(self) -> None:
        """End it unsealed; whoever has the file throws it away."""


def sheet(file: IO[bytes], media_type: str) -> Sheet:
    """A sheet of that type in ``file``, which is open to be written and read anywhere in it."""
    return Parquet(file) if media_type == PARQUET else ZippedCsv(file)


class ZippedCsv:
    """``rows.csv`` (RFC 4180, UTF-8) in a zip, beside what proves it.

    An empty cell is not recorded, ``[masked: identity]`` is closed by law. A text that a
    spreadsheet would take for a formula, or a reader for such a mark, has an apostrophe before it;
    so has one that begins with one, so that dropping the first one gives every text back.
    """

    media_type: str = CSV

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._zip: zipfile.ZipFile | None = None

    def begin(self, name: str, columns: Sequence[str]) -> None:
        """Begin with a line of the columns' names."""
        self.drop()
        self._file.seek(0)
        self._file.truncate()
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._member = self._zip.open(_info(ROWS), "w", force_zip64=True)
        self._text = io.TextIOWrapper(self._member, "utf-8", newline="", write_through=True)
        self._csv = csv.writer(self._text)
        self._csv.writerow(columns)

    def add(self, page: Page) -> None:
        """Write the rows of a page."""
        self._csv.writerows([_written(value) for value in row] for row in page.rows)

    def seal(self, papers: Mapping[str, bytes]) -> None:
        """Write each paper as a file of its own beside the rows."""
        assert self._zip is not None  # begun
        self._text.close()
        for name, data in papers.items():
            self._zip.writestr(_info(f"{name}.json"), data)
        self._zip.close()
        self._zip = None

    def drop(self) -> None:
        """End it unsealed. Left alone, it would write its end into the next one."""
        if self._zip is not None:
            with suppress(OSError):
                self._text.close()
                self._zip.close()
            self._zip = None


def _info(name: str) -> zipfile.ZipInfo:
    # One date for every file: the time of an export stands in its entry.
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _written(value: object) -> object:
    match value:
        case Closed(mask):
            return f"[masked: {mask.removeprefix('see:')}]"
        case bool():
            return "true" if value else "false"
        case str() if _UNSAFE.match(value):
            return f"'{value}"
    return value


class Parquet:
    """Rows by column. Null is not recorded, save where ``masked_columns`` names the column: there
    law closes the cell. A column's metadata names the mask that it hangs on.
    """

    media_type: str = PARQUET

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._writer: Any = None

    def begin(self, name: str, columns: Sequence[str]) -> None:
        """Begin with a column for each of ``columns`` and the one that names what is closed."""
        import pyarrow as pa
        from pyarrow import parquet  # a tenth of a second that only an export pays

        self.drop()
        found = dataset(name)
        self._kinds = [_arrow(found.column(c), pa) for c in columns]
        fields = [
            pa.field(c, kind, metadata={"cleargate.mask": found.column(c).mask})
            for c, kind in zip(columns, self._kinds, strict=True)
        ]
        closed = pa.field(CLOSED_IN, pa.list_(pa.string()), nullable=False)
        self._schema = pa.schema([*fields, closed])
        self._file.seek(0)
        self._file.truncate()
        self._writer = parquet.ParquetWriter(self._file, self._schema, compression="zstd")

    def add(self, page: Page) -> None:
        """Write a page as a row group."""
        import pyarrow as pa

        if not page.rows:
            return
        made = [
            _values(values, kind, pa)
            for values, kind in zip(zip(*page.rows, strict=True), self._kinds, strict=True)
        ]
        closed = [list(_closed(page.columns, row)) for row in page.rows]
        made.append(pa.array(closed, pa.list_(pa.string())))
        self._writer.write_table(pa.table(made, schema=self._schema))

    def seal(self, papers: Mapping[str, bytes]) -> None:
        """Write each paper into the file's own metadata."""
        self._writer.add_key_value_metadata({f"cleargate.{n}": v for n, v in papers.items()})
        self._writer.close()
        self._writer = None

    def drop(self) -> None:
        """End it unsealed. Left alone, it would write its end into the next one."""
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()
            self._writer = None


def _closed(columns: Sequence[str], row: Sequence[object]) -> Iterator[str]:
    return (c for c, value in zip(columns, row, strict=True) if isinstance(value, Closed))


def _arrow(column: Column, pa: Any) -> Any:
    """The Arrow type of a column; times are local to the source, without offset."""
    match column.type:
        case Type.INTEGER:
            return pa.int64()
        case Type.NUMBER:
            return pa.float64()
        case Type.BOOLEAN:
            return pa.bool_()
        case Type.DATE:
            return pa.date32()
        case Type.DATETIME:
            return pa.timestamp("s")
    return pa.string()


def _values(values: Sequence[object], kind: Any, pa: Any) -> Any:
    """A column of a page; dates and times are stored as ISO text."""
    shown = [None if isinstance(v, Closed) else v for v in values]
    if pa.types.is_temporal(kind):
        return pa.array(shown, pa.string()).cast(kind)
    return pa.array(shown, kind)
