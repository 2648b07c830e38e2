"""The tables of ``custody.db``, and the facilities that the settings name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..model.errors import BadUse
from ..storage import acts
from ..storage.engine import Schema, Store
from ..storage.place import Place, open_at

# lodged.disposition is empty while none is recorded. A hold without until_at is a court's.
SCHEMA: Final = Schema(
    "custody",
    1,
    (
        acts.TABLE,
        """
        CREATE TABLE facility (
          id TEXT PRIMARY KEY, custodian TEXT NOT NULL, name TEXT NOT NULL, timezone TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE booking (
          id TEXT PRIMARY KEY, facility TEXT NOT NULL REFERENCES facility (id),
          name TEXT NOT NULL, born TEXT NOT NULL, address TEXT NOT NULL, phone TEXT NOT NULL,
          immigration_status TEXT NOT NULL, charges TEXT NOT NULL,
          booked_at TEXT NOT NULL, eligible_at TEXT, release_scheduled TEXT,
          release_public TEXT NOT NULL, sentenced TEXT NOT NULL, secure TEXT NOT NULL,
          housed_for_immigration TEXT NOT NULL, victim_or_witness TEXT NOT NULL,
          status TEXT NOT NULL, ended_at TEXT, receiver TEXT NOT NULL DEFAULT '',
          released_leaf INTEGER
        ) STRICT
        """,
        """
        CREATE TABLE lodged (
          document TEXT NOT NULL, booking TEXT NOT NULL REFERENCES booking (id),
          kind TEXT NOT NULL, agency TEXT NOT NULL, lodged_at TEXT NOT NULL, served_at TEXT,
          disposition TEXT NOT NULL DEFAULT '', disposed_at TEXT, rules TEXT NOT NULL DEFAULT '',
          leaf INTEGER NOT NULL, PRIMARY KEY (document, booking)
        ) STRICT
        """,
        "CREATE INDEX lodged_booking ON lodged (booking)",
        """
        CREATE TABLE hold (
          leaf INTEGER NOT NULL, document TEXT NOT NULL,
          booking TEXT NOT NULL REFERENCES booking (id), from_at TEXT NOT NULL, until_at TEXT,
          limit_text TEXT NOT NULL, rule TEXT NOT NULL, cite TEXT NOT NULL,
          ended_at TEXT, ended_how TEXT NOT NULL DEFAULT '', PRIMARY KEY (leaf, document)
        ) STRICT
        """,
        "CREATE INDEX hold_active ON hold (booking) WHERE ended_at IS NULL",
        """
        CREATE TABLE duty (
          booking TEXT NOT NULL REFERENCES booking (id), name TEXT NOT NULL, owed_to TEXT NOT NULL,
          within TEXT NOT NULL, arose_at TEXT NOT NULL, due_at TEXT, done_at TEXT,
          rule TEXT NOT NULL, leaf INTEGER NOT NULL, PRIMARY KEY (leaf, booking, rule)
        ) STRICT
        """,
        """
        CREATE TABLE incident (
          id INTEGER PRIMARY KEY, booking TEXT NOT NULL REFERENCES booking (id),
          document TEXT NOT NULL, what TEXT NOT NULL, since TEXT NOT NULL, seen_at TEXT NOT NULL,
          closed_at TEXT, rule TEXT NOT NULL, leaf INTEGER NOT NULL
        ) STRICT
        """,
    ),
    {
        "acts": "SELECT INSERT",
        "facility": "SELECT INSERT UPDATE",
        "booking": "SELECT INSERT UPDATE",
        "lodged": "SELECT INSERT UPDATE",
        "hold": "SELECT INSERT UPDATE",
        "duty": "SELECT INSERT UPDATE",
        "incident": "SELECT INSERT UPDATE",
    },
)


@dataclass(frozen=True, slots=True)
class Facility:
    """A place where people are held, and the custodian whose law binds there."""

    id: str
    custodian: str
    name: str
    timezone: str


def open_store(
    place: Place,
    facilities: Iterable[Facility] = (),
    *,
    create: bool = False,
    busy_ms: int = 5000,
) -> Store:
    """Open the store at ``place`` with the facilities of the settings.

    Raises:
        BadUse: a facility changed hands. Its bookings were decided under its custodian's law; a
            new custodian gets a facility of its own.
    """
    store = open_at(place, SCHEMA, create=create, busy_ms=busy_ms)
    _enter(store, tuple(facilities))
    return store


def _enter(store: Store, facilities: tuple[Facility, ...]) -> None:
    with store.read() as conn:
        known = {
            row[0]: Facility(*row)
            for row in conn.execute("SELECT id, custodian, name, timezone FROM facility")
        }
    new = [f for f in facilities if known.get(f.id) != f]
    for facility in new:
        before = known.get(facility.id)
        if before is not None and before.custodian != facility.custodian:
            raise BadUse(
                f"Facility {facility.id} is {before.custodian}'s; give {facility.custodian}'s "
                "a new id."
            )
    if not new:
        return
    with store.write() as conn:
        conn.executemany(
            "INSERT INTO facility (id, custodian, name, timezone) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, timezone = excluded.timezone",
            [(f.id, f.custodian, f.name, f.timezone) for f in new],
        )
