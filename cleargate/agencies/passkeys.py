"""Passkeys: a key pair that a person's device keeps, and by which it signs in (W3C WebAuthn 3).

A passkey belongs to a person and to one credential of theirs, as an account does, and ends with it.
Kept are public keys and counters. The device must have verified its user, so that a passkey is two
factors by itself. A challenge is made from a key, the browser's own secret and the time, good for
some minutes and once; nothing is written for one that nobody answers.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ..model.errors import FieldError
from ..model.request import Person
from ..storage.engine import Connection, Store
from ..storage.times import text, time
from . import accounts
from .accounts import Rules, Why
from .secret import digest
from .vault import Vault

LASTS: Final = timedelta(minutes=10)
"""How long a challenge can be answered."""
MOST: Final = 10
"""Passkeys of one person."""
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Site:
    """Whom devices make passkeys for.

    Attributes:
        id: the domain (WebAuthn, RP ID).
        origin: scheme, host and port, as browsers say them.
        name: as devices show it.
    """

    id: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey as its person sees it."""

    id: bytes
    name: str
    added_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a device is to sign, for one use by one browser, from ``at`` on."""

    value: bytes
    at: datetime

    @classmethod
    def make(cls, vault: Vault, use: str, browser: str, at: datetime) -> Challenge:
        """The challenge of ``at``; the same for the same browser, use and time.

        Raises:
            KeyUnusable: the accounts' key cannot be read.
        """
        said = f"{use}\n{browser}\n{text(at)}".encode()
        return cls(hmac.digest(vault.derived("passkey challenges, version 1"), said, "sha256"), at)

    def good(self, now: datetime) -> bool:
        """Whether it can still be answered."""
        return timedelta(0) <= now - self.at <= LASTS


def creation(site: Site, person: Person, known: list[Passkey], challenge: Challenge) -> str:
    """What a browser is asked to make a passkey by, as JSON."""
    import webauthn  # 120 ms, and only a page with passkeys needs it
    from webauthn.helpers import structs

    made = webauthn.generate_registration_options(
        rp_id=site.id,
        rp_name=site.name,
        user_name=person.id,
        user_id=hashlib.sha256(person.id.encode()).digest(),
        challenge=challenge.value,
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=k.id) for k in known],
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )
    return webauthn.options_to_json(made)


def asking(site: Site, challenge: Challenge) -> str:
    """What a browser is asked to sign in by, as JSON; the device knows which passkeys it has."""
    import webauthn
    from webauthn.helpers import structs

    made = webauthn.generate_authentication_options(
        rp_id=site.id,
        challenge=challenge.value,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(made)


def listed(store: Store, person: Person) -> list[Passkey]:
    """The person's passkeys, the oldest first."""
    with store.read() as conn:
        rows = conn.execute(
            "SELECT id, name, added_at, last_at FROM passkey WHERE person = ?"
            " ORDER BY added_at, id",
            (person.id,),
        ).fetchall()
    return [Passkey(bytes(id), name, time(added), time(last)) for id, name, added, last in rows]


def add(
    store: Store,
    site: Site,
    person: Person,
    name: str,
    response: str,
    challenge: Challenge,
    at: datetime,
) -> None:
    """Keep the public key that a device of ``person``, who is signed in, has made.

    Raises:
        FieldError: the answer is not the one that was asked for, or there are too many passkeys.
    """
    import webauthn
    from webauthn.helpers import exceptions

    if not 1 <= len(name) <= _LONGEST_NAME:
        raise FieldError("name", f"Name the passkey in 1 to {_LONGEST_NAME} characters.")
    if not challenge.good(at):
        raise FieldError("response", "This took too long; open the page again.")
    try:
        made = webauthn.verify_registration_response(
            credential=response,
            expected_challenge=challenge.value,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, ValueError, KeyError, TypeError):
        raise FieldError("response", "The device gave no passkey that holds; try again.") from None
    with store.write() as conn:
        _use(conn, challenge, at)
        (count,) = conn.execute(
            "SELECT count(*) FROM passkey WHERE person = ?", (person.id,)
        ).fetchone()
        if count >= MOST:
            raise FieldError("name", f"A person has at most {MOST} passkeys; remove one.")
        taken = conn.execute("SELECT 1 FROM passkey WHERE id = ?", (made.credential_id,)).fetchone()
        if taken is not None:
            raise FieldError("response", "This device has a passkey here already.")
        conn.execute(
            "INSERT INTO passkey (id, person, credential, public, uses, name, added_at, last_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (made.credential_id, person.id, person.credential, made.credential_public_key,
             made.sign_count, name, text(at), text(at)),
        )  # fmt: skip


