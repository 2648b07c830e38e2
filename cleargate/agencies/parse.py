"""The fields of administrative acts, turned into agencies, persons and keys, or refused by name.

The gate reads them at step 2 with the same functions that ``write`` uses, so what was decided and
logged is what is written.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..model.errors import FieldError
from ..model.fields import Fields
from ..model.request import AGENCY_KINDS, ROLES, SECTORS, Agency, Person
from ..model.words import Tri

SIGNERS: Final = ("administrator", "counsel")
"""Roles that may hold a signing key."""

AGENCY_ID: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,30}[A-Za-z0-9])?")
PERSON_ID: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?")
_ORI: Final = re.compile(r"[A-Z0-9]{9}")
_STATE: Final = re.compile(r"[A-Z]{2}")
_CREDENTIAL: Final = re.compile(r"[0-9a-hjkmnp-tv-z]{10}")

AGENCY_FIELDS: Final = ("id", "name", "kind", "sector", "state", "ori", "parent",
                        "enforces_civil_immigration", "criminal_justice",
                        "enforces_immigration_crimes")  # fmt: skip


def agency(subject: Mapping[str, str]) -> Agency:
    """The agency that ``agency:add`` describes.

    Raises:
        FieldError: a field is missing, unknown or malformed.
    """
    fields = Fields(subject, AGENCY_FIELDS)
    fields.required("id")
    described = Agency(
        id=fields.matching("id", AGENCY_ID, "ICE-ERO"),
        name=fields.required("name"),
        kind=fields.choice("kind", AGENCY_KINDS, default="other"),
        sector=fields.choice("sector", SECTORS, default="local"),
        state=fields.matching("state", _STATE, "IL"),
        ori=fields.matching("ori", _ORI, "IL0160000"),
        parent=fields.matching("parent", AGENCY_ID, "ICE"),
        enforces_civil_immigration=fields.tri("enforces_civil_immigration"),
        criminal_justice=fields.tri("criminal_justice"),
        enforces_immigration_crimes=fields.tri("enforces_immigration_crimes"),
    )
    if described.sector in ("state", "local") and not described.state:
        raise FieldError("state", f"A {described.sector} agency lies in a state; give it, like IL.")
    return described


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What ``agency:narrow`` may change, each in one direction only; None leaves it as it is.

    Attributes:
        enforces_civil_immigration, enforces_immigration_crimes: towards yes.
        criminal_justice: towards no.
        parent: takes an agency that has none under another, whose bars then reach it.
        until: no credential that its people hold now outlives this time, UTC.
    """

    agency: str
    enforces_civil_immigration: Tri | None = None
    enforces_immigration_crimes: Tri | None = None
    criminal_justice: Tri | None = None
    parent: str = ""
    until: datetime | None = None


def narrowing(target: str, subject: Mapping[str, str]) -> Narrowing:
    """What ``agency:narrow`` asks for the agency ``target``.

    Raises:
        FieldError: a field is unknown or malformed, or nothing is narrowed.
    """
    facts = ("enforces_civil_immigration", "enforces_immigration_crimes", "criminal_justice")
    known = (*facts, "parent", "until")
    fields = Fields(subject, known)
    if not target:
        raise FieldError("target", "Name the agency that is to be narrowed.")
    if not any(fields.text(name) for name in known):
        raise FieldError("subject", f"Nothing is narrowed; give one of {', '.join(known)}.")
    return Narrowing(
        agency=target,
        **{f: fields.tri(f) for f in facts if fields.text(f)},
        parent=fields.matching("parent", AGENCY_ID, "ICE"),
        until=fields.time("until"),
    )


def lifting(target: str, reason: str) -> int:
    """The alarm whose quarantine ``records:lift-quarantine`` lifts.

    Raises:
        FieldError: no entry is named, or no reason given.
    """
    if not re.fullmatch(r"[0-9]{1,15}", target):
        raise FieldError("target", "Name the alarm's entry in the log, a number such as 1204.")
    if not reason:
        raise FieldError("reason", "Say what was mended; it is written down with the act.")
    return int(target)


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What ``credential:issue`` asks: for whom, for how many days, with which signing key.

    Attributes:
        console: with a link by which the person makes an account for the pages.
    """

    person: Person
    days: int
    public: bytes | None
    console: bool = False


def new_credential(
    subject: Mapping[str, str], *, days: int = 90, longest_days: int = 365
) -> NewCredential:
    """The credential that ``credential:issue`` describes.

    Args:
        subject: the request's fields.
        days: lifetime when none is asked for; a setting.
        longest_days: the longest that may be asked for; a setting.

    Raises:
        FieldError: a field is missing, unknown or malformed; an administrator without a key, for
            what needs two administrators' keys could then never be done.
    """
    known = ("person", "agency", "role", "enforces_civil_immigration",
             "enforces_immigration_crimes", "days", "public_key", "console")  # fmt: skip
    fields = Fields(subject, known)
    for name in ("person", "agency"):
        fields.required(name)
    role = fields.choice("role", ROLES)
    public = public_key(fields.text("public_key"))
    if public and role not in SIGNERS:
        raise FieldError("public_key", f"Only {' and '.join(SIGNERS)} sign; leave public_key out.")
    if role == "administrator" and not public:
        raise FieldError("public_key", "An administrator signs with a key; give its public_key.")
    person = Person(
        id=fields.matching("person", PERSON_ID, "j.rivera"),
        agency=fields.matching("agency", AGENCY_ID, "ICE-ERO"),
        role=role,
        enforces_civil_immigration=fields.tri("enforces_civil_immigration", Tri.NO),
        enforces_immigration_crimes=fields.tri("enforces_immigration_crimes", Tri.NO),
    )
    lifetime = fields.whole("days", default=days, low=1, high=longest_days)
    console = fields.choice("console", ("yes", "no"), default="no") == "yes"
    return NewCredential(person, lifetime, public, console)


def public_key(typed: str) -> bytes | None:
    """An Ed25519 public key given as 64 hexadecimal digits; None for an empty text.

    Raises:
        FieldError: it is not one.
    """
    if not typed:
        return None
    sentence = "'public_key' is not an Ed25519 public key; give it as 64 hexadecimal digits."
    try:
        public = binascii.unhexlify(typed)
        Ed25519PublicKey.from_public_bytes(public)
    except ValueError:  # binascii.Error is one
        raise FieldError("public_key", sentence) from None
    return public


def credential_id(target: str) -> str:
    """The credential that ``credential:revoke`` names by its id; a whole token is not taken.

    Raises:
        FieldError: it is not an id. The sentence does not repeat it, for it may be a secret.
    """
    given = target.strip().lower()
    if not _CREDENTIAL.fullmatch(given):
        raise FieldError("target", "Name the credential by its id: the ten characters after 'cg_'.")
    return given
