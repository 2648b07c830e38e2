"""Reads agencies and persons: who stands above whom, and what an unknown name was meant to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ..model.errors import CleargateError, FieldError
from ..model.fields import near
from ..model.request import Agency, Person
from ..model.words import Tri
from ..storage.engine import Connection, Store

_AGENCY: Final = (
    "SELECT id, name, kind, sector, state, ori, parent, enforces_civil_immigration,"
    " criminal_justice, enforces_immigration_crimes FROM agency"
)
_LISTED: Final = 20
"""How many known agencies an error names; beyond that only the close match helps."""


class Directory:
    """Every agency, kept in memory until the store's version counter says that one changed.

    One is made for a store and handed down; threads may share it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: tuple[int, Mapping[str, Agency]] = (-1, MappingProxyType({}))

    def all(self) -> Mapping[str, Agency]:
        """All agencies by id."""
        with self._store.read() as conn:
            version = counter(conn, "version")
            if version != self._seen[0]:
                self._seen = (version, MappingProxyType({a.id: a for a in agencies(conn)}))
        return self._seen[1]

    def agency(self, id: str, *, field: str = "represented") -> Agency:
        """The agency ``id``, which the request's field ``field`` names.

        Raises:
            FieldError: there is none; the sentence offers the close match and, while they are
                few, all that are known.
        """
        known = self.all()
        if id in known:
            return known[id]
        few = f" Known: {', '.join(sorted(known))}." if 0 < len(known) <= _LISTED else ""
        raise FieldError(field, f"No agency is called '{id}'{self.suggest(id)}{few}")

    def suggest(self, id: str) -> str:
        """How a sentence about the unknown agency ``id`` ends: a close match, or a full stop."""
        return near(id, self.all())

    def ancestors(self, id: str) -> tuple[Agency, ...]:
        """The agencies above ``id``, nearest first.

        Raises:
            FieldError: there is no such agency.
            CleargateError: the stored tree has a cycle; someone changed the file by hand.
        """
        return above(self.all(), self.agency(id))

    def below(self, id: str) -> tuple[Agency, ...]:
        """The agencies below ``id``, at any depth, by id; what a cut-off of ``id`` reaches."""
        known = self.all()
        self.agency(id)
        reached = (a for a in known.values() if any(up.id == id for up in above(known, a)))
        return tuple(sorted(reached, key=lambda a: a.id))


def above(known: Mapping[str, Agency], agency: Agency) -> tuple[Agency, ...]:
    """The agencies above ``agency`` in the tree ``known``, nearest first.

    Raises:
        CleargateError: the tree has a cycle, or a parent is missing.
    """
    chain: list[Agency] = []
    while agency.parent:
        if agency.parent not in known or len(chain) > len(known):
            raise CleargateError(
                f"The tree of agencies is broken above '{agency.id}'; restore agencies.db."
            )
        agency = known[agency.parent]
        chain.append(agency)
    return tuple(chain)


def person(store: Store, id: str) -> Person:
    """The person ``id``, without a credential.

    Raises:
        FieldError: there is none.
    """
    with store.read() as conn:
        found = person_row(conn, id)
    if found is None:
        raise FieldError("person", f"No person is called '{id}'; issue a credential to make one.")
    return found


def may_renew(store: Store, id: str) -> bool:
    """Whether the newest credential of a person ran out or runs, and was not revoked."""
    with store.read() as conn:
        row = conn.execute(
            "SELECT revoked_at FROM credential WHERE person = ? ORDER BY issued_at DESC, id DESC",
            (id,),
        ).fetchone()
    return row is not None and row[0] is None


def administered(store: Store, agency: str) -> bool:
    """Whether ``agency`` has had an administrator of its own."""
    with store.read() as conn:
        row = conn.execute(
            "SELECT 1 FROM person WHERE agency = ? AND role = 'administrator'", (agency,)
        ).fetchone()
    return row is not None


def agency_of_credential(store: Store, id: str) -> str:
    """The agency of whoever holds the credential ``id``; empty when there is none."""
    with store.read() as conn:
        row = conn.execute(
            "SELECT p.agency FROM credential c JOIN person p ON p.id = c.person WHERE c.id = ?",
            (id,),
        ).fetchone()
    return str(row[0]) if row else ""


def epoch(store: Store) -> int:
    """How often a credential was issued or revoked."""
    with store.read() as conn:
        return counter(conn, "epoch")


def agencies(conn: Connection) -> Iterator[Agency]:
    """Every agency, read in an open transaction."""
    for row in conn.execute(_AGENCY + " ORDER BY id"):
        id, name, kind, sector, state, ori, parent, *functions = row
        yield Agency(id, name, kind, sector, state, ori, parent, *map(Tri, functions))


def person_row(conn: Connection, id: str) -> Person | None:
    """The person ``id``, read in an open transaction."""
    row = conn.execute(
        "SELECT id, agency, role, enforces_civil_immigration, enforces_immigration_crimes"
        " FROM person WHERE id = ?",
        (id,),
    ).fetchone()
    if row is None:
        return None
    id, agency, role, civil, crimes = row
    return Person(id, agency, role, Tri(civil), enforces_immigration_crimes=Tri(crimes))


def counter(conn: Connection, name: str) -> int:
    """The value of a counter (``store.count_up``)."""
    (value,) = conn.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
    return int(value)
