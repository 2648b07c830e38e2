"""Step 1 for people at a page: a session instead of a token, checked anew at every request.

A session ends with its credential, after its hours, and when its agency is cut off: then the next
request finds it over, whichever process answers. Signing in again stays possible, because what a
court ordered must be answered even then; what else is asked is refused by the law, with a receipt.
"""

from __future__ import annotations

from ..agencies import accounts, passkeys
from ..agencies.accounts import Session, Why
from ..agencies.passkeys import Challenge, Site
from ..agencies.reader import above
from ..law.cut_off import rule_id
from ..model.errors import NotAuthenticated, PackError
from ..model.request import Person
from .gate import Gate


def sign_in(gate: Gate, name: str, password: str, code: str, via: str) -> Session | Why:
    """Begin a session, or say why not; a failure counts like a token that is not in force."""
    parts = gate.parts
    found = accounts.sign_in(
        parts.agencies, parts.vault, name, password, code, parts.clock(), parts.limits.accounts
    )
    return _signed_in(gate, found, via)


def sign_in_by_passkey(
    gate: Gate, site: Site, response: str, challenge: Challenge, via: str
) -> Session | Why:
    """The same by what a device has signed."""
    parts = gate.parts
    found = passkeys.sign_in(
        parts.agencies, site, response, challenge, parts.clock(), parts.limits.accounts
    )
    return _signed_in(gate, found, via)


def _signed_in(gate: Gate, found: Person | Why, via: str) -> Session | Why:
    if isinstance(found, Person):
        return begin(gate, found)
    gate._rejections.note("", "", NotAuthenticated.code, via)
    return found


def begin(gate: Gate, person: Person) -> Session:
    """A session for a person whom a credential or an account has told."""
    parts = gate.parts
    book = parts.log.versions().book
    return accounts.begin(
        parts.agencies, person, book, parts.clock(), parts.random, parts.limits.accounts
    )


def recognize(gate: Gate, secret: str) -> Session | Why:
    """Whose session this is; or why it is none any more."""
    parts = gate.parts
    found = accounts.session(parts.agencies, secret, parts.clock())
    if isinstance(found, Why):
        return found
    book = parts.log.versions().book
    if book == found.book:
        return found
    if _cut_off(gate, found, book):
        accounts.end(parts.agencies, secret, Why.CUT_OFF)
        return Why.CUT_OFF
    accounts.seen_under(parts.agencies, secret, book)
    return found


def _cut_off(gate: Gate, session: Session, book: str) -> bool:
    """Whether the book that is now in force cuts the person's agency off and the old one did not.

    A book that cannot be read ends the session as well: whom it cuts off is not known.
    """
    known = gate.parts.directory.all()
    own = known[session.person.agency]
    rules = [rule_id(a.id) for a in (own, *above(known, own))]
    try:
        new, old = gate.law.book(book), gate.law.book(session.book)
    except PackError:
        return True
    cuts = {f"{pack.name}/{rule}" for pack in new.custodians().values() for rule in rules}
    return any(new.rule(c) is not None and old.rule(c) is None for c in cuts)
