"""How a page comes to be: the visitor is recognized, the work is done in a thread, HTML comes out.

Every page carries the same headers: nothing from another host, no script or style within the page,
no framing, no keeping. What fails is a page too (``faults``).
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie
from markupsafe import Markup

from ...agencies.accounts import Why
from ...agencies.secret import new_secret
from ...gate.gate import Gate
from ...gate.looking import Looks
from ...gate.signing_in import recognize
from ...law.book import Book
from ...model.errors import CleargateError, NotEntitled, PackError, Unavailable
from ...settings import Limits as Sizes
from .. import incoming
from ..exports import Exports
from ..health import Health
from ..incoming import AnyRequest, Limits
from ..outside import Outside
from ..pool import Pool
from . import static_files
from .marks import filters
from .office import Office
from .strip import Strip
from .visit import Visit, form_fields, language, last_of_each
from .witnesses import witnesses
from .words import Words

VIA: Final = "console"
HTML: Final = "text/html; charset=utf-8"
HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
}
"""Of every page, beside those that every response has."""

SESSION, BROWSER, LANGUAGE = "session", "browser", "language"
Work = Callable[[Visit], Response[Any]]


class Pages:
    """What every page needs. Threads may share it.

    Attributes:
        ahead: what costs seconds when it is first needed, and can be made before.

    Args:
        gate: answers.
        pool: threads for its work.
        office: whose pages these are.
        health: what the last requests met.
        sizes: how large a form may be.
        seconds: how long it may take to come in.
        exporting: writes exports, in threads of its own.
    """

    def __init__(
        self, gate: Gate, pool: Pool, office: Office, health: Health, sizes: Sizes, seconds: float,
        exporting: tuple[Pool, Exports],
    ) -> None:  # fmt: skip
        self.gate, self.office, self.health = gate, office, health
        self._long, self.exports = exporting
        self.looks = Looks(gate)
        self.strip = Strip(gate)
        self.outside = Outside(gate.parts)
        self._ending = threading.Event()
        self.page_rows = sizes.page_rows
        self.ahead: list[Callable[[], object]] = []
        self._pool, self._limits = pool, Limits(sizes.request_bytes, seconds)
        self._prefix = "__Host-cleargate-" if office.secure else "cleargate-"
        self._templates = _environment()

    @asynccontextmanager
    async def prepared(self, _: object = None) -> AsyncIterator[None]:
        """For as long as the block runs, what costs seconds at first is being made, or is there."""
        made = threading.Thread(target=self._prepare, name="pages ahead", daemon=True)
        if self.office.ahead:
            made.start()
        yield
        self._ending.set()
        if self.office.ahead:
            made.join()

    def _prepare(self) -> None:
        for work in self.ahead:
            if self._ending.is_set():
                return
            try:
                work()
            except CleargateError as fault:  # whoever opens the page is told
                self.health.met(fault)

    # --- in ---------------------------------------------------------------------------------

    async def show(self, request: AnyRequest, work: Work) -> Response[Any]:
        """A page that is looked at."""
        return await self._pool.run(lambda: self._work(request, {}, work))

    async def take(self, request: AnyRequest, work: Work) -> Response[Any]:
        """A form that was sent: from these pages, by this browser, or it is refused."""
        _same_site(request)
        body = await incoming.form_body(request, self._limits)
        form = form_fields(body)

        def proved(visit: Visit) -> Response[Any]:
            visit.prove()
            return work(visit)

        pool = self._long if form.get("step") == ["export"] else self._pool
        return await pool.run(lambda: self._work(request, form, proved))

    def visit(self, request: AnyRequest, form: Mapping[str, list[str]]) -> Visit:
        """Who looks."""
        cookies = request.cookies
        query = last_of_each(request.query_params)
        tongue = language(
            query.get("lang", ""),
            cookies.get(self._prefix + LANGUAGE, ""),
            request.headers.get("accept-language", ""),
        )
        secret = cookies.get(self._prefix + SESSION, "")
        session = recognize(self.gate, secret) if secret else Why.NONE
        fresh = False
        if isinstance(session, Why):
            secret = cookies.get(self._prefix + BROWSER, "")
            fresh = len(secret) != _SECRET_LENGTH
            secret = new_secret(self.gate.parts.random) if fresh else secret
        words = Words(tongue, self.office.zone)
        asked = request.scope["path"]
        if raw := request.scope.get("query_string"):
            asked += "?" + raw.decode("latin-1")
        return Visit(words, session, secret, fresh, asked, query, form)

    def stranger(self, request: AnyRequest) -> Visit:
        """A visit by nobody in particular, for a page that says what failed; no store is read."""
        accepted = request.headers.get("accept-language", "")
        chosen = request.cookies.get(self._prefix + LANGUAGE, "")
        words = Words(language("", chosen, accepted), self.office.zone)
        return Visit(words, Why.NONE, "", False, request.scope["path"], {})

    def _work(
        self, request: AnyRequest, form: Mapping[str, list[str]], work: Work
    ) -> Response[Any]:
        visit = self.visit(request, form)
        request.scope["state"]["visit"] = visit
        return work(visit)

    # --- out --------------------------------------------------------------------------------

    def html(
        self, visit: Visit, template: str, *, status: int = 200, **values: Any
    ) -> Response[str]:
        """A page from its template."""
        words = visit.words
        text = self._templates.get_template(template).render(
            w=words,
            visit=visit,
            office=self.office,
            strip=self.strip.now(words),
            static=static_files.address,
            titles=self.strip.title,
            other_language=_other(visit),
            standing=lambda: witnesses(self.office),
            **values,
        )
        made = Response(text, status_code=status, media_type=HTML, headers=dict(HEADERS))
        if visit.fresh:
            made.cookies.append(self.cookie(BROWSER, visit.secret))
        return made

    def fragment(self, words: Words, template: str, **values: Any) -> Markup:
        """A part of a page that is the same for everyone."""
        shared = {"w": words, "titles": self.strip.title}
        return Markup(self._templates.get_template(template).render(**shared, **values))

    def book(self) -> Book:
        """The book in force.

        Raises:
            Unavailable: its texts cannot be read.
        """
        try:
            return self.gate.book()
        except PackError as fault:
            raise Unavailable(f"The law in force cannot be read: {fault.sentence}") from fault

    def cookie(self, name: str, value: str, seconds: int | None = None) -> Cookie:
        """A cookie of these pages that no script reads and no other site sends."""
        return Cookie(
            key=self._prefix + name,
            value=value,
            path="/",
            httponly=True,
            secure=self.office.secure,
            samesite="strict" if name == BROWSER else "lax",
            max_age=seconds,
        )

    def signed_in(self, secret: str, to: str) -> Response[Any]:
        """The browser keeps a session and goes on."""
        made = redirect(to)
        made.cookies.append(self.cookie(SESSION, secret))
        return made

    def signed_out(self, to: str) -> Response[Any]:
        """The browser forgets its session."""
        made = redirect(to)
        made.cookies.append(self.cookie(SESSION, "", 0))
        return made


def redirect(to: str) -> Response[Any]:
    """See other (RFC 9110, 15.4.4): what was sent is done, and reading it again sends nothing."""
    return Response(b"", status_code=303, headers={"location": to, **HEADERS})


def local(address: str, otherwise: str = "/") -> str:
    """An address on these pages, never another host's."""
    parts = urlsplit(address)
    plain = address.startswith("/") and not address.startswith(("//", "/\\"))
    if not plain or parts.scheme or parts.netloc or "\\" in address:
        return otherwise
    return quote(address, safe="/?=&%-._~+:,")


_SECRET_LENGTH: Final = 52


def _other(visit: Visit) -> str:
    return f"/language?to={'en' if visit.words.language == 'es' else 'es'}&back=" + quote(
        visit.path, safe=""
    )


def _same_site(request: AnyRequest) -> None:
    """Browsers say where a form came from; whatever says that it was elsewhere is refused."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NotEntitled("This form came from another site; open it here.")


def _environment() -> Environment:
    folder = Path(str(files(__package__).joinpath("templates")))
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(cast(dict[str, Any], filters()))
    return made
