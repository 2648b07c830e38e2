"""One TOML file becomes ``Settings``; and here, only, the clock, chance and environment are read.

What is below this floor gets settings, ``utc_now`` and ``random_bytes`` as arguments, so that a
decision can be replayed and a test can say what time it is. Start with ``load``.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import tomllib
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from getpass import getpass
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .model.errors import BadUse, KeyUnusable
from .model.fields import near
from .settings import Custodian, Facility, Limits, Paths, Practice, Serve, Storage, WitnessAt

FILE: Final = "cleargate.toml"
CREDENTIAL_VARIABLE: Final = "CLEARGATE_CREDENTIAL"
PASSPHRASE_VARIABLE: Final = "CLEARGATE_PASSPHRASE"

# Of a log's name: no space and no plus sign. Source: C2SP signed-note, "Format".
_ORIGIN: Final = re.compile(r"[^\s+]{1,200}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def utc_now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


def random_bytes(count: int) -> bytes:
    """That many bytes of the system's random source."""
    return os.urandom(count)


def environment(**more: str) -> dict[str, str]:
    """The environment of this process, for one that it starts, with ``more``."""
    return {**os.environ, **more}


def credential_file(given: Path | None = None) -> Path | None:
    """The file of the credential to act as: the one given, or that of ``CLEARGATE_CREDENTIAL``."""
    named = os.environ.get(CREDENTIAL_VARIABLE, "")
    return given or (Path(named) if named else None)


def passphrase_file(settings: Settings) -> Path | None:
    """The file of the key's passphrase: that of ``CLEARGATE_PASSPHRASE``, or of the settings."""
    if named := os.environ.get(PASSPHRASE_VARIABLE, ""):
        return Path(named)
    path = settings.folder / settings.paths.passphrase
    return path if path.exists() else None


def passphrase(settings: Settings) -> str:
    """The passphrase of the log's key: from its file, or from whoever sits at the terminal.

    Raises:
        KeyUnusable: there is neither, others can read the file, or it is empty.
    """
    path = passphrase_file(settings)
    if path is None:
        if not sys.stdin.isatty():
            raise KeyUnusable(
                f"The key {settings.key} is encrypted; name the file of its passphrase: "
                f"{PASSPHRASE_VARIABLE}=FILE, or put it where 'paths.passphrase' says."
            )
        return getpass(f"Passphrase of {settings.key}: ")
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        said = path.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise KeyUnusable(f"The passphrase's file {path} cannot be read: {fault}.") from None
    if mode & 0o077 or not said:
        what = f"is open to others; run 'chmod 600 {path}'" if said else "is empty"
        raise KeyUnusable(f"The passphrase's file {path} {what}.")
    return said


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set; its properties are whole paths.

    Attributes:
        folder: where ``cleargate.toml`` lies.
        origin: the log's name, for ever (C2SP tlog-checkpoint, origin).
        name: the jurisdiction, as pages and forms head it.
    """

    folder: Path
    origin: str
    name: str
    timezone: str
    custodians: tuple[Custodian, ...]
    paths: Paths
    limits: Limits
    practice: Practice
    serve: Serve
    storage: Storage
    witnesses: tuple[WitnessAt, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def data(self) -> Path:
        return self.folder / self.paths.data

    @property
    def books(self) -> Path:
        return self.folder / self.paths.books

    @property
    def spool(self) -> Path:
        return self.folder / self.paths.spool

    @property
    def key(self) -> Path:
        return self.folder / self.paths.key

    @property
    def accounts_key(self) -> Path:
        return self.folder / self.paths.accounts_key

    @property
    def guard(self) -> Path:
        return self.folder / self.paths.guard

    @property
    def vkey(self) -> Path:
        """Where the log's public key lies, for whoever is to have it."""
        return self.folder / "log.vkey"

    @property
    def cosigned(self) -> Path:
        return self.folder / self.paths.cosigned

    @property
    def log_db(self) -> Path:
        return self.data / "log.db"

    @property
    def records_db(self) -> Path:
        return self.data / "records.db"

    @property
    def custody_db(self) -> Path:
        return self.data / "custody.db"

    @property
    def agencies_db(self) -> Path:
        return self.data / "agencies.db"

    @property
    def evidence_db(self) -> Path:
        return self.data / "evidence.db"

    @property
    def proposal_lifetime(self) -> timedelta:
        return timedelta(days=self.limits.proposal_days)

    def custodian(self, id: str) -> Custodian:
        """The custodian ``id``.

        Raises:
            BadUse: it is not one of this jurisdiction.
        """
        known = {c.id: c for c in self.custodians}
        if id not in known:
            raise BadUse(f"'{id}' is not a custodian here{near(id, known)}")
        return known[id]


