"""Who looks at a page, in which language, and by which form something came in."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

from ...agencies.accounts import Session, Why
from ...model.errors import BadUse, NotEntitled
from ...model.request import Person
from .words import LANGUAGES, Words

FORM_FIELDS: Final = 200
"""Fields of a form at most."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at one page.

    Attributes:
        session: of whoever signed in; else why there is none.
        secret: what the browser keeps and forms prove; a session's, or one made for this browser.
        fresh: whether ``secret`` is new to this browser and must be set.
        path: what was asked for, with its query.
        query: the query's fields, the last of each name.
        form: the fields that were sent, all of each name.
    """

    words: Words
    session: Session | Why
    secret: str
    fresh: bool
    path: str
    query: Mapping[str, str]
    form: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def person(self) -> Person | None:
        """Whoever is signed in."""
        return self.session.person if isinstance(self.session, Session) else None

    @property
    def signed_in(self) -> Person:
        """Whoever is signed in.

        Raises:
            SignedOut: nobody is.
        """
        return self.running.person

    @property
    def running(self) -> Session:
        """The session of whoever is signed in.

        Raises:
            SignedOut: nobody is.
        """
        if isinstance(self.session, Session):
            return self.session
        raise SignedOut(self.session)

    @property
    def proof(self) -> str:
        """What a form carries to show that this very browser was shown it."""
        return hmac.new(self.secret.encode(), b"form", hashlib.sha256).hexdigest()

    def field(self, name: str) -> str:
        """The one value of a field of the form; empty when it was not sent."""
        values = self.form.get(name, [""])
        return values[-1].strip()

    def prove(self) -> None:
        """Refuse a form that this browser was not shown (cross-site request forgery).

        Raises:
            SignedOut: the session in which it was shown is over.
            NotEntitled: it was not.
        """
        sent = self.field("proof")
        if self.fresh or not hmac.compare_digest(sent.encode(), self.proof.encode()):
            if isinstance(self.session, Why) and self.session is not Why.NONE:
                raise SignedOut(self.session)
            raise NotEntitled("This form is out of date, or came from elsewhere; open it again.")


class SignedOut(BadUse):
    """A page that is for whoever is signed in."""

    code, status = "signed-out", 401

    def __init__(self, why: Why) -> None:
        super().__init__("Sign in.")
        self.why = why


def language(query: str, cookie: str, accepted: str) -> str:
    """The language of a page: as chosen, else as the browser prefers among ours."""
    for chosen in (query, cookie):
        if chosen in LANGUAGES:
            return chosen
    wanted = []
    for part in accepted.split(",")[:20]:
        tag, _, weight = part.partition(";q=")
        try:
            wanted.append((-float(weight or 1), tag.strip().lower().split("-")[0]))
        except ValueError:
            continue
    return next((tag for _, tag in sorted(wanted, key=lambda w: w[0]) if tag in LANGUAGES), "en")


def form_fields(body: bytes) -> dict[str, list[str]]:
    """The fields of ``application/x-www-form-urlencoded``.

    Raises:
        BadUse: it is not that, or has too many fields.
    """
    try:
        return parse_qs(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict",
            max_num_fields=FORM_FIELDS,
        )  # fmt: skip
    except ValueError:
        raise BadUse("This form cannot be read; open it again and send it once more.") from None


def last_of_each(query: Any) -> dict[str, str]:
    """A query's fields as text."""
    return {str(name): str(value) for name, value in query.items()}
