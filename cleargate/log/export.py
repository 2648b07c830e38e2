"""The log as files that anyone can check: a folder or zip, with the tiles as they are served.

There are two: the auditor's, which is whole, and the public one, which has the same tiles of hashes
but no values, and of the entries only those that ``public`` says may be published.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import IO, Final, Protocol

from ..model.errors import BadUse, StoreFull
from ..model.leaf import decode, disclosure_array
from ..storage.engine import Connection
from . import law_texts
from .law_texts import Laws
from .layout import (
    CHECKER,
    CHECKPOINT,
    DISCLOSURES,
    HOW_TO,
    MANIFEST,
    VKEY,
    Manifest,
)
from .public import Public
from .store import Log, entry_bytes, read_head
from .succession import file_name
from .tiles import WIDTH, bundle, entry_tile, hash_tile, levels, width
from .values import line

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ENTRIES: Final = "SELECT bytes FROM entries WHERE idx < ? ORDER BY idx"
_LAWS: Final = "SELECT bytes FROM entries WHERE kind = 'law' AND idx < ? ORDER BY idx"
_UNTIL: Final = "SELECT min(idx) FROM entries WHERE at > ?"
_NOTES: Final = "SELECT number, note FROM succession ORDER BY number"
_HASHES: Final = "SELECT hash FROM hashes WHERE level = ? AND idx < ? ORDER BY idx"
_DISCLOSURES: Final = (
    "SELECT idx, name, salt, value FROM disclosures WHERE idx < ? ORDER BY idx, name"
)


def no_laws(version: str) -> law_texts.Texts:
    """For a log that no law was ever put in force in."""
    return ()


@dataclass(frozen=True, slots=True)
class ForThePublic:
    """What a public export may show.

    Attributes:
        purposes: a decision for one of these may be published, with what came of it.
        before: only entries up to this time, UTC.
    """

    purposes: tuple[str, ...]
    before: datetime


class Sink(Protocol):
    """Where an export is written to."""

    def open(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """A new file, written from its beginning to its end before the next one."""
        ...


def export(
    log: Log,
    out: Path,
    *,
    public: ForThePublic | None = None,
    laws: Laws = no_laws,
    beside: Iterable[tuple[str, bytes]] = (),
) -> int:
    """Write the log, as it is now, to a new folder, or to a new zip if ``out`` ends so.

    Args:
        log: opened with or without its key.
        out: where to; it must not be there yet.
        public: what to show the public; None for the auditor's export, which is whole.
        laws: the texts of the book of a version.
        beside: further files by path, such as checkpoints that witnesses cosigned.

    Returns:
        How many entries the export covers.

    Raises:
        BadUse: ``out`` is there already, or what a broken export left of it.
        CheckFailed: the texts of a law are missing.
        StoreFull: it cannot be written; nothing is left behind.
    """
    if out.exists():
        raise BadUse(f"{out} is there already; name a new folder or zip.")
    try:
        with _sink(out) as sink:
            return _write(log, sink, public, laws, beside)
    except OSError as fault:
        raise StoreFull(f"The export cannot be written to {out}: {fault.strerror}.") from fault


def _write(
    log: Log,
    sink: Sink,
    public: ForThePublic | None,
    laws: Laws,
    beside: Iterable[tuple[str, bytes]],
) -> int:
    with log.store.read() as conn:  # one snapshot: appends go on meanwhile
        head = read_head(conn)
        size = head.size
        manifest = _manifest(conn, log.origin, size, public)
        _put(sink, MANIFEST, manifest.text())
        _put(sink, CHECKPOINT, head.checkpoint.encode())
        _put(sink, VKEY, f"{head.vkey}\n".encode())
        for number, note in conn.execute(_NOTES):
            _put(sink, file_name(number), note.encode())
        for n, part in enumerate(_chunks(_entries(conn, manifest))):
            _put(sink, entry_tile(n, width(size, 0, n)), bundle(part))
        for level in levels(size):
            hashes = (row[0] for row in conn.execute(_HASHES, (8 * level, size >> 8 * level)))
            for n, part in enumerate(_chunks(hashes)):
                _put(sink, hash_tile(level, n, len(part)), b"".join(part))
        if manifest.whole:
            _put_values(sink, conn, size)
        for version in _versions(conn, manifest.until):
            for path, data in law_texts.files(version, laws):
                _put(sink, path, data)
    for path, data in (*beside, *_how_to_check()):
        _put(sink, path, data)
    return size


def _manifest(conn: Connection, origin: str, size: int, public: ForThePublic | None) -> Manifest:
    if public is None:
        return Manifest(audience="auditor", origin=origin, size=size, until=size)
    last = (public.before - _EPOCH) // timedelta(microseconds=1)
    (first,) = conn.execute(_UNTIL, (last,)).fetchone()
    return Manifest(
        audience="public",
        origin=origin,
        size=size,
        until=size if first is None else min(first, size),
        purposes=tuple(sorted(public.purposes)),
    )


def _entries(conn: Connection, manifest: Manifest) -> Iterator[bytes]:
    """The entries; without bytes those that are withheld."""
    rows = (entry_bytes(row[0]) for row in conn.execute(_ENTRIES, (manifest.size,)))
    if manifest.whole:
        yield from rows
        return
    public = Public(manifest.purposes, manifest.until)
    for index, raw in enumerate(rows):
        yield raw if public.may_show(index, decode(raw)) else b""


def _put_values(sink: Sink, conn: Connection, size: int) -> None:
    rows = conn.execute(_DISCLOSURES, (size,))
    with sink.open(DISCLOSURES) as file:
        for index, values in groupby(rows, key=lambda row: int(row[0])):
            arrays = [disclosure_array(name, salt, v.encode()) for _, name, salt, v in values]
            file.write(line(index, arrays))


def _versions(conn: Connection, until: int) -> list[str]:
    """The laws that were put in force by entries that are shown, each once."""
    rows = conn.execute(_LAWS, (until,))
    versions = dict.fromkeys(decode(entry_bytes(row[0])).to_version for row in rows)
    return [version for version in versions if law_texts.is_version(version)]


def _how_to_check() -> Iterator[tuple[str, bytes]]:
    """A program that checks the export by itself, and how to use it in plain words."""
    for name in (CHECKER, HOW_TO):
        yield name, (files(__package__) / name).read_bytes()


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
    if os.path.lexists(part):
        raise BadUse(f"{part} is there, left by an export that was broken off; delete it.")
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
        root.mkdir()

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
