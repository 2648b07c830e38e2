"""All routes of the pages, and what lets each of them be shown.

``PAGES`` is held against the routes and against the log by tests: a route that is not here, or
that leaves entries which it should not, fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from litestar.handlers import HTTPRouteHandler

from . import (
    agency_pages,
    ask,
    custody_acts,
    custody_pages,
    law_pages,
    log_pages,
    overview,
    passkey_pages,
    sign_in,
    static_files,
)
from .pages import Pages

PUBLIC: Final = "public"
SIGN_IN: Final = "signs in or out"
OWN: Final = "shows what its asker was answered; everybody's only after log:read"
REQUEST: Final = "a request, decided and logged"

PAGES: Final[Mapping[str, str]] = {
    "GET /": PUBLIC,
    "GET /static/{name}": PUBLIC,
    "POST /sign-in/passkey": SIGN_IN,
    "GET /passkeys": SIGN_IN,
    "POST /passkeys": SIGN_IN,
    "POST /passkeys/remove": SIGN_IN,
    "GET /language": PUBLIC,
    "GET /sign-in": SIGN_IN,
    "POST /sign-in": SIGN_IN,
    "POST /sign-out": SIGN_IN,
    "GET /enrol/{secret}": SIGN_IN,
    "POST /enrol/{secret}": SIGN_IN,
    "GET /law": PUBLIC,
    "GET /law/{pack}": PUBLIC,
    "GET /law/side-by-side": PUBLIC,
    "GET /law/side-by-side/csv": PUBLIC,
    "GET /agencies": PUBLIC,
    "GET /agencies/{id}": PUBLIC,
    "GET /log/check": PUBLIC,
    "GET /ask": SIGN_IN,
    "POST /ask": REQUEST,
    "GET /overview": OWN,
    "GET /log": OWN,
    "GET /log/entry/{leaf}": OWN,
    "GET /log/entry/{leaf}/receipt": OWN,
    "GET /custody": "custody:list, decided and logged once for each session and version of the law",
    "GET /custody/{booking}": "the same",
    "GET /custody/{booking}/{act}": "the same",
    "POST /custody/{booking}/{act}": REQUEST,
    "GET /custody-book": "the same",
    "POST /custody-book": REQUEST,
    "GET /verify": SIGN_IN,
    "POST /verify": REQUEST,
    "POST /custody-release": "a release asks nobody's permission, by design; it is logged",
}


def handlers(pages: Pages) -> list[HTTPRouteHandler]:
    """Every route of the pages."""
    return [
        *sign_in.routes(pages), *passkey_pages.routes(pages), *ask.routes(pages),
        *overview.routes(pages),
        *log_pages.routes(pages), *law_pages.routes(pages), *agency_pages.routes(pages),
        *custody_pages.routes(pages), *custody_acts.routes(pages), *static_files.routes(),
    ]  # fmt: skip
