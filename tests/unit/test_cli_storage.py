"""A jurisdiction whose stores lie in a database, made and used by commands."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Final

import pytest
from click.testing import Result

from cleargate.places import NAMES, schemas
from cleargate.storage.database import Database
from cleargate.storage.postgres import connect
from tests.postgres import Server, as_admin, rows, running
from tests.terminal import ADMIN, CAST, POLICE, SECOND, County, extract, run, told

_NUMBERS: Final = count()


@pytest.fixture
def here(server: Server) -> Database:
    """The address of a database that is not there yet."""
    return server.at(f"county_{next(_NUMBERS)}")


def init(place: Path, here: Database, *more: object) -> Result:
    return run(
        "init", place / "county", "--book", "us-il-cook,us-il-chicago", "--admin", ADMIN,
        "--agencies", CAST,
        "--database", here.url, "--database-admin", as_admin(here).url, *more,
    )  # fmt: skip


@pytest.fixture
def county(tmp_path: Path, here: Database) -> County:
    told(init(tmp_path, here))
    return County(tmp_path)


def made_schemas(here: Database) -> set[object]:
    """Those of our schemas that are there."""
    found = rows(here, "SELECT nspname FROM pg_namespace")
    return {name for (name,) in found} & {s.name for s in schemas()}


def test_the_names_of_the_stores_are_those_of_their_schemas() -> None:
    assert tuple(s.name for s in schemas()) == NAMES


def test_a_jurisdiction_in_a_database_answers_and_is_proved(county: County, tmp_path: Path) -> None:
    county.issue("clerk", POLICE, "clerk", by=ADMIN)
    county.issue(SECOND, POLICE, "administrator", "--new-key", tmp_path / f"{SECOND}.key", by=ADMIN)
    told(county.run("records import", "--source", "clear-incidents",
                    extract(tmp_path / "x.csv", 30), by="clerk"))  # fmt: skip
    case = ("--purpose", "C", "--case", "26-1", "--attention", "S. Okoro")
    page = county.said(
        "ask", "--for", POLICE, *case, "--action", "search", "--dataset", "incident",
        "--where", "district = 007", "--sort=-occurred_at", "--limit", "3", by="clerk",
    )  # fmt: skip
    assert [row[0] for row in page["result"]["rows"]] == ["7027", "7026", "7025"]
    told(county.run("log export", tmp_path / "out", by=ADMIN))
    told(run("log", "verify", tmp_path / "out", "--key", county.vkey))
    assert not list((county.folder / "data").glob("*.db"))


def test_every_store_is_said_to_be_in_the_database(county: County, here: Database) -> None:
    found = county.said("storage check")["stores"]
    assert [(s["store"], s["where"]) for s in found] == [(n, f"{here.name}/{n}") for n in NAMES]


def test_a_second_jurisdiction_in_the_same_database_is_refused(
    county: County, here: Database, tmp_path: Path
) -> None:
    result = init(tmp_path / "second", here)
    assert result.exit_code == 2
    assert "name a database of its own" in result.stderr
    assert not (tmp_path / "second" / "county").exists()
    told(county.run("storage check"))


def test_what_fails_leaves_neither_folder_nor_schema(tmp_path: Path, here: Database) -> None:
    token = tmp_path / "taken.token"
    token.write_text("")
    assert "name another file" in init(tmp_path, here, "--token-file", token).stderr
    assert not (tmp_path / "county").exists()
    assert made_schemas(here) == set()
    told(init(tmp_path, here))


def test_storage_init_mends_rights(county: County, here: Database) -> None:
    with connect(as_admin(here)) as conn:
        conn.execute("REVOKE ALL ON log.entries FROM cleargate_log")
    assert county.run("ask", "--for", POLICE, "--action", "search", "--purpose", "C", "--dataset",
                      "incident", by=ADMIN).exit_code == 4  # fmt: skip
    told(county.run("storage init", "--database-admin", as_admin(here).url))
    county.issue("clerk", POLICE, "clerk", by=ADMIN)


def test_whoever_serves_may_not_make_roles(county: County) -> None:
    result = county.run("storage init")
    assert result.exit_code == 4
    assert "as an administrator of the database" in result.stderr


def test_a_server_that_is_gone_is_told_in_one_sentence(tmp_path: Path) -> None:
    with running() as started:
        told(init(tmp_path, started.at("county")))
    result = County(tmp_path).run("storage check")
    assert result.exit_code == 4
    assert result.stderr.endswith(
        "cannot be reached; check that the database server runs, and storage.url.\n"
    )


def test_an_address_with_a_password_is_refused_and_not_repeated(tmp_path: Path) -> None:
    result = run("init", tmp_path / "county", "--book", "us-il-cook", "--database",
                 "postgresql://u:horse@h/d")  # fmt: skip
    assert result.exit_code == 2
    assert "storage.password_file" in result.stderr
    assert "horse" not in result.output
    assert not (tmp_path / "county").exists()


def test_a_password_without_a_database_is_a_mistake(tmp_path: Path) -> None:
    result = run("init", tmp_path / "county", "--book", "us-il-cook",
                 "--database-password", tmp_path / "password")  # fmt: skip
    assert (result.exit_code, "--database" in result.stderr) == (2, True)


def test_files_need_no_database_made_ready(tmp_path: Path) -> None:
    told(run("init", tmp_path / "files" / "county", "--book", "us-il-cook"))
    files = County(tmp_path / "files")
    for command in ("storage init", "storage check"):
        found = files.said(command)["stores"]
        assert [Path(s["where"]).name for s in found] == [f"{n}.db" for n in NAMES]
    result = files.run("storage init", "--database-admin", "postgresql://postgres@h/d")
    assert (result.exit_code, "are files" in result.stderr) == (2, True)


def test_what_works_on_files_only_says_so(county: County, tmp_path: Path) -> None:
    backup = county.run("backup", tmp_path / "copy")
    assert (backup.exit_code, "pg_dump" in backup.stderr) == (2, True)
    assert not (tmp_path / "copy").exists()
    told(run("init", tmp_path / "files" / "county", "--book", "us-il-cook"))
    told(County(tmp_path / "files").run("backup", tmp_path / "other"))
    for command in (
        ("restore", tmp_path / "other", "--declare"),
        ("log recover", "--origin", "county/log-2"),
    ):
        result = county.run(str(command[0]), *command[1:], by=ADMIN)
        assert (result.exit_code, "PostgreSQL's own tools" in result.stderr) == (2, True)
    told(county.run("storage check"))