@dataclass(frozen=True, slots=True)
class _Jurisdiction:
    origin: str
    name: str
    timezone: str


@dataclass(frozen=True, slots=True)
class _File:
    """The whole file, table by table, under the names that it has there."""

    jurisdiction: _Jurisdiction
    custodian: tuple[Custodian, ...]
    paths: Paths = field(default_factory=Paths)
    limits: Limits = field(default_factory=Limits)
    practice: Practice = field(default_factory=Practice)
    serve: Serve = field(default_factory=Serve)
    witness: tuple[WitnessAt, ...] = ()
    storage: Storage = field(default_factory=Storage)


_IN_FILE: Final = {"facilities": "facility"}  # [[custodian.facility]] reads better in the singular


def load(folder: Path) -> Settings:
    """The settings of ``folder``.

    Raises:
        BadUse: the file is missing, is not TOML, or a setting in it is unknown, missing or wrong;
            one sentence names the setting, and the near match of an unknown one.
    """
    path = folder / FILE
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise BadUse(f"{path} is missing; run 'cleargate init {folder}'.") from None
    except OSError as fault:
        raise BadUse(f"{path} cannot be read ({fault.strerror}); see its permissions.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadUse(f"{path} is not TOML: {fault}.") from None
    try:
        return _settings(folder.absolute(), _table(_File, said, ""))
    except BadUse as wrong:
        raise BadUse(f"{path}: {wrong.sentence}") from None


def write_default(
    folder: Path,
    *,
    origin: str,
    name: str,
    timezone: str,
    custodians: Iterable[Custodian],
    storage: Storage | None = None,
    limits: Limits | None = None,
) -> Settings:
    """Write the settings of a new jurisdiction, every default as a comment, and make its folders.

    Raises:
        BadUse: there are settings already, or what was given is wrong; then nothing is written.
    """
    path = folder / FILE
    named = _Jurisdiction(origin, name, timezone)
    given = _File(named, tuple(custodians), storage=storage or Storage(), limits=limits or Limits())
    settings = _settings(folder.absolute(), given)
    for place in (settings.data, settings.books, settings.spool, settings.guard.parent):
        place.mkdir(parents=True, exist_ok=True)
    settings.key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_text(given))
    except FileExistsError:
        raise BadUse(f"{path} is there already; choose another folder, or edit it.") from None
    return load(folder)


def _settings(folder: Path, said: _File) -> Settings:
    _check(said)
    settings = Settings(
        folder=folder,
        origin=said.jurisdiction.origin,
        name=said.jurisdiction.name,
        timezone=said.jurisdiction.timezone,
        custodians=tuple(_with_zone(c, said.jurisdiction.timezone) for c in said.custodian),
        paths=said.paths,
        limits=said.limits,
        practice=said.practice,
        serve=said.serve,
        witnesses=said.witness,
        storage=said.storage,
    )
    for name, place in (("key", settings.key), ("guard", settings.guard)):
        # A backup or a thief of the data must not carry what proves that the data is old or false.
        if Path(os.path.normpath(place)).is_relative_to(os.path.normpath(settings.data)):
            raise BadUse(f"'paths.{name}' lies in the data folder; put it outside.")
    return settings


def _check(said: _File) -> None:
    if not _ORIGIN.fullmatch(said.jurisdiction.origin):
        raise BadUse("'jurisdiction.origin' must be a name without spaces or '+'.")
    _check_witnesses(said)
    facilities = [f for c in said.custodian for f in c.facilities]
    _check_zone("jurisdiction.timezone", said.jurisdiction.timezone)
    for facility in facilities:
        if facility.timezone:
            _check_zone("custodian.facility.timezone", facility.timezone)
    for what, ids in (
        ("custodian", [c.id for c in said.custodian]),
        ("facility", [f.id for f in facilities]),
    ):
        for id in ids:
            if ids.count(id) > 1:
                raise BadUse(f"The {what} '{id}' is there twice; give each its own id.")
    limits = said.limits
    for low, high in (("page_rows", "page_rows_max"), ("token_days", "token_days_max")):
        if getattr(limits, low) > getattr(limits, high):
            raise BadUse(f"'limits.{low}' is more than 'limits.{high}'; lower it.")


