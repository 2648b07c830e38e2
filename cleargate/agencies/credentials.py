"""From a token to the person who holds it, or to the private reason why to nobody.

A token is ``cg_<id>_<secret>``: ten characters that name its row, so that no table is searched and
a log may speak of it, and 256 random bits. Only the SHA-256 of the secret is stored: a secret of
full entropy needs no slow hash. Source: RFC 6750 for how it is carried.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ..model.errors import NotAuthenticated
from ..model.ids import Random, crockford
from ..model.request import Person
from ..model.words import Tri
from ..storage.engine import Store
from ..storage.times import optional_time, text, time
from .secret import digest as _hash
from .secret import new_secret

_ID_LENGTH: Final = 10
_FORM: Final = re.compile(r"cg_([0-9a-z]{10})_([a-z2-7]{52})")
_NOBODY: Final = hashlib.sha256(b"nobody's").digest()


class Reason(StrEnum):
    """Why a token opened nothing."""

    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    WRONG_SECRET = "wrong-secret"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A token that opened nothing.

    Attributes:
        reason: for the operator's ``diag`` only. Told outside, it would say which tokens exist.
        credential: the id of an existing credential, for counting; empty when there is none, so
            that made-up ids cannot fill a counter.
    """

    reason: Reason
    credential: str = ""

    def error(self) -> NotAuthenticated:
        """What the outside is told, the same for every reason."""
        return NotAuthenticated(
            "This credential is not in force; ask the custodian's administrator for a new one."
        )


@dataclass(frozen=True, slots=True)
class Token:
    """A new token; ``text`` is shown once and then forgotten."""

    id: str
    text: str
    hash: bytes

    def __repr__(self) -> str:
        return f"Token(id={self.id!r})"


def new_token(random: Random) -> Token:
    """Make a token of 256 random bits with an id of 50 more."""
    id = crockford(random(7))[:_ID_LENGTH].lower()
    secret = new_secret(random)
    return Token(id, f"cg_{id}_{secret}", _hash(secret))


def authenticate(store: Store, token: str, at: datetime) -> Person | Rejected:
    """Who holds ``token`` at ``at`` (UTC).

    The secret is compared in constant time, and compared for an unknown id as well, before
    revocation and expiry are looked at: nothing about a token is told by how long this takes.
    """
    form = _FORM.fullmatch(token)
    if form is None:
        return Rejected(Reason.MALFORMED)
    id, secret = form.groups()
    with store.read() as conn:
        row = conn.execute(
            "SELECT c.hash, c.expires_at, c.revoked_at,"
            " p.id, p.agency, p.role, p.enforces_civil_immigration, p.enforces_immigration_crimes"
            " FROM credential c JOIN person p ON p.id = c.person WHERE c.id = ?",
            (id,),
        ).fetchone()
    same = hmac.compare_digest(row[0] if row else _NOBODY, _hash(secret))
    if row is None:
        return Rejected(Reason.UNKNOWN)
    if not same:
        return Rejected(Reason.WRONG_SECRET, id)
    if row[2] is not None:
        return Rejected(Reason.REVOKED, id)
    if row[1] <= text(at):
        return Rejected(Reason.EXPIRED, id)
    person, agency, role, civil, crimes = row[3:]
    return Person(person, agency, role, Tri(civil), id, Tri(crimes))


def in_force(store: Store, id: str, at: datetime) -> bool:
    """Whether the credential ``id``, whose token was shown before, still opens anything."""
    with store.read() as conn:
        row = conn.execute(
            "SELECT expires_at, revoked_at FROM credential WHERE id = ?", (id,)
        ).fetchone()
    return row is not None and row[1] is None and row[0] > text(at)


@dataclass(frozen=True, slots=True)
class Listed:
    """A credential as an administrator sees it; its secret is nowhere."""

    id: str
    person: str
    agency: str
    role: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def in_force(self, at: datetime) -> bool:
        """Whether its token opens anything at ``at``."""
        return self.revoked_at is None and at < self.expires_at


def listed(store: Store) -> tuple[Listed, ...]:
    """Every credential, the newest last."""
    with store.read() as conn:
        rows = conn.execute(
            "SELECT c.id, p.id, p.agency, p.role, c.issued_at, c.expires_at, c.revoked_at"
            " FROM credential c JOIN person p ON p.id = c.person ORDER BY c.issued_at, c.id"
        ).fetchall()
    return tuple(
        Listed(id, person, agency, role, time(issued), time(expires), optional_time(revoked))
        for id, person, agency, role, issued, expires, revoked in rows
    )
