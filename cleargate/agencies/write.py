"""Changes who may ask. Only the gate imports this; every act but the first takes a ticket.

What is written comes from the ticket's request, which was decided and logged, and from nowhere
else. Each act is one transaction with its leaf, and done once (``storage.acts``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model.errors import BadUse, FieldError
from ..model.ids import Random
from ..model.request import Agency, Person
from ..model.ticket import Ticket
from ..model.words import Tri
from ..storage import acts
from ..storage.engine import Connection, Store
from ..storage.times import text, time
from . import accounts, parse, proposals, reader
from .credentials import Token, new_token
from .secret import new_secret
from .store import count_up

_NARROWER = {Tri.NO: 0, Tri.UNKNOWN: 1, Tri.YES: 2}


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential that was issued.

    Attributes:
        token: shown once; empty when the same entry is run again, for it is not stored. Then
            revoke the credential and issue another.
        enrolment: the secret of the link that makes an account for the pages; as ``token``.
    """

    credential: str
    person: Person
    expires_at: datetime
    token: str = ""
    enrolment: str = ""


@dataclass(frozen=True, slots=True)
class Revoked:
    """A credential that ended.

    Attributes:
        key_remains: the person's signing key still signs: another credential of theirs carries it,
            or fewer than two administrators' keys would be left, and what needs two could never
            be done again.
    """

    credential: str
    person: str
    key_remains: bool = False


def first_administrator(
    store: Store,
    agencies: Iterable[Agency],
    person: Person,
    public: bytes,
    at: datetime,
    random: Random,
    *,
    lifetime: timedelta = timedelta(days=90),
) -> Issued:
    """Write the agencies of a new jurisdiction and its first administrator, without a ticket.

    ``agencies`` come parents first, the administrator's own among them. ``public`` is the
    administrator's Ed25519 public key, 32 bytes.

    Raises:
        BadUse: the store is not empty; everyone after the first is issued through the gate.
    """
    if person.role != "administrator":
        raise BadUse("The first person must be an administrator.")
    with store.write() as conn:
        if conn.execute("SELECT 1 FROM person UNION ALL SELECT 1 FROM agency").fetchone():
            raise BadUse("The first administrator is there; ask them to issue a credential.")
        for agency in agencies:
            _insert_agency(conn, agency, at)
        token = new_token(random)
        return replace(
            _issue(conn, parse.NewCredential(person, 0, public), token, at, at + lifetime),
            token=token.text,
        )


def add_agency(store: Store, ticket: Ticket, at: datetime) -> Agency:
    """Do ``agency:add``: the agency that the ticket's request describes.

    Raises:
        FieldError: its name or ORI is taken, or its parent is not there.
    """

    def act(conn: Connection) -> Agency:
        agency = parse.agency(ticket.request.subject)
        _insert_agency(conn, agency, at)
        return agency

    return acts.once(store, ticket, "agency:add", at, Agency, act)


def narrow(store: Store, ticket: Ticket, at: datetime) -> Agency:
    """Do ``agency:narrow``: less for the agency that the request's target names, never more.

    Only facts change; what follows from them is law. ``until`` shortens what its people hold.

    Raises:
        FieldError: no such agency, a change that would widen, or a parent that makes a cycle.
    """

    def act(conn: Connection) -> Agency:
        less = parse.narrowing(ticket.request.target, ticket.request.subject)
        known = {a.id: a for a in reader.agencies(conn)}
        if less.agency not in known:
            raise FieldError("target", f"No agency is called '{less.agency}'.")
        agency = _narrowed(known[less.agency], less, known)
        conn.execute(
            "UPDATE agency SET parent = ?, enforces_civil_immigration = ?, criminal_justice = ?,"
            " enforces_immigration_crimes = ? WHERE id = ?",
            (
                agency.parent,
                agency.enforces_civil_immigration,
                agency.criminal_justice,
                agency.enforces_immigration_crimes,
                agency.id,
            ),
        )
        count_up(conn, "version")
        if less.until is not None:
            _cap_credentials(conn, agency.id, less.until)
        return agency

    return acts.once(store, ticket, "agency:narrow", at, Agency, act)


