"""Where an export is read from: a folder, a zip, or a URL. Nothing read here is trusted."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import IO, Final, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

try:
    from lzma import LZMAError
except ImportError:  # a Python without it opens no such member: RuntimeError
    LZMAError = zlib.error  # type: ignore[assignment,misc]

from ..model.errors import BadUse, CheckFailed, NotAuthenticated, Unavailable

MAX_LINE: Final = 16_000_000
"""Bytes of one line of a disclosures' file."""

PART: Final = 65_536
"""Bytes of such a file that are read at once."""

# RuntimeError is what zipfile raises for encrypted members and for methods that it does not know;
# ValueError for names that are none, and for places that lie outside the file.
_BROKEN: Final = (
    OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error, LZMAError,
    HTTPException,
)  # fmt: skip


class Source(Protocol):
    """An export, file by file."""

    def read(self, path: str, most: int) -> bytes | None:
        """A file's bytes, or None where there is no such file.

        Raises:
            CheckFailed: it cannot be read, or is longer than ``most``.
        """
        ...

    def lines(self, path: str) -> Iterator[bytes] | None:
        """A file line by line, or None where there is no such file."""
        ...

    def names(self) -> Iterator[str] | None:
        """Every file's path; a path twice where there are two such files. None if unknown."""
        ...


def open_source(
    where: str, *, headers: Mapping[str, str] | None = None, timeout: float = 30.0
) -> Source:
    """Open a folder, a zip, or an address that begins with ``http``.

    Args:
        where: which.
        headers: for an address, sent with every request (an auditor's credential).
        timeout: for an address, in seconds.

    Raises:
        BadUse: there is no such folder or file.
        CheckFailed: it is a file, but no zip.
    """
    if where.startswith(("http://", "https://")):
        return _Url(where.rstrip("/"), dict(headers or {}), timeout)
    path = Path(where)
    if path.is_dir():
        return _Folder(path)
    if not path.is_file():
        raise BadUse(f"{where} is not there; give the folder, zip or address of an exported log.")
    try:
        return _Zip(zipfile.ZipFile(path))
    except _BROKEN as fault:
        raise CheckFailed(f"{where} is no zip, or a broken one: {fault}.") from fault


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str, most: int) -> bytes | None:
        try:
            with (self._root / path).open("rb") as file:
                return _bounded(file, path, most)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as fault:
            raise CheckFailed(f"{path} cannot be read: {fault.strerror}.") from fault

    def lines(self, path: str) -> Iterator[bytes] | None:
        target = self._root / path
        return _lines(lambda: target.open("rb"), path) if target.is_file() else None

    def names(self) -> Iterator[str]:
        for found in self._root.rglob("*"):
            if not found.is_dir():
                yield found.relative_to(self._root).as_posix()


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def read(self, path: str, most: int) -> bytes | None:
        try:
            with self._archive.open(path) as file:
                return _bounded(file, path, most)
        except KeyError:
            return None
        except _BROKEN as fault:
            raise CheckFailed(f"{path} cannot be read from the zip: {fault}.") from fault

    def lines(self, path: str) -> Iterator[bytes] | None:
        try:
            member = self._archive.getinfo(path)
        except KeyError:
            return None
        return _lines(lambda: self._archive.open(member), path)

    def names(self) -> Iterator[str]:
        return (name for name in self._archive.namelist() if not name.endswith("/"))


class _Url:
    def __init__(self, base: str, headers: dict[str, str], timeout: float) -> None:
        self._base, self._headers, self._timeout = base, headers, timeout

    def read(self, path: str, most: int) -> bytes | None:
        file = self._open(path)
        if file is None:
            return None
        try:
            with file:
                return _bounded(file, path, most)
        except (OSError, HTTPException) as fault:
            raise Unavailable(f"{self._base} broke off {path}: {fault!r}; try again.") from fault

    def lines(self, path: str) -> Iterator[bytes] | None:
        file = self._open(path)
        return None if file is None else _lines(lambda: file, path)

    def names(self) -> None:
        return None

    def _open(self, path: str) -> IO[bytes] | None:
        address = f"{self._base}/{quote(path)}"
        try:
            request = Request(address)
            for name, value in self._headers.items():  # a redirection does not get the credential
                request.add_unredirected_header(name, value)
            answer: IO[bytes] = urlopen(request, timeout=self._timeout)
        except HTTPError as fault:
            fault.close()
            if fault.code in (401, 403):
                raise NotAuthenticated(
                    f"{address} is for auditors; give a credential, or check hashes only."
                ) from fault
            if fault.code in (404, 410):
                return None
            raise Unavailable(f"{address} answered {fault.code}; try again later.") from fault
        except (URLError, OSError, HTTPException, ValueError) as fault:
            # ValueError is what an address that is none raises, ours or one that we were sent to.
            raise Unavailable(f"{address} cannot be reached: {fault!r}.") from fault
        return answer


def _bounded(file: IO[bytes], path: str, most: int) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise CheckFailed(f"{path} is longer than it can be.")
    return data


def _lines(open_file: Callable[[], IO[bytes]], path: str) -> Iterator[bytes]:
    rest = b""
    try:
        with open_file() as file:
            # By parts of one size, as check_log.py does it: both come as far in a damaged zip.
            while data := file.read(PART):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    yield line + b"\n"
                if len(rest) > MAX_LINE:
                    raise CheckFailed(f"{path} has a line that is longer than it can be.")
    except _BROKEN as fault:
        raise CheckFailed(f"{path} cannot be read: {fault}.") from fault
    if rest:
        yield rest
