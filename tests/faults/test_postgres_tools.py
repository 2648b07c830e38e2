"""A jurisdiction in a database, copied and put back with PostgreSQL's own tools, as docs say."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests import terminal
from tests.postgres import Server
from tests.terminal import ON_A_CASE, County, extract, run, told


def tool(server: Server, name: str, *arguments: object) -> None:
    """One of the server's programs, as its administrator."""
    command = [server.bin / name, f"--host={server.folder}", "--username=postgres", *arguments]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def put_back(server: Server, dump: Path) -> None:
    """The database as the dump has it."""
    tool(server, "dropdb", "--force", "tools")
    tool(server, "createdb", "--template=template0", "tools")
    tool(server, "pg_restore", "--dbname=tools", dump)


def asked(county: County) -> None:
    told(county.run("ask", "--for", "FBI", *ON_A_CASE, "--action", "search", by="fbi"))


def test_a_dump_put_back_answers_and_its_log_is_whole_but_an_old_one_is_not_continued(
    server: Server, tmp_path: Path
) -> None:
    database = server.at("tools")
    admin = server.admin("tools").url
    county = terminal.found(tmp_path, "--database", database.url, "--database-admin", admin)
    told(county.run("records import", "--source", "clear-incidents",
                    extract(tmp_path / "x.csv"), by="clerk"))  # fmt: skip
    old, new = tmp_path / "old.dump", tmp_path / "new.dump"
    tool(server, "pg_dump", "--format=custom", f"--file={old}", "tools")
    asked(county)
    tool(server, "pg_dump", "--format=custom", f"--file={new}", "tools")
    put_back(server, new)
    told(county.run("storage init", "--database-admin", admin))
    asked(county)
    told(county.run("log export", tmp_path / "out", by=terminal.ADMIN))
    told(run("log", "verify", tmp_path / "out", "--key", county.vkey))
    put_back(server, old)
    told(county.run("storage init", "--database-admin", admin))
    refused = county.run("ask", "--for", "FBI", *ON_A_CASE, "--action", "search", by="fbi")
    assert refused.exit_code == 4 and "old" in refused.stderr
    put_back(server, new)
    refused = county.run("ask", "--for", "FBI", *ON_A_CASE, "--action", "search", by="fbi")
    assert refused.exit_code == 4  # entries after this dump were signed as well
