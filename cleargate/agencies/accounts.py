"""How a person signs in at the console: enrolment once, then password and code; then a session.

An account belongs to a person and to one credential of theirs: what ends the credential ends the
account and every session at the next request. Like a proposal, nothing here needs a ticket, for
nothing here lets anyone see or change anything: it tells who asks (step 1), and what they may be
answered is decided as ever. That somebody may enrol at all is a request (``credential:issue``).

Secrets of links and sessions have 256 bits and are kept as SHA-256, like a credential's; passwords
as argon2id (RFC 9106, 4: the second recommended choice). The key of the codes (RFC 6238) must be
known as it is, so it is kept encrypted, with a key outside the data (``vault``).
"""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..model.errors import FieldError
from ..model.ids import Random
from ..model.request import Person
from ..storage.engine import Connection, Store
from ..storage.times import text, time
from . import reader
from .secret import digest as _hash
from .secret import new_secret
from .vault import Vault

SHORTEST, LONGEST = 12, 256
"""Characters of a password. Source: NIST SP 800-63B, 5.1.1.2: length, and no other rule."""

_HASHER: Final = PasswordHasher()  # argon2id, 3 passes over 64 MiB
_NOBODY: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5J3Mgc2FsdC4$g3HYtB1rnlFQpLbbGBkwXGzmnfvJ8NlhIBCyQk8+vtI"
)
"""Compared with for a name that nobody has, so that it takes as long."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How long and how often; each is a setting.

    Attributes:
        session: how long a session lasts at most.
        tries: failed tries of one name within ``window``, after which none is looked at.
        idle: an account that nobody signed in to for this long is off.
        enrolment: how long the link that makes an account can be used.
    """

    session: timedelta = timedelta(hours=12)
    tries: int = 5
    window: timedelta = timedelta(minutes=15)
    idle: timedelta = timedelta(days=90)
    enrolment: timedelta = timedelta(hours=72)


class Why(StrEnum):
    """Why a session is over, or why nobody was signed in."""

    NONE = "none"
    WRONG = "wrong"
    TOO_MANY = "too-many"
    IDLE = "idle"
    OVER = "over"
    REVOKED = "revoked"
    CUT_OFF = "cut-off"


@dataclass(frozen=True, slots=True)
class Session:
    """A session that runs.

    Attributes:
        secret: what the browser keeps; never stored.
        book: the law under which it was last looked at.
    """

    secret: str
    person: Person
    begun_at: datetime
    ends_at: datetime
    book: str

    def __repr__(self) -> str:
        return f"Session(person={self.person.id!r})"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that makes one account, as long as it is good."""

    person: Person
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Account:
    """What signing in is checked against."""

    person: Person
    password: str
    totp: str
    step: int
    last_at: datetime


def new_totp(random: Random) -> str:
    """A new key for an authenticator app (RFC 4226, 4: 160 bits), in base 32."""
    return b32encode(random(20)).decode()


def invite(conn: Connection, secret: str, credential: str, at: datetime, lasts: timedelta) -> None:
    """Let whoever brings ``secret`` make the account of a credential, once."""
    conn.execute(
        "INSERT INTO enrolment (hash, credential, expires_at) VALUES (?, ?, ?)",
        (_hash(secret), credential, text(at + lasts)),
    )


def invitation(store: Store, secret: str, at: datetime) -> Invitation | None:
    """For whom a link is; None when it is used, over, or no link."""
    with store.read() as conn:
        return _invitation(conn, secret, at)


def enrol(
    store: Store,
    vault: Vault,
    secret: str,
    password: str,
    totp: str,
    code: str,
    at: datetime,
    random: Random,
) -> Person | None:
    """Make the account, or make it anew; every older session and passkey of the person ends.

    Args:
        vault: encrypts the key.
        secret: of the link.
        password: chosen by the person.
        totp: the key that was shown to them.
        code: what their app shows now, so that a key that was not taken over is found here.

    Returns:
        Whose account it is; None when the link is not good.

    Raises:
        FieldError: the password is too short or too long, or the code is wrong.
        KeyUnusable: the accounts' key cannot be read or made.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise FieldError("password", f"Choose a password of {SHORTEST} to {LONGEST} characters.")
    step = _step(totp, code, at, -1)
    if step is None:
        raise FieldError("code", "This is not the code that the app shows now; enter the new one.")
    hashed = _HASHER.hash(password, salt=random(16))
    with store.write() as conn:
        found = _invitation(conn, secret, at)
        if found is None:
            return None
        person = found.person
        conn.execute("DELETE FROM account WHERE person = ?", (person.id,))
        conn.execute("DELETE FROM passkey WHERE person = ?", (person.id,))
        conn.execute(
            "INSERT INTO account (person, credential, password, totp, step, last_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (person.id, person.credential, hashed, vault.seal(totp, person.id), step, text(at)),
        )
        conn.execute("UPDATE enrolment SET used_at = ? WHERE hash = ?", (text(at), _hash(secret)))
        _end_all(conn, person.id, at)
        return person


