"""Signing in and out, making an account by a link, and choosing the language."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from typing import Any, Final

import pyotp
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ...agencies import accounts
from ...agencies.accounts import Session, Why
from ...gate import signing_in
from ...model.errors import FieldError, NotFound
from ..incoming import AnyRequest
from .challenge import asking
from .pages import LANGUAGE, VIA, Pages, local, redirect
from .visit import Visit
from .words import LANGUAGES

_YEAR: Final = 365 * 24 * 3600


def routes(pages: Pages) -> list[HTTPRouteHandler]:
    """Their routes."""

    @get("/")
    async def front(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: redirect("/overview" if v.person else "/law"))

    @get("/sign-in")
    async def sign_in(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: form(pages, v))

    @post("/sign-in")
    async def signing(request: AnyRequest) -> Response[Any]:
        return await pages.take(request, lambda v: _sign_in(pages, v))

    @post("/sign-out")
    async def sign_out(request: AnyRequest) -> Response[Any]:
        return await pages.take(request, lambda v: _sign_out(pages, v))

    @get("/enrol/{secret:str}")
    async def enrol(request: AnyRequest, secret: FromPath[str]) -> Response[Any]:
        return await pages.show(request, lambda v: _enrolment(pages, v, secret))

    @post("/enrol/{secret:str}")
    async def enrolling(request: AnyRequest, secret: FromPath[str]) -> Response[Any]:
        return await pages.take(request, lambda v: _enrol(pages, v, secret))

    @get("/language")
    async def language(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: _language(pages, v))

    found: list[HTTPRouteHandler] = [front, sign_in, signing, sign_out, enrol, enrolling, language]
    if pages.office.links:

        @get("/link/{secret:str}")
        async def link(request: AnyRequest, secret: FromPath[str]) -> Response[Any]:
            return await pages.show(request, lambda v: _link(pages, secret))

        found.append(link)
    return found


def form(pages: Pages, visit: Visit, *, status: int = 200, to: str = "") -> Response[Any]:
    """The form, with the reason why it is shown where there is one."""
    why = visit.session if isinstance(visit.session, Why) else Why.NONE
    return show(pages, visit, why, status, to or visit.query.get("to", "/"))


def show(pages: Pages, visit: Visit, why: str, status: int, to: str) -> Response[Any]:
    """The form, with ``why`` it is shown, a word of ``sign.why``."""
    rules = pages.gate.parts.limits.accounts
    return pages.html(
        visit, "sign_in.html", status=status, why=why, to=local(to), name=visit.field("name"),
        hours=int(rules.session.total_seconds() // 3600),
        passkey=asking(pages, visit), days=rules.idle.days,
        minutes=int(rules.window.total_seconds() // 60),
    )  # fmt: skip


def _sign_in(pages: Pages, visit: Visit) -> Response[Any]:
    name, password, code = (visit.form.get(f, [""])[-1] for f in ("name", "password", "code"))
    found = signing_in.sign_in(pages.gate, name.strip(), password, code, VIA)
    to = visit.field("to")
    if isinstance(found, Why):
        return show(pages, visit, found, 429 if found is Why.TOO_MANY else 401, to)
    return pages.signed_in(found.secret, local(to))


def _sign_out(pages: Pages, visit: Visit) -> Response[Any]:
    if isinstance(visit.session, Session):
        accounts.end(pages.gate.parts.agencies, visit.session.secret, Why.OVER)
    return pages.signed_out("/sign-in")


def _enrolment(
    pages: Pages, visit: Visit, secret: str, fault: FieldError | None = None
) -> Response[Any]:
    parts = pages.gate.parts
    found = accounts.invitation(parts.agencies, secret, parts.clock())
    if found is None:
        raise NotFound("This link was used, is over, or is none; ask your administrator for one.")
    key = _key(secret)
    uri = pyotp.TOTP(key, name=found.person.id, issuer="Cleargate").provisioning_uri()
    spaced = " ".join(key[i : i + 4] for i in range(0, len(key), 4))
    return pages.html(
        visit, "enrol.html", status=422 if fault else 200, person=found.person, key=spaced, uri=uri,
        until=found.expires_at, shortest=accounts.SHORTEST, fault=fault, secret=secret,
    )  # fmt: skip


def _enrol(pages: Pages, visit: Visit, secret: str) -> Response[Any]:
    parts = pages.gate.parts
    password, code = (visit.form.get(f, [""])[-1] for f in ("password", "code"))
    try:
        person = accounts.enrol(
            parts.agencies,
            parts.vault,
            secret,
            password,
            _key(secret),
            code,
            parts.clock(),
            parts.random,
        )
    except FieldError as fault:
        return _enrolment(pages, visit, secret, fault)
    if person is None:
        return _enrolment(pages, visit, secret)
    return pages.signed_in(signing_in.begin(pages.gate, person).secret, "/")


def _key(secret: str) -> str:
    """The authenticator's key of a link: made of its secret, so that a page shown twice is one."""
    return b32encode(hmac.digest(secret.encode(), b"authenticator", hashlib.sha256)[:20]).decode()


def _language(pages: Pages, visit: Visit) -> Response[Any]:
    made = redirect(local(visit.query.get("back", "/")))
    to = visit.query.get("to", "")
    if to in LANGUAGES:
        made.cookies.append(pages.cookie(LANGUAGE, to, _YEAR))
    return made


def _link(pages: Pages, secret: str) -> Response[Any]:
    """In the demonstration: whoever has the link is the person of its credential."""
    token = next((t for s, t in pages.office.links.items() if hmac.compare_digest(s, secret)), "")
    person = pages.gate.authenticate(token, VIA)
    return pages.signed_in(signing_in.begin(pages.gate, person).secret, "/")
