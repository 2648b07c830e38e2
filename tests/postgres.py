"""A PostgreSQL server of the tests' own: one for each worker, in a temporary folder, on a socket.

``initdb`` refuses root, so that the server then runs as ``postgres``, whom Debian's package makes.
Nothing is flushed to the disk: tests of what survives a kill start a server that flushes.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from cleargate.places import schemas
from cleargate.storage.database import Database
from cleargate.storage.postgres import connect
from cleargate.storage.postgres_init import prepare

SCHEMAS: Final = schemas()
IN_CI: Final = os.environ.get("CI") == "true"
_FAST: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
DURABLE: Final = ("fsync=on",)
"""For tests of what survives a crash of the server."""

_ALWAYS: Final = (
    "listen_addresses=",
    "max_connections=200",
    "shared_buffers=64MB",
    "logging_collector=off",
)


@dataclass
class Server:
    """A server and its programs.

    Attributes:
        folder: its data, its socket and its log.
        settings: of ``postgresql.conf``.
        who: runs it, as ``subprocess`` takes it.
    """

    bin: Path
    folder: Path
    settings: tuple[str, ...]
    who: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=count)

    def at(self, name: str, user: str = "cleargate_server") -> Database:
        """The database ``name``, entered as ``user``."""
        return Database(f"postgresql://{user}@{quote(str(self.folder), safe='')}/{name}")

    def admin(self, name: str) -> Database:
        """The same, entered by somebody who may do everything."""
        return self.at(name, "postgres")

    def new(self) -> Database:
        """A database with every schema, for a test that changes more than rows."""
        name = f"test_{next(self._numbers)}"
        prepare(self.at(name), SCHEMAS, admin=self.admin(name))
        return self.at(name)

    def log(self) -> str:
        """What the server wrote into its log."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def start(self) -> None:
        """Run it, and come back when it answers."""
        own = (f"unix_socket_directories={self.folder}", *_ALWAYS, *self.settings)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder / "data", *(f"-c{s}" for s in own)],
                stdout=log, stderr=log, cwd=self.folder, **self.who,
            )  # fmt: skip
        wait: list[str | Path] = [
            self.bin / "pg_isready",
            "--quiet",
            f"--host={self.folder}",
            "--timeout=1",
        ]
        while subprocess.run(wait, check=False).returncode:
            if self.process.poll() is not None:
                pytest.fail(f"The server did not start: {self.log()}", pytrace=False)

    def stop(self) -> None:
        """End it at once, as a crash does, and wait for its end."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()


def programs() -> Path:
    """The folder of PostgreSQL's own programs; without it the test is skipped, and fails in CI."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).parent
    missing = "PostgreSQL's server is missing; install it (Debian: apt-get install postgresql)"
    if IN_CI:
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


def _version(path: Path) -> int:
    return int(path.parts[-3])


@contextmanager
def running(settings: Iterable[str] = _FAST, *, passwords: bool = False) -> Iterator[Server]:
    """A new, empty server, ended when the block ends.

    Args:
        settings: of ``postgresql.conf``.
        passwords: everybody but ``postgres`` must give one.
    """
    bin, account = programs(), _account()
    folder = Path(tempfile.mkdtemp(prefix="cleargate-pg-"))
    try:
        who: dict[str, Any] = {}
        if account is not None:
            os.chown(folder, *account)
            who = {"user": account[0], "group": account[1], "extra_groups": []}
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        make: list[str | Path] = [bin / "initdb", "--no-sync", *options, folder / "data"]
        subprocess.run(make, check=True, capture_output=True, cwd=folder, **who)
        if passwords:
            hba = "local all postgres trust\nlocal all all scram-sha-256\n"
            (folder / "data" / "pg_hba.conf").write_text(hba)
        server = Server(bin, folder, tuple(settings), who)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> tuple[int, int] | None:
    """Whom the server runs as, when we are root."""
    if os.geteuid():
        return None
    try:
        found = pwd.getpwnam("postgres")
    except KeyError:
        found = pwd.getpwnam("nobody")
    return found.pw_uid, found.pw_gid


def as_admin(database: Database) -> Database:
    """The same database, entered by somebody who may do everything."""
    return replace(database, url=database.url.replace("//cleargate_server@", "//postgres@"))


def rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    """What ``statement`` finds, for a test that looks behind the stores' backs."""
    with connect(as_admin(database)) as conn:
        return conn.execute(statement.encode()).fetchall()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The worker's server, with the database ``whole`` in which every schema was made."""
    with running() as started:
        whole = started.at("whole")
        prepare(whole, SCHEMAS, admin=started.admin("whole"))
        yield started


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """The database with every schema, as empty as it was made."""
    made = server.at("whole")
    yield made
    empty(made)


def empty(database: Database) -> None:
    """Take out every row and put in those that a schema begins with; faster than a new database."""
    with connect(as_admin(database)) as conn, conn.transaction():
        conn.execute("SET LOCAL session_replication_role = replica")  # in any order
        for schema in SCHEMAS:
            conn.execute(f"SET LOCAL search_path TO {schema.name}".encode())
            for table in schema.rights:
                conn.execute(f"DELETE FROM {table}".encode())
            for statement in schema.statements:
                if statement.startswith("INSERT"):
                    conn.execute(statement.encode())
