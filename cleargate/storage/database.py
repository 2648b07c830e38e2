"""Which PostgreSQL database, and how this program enters it. Nothing here connects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..model.errors import BadUse, KeyUnusable
from . import private


@dataclass(frozen=True)
class Database:
    """A database of PostgreSQL, and how this program enters it.

    Attributes:
        url: ``postgresql://user@host/database``, without a password.
        password_file: mode 0600; without it libpq looks in ``~/.pgpass`` or the service file.
        roles: what the names of the roles begin with.
        connections: of each store in each process, at most.
        statement_seconds: how long one statement may take.
        idle_seconds: how long a transaction may stand still before the server ends it.
    """

    url: str
    password_file: Path | None = None
    roles: str = "cleargate"
    connections: int = 4
    statement_seconds: int = 5
    idle_seconds: int = 60

    def __post_init__(self) -> None:
        self.parameters  # noqa: B018 - a wrong address says so before anything is opened

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The parts of ``url``.

        Raises:
            BadUse: it is none, or holds a password.
        """
        parts = _parts(self.url)
        if not parts.get("dbname"):
            raise BadUse(
                "The address of the database is none; write it like "
                "postgresql://user@host/database, without a password."
            )
        if "password" in parts:
            raise BadUse(
                "The address of the database holds a password; write the password alone into a "
                "file with mode 0600 and name that as storage.password_file."
            )
        return parts

    @property
    def name(self) -> str:
        """``host/database``."""
        return f"{self.parameters.get('host', 'local')}/{self.parameters['dbname']}"

    def role(self, store: str) -> str:
        """The role that serves ``store``, or ``owner`` that owns them all."""
        return f"{self.roles}_{store}"

    def password(self) -> str | None:
        """What the file of the password holds; None without one.

        Raises:
            KeyUnusable: it cannot be read, or others can read it.
        """
        if self.password_file is None:
            return None
        try:
            return private.read(self.password_file).strip("\r\n")
        except OSError as fault:
            raise KeyUnusable(
                f"The database's password in {self.password_file} cannot be read: {fault.strerror}."
            ) from fault


def _parts(url: str) -> dict[str, Any]:
    # Here, since loading psycopg takes a tenth of a second that files need not pay.
    from psycopg import ProgrammingError, conninfo

    if "://" not in url:
        return {}
    try:
        return dict(conninfo.conninfo_to_dict(url))
    except ProgrammingError:  # what it says could quote a password
        return {}