def _check_witnesses(said: _File) -> None:
    for witness in said.witness:
        if not witness.url.startswith(("http://", "https://")):
            raise BadUse("'witness.url' must be an address that begins with http.")
        if witness.key.count("+") < 2:
            raise BadUse("'witness.key' must be the line that 'cleargate log witness' prints.")
    keys = [witness.key for witness in said.witness]
    if len(set(keys)) < len(keys):
        raise BadUse("A witness is there twice; give each once.")


def _check_zone(name: str, timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadUse(f"'{name}' is not a time zone; write it like America/Chicago.") from None


def _with_zone(custodian: Custodian, timezone: str) -> Custodian:
    facilities = (Facility(f.id, f.name, f.timezone or timezone) for f in custodian.facilities)
    return replace(custodian, facilities=tuple(facilities))


def _table(kind: type[Any], said: Mapping[str, Any], where: str) -> Any:
    """One table of the file as the dataclass ``kind``; ``where`` is its name, for sentences."""
    hints = get_type_hints(kind)
    known = {_IN_FILE.get(f.name, f.name): f for f in fields(kind)}
    for name in said:
        if name not in known:
            raise BadUse(f"'{where}{name}' is not a setting{near(name, known)}")
    values = {}
    for name, spec in known.items():
        if name in said:
            least = int(spec.metadata.get("least", 1))
            values[spec.name] = _value(hints[spec.name], said[name], where + name, least)
        elif spec.default is spec.default_factory:  # both are MISSING
            raise BadUse(f"'{where}{name}' is missing; give it.")
    return kind(**values)


def _value(kind: Any, said: Any, where: str, least: int) -> Any:
    if isinstance(kind, types.GenericAlias):
        return tuple(_value(get_args(kind)[0], one, where, least) for one in _list(said, where))
    if kind is str:
        return _string(said, where, least)
    if kind is bool:
        if not isinstance(said, bool):
            raise BadUse(f"'{where}' must be true or false.")
        return said
    if kind is int:
        if not isinstance(said, int) or isinstance(said, bool) or said < least:
            raise BadUse(f"'{where}' must be a whole number of at least {least}.")
        return said
    if not isinstance(said, dict):
        raise BadUse(f"'{where}' must be a table; write [{where}] above its settings.")
    return _table(kind, said, f"{where}.")


def _list(said: Any, where: str) -> list[Any]:
    if not isinstance(said, list):
        raise BadUse(f"'{where}' must be a list.")
    return said


def _string(said: Any, where: str, least: int = 1) -> str:
    if not isinstance(said, str) or len(said) < least or _CONTROL.search(said):
        raise BadUse(f"'{where}' must be text of one line.")
    return said


def _text(said: _File) -> str:
    lines = ["# Settings of Cleargate. What stands behind # is the default.", "", "[jurisdiction]"]
    lines += _given(said.jurisdiction)
    for custodian in said.custodian:
        lines += ["", "[[custodian]]", *_given(custodian)]
        for facility in custodian.facilities:
            lines += ["", "[[custodian.facility]]", *_given(facility)]
    for name in ("paths", "storage", "limits", "practice", "serve"):
        lines += ["", f"[{name}]"]
        for spec in fields(table := getattr(said, name)):
            value = getattr(table, spec.name)
            default = "# " if value == spec.default else ""
            lines += [f"# {spec.metadata['says']}", f"{default}{spec.name} = {_toml(value)}"]
    return "\n".join(lines) + "\n"


def _given(table: Any) -> list[str]:
    """The settings of a table that are given, one line each; tables in it stand below."""
    values = {spec.name: getattr(table, spec.name) for spec in fields(table)}
    return [
        f"{name} = {_toml(value)}"
        for name, value in values.items()
        if value and name not in _IN_FILE
    ]


def _toml(value: Any) -> str:
    # A JSON text without control characters is a TOML one. Source: TOML 1.0.0, "String".
    return json.dumps(value, ensure_ascii=False)
