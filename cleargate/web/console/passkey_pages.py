"""Passkeys: signing in by one, and a person's own list, where one is made or removed."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from ...agencies import passkeys
from ...agencies.accounts import Why
from ...agencies.passkeys import Site
from ...gate import signing_in
from ...model.errors import BadUse, FieldError
from ..incoming import AnyRequest
from . import challenge, sign_in
from .pages import VIA, Pages, local, redirect
from .visit import Visit


def routes(pages: Pages) -> list[HTTPRouteHandler]:
    """``/passkeys`` and signing in by one."""

    @get("/passkeys")
    async def own(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: _own(pages, v))

    @post("/passkeys")
    async def make(request: AnyRequest) -> Response[Any]:
        return await pages.take(request, lambda v: _make(pages, v))

    @post("/passkeys/remove")
    async def remove(request: AnyRequest) -> Response[Any]:
        return await pages.take(request, lambda v: _remove(pages, v))

    @post("/sign-in/passkey")
    async def by_passkey(request: AnyRequest) -> Response[Any]:
        return await pages.take(request, lambda v: _sign_in(pages, v))

    return [own, make, remove, by_passkey]


def _own(pages: Pages, visit: Visit, fault: FieldError | None = None) -> Response[Any]:
    person, site, parts = visit.signed_in, pages.office.passkeys, pages.gate.parts
    known = passkeys.listed(parts.agencies, person)
    values: dict[str, Any] = {"options": "", "at": ""}
    if site is not None:
        asked = challenge.new(pages, visit, challenge.MAKE)
        values = {"options": passkeys.creation(site, person, known, asked),
                  "at": asked.at.isoformat()}  # fmt: skip
    return pages.html(
        visit, "passkeys.html", status=422 if fault else 200, known=known, fault=fault,
        most=passkeys.MOST, url=pages.office.url, **values,
    )  # fmt: skip


def _make(pages: Pages, visit: Visit) -> Response[Any]:
    person, parts = visit.signed_in, pages.gate.parts
    asked = challenge.answered(pages, visit, challenge.MAKE)
    try:
        passkeys.add(parts.agencies, _site(pages), person, visit.field("name"),
                     visit.field("response"), asked, parts.clock())  # fmt: skip
    except FieldError as fault:
        return _own(pages, visit, fault)
    return redirect("/passkeys")


def _remove(pages: Pages, visit: Visit) -> Response[Any]:
    try:
        id = bytes.fromhex(visit.field("id"))
    except ValueError:
        id = b""
    passkeys.remove(pages.gate.parts.agencies, visit.signed_in, id)
    return redirect("/passkeys")


def _sign_in(pages: Pages, visit: Visit) -> Response[Any]:
    asked, to = challenge.answered(pages, visit, challenge.SIGN_IN), visit.field("to")
    found = signing_in.sign_in_by_passkey(
        pages.gate, _site(pages), visit.field("response"), asked, VIA
    )
    if isinstance(found, Why):
        why = "passkey" if found is Why.WRONG else found
        return sign_in.show(pages, visit, why, 429 if found is Why.TOO_MANY else 401, to)
    return pages.signed_in(found.secret, local(to))


def _site(pages: Pages) -> Site:
    if pages.office.passkeys is None:
        raise BadUse("Passkeys need pages at an address with a name, over https.")
    return pages.office.passkeys