def sign_in(
    store: Store, vault: Vault, name: str, password: str, code: str, at: datetime, rules: Rules
) -> Person | Why:
    """Who signs in with ``name``, password and code; or why nobody does.

    A failed try is written down before the answer goes out, and counts for the name whether or not
    anybody has it. Nothing tells an unknown name, a wrong password and a wrong code apart.
    """
    if failed(store, name, at, rules) >= rules.tries:
        return Why.TOO_MANY
    with store.read() as conn:
        account = _account(conn, name, at)
    right = _matches(account.password if account else _NOBODY, password)
    key = vault.open(account.totp, account.person.id) if account else ""
    step = _step(key, code, at, account.step) if account else None
    if account is None or not right or step is None:
        note_failure(store, name, at, rules)
        return Why.WRONG
    if at - account.last_at > rules.idle:
        return Why.IDLE
    with store.write() as conn:
        taken = conn.execute(
            "UPDATE account SET step = ?, last_at = ? WHERE person = ? AND step < ?",
            (step, text(at), account.person.id, step),
        )
        if taken.rowcount != 1:  # the same code at the same moment: one of the two is too late
            return Why.WRONG
        if not vault.is_sealed(account.totp):  # of a program that kept keys as they are
            sealed = vault.seal(key, account.person.id)
            conn.execute(
                "UPDATE account SET totp = ? WHERE person = ?", (sealed, account.person.id)
            )
        conn.execute("DELETE FROM sign_in_failure WHERE name = ?", (_hash(name),))
    return account.person


def begin(
    store: Store, person: Person, book: str, at: datetime, random: Random, rules: Rules
) -> Session:
    """A session for a person who was recognized, bound to the credential that they hold."""
    secret = new_secret(random)
    ends = at + rules.session
    with store.write() as conn:
        conn.execute("DELETE FROM session WHERE ends_at < ?", (text(at - rules.session),))
        conn.execute(
            "INSERT INTO session (hash, credential, begun_at, ends_at, book)"
            " VALUES (?, ?, ?, ?, ?)",
            (_hash(secret), person.credential, text(at), text(ends), book),
        )
    return Session(secret, person, at, ends, book)


def session(store: Store, secret: str, at: datetime) -> Session | Why:
    """The session of ``secret``, if it and its credential are in force at ``at``."""
    with store.read() as conn:
        row = conn.execute(
            "SELECT s.begun_at, s.ends_at, s.book, s.ended_why, c.expires_at, c.revoked_at,"
            " c.id, c.person FROM session s JOIN credential c ON c.id = s.credential"
            " WHERE s.hash = ?",
            (_hash(secret),),
        ).fetchone()
        if row is None:
            return Why.NONE
        person = holder(conn, row[7], row[6])
    if row[3]:
        return Why(row[3])
    if row[1] <= text(at):
        return Why.OVER
    if row[5] is not None or row[4] <= text(at):
        return Why.REVOKED
    return Session(secret, person, time(row[0]), time(row[1]), row[2])


def seen_under(store: Store, secret: str, book: str) -> None:
    """The session goes on under another book."""
    with store.write() as conn:
        conn.execute("UPDATE session SET book = ? WHERE hash = ?", (book, _hash(secret)))


def end(store: Store, secret: str, why: Why) -> None:
    """End a session; one that is over stays as it ended."""
    with store.write() as conn:
        conn.execute(
            "UPDATE session SET ended_why = ? WHERE hash = ? AND ended_why = ''",
            (why, _hash(secret)),
        )


def _invitation(conn: Connection, secret: str, at: datetime) -> Invitation | None:
    row = conn.execute(
        "SELECT e.expires_at, c.id, c.person"
        " FROM enrolment e JOIN credential c ON c.id = e.credential"
        " WHERE e.hash = ? AND e.used_at IS NULL"
        " AND e.expires_at > ? AND c.revoked_at IS NULL AND c.expires_at > ?",
        (_hash(secret), text(at), text(at)),
    ).fetchone()
    if row is None:
        return None
    return Invitation(holder(conn, row[2], row[1]), time(row[0]))


def _account(conn: Connection, name: str, at: datetime) -> _Account | None:
    row = conn.execute(
        "SELECT a.password, a.totp, a.step, a.last_at, c.id"
        " FROM account a JOIN credential c ON c.id = a.credential"
        " WHERE a.person = ? AND c.revoked_at IS NULL AND c.expires_at > ?",
        (name, text(at)),
    ).fetchone()
    if row is None:
        return None
    return _Account(holder(conn, name, row[4]), row[0], row[1], row[2], time(row[3]))


def holder(conn: Connection, person: str, credential: str) -> Person:
    """The person whom a credential was issued to."""
    found = reader.person_row(conn, person)
    assert found is not None  # credentials refer to persons, and persons stay
    return replace(found, credential=credential)


def _matches(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False


def _step(totp: str, code: str, at: datetime, after: int) -> int | None:
    """The 30 seconds to which a code belongs: now, or one before or after (RFC 6238, 5.2).

    A code that was used, or is older than one that was, is refused.
    """
    clock = pyotp.TOTP(totp)
    typed = code.replace(" ", "")
    now = int(clock.timecode(at))
    for step in (now, now - 1, now + 1):
        if step > after and pyotp.utils.strings_equal(typed, clock.generate_otp(step)):
            return step
    return None


def failed(store: Store, name: str, at: datetime, rules: Rules) -> int:
    """How many failed tries of ``name`` count at ``at``."""
    with store.read() as conn:
        (count,) = conn.execute(
            "SELECT count(*) FROM sign_in_failure WHERE name = ? AND at > ?",
            (_hash(name), text(at - rules.window)),
        ).fetchone()
    return int(count)


def note_failure(store: Store, name: str, at: datetime, rules: Rules) -> None:
    """Write a failed try down; those that no longer count go, so that no table grows."""
    with store.write() as conn:
        conn.execute("DELETE FROM sign_in_failure WHERE at <= ?", (text(at - rules.window),))
        conn.execute(
            "INSERT INTO sign_in_failure (name, at) VALUES (?, ?)", (_hash(name), text(at))
        )


def _end_all(conn: Connection, person: str, at: datetime) -> None:
    conn.execute(
        "UPDATE session SET ended_why = ? WHERE ended_why = '' AND ends_at > ?"
        " AND credential IN (SELECT id FROM credential WHERE person = ?)",
        (Why.REVOKED, text(at), person),
    )
