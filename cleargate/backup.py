"""A copy of everything but the keys, made while the jurisdiction answers, and putting it back.

The stores are copied one after another, the log last: whatever entry a store names is then in the
copy of the log. The signing key and the guard are left out on purpose: who has a backup must not be
able to sign, and a guard that came with it could not say that it is old.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from . import recovery, standby
from .agencies import store as agencies_store
from .agencies.proposals import Proposal
from .config import FILE, Settings, load, random_bytes
from .evidence import store as evidence_store
from .log.store import Log
from .model.errors import BadUse, CheckFailed, CleargateError, StoreFull
from .opening import open_custody
from .places import place
from .records import store as records_store
from .storage.engine import Store

MANIFEST: Final = "manifest.json"
DATA: Final = "data"
_FOLDERS: Final = ("books", "spool")


class Copied(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a backup."""

    sha256: str
    bytes: Annotated[int, msgspec.Meta(ge=0)]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup says of itself."""

    backup: Literal["cleargate"]
    v: Literal[1]
    at: str
    origin: str
    entries: int
    checkpoint: str
    files: dict[str, Copied]


def backup(settings: Settings, out: Path, at: str) -> Manifest:
    """Copy every store, the settings and the texts of the law to a new folder, whole or not at all.

    Args:
        settings: of the jurisdiction; others may go on answering.
        out: where to; it must not be there yet.
        at: when, for the manifest (``storage.times.text``).

    Raises:
        BadUse: ``out`` is there already.
        StoreRolledBack: the log is an old copy: no backup is made of it.
        StoreFull: it cannot be written; nothing is left behind.
    """
    if out.exists():
        raise BadUse(f"{out} is there already; name a new folder.")
    part = out.absolute().with_name(f"{out.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        (part / DATA).mkdir(parents=True, mode=0o700)
        part.chmod(0o700)
        log = _copy_stores(settings, part / DATA)
        _copy_rest(settings, part)
        files = {name: _digest(part / name) for name in _names(part)}
        made = Manifest("cleargate", 1, at, *log, files)
        (part / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(made)) + b"\n")
        _to_disk(part)
        part.rename(out)
    except OSError as fault:
        raise StoreFull(f"The backup cannot be written to {out}: {fault.strerror}.") from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return made


def _copy_stores(settings: Settings, data: Path) -> tuple[str, int, str]:
    """Every store, the log last; name, size and checkpoint of the copied log."""
    for name, opened in _openers(settings):
        with closing(opened()) as store:
            store.copy_to(data / f"{name}.db")
    with closing(Log.open(place(settings, "log"), settings.guard, random=random_bytes)) as log:
        log.store.copy_to(data / "log.db")
        origin = log.origin
    copied = replace(settings, folder=data.parent, paths=replace(settings.paths, data=DATA))
    found = recovery.state(copied)
    return origin, found.left, found.last


def _openers(settings: Settings) -> Iterator[tuple[str, Callable[[], Store]]]:
    yield "agencies", lambda: agencies_store.open_store(place(settings, "agencies"))
    yield "evidence", lambda: evidence_store.open_store(place(settings, "evidence"))
    yield "custody", lambda: open_custody(settings)
    yield "records", lambda: records_store.open_store(place(settings, "records"))


def _copy_rest(settings: Settings, part: Path) -> None:
    for name, folder in zip(_FOLDERS, (settings.books, settings.spool), strict=True):
        if folder.is_dir():
            shutil.copytree(folder, part / name)
    for file in (settings.folder / FILE, settings.vkey):
        shutil.copyfile(file, part / file.name)


def check(backup: Path) -> Manifest:
    """Whether every file of a backup is there as it was written.

    Raises:
        BadUse: it is no backup.
        CheckFailed: a file was changed, is missing, or is too many; it is named.
    """
    try:
        said = msgspec.json.decode((backup / MANIFEST).read_bytes(), type=Manifest)
    except OSError as fault:
        raise BadUse(f"{backup} is no backup: {MANIFEST}: {fault.strerror}.") from None
    except msgspec.MsgspecError as fault:
        raise BadUse(f"{backup} is no backup: {MANIFEST}: {fault}.") from None
    found = set(_names(backup)) - {MANIFEST}
    for name in sorted(found ^ said.files.keys()):
        raise CheckFailed(f"{backup / name} is {'too many' if name in found else 'missing'}.")
    for name, copied in said.files.items():
        if _digest(backup / name) != copied:
            raise CheckFailed(f"{backup / name} is not as it was copied; take another backup.")
    return said


def restore(
    settings: Settings, source: Path, token: str, *, origin: str, kept: Path | None
) -> tuple[Proposal, Path]:
    """Put a backup in the place of the stores, and write down what is lost, for two to sign.

    What was there is kept beside it. A log that lost signed entries is not continued: it stays
    closed until two have signed that another follows it.

    Args:
        settings: of the jurisdiction.
        source: a backup, checked.
        token: an administrator's credential, in force in the backup.
        origin: the name of the log that follows, where entries are lost.
        kept: a checkpoint that was kept elsewhere.

    Returns:
        The proposal, and where the stores lie that were replaced.

    Raises:
        NotAuthenticated, BadUse: nothing was replaced.
    """
    part = settings.data.with_name(f"{settings.data.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        shutil.copytree(source / DATA, part)
        copied = replace(settings, paths=replace(settings.paths, data=part.name))
        found = recovery.state(copied, kept)
        proposal = recovery.propose(copied, token, found, origin=origin)
        _missing_from(settings, source)
        aside = standby.free(settings.data.with_name(f"{settings.data.name}.replaced"))
        with suppress(CleargateError):  # it may be gone or damaged; that is why one restores
            recovery.end_here(settings)
        settings.data.rename(aside)
        part.rename(settings.data)
    except OSError as fault:
        raise StoreFull(f"The backup cannot be put back: {fault.strerror}.") from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return proposal, aside


def _missing_from(settings: Settings, source: Path) -> None:
    """Texts of the law and releases that only the backup has."""
    for name, folder in zip(_FOLDERS, (settings.books, settings.spool), strict=True):
        for file in sorted((source / name).rglob("*")):
            target = folder / file.relative_to(source / name)
            if file.is_file() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)


def begin_anew(folder: Path, source: Path) -> Settings:
    """Settings and empty folders on a machine that has lost everything but the backup.

    Raises:
        BadUse: the settings of the backup cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (FILE, "log.vkey"):
        shutil.copyfile(source / name, folder / name)
    settings = load(folder)
    for path in (settings.data, settings.books, settings.spool, settings.guard.parent):
        path.mkdir(parents=True, exist_ok=True)
    settings.key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return settings


def _names(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix()


def _digest(path: Path) -> Copied:
    with path.open("rb") as file:
        return Copied(hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)


def _to_disk(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
