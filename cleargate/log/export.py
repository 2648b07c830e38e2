"""The log as files that anyone can check: a folder or zip, with the tiles as they are served."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Final, Protocol

import msgspec

from ..model.errors import BadUse, StoreFull
from .layout import BOOKS, CHECKPOINT, DISCLOSURES, INDEX, VKEY, Index, Line
from .store import Log, read_head
from .tiles import WIDTH, bundle, entry_tile, hash_tile, levels, width

_ENTRIES: Final = "SELECT bytes FROM entries WHERE idx < ? ORDER BY idx"
_HASHES: Final = "SELECT hash FROM hashes WHERE level = ? AND idx < ? ORDER BY idx"
_DISCLOSURES: Final = (
    "SELECT idx, name, salt, value FROM disclosures WHERE idx < ? ORDER BY idx, name"
)


class Sink(Protocol):
    """Where an export is written to."""

    def open(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """A new file, written from its beginning to its end before the next one."""
        ...


def export(
    log: Log, out: Path, *, disclosures: bool = True, books: Iterable[tuple[str, bytes]] = ()
) -> int:
    """Write the log, as it is now, to a new folder, or to a new zip if ``out`` ends so.

    Args:
        log: opened with or without its key.
        out: where to; it must not be there yet.
        disclosures: with salts and values (the auditor's export), or digests only.
        books: texts of the law by file name, to lie beside the log.

    Returns:
        How many entries were written.

    Raises:
        BadUse: ``out`` is there already.
        StoreFull: it cannot be written; nothing is left behind.
    """
    if out.exists():
        raise BadUse(f"{out} is there already; name a new folder or zip.")
    try:
        with _sink(out) as sink:
            return _write(log, sink, disclosures, books)
    except OSError as fault:
        raise StoreFull(f"The export cannot be written to {out}: {fault.strerror}.") from fault


def _write(log: Log, sink: Sink, disclosures: bool, books: Iterable[tuple[str, bytes]]) -> int:
    with log.store.read() as conn:  # one snapshot: appends go on meanwhile
        head = read_head(conn)
        size = head.size
        _put(sink, CHECKPOINT, head.checkpoint.encode())
        _put(sink, VKEY, f"{log.verifier}\n".encode())
        index = Index("cleargate log", 1, log.origin, size, disclosures)
        _put(sink, INDEX, index.text())
        entries = (row[0] for row in conn.execute(_ENTRIES, (size,)))
        for n, part in enumerate(_chunks(entries)):
            _put(sink, entry_tile(n, width(size, 0, n)), bundle(part))
        for level in levels(size):
            hashes = (row[0] for row in conn.execute(_HASHES, (8 * level, size >> 8 * level)))
            for n, part in enumerate(_chunks(hashes)):
                _put(sink, hash_tile(level, n, len(part)), b"".join(part))
        if disclosures:
            with sink.open(DISCLOSURES) as file:
                for idx, name, salt, value in conn.execute(_DISCLOSURES, (size,)):
                    line = Line(idx, name, salt, msgspec.Raw(value.encode()))
                    file.write(msgspec.json.encode(line) + b"\n")
    for name, text in books:
        _put(sink, BOOKS + name, text)
    return size


def _chunks(items: Iterable[bytes]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    for item in items:
        part.append(item)
        if len(part) == WIDTH:
            yield part
            part = []
    if part:
        yield part


def _put(sink: Sink, path: str, data: bytes) -> None:
    with sink.open(path) as file:
        file.write(data)


@contextmanager
def _sink(out: Path) -> Iterator[Sink]:
    """All of the export, or nothing: it gets its name when it is complete."""
    part = out.with_name(out.name + ".part")
    try:
        if out.suffix == ".zip":
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
                yield _Zip(archive)
        else:
            yield _Folder(part)
        part.rename(out)
    except BaseException:
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink(missing_ok=True)
        raise


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        (root / BOOKS).mkdir(parents=True)

    def open(self, path: str) -> IO[bytes]:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("xb")


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def open(self, path: str) -> IO[bytes]:
        # One date for every file, so that the same log gives the same zip.
        info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        return self._archive.open(info, "w", force_zip64=True)