def issue(
    store: Store,
    ticket: Ticket,
    at: datetime,
    random: Random,
    *,
    days: int = 90,
    longest_days: int = 365,
    enrolment: timedelta = timedelta(hours=72),
) -> Issued:
    """Do ``credential:issue``, and make the person when there is none of that id.

    An administrator after the second needs a proposal that two have signed, and whoever asks by a
    signing key one that they have; the request's target names it, and it is used up here.

    ``days`` and ``longest_days`` are settings, as in ``parse.new_credential``; ``enrolment`` is how
    long the link can be used that makes an account for the pages, where one is asked for.

    Raises:
        FieldError: the agency is not there, or the person is known otherwise.
        BadUse: the proposal is not complete, or not in force.
    """
    token, link = new_token(random), new_secret(random)

    def act(conn: Connection) -> Issued:
        new = parse.new_credential(ticket.request.subject, days=days, longest_days=longest_days)
        two = proposals.two_keys(conn, "credential:issue", new.person.role)
        if two or ticket.request.target:
            proposals.taken(conn, ticket, at, needed=proposals.NEEDED if two else 1)
        issued = _issue(conn, new, token, at, at + timedelta(days=new.days))
        if new.console:
            accounts.invite(conn, link, issued.credential, at, enrolment)
        return issued

    issued = acts.once(store, ticket, "credential:issue", at, Issued, act)
    if issued.credential != token.id:
        return issued
    asked = ticket.request.subject.get("console") == "yes"
    return replace(issued, token=token.text, enrolment=link if asked else "")


def revoke(store: Store, ticket: Ticket, at: datetime) -> Revoked:
    """Do ``credential:revoke``: the token ends now, always; its signing key with it.

    One administrator is enough, so that a stolen token never waits. The key stays only where
    fewer than two administrators' keys would be left: it cannot ask, only sign with another.

    Raises:
        FieldError: there is no such credential.
    """

    def act(conn: Connection) -> Revoked:
        id = parse.credential_id(ticket.request.target)
        row = conn.execute("SELECT person, public FROM credential WHERE id = ?", (id,)).fetchone()
        if row is None:
            raise FieldError("target", f"There is no credential '{id}'; look for it in the list.")
        conn.execute(
            "UPDATE credential SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            (text(at), id),
        )
        count_up(conn, "epoch")
        remains = row[1] is not None and not _end_key(conn, row[1], at)
        return Revoked(id, row[0], key_remains=remains)

    return acts.once(store, ticket, "credential:revoke", at, Revoked, act)


def _insert_agency(conn: Connection, agency: Agency, at: datetime) -> None:
    known = list(reader.agencies(conn))
    # ``Ice`` beside ``ICE``, or one ORI twice, would be a way around a cut-off.
    for other in known:
        if other.id.lower() == agency.id.lower():
            raise FieldError("id", f"'{other.id}' is there; narrow it, or choose another id.")
        if agency.ori and other.ori == agency.ori:
            raise FieldError("ori", f"ORI {agency.ori} is {other.id}'s; an agency has one entry.")
    if agency.parent and agency.parent not in {a.id for a in known}:
        raise FieldError("parent", f"No agency is called '{agency.parent}'; add the parent first.")
    conn.execute(
        "INSERT INTO agency (id, name, kind, sector, state, ori, parent,"
        " enforces_civil_immigration, criminal_justice, enforces_immigration_crimes, added_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            agency.id,
            agency.name,
            agency.kind,
            agency.sector,
            agency.state,
            agency.ori,
            agency.parent,
            agency.enforces_civil_immigration,
            agency.criminal_justice,
            agency.enforces_immigration_crimes,
            text(at),
        ),
    )
    count_up(conn, "version")


def _narrowed(agency: Agency, less: parse.Narrowing, known: dict[str, Agency]) -> Agency:
    for fact in ("enforces_civil_immigration", "enforces_immigration_crimes"):
        was = getattr(agency, fact)
        if _NARROWER[getattr(less, fact) or was] < _NARROWER[was]:
            raise FieldError(fact, "This would widen; narrowing goes to 'yes'.")
    justice = less.criminal_justice or agency.criminal_justice
    if _NARROWER[justice] > _NARROWER[agency.criminal_justice]:
        raise FieldError("criminal_justice", "This would widen; narrowing goes to 'no'.")
    if less.parent:
        _check_parent(agency, less.parent, known)
    return replace(
        agency,
        enforces_civil_immigration=less.enforces_civil_immigration
        or agency.enforces_civil_immigration,
        enforces_immigration_crimes=less.enforces_immigration_crimes
        or agency.enforces_immigration_crimes,
        criminal_justice=justice,
        parent=less.parent or agency.parent,
    )


