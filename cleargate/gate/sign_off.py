"""Counsel signs rules off: what is signed, what is checked of it, and the book that follows.

The act changes no outcome. It takes the book in force, ends ``@review`` for the rules that were
signed, and moves the book by one entry of the log that names the rules and the key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..agencies.proposals import signer_of
from ..law.book import Book
from ..law.sign_off import SignOff, message, text_of
from ..model.errors import FieldError
from ..model.fields import Fields
from ..model.request import Person, Request
from .bench import Bench

_LONGEST = 20_000  # characters: some two hundred rules at once
_SIGNATURE = 128  # hexadecimal digits


def fields(subject: Mapping[str, str]) -> tuple[list[str], list[str], str]:
    """The rules, a signature for each, and the key, as a request brings them.

    Raises:
        FieldError: one is missing, or there are not as many signatures as rules.
    """
    given = Fields(subject, ("rules", "signatures", "key"))
    rules = given.required("rules", longest=_LONGEST).split(",")
    signatures = given.required("signatures", longest=4 * _LONGEST).split(",")
    if len(rules) != len(signatures) or any(len(s) != _SIGNATURE for s in signatures):
        raise FieldError(
            "signatures", "Give one signature of 128 hexadecimal digits for each rule."
        )
    return rules, signatures, given.required("key")


def messages(book: Book, custodian: str, rules: Sequence[str], by: str) -> list[bytes]:
    """What ``by`` signs of each rule, as it reads in ``book``.

    Raises:
        FieldError: a rule is not there, binds nobody of the custodian's, or was signed off before.
    """
    return [message(rule, _text(book, custodian, rule), by) for rule in dict.fromkeys(rules)]


def request(
    person: Person, rules: Sequence[str], signatures: Sequence[bytes], key: bytes
) -> Request:
    """The request for it, asked as the person whose key signed."""
    subject = {
        "rules": ",".join(dict.fromkeys(rules)),
        "signatures": ",".join(s.hex() for s in signatures),
        "key": key.hex(),
    }
    return Request(
        action="law:sign-off",
        represented=person.agency,
        purpose="ADM",
        custodian=person.agency,
        subject=subject,
    )


def signed_book(bench: Bench, book: Book, person: Person, request: Request, at: datetime) -> Book:
    """``book`` with the sign-offs that ``request`` brings, each checked.

    Raises:
        FieldError: the key is not the person's, or a signature is not one of the rule as it reads.
    """
    rules, signatures, key = fields(request.subject)
    if not _is_key_of(bench, key, person):
        raise FieldError("key", f"This key is not registered for {person.id}; use their own.")
    taken = []
    for rule, signature in zip(rules, signatures, strict=True):
        text = _text(book, request.custodian, rule)
        one = SignOff(rule, text, person.id, key, signature, at.replace(microsecond=0))
        if not one.genuine:
            raise FieldError(
                "signatures", f"This is not {person.id}'s signature over {rule} as it reads in the "
                "book in force; sign it anew."
            )  # fmt: skip
        taken.append(one)
    return book.signed_off(taken)


def _is_key_of(bench: Bench, key: str, person: Person) -> bool:
    try:
        return signer_of(bench.parts.agencies, bytes.fromhex(key)) == person.id
    except (FieldError, ValueError):
        return False


def _text(book: Book, custodian: str, id: str) -> str:
    rule = book.rule(id)
    if rule is None:
        raise FieldError(
            "rules", f"There is no rule '{id}' in force; 'cleargate law show' names them."
        )
    own = book.custodian(custodian).own_pack
    if rule.pack not in {p.name for p in book.chain(own)}:
        raise FieldError("rules", f"{id} is no law of {custodian}'s; whom it binds signs it off.")
    if rule.reviewed:
        raise FieldError("rules", f"{id} is signed off already: {rule.reviewed}.")
    return text_of(rule, book.packs[rule.pack])
