"""The tables of ``evidence.db``."""

from __future__ import annotations

from typing import Final

from ..storage import acts
from ..storage.engine import Schema, Store
from ..storage.place import Place, open_at

# A verification is one custodian's: law binds custodians, so none of them has to believe what
# another one looked at.
SCHEMA: Final = Schema(
    "evidence",
    1,
    (
        acts.TABLE,
        """
        CREATE TABLE document (
          id TEXT PRIMARY KEY, kind TEXT NOT NULL, form TEXT NOT NULL, issued_by TEXT NOT NULL,
          criminal TEXT NOT NULL, complete TEXT NOT NULL, served TEXT NOT NULL,
          probable_cause TEXT NOT NULL, asks TEXT NOT NULL, finds TEXT NOT NULL,
          finds_not TEXT NOT NULL, accepts TEXT NOT NULL, agency TEXT NOT NULL,
          target TEXT NOT NULL, sha256 TEXT NOT NULL, expires TEXT, title TEXT NOT NULL,
          added_by TEXT NOT NULL, added_at TEXT NOT NULL, withdrawn_at TEXT
        ) STRICT
        """,
        """
        CREATE TABLE verification (
          document TEXT NOT NULL REFERENCES document (id), custodian TEXT NOT NULL,
          verified_by TEXT NOT NULL, verified_at TEXT NOT NULL, sha256 TEXT NOT NULL,
          PRIMARY KEY (document, custodian)
        ) STRICT
        """,
    ),
    {"acts": "SELECT INSERT", "document": "SELECT INSERT UPDATE", "verification": "SELECT INSERT"},
)


def open_store(place: Place, *, create: bool = False, busy_ms: int = 5000) -> Store:
    """Open the store at ``place``; see ``storage.engine.Store`` for what can be wrong with it."""
    return open_at(place, SCHEMA, create=create, busy_ms=busy_ms)