def _check_parent(agency: Agency, parent: str, known: dict[str, Agency]) -> None:
    if agency.parent and agency.parent != parent:
        raise FieldError("parent", f"{agency.id} is under {agency.parent}; leaving it would widen.")
    if parent not in known:
        raise FieldError("parent", f"No agency is called '{parent}'; add it first.")
    chain = (known[parent], *reader.above(known, known[parent]))
    if agency.id in {a.id for a in chain}:
        raise FieldError("parent", f"{parent} is under {agency.id}; the tree may not have a cycle.")


def _cap_credentials(conn: Connection, agency: str, until: datetime) -> None:
    conn.execute(
        "UPDATE credential SET expires_at = ? WHERE expires_at > ?"
        " AND person IN (SELECT id FROM person WHERE agency = ?)",
        (text(until), text(until), agency),
    )
    count_up(conn, "epoch")


def _issue(
    conn: Connection,
    new: parse.NewCredential,
    token: Token,
    at: datetime,
    expires_at: datetime,
) -> Issued:
    person = new.person
    _ensure_person(conn, person, at)
    if new.public is not None:
        _register_key(conn, new.public, person.id, at)
    conn.execute(
        "INSERT INTO credential (id, person, hash, public, issued_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (token.id, person.id, token.hash, new.public, text(at), text(expires_at)),
    )
    count_up(conn, "epoch")
    return Issued(token.id, replace(person, credential=token.id), time(text(expires_at)))


def _ensure_person(conn: Connection, person: Person, at: datetime) -> None:
    known = reader.person_row(conn, person.id)
    if known is not None:
        # A role or agency that moved in silence would let a clerk become an administrator alone.
        if known != person:
            raise FieldError(
                "person",
                f"{person.id} is a {known.role} of {known.agency}; give the new post a new id.",
            )
        return
    if not conn.execute("SELECT 1 FROM agency WHERE id = ?", (person.agency,)).fetchone():
        raise FieldError("agency", f"No agency is called '{person.agency}'; add it first.")
    conn.execute(
        "INSERT INTO person (id, agency, role, enforces_civil_immigration,"
        " enforces_immigration_crimes, added_at) VALUES (?, ?, ?, ?, ?, ?)",
        (
            person.id,
            person.agency,
            person.role,
            person.enforces_civil_immigration,
            person.enforces_immigration_crimes,
            text(at),
        ),
    )


def _register_key(conn: Connection, public: bytes, person: str, at: datetime) -> None:
    row = conn.execute(
        "SELECT person, ended_at FROM signing_key WHERE public = ?", (public,)
    ).fetchone()
    if row is None:
        conn.execute(
            "INSERT INTO signing_key (public, person, registered_at) VALUES (?, ?, ?)",
            (public, person, text(at)),
        )
    elif row[0] != person or row[1] is not None:
        raise FieldError("public_key", "This key was used before; make a new one.")


def _end_key(conn: Connection, public: bytes, at: datetime) -> bool:
    """End a signing key that no other credential in force carries; say whether it is over."""
    if conn.execute(
        "SELECT 1 FROM credential WHERE public = ? AND revoked_at IS NULL AND expires_at > ?",
        (public, text(at)),
    ).fetchone():
        return False
    (left,) = conn.execute(
        "SELECT count(DISTINCT k.person) FROM signing_key k JOIN person p ON p.id = k.person"
        " WHERE k.ended_at IS NULL AND k.public <> ? AND p.role = 'administrator'",
        (public,),
    ).fetchone()
    (role,) = conn.execute(
        "SELECT p.role FROM signing_key k JOIN person p ON p.id = k.person WHERE k.public = ?",
        (public,),
    ).fetchone()
    if role == "administrator" and left < proposals.NEEDED:
        return False
    conn.execute(
        "UPDATE signing_key SET ended_at = ? WHERE public = ? AND ended_at IS NULL",
        (text(at), public),
    )
    return True
