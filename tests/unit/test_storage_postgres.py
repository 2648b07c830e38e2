"""What PostgreSQL adds: roles, passwords, limits, faults by name, what ``storage init`` does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from cleargate.agencies import store as agencies
from cleargate.custody import store as custody
from cleargate.evidence import store as evidence
from cleargate.log import store as log
from cleargate.model.errors import (
    BadUse,
    CleargateError,
    KeyUnusable,
    StoreBusy,
    StoreFull,
    StoreVersion,
    Unavailable,
)
from cleargate.storage.database import Database
from cleargate.storage.engine import Schema
from cleargate.storage.postgres import Store, connect
from cleargate.storage.postgres_init import prepare
from tests.postgres import SCHEMAS, Server, as_admin, rows, running

SECRET = "correct horse battery"
ADD = "INSERT INTO document VALUES (" + ", ".join(["'E-1'"] * 20) + ")"


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    with closing(Store(database, evidence.SCHEMA)) as opened:
        yield opened


def attempt(store: Store, statement: str) -> CleargateError:
    """The fault that a statement meets."""
    with pytest.raises(CleargateError) as fault, store.write() as conn:
        conn.execute(statement)
    return fault.value


# --- roles -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM document",
        "UPDATE verification SET verified_by = ''",
        "UPDATE acts SET result = ''",
        "DELETE FROM acts",
        "TRUNCATE document",
        "DROP TABLE document",
        "ALTER TABLE document ADD COLUMN other TEXT",
        "CREATE TABLE other (id TEXT)",
        "CREATE TABLE public.other (id TEXT)",
        "CREATE TEMPORARY TABLE other (id TEXT)",
        "UPDATE store SET version = 2",
        "DELETE FROM turn",
        "SELECT * FROM custody.booking",
        "SELECT * FROM agencies.credential",
        "CREATE ROLE other",
    ],
)
def test_a_stores_role_can_do_what_serving_needs_and_no_more(store: Store, statement: str) -> None:
    fault = attempt(store, statement)
    assert isinstance(fault, Unavailable)
    assert "run 'cleargate storage init'" in fault.sentence


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET bytes = ''",
        "DELETE FROM entries",
        "UPDATE hashes SET hash = ''",
        "DELETE FROM hashes",
        "UPDATE disclosures SET value = ''",
        "UPDATE identity SET vkey = ''",
        "UPDATE succession SET note = ''",
        "DELETE FROM sequencer",
        "DELETE FROM acts",
        "TRUNCATE entries",
    ],
)
def test_whoever_serves_the_log_cannot_change_what_was_logged(
    database: Database, statement: str
) -> None:
    with closing(Store(database, log.SCHEMA)) as store:
        assert "may not do this" in attempt(store, statement).sentence


def test_the_user_who_serves_has_no_right_of_its_own(database: Database) -> None:
    with connect(database) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SELECT * FROM evidence.document")


def test_the_user_who_serves_cannot_become_the_owner(database: Database) -> None:
    with connect(database) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SET ROLE cleargate_owner")


def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(StoreFull, match="cannot be written"), store.read() as conn:
        conn.execute(ADD)


def test_no_table_is_without_rights_and_no_right_without_its_table() -> None:
    for schema in SCHEMAS:
        made = {s.split()[2] for s in schema.statements if s.split()[:2] == ["CREATE", "TABLE"]}
        assert made == set(schema.rights)


# --- the address and the password ------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["", "data/log.db", "postgresql://", "postgresql://host", "postgresql://u@h/d?nonsense=1",
            "mysql://u@h/d"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(BadUse, match=r"write it like postgresql://user@host/database"):
        Database(url)


@pytest.mark.parametrize(
    "url", [f"postgresql://u:{SECRET}@h/d", f"postgresql://u@h/d?password={SECRET}"]
)
def test_an_address_with_a_password_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadUse) as fault:
        Database(url.replace(" ", "%20"))
    assert "password_file" in fault.value.sentence
    assert "horse" not in fault.value.sentence


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    """A server that asks for passwords."""
    with running(passwords=True) as started:
        yield started


@pytest.fixture
def locked(guarded: Server, tmp_path: Path) -> Database:
    """A database there whose user has a password."""
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    made = replace(guarded.at("locked"), password_file=file)
    prepare(made, SCHEMAS, admin=guarded.admin("locked"))
    return made


def test_the_password_comes_from_its_file_and_reaches_no_log(
    guarded: Server, locked: Database
) -> None:
    Store(locked, evidence.SCHEMA).close()
    assert SECRET not in guarded.log()
    assert SECRET not in repr(locked)


def test_a_wrong_password_is_refused_and_not_repeated(locked: Database) -> None:
    assert locked.password_file is not None
    locked.password_file.write_text("wrong horse")
    with pytest.raises(Unavailable, match="refuses the login") as fault:
        Store(locked, evidence.SCHEMA)
    assert "horse" not in fault.value.sentence


def test_a_missing_password_is_a_refused_login(locked: Database) -> None:
    with pytest.raises(Unavailable, match="refuses the login"):
        Store(replace(locked, password_file=None), evidence.SCHEMA)


def test_a_password_that_others_can_read_is_not_used(locked: Database) -> None:
    assert locked.password_file is not None
    locked.password_file.chmod(0o644)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        Store(locked, evidence.SCHEMA)


# --- limits and faults -----------------------------------------------------------------------


def test_a_statement_that_takes_too_long_is_ended(database: Database) -> None:
    with closing(Store(replace(database, statement_seconds=1), evidence.SCHEMA)) as store:
        fault = attempt(store, "SELECT count(*) FROM generate_series(1, 1000000000000)")
        assert isinstance(fault, StoreBusy)
        assert "limits.statement_seconds" in fault.sentence
        with store.read() as conn:  # and the store goes on
            assert conn.execute("SELECT count(*) FROM document").fetchone() == (0,)


def test_more_at_once_than_connections_are_told_so(database: Database) -> None:
    with (
        closing(Store(replace(database, connections=1), evidence.SCHEMA, busy_ms=1)) as store,
        store.read(),
        pytest.raises(StoreBusy, match=r"storage\.connections"),
        store.read(),
    ):
        pass


def test_a_connection_that_the_server_closed_while_it_lay_idle_is_replaced(store: Store) -> None:
    with store.read():
        pass
    rows(store.database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                         " WHERE usename = 'cleargate_server'")  # fmt: skip
    with store.read() as conn:
        assert conn.execute("SELECT count(*) FROM document").fetchone() == (0,)


def test_a_connection_that_is_lost_on_the_way_commits_nothing(store: Store) -> None:
    with pytest.raises(Unavailable, match="cannot be reached"), store.write() as conn:
        conn.execute(ADD)
        rows(store.database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                             " WHERE usename = 'cleargate_server'")  # fmt: skip
    with store.read() as conn:
        assert conn.execute("SELECT count(*) FROM document").fetchone() == (0,)


def test_a_server_that_is_gone_is_named() -> None:
    with running() as started:
        here = started.at("whole")
        prepare(here, SCHEMAS, admin=started.admin("whole"))
        with closing(Store(here, evidence.SCHEMA, busy_ms=1)) as store:
            started.stop()
            with pytest.raises(Unavailable, match="cannot be reached"), store.read():
                pass
        with pytest.raises(Unavailable, match="cannot be reached"):
            Store(here, evidence.SCHEMA)


def test_a_fault_quotes_no_row(store: Store) -> None:
    fault = attempt(store, f"{ADD}; {ADD}")
    assert "duplicate key" in fault.sentence
    assert "E-1" not in fault.sentence


def test_a_nul_in_a_text_is_refused(store: Store) -> None:
    with pytest.raises(CleargateError, match="NUL"), store.write() as conn:
        conn.execute("UPDATE document SET title = ?", ("a\x00b",))


# --- storage init ----------------------------------------------------------------------------


def test_a_database_that_is_not_there_is_made(server: Server) -> None:
    missing = server.at("new_one")
    with pytest.raises(Unavailable, match="is not there"):
        Store(missing, evidence.SCHEMA)
    prepare(missing, SCHEMAS, admin=server.admin("new_one"))
    Store(missing, evidence.SCHEMA).close()


def test_a_schema_that_is_not_there_says_what_makes_it(server: Server) -> None:
    partly = server.at("partly")
    prepare(partly, [agencies.SCHEMA], admin=server.admin("partly"))
    with pytest.raises(StoreVersion, match="run 'cleargate storage init'"):
        Store(partly, evidence.SCHEMA)


def test_what_is_done_again_changes_nothing_and_mends_rights(server: Server) -> None:
    here = server.new()
    with closing(Store(here, evidence.SCHEMA)) as store, store.write() as conn:
        conn.execute(ADD)
    with connect(as_admin(here)) as conn:
        conn.execute("GRANT DELETE ON evidence.document TO cleargate_evidence")
        conn.execute("REVOKE INSERT ON evidence.acts FROM cleargate_evidence")
    prepare(here, SCHEMAS, admin=as_admin(here))
    with closing(Store(here, evidence.SCHEMA)) as store:
        assert isinstance(attempt(store, "DELETE FROM document"), Unavailable)
        with store.write() as again:
            again.execute("INSERT INTO acts VALUES (1, '', '', '')")
    assert rows(here, "SELECT id FROM evidence.document") == [("E-1",)]


def test_another_programs_schema_is_left_alone(server: Server) -> None:
    here = server.at("taken")
    prepare(here, [], admin=server.admin("taken"))
    with connect(as_admin(here)) as conn:
        conn.execute("CREATE SCHEMA custody AUTHORIZATION cleargate_owner")
    with pytest.raises(StoreVersion, match="not Cleargate's"):
        prepare(here, [custody.SCHEMA], admin=server.admin("taken"))


@pytest.mark.parametrize(
    ("version", "says"),
    [
        (2, "older than this program's 2; run 'cleargate storage init'"),
        (0, "newer than this program's 0; install that version"),
    ],
)
def test_a_schema_of_another_version_is_not_opened(
    database: Database, version: int, says: str
) -> None:
    with pytest.raises(StoreVersion, match=says):
        Store(database, replace(evidence.SCHEMA, version=version))


def test_the_administrators_address_must_be_of_the_same_database(server: Server) -> None:
    with pytest.raises(BadUse, match="give that of the same database"):
        prepare(server.at("one"), SCHEMAS, admin=server.admin("two"))


@pytest.mark.parametrize("roles", ["", "Cleargate", "x; DROP ROLE y", "1st", "a" * 40])
def test_a_prefix_that_begins_no_role_is_refused(server: Server, roles: str) -> None:
    with pytest.raises(BadUse, match=r"storage\.roles"):
        prepare(replace(server.at("one"), roles=roles), SCHEMAS, admin=server.admin("one"))


def test_whoever_may_not_make_roles_is_told_so(server: Server, database: Database) -> None:
    with pytest.raises(Unavailable, match="may not do this"):
        prepare(replace(database, roles="others"), [Schema("x", 1, ())], admin=database)
