"""The tables of ``agencies.db``."""

from __future__ import annotations

from typing import Any, Final

from ..storage import acts
from ..storage.engine import Connection, Schema, Store
from ..storage.place import Place, open_at


def _passkeys(op: Any) -> None:
    """Version 3 keeps passkeys."""
    import sqlalchemy as sa  # only whoever brings an older store here needs it

    from ..storage.migrate import TEXT, WHOLE

    op.create_table(
        "passkey",
        sa.Column("id", sa.LargeBinary(), primary_key=True),
        sa.Column("person", TEXT, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("credential", TEXT, sa.ForeignKey("credential.id"), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("uses", WHOLE, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("added_at", TEXT, nullable=False),
        sa.Column("last_at", TEXT, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "passkey_challenge",
        sa.Column("hash", sa.LargeBinary(), primary_key=True),
        sa.Column("used_at", TEXT, nullable=False),
        sqlite_strict=True,
    )


def _quarantine(op: Any) -> None:
    """Version 4: filters that answer nothing, because database and law disagreed."""
    import sqlalchemy as sa  # only whoever brings an older store here needs it

    from ..storage.migrate import TEXT, WHOLE

    op.create_table(
        "quarantine",
        sa.Column("filter", TEXT, primary_key=True),
        sa.Column("custodian", TEXT, nullable=False),
        sa.Column("alarm", WHOLE, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sqlite_strict=True,
    )


# Hashes of secrets only: whoever reads this file cannot ask as anyone.
SCHEMA: Final = Schema(
    "agencies",
    4,
    (
        acts.TABLE,
        "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT",
        "INSERT INTO counter (name, value) VALUES ('version', 0), ('epoch', 0)",
        """
        CREATE TABLE agency (
          id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, sector TEXT NOT NULL,
          state TEXT NOT NULL, ori TEXT NOT NULL, parent TEXT NOT NULL,
          enforces_civil_immigration TEXT NOT NULL, criminal_justice TEXT NOT NULL,
          enforces_immigration_crimes TEXT NOT NULL,
          added_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE person (
          id TEXT PRIMARY KEY, agency TEXT NOT NULL REFERENCES agency (id), role TEXT NOT NULL,
          enforces_civil_immigration TEXT NOT NULL, enforces_immigration_crimes TEXT NOT NULL,
          added_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE signing_key (
          public BLOB PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id),
          registered_at TEXT NOT NULL, ended_at TEXT
        ) STRICT
        """,
        """
        CREATE TABLE credential (
          id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id), hash BLOB NOT NULL,
          public BLOB REFERENCES signing_key (public),
          issued_at TEXT NOT NULL, expires_at TEXT NOT NULL, revoked_at TEXT
        ) STRICT
        """,
        "CREATE INDEX credential_person ON credential (person)",
        """
        CREATE TABLE proposal (
          id TEXT PRIMARY KEY, bytes BLOB NOT NULL, executed_at TEXT, executed_leaf INTEGER
        ) STRICT
        """,
        """
        CREATE TABLE signature (
          proposal TEXT NOT NULL REFERENCES proposal (id),
          public BLOB NOT NULL REFERENCES signing_key (public), signature BLOB NOT NULL,
          signed_at TEXT NOT NULL, PRIMARY KEY (proposal, public)
        ) STRICT
        """,
        """
        CREATE TABLE enrolment (
          hash BLOB PRIMARY KEY, credential TEXT NOT NULL REFERENCES credential (id),
          expires_at TEXT NOT NULL, used_at TEXT
        ) STRICT
        """,
        """
        CREATE TABLE account (
          person TEXT PRIMARY KEY REFERENCES person (id),
          credential TEXT NOT NULL REFERENCES credential (id), password TEXT NOT NULL,
          totp TEXT NOT NULL, step INTEGER NOT NULL, last_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE session (
          hash BLOB PRIMARY KEY, credential TEXT NOT NULL REFERENCES credential (id),
          begun_at TEXT NOT NULL, ends_at TEXT NOT NULL, book TEXT NOT NULL,
          ended_why TEXT NOT NULL DEFAULT ''
        ) STRICT
        """,
        """
        CREATE TABLE passkey (
          id BLOB PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id),
          credential TEXT NOT NULL REFERENCES credential (id), public BLOB NOT NULL,
          uses INTEGER NOT NULL, name TEXT NOT NULL, added_at TEXT NOT NULL, last_at TEXT NOT NULL
        ) STRICT
        """,
        "CREATE TABLE passkey_challenge (hash BLOB PRIMARY KEY, used_at TEXT NOT NULL) STRICT",
        # Names as digests: whoever types a password into the name field must not leave it here.
        "CREATE TABLE sign_in_failure (name BLOB NOT NULL, at TEXT NOT NULL) STRICT",
        "CREATE INDEX sign_in_failure_name ON sign_in_failure (name, at)",
        """
        CREATE TABLE quarantine (
          filter TEXT PRIMARY KEY, custodian TEXT NOT NULL, alarm INTEGER NOT NULL, at TEXT NOT NULL
        ) STRICT
        """,
    ),
    {
        "acts": "SELECT INSERT",
        "counter": "SELECT UPDATE",
        "agency": "SELECT INSERT UPDATE",
        "person": "SELECT INSERT",
        "signing_key": "SELECT INSERT UPDATE",
        "credential": "SELECT INSERT UPDATE",
        "proposal": "SELECT INSERT UPDATE",
        "signature": "SELECT INSERT",
        "enrolment": "SELECT INSERT UPDATE",
        "account": "SELECT INSERT UPDATE DELETE",
        "session": "SELECT INSERT UPDATE DELETE",
        "sign_in_failure": "SELECT INSERT DELETE",
        "passkey": "SELECT INSERT UPDATE DELETE",
        "passkey_challenge": "SELECT INSERT DELETE",
        "quarantine": "SELECT INSERT DELETE",
    },
    steps={3: _passkeys, 4: _quarantine},
)


def open_store(place: Place, *, create: bool = False, busy_ms: int = 5000) -> Store:
    """Open the store at ``place``; see ``storage.engine.Store`` for what can be wrong with it."""
    return open_at(place, SCHEMA, create=create, busy_ms=busy_ms)


def count_up(conn: Connection, name: str) -> None:
    """Move a counter, in the transaction of the change that it tells of.

    ``version`` moves when agencies or the quarantine change, so that readers know that their copy,
    and every filter made by it, is old; ``epoch`` when a credential is issued or revoked.
    """
    conn.execute("UPDATE counter SET value = value + 1 WHERE name = ?", (name,))