def remove(store: Store, person: Person, id: bytes) -> bool:
    """Forget a passkey of ``person``; whether there was one."""
    with store.write() as conn:
        gone = conn.execute(
            "DELETE FROM passkey WHERE id = ? AND person = ?", (id, person.id)
        ).rowcount
    return gone == 1


def sign_in(
    store: Store, site: Site, response: str, challenge: Challenge, at: datetime, rules: Rules
) -> Person | Why:
    """Who signs in with the passkey that answered; or why nobody does.

    A failed try counts for the passkey that was named, whether or not anybody has it.
    """
    import webauthn
    from webauthn.helpers import exceptions

    try:
        id = webauthn.helpers.parse_authentication_credential_json(response).raw_id
    except (exceptions.WebAuthnException, ValueError, KeyError, TypeError):
        id = b""
    name = f"passkey {id.hex()}"
    if accounts.failed(store, name, at, rules) >= rules.tries:
        return Why.TOO_MANY
    with store.read() as conn:
        row = conn.execute(_FOUND, (id, text(at))).fetchone()
    found = row is not None and challenge.good(at)
    uses = _verified(site, response, challenge, row) if found else None
    if row is None or uses is None:
        accounts.note_failure(store, name, at, rules)
        return Why.WRONG
    credential, person, last, account_last = row[2], row[3], row[4], row[5]
    if at - max(time(last), time(account_last or last)) > rules.idle:
        return Why.IDLE
    with store.write() as conn:
        try:
            _use(conn, challenge, at)
        except FieldError:
            return Why.WRONG
        conn.execute("UPDATE passkey SET uses = ?, last_at = ? WHERE id = ?", (uses, text(at), id))
        conn.execute("UPDATE account SET last_at = ? WHERE person = ?", (text(at), person))
        return accounts.holder(conn, person, credential)


_FOUND: Final = (
    "SELECT k.public, k.uses, k.credential, k.person, k.last_at, a.last_at"
    " FROM passkey k JOIN credential c ON c.id = k.credential"
    " LEFT JOIN account a ON a.person = k.person"
    " WHERE k.id = ? AND c.revoked_at IS NULL AND c.expires_at > ?"
)


def _verified(site: Site, response: str, challenge: Challenge, row: Any) -> int | None:
    """How often the device has signed with it; None when this answer does not hold."""
    import webauthn
    from webauthn.helpers import exceptions

    try:
        return webauthn.verify_authentication_response(
            credential=response,
            expected_challenge=challenge.value,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=bytes(row[0]),
            credential_current_sign_count=row[1],
            require_user_verification=True,
        ).new_sign_count
    except (exceptions.WebAuthnException, ValueError, KeyError, TypeError):
        return None


def _use(conn: Connection, challenge: Challenge, at: datetime) -> None:
    """A challenge is answered once.

    Raises:
        FieldError: it was.
    """
    hashed = digest(challenge.value.hex())
    conn.execute("DELETE FROM passkey_challenge WHERE used_at < ?", (text(at - 2 * LASTS),))
    if conn.execute("SELECT 1 FROM passkey_challenge WHERE hash = ?", (hashed,)).fetchone():
        raise FieldError("response", "This was answered before; open the page again.")
    conn.execute("INSERT INTO passkey_challenge (hash, used_at) VALUES (?, ?)", (hashed, text(at)))
