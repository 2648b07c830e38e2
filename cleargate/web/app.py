"""The HTTP API, built once from a gate: which routes there are, and what they share.

Every route but ``POST /v1/requests`` and ``POST /v1/exports`` is listed in ``NOT_REQUESTS`` with
the reason why it needs no decision and leaves no entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from litestar import Litestar
from litestar.types import Message, Send

from ..gate.gate import Gate
from ..model.ids import Random
from ..settings import Limits as Sizes
from ..settings import Serve
from . import exports, health, log_files, openapi, requests
from .console.faults import Faults, Respond, by_path
from .console.office import Office
from .console.pages import Pages
from .console.routes import handlers as console
from .diag import REQUEST
from .incoming import Limits
from .metrics import Metrics, Watched
from .outside import Outside
from .pool import Pool
from .problems import Problems, header_hook, request_number

NOT_REQUESTS: Final[Mapping[str, str]] = {
    "GET /v1/requests/{leaf}": "shows a decided request again to those who may see it",
    "GET /log/checkpoint": "public: what the log has signed",
    "GET /log/tile/{level}/{n}": "public: hashes, which say nothing of what was hashed",
    "GET /log/tile/entries/{n}": "the log itself; an auditor's credential opens it",
    "GET /healthz": "whether requests can be answered; says nothing of any",
    "GET /log/keys/{number}": "shows which key followed which",
    "GET /log/cosigned/{witness}": "shows what a witness has signed",
    "GET /log/witnesses": "says which witness signed when, and since when one is silent",
    "GET /openapi.json": "describes this API",
}


class Api(Litestar):
    """Litestar, with HEAD wherever there is GET (RFC 9110, 9.1), and each request watched."""

    __slots__ = ("metrics", "random")
    metrics: Metrics
    random: Random

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one ASGI connection."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        number = request_number(scope, self.random)
        REQUEST.set(number)
        watched = Watched(self.metrics, scope, number, send)
        send = watched.send
        if scope["method"] == "HEAD":
            scope["method"] = "GET"
            send = _without_body(send)
        try:
            await super().__call__(scope, receive, send)
        finally:
            watched.ended()


def make_app(
    gate: Gate,
    serve: Serve = Serve(),  # noqa: B008
    sizes: Sizes = Sizes(),  # noqa: B008
    cosigned: Path | None = None,
    office: Office | None = None,
    scratch: Path | None = None,
    metrics: Metrics | None = None,
) -> Litestar:
    """The application. It opens and closes nothing of the gate's.

    Args:
        gate: answers.
        serve: how many at once, how many in line, how long.
        sizes: how large a request may be; rows on a page are the gate's own limit.
        cosigned: the folder of what witnesses of the log signed; None where nobody is asked.
        office: whose pages stand beside the API; without it there are none.
        scratch: the folder on whose disk exports wait to be sent; None for the system's own.
        metrics: what counts; None for counts that nobody reads.
    """
    counts = metrics or Metrics()
    pool = Pool(serve.workers, serve.waiting, serve.seconds)
    long = Pool(serve.exports, serve.exports, serve.export_seconds)
    watch = health.Health(gate, counts)
    outside = Outside(gate.parts)
    files = exports.Exports(gate, watch, scratch)
    incoming = Limits(sizes.request_bytes, serve.seconds)
    handlers = [
        *requests.routes(gate, pool, watch, incoming, outside),
        *exports.routes(gate, long, files, incoming, outside),
        *log_files.routes(gate, pool, cosigned),
        *health.routes(watch, outside),
        *openapi.routes(),
    ]
    respond: Respond = Problems(gate.parts.random, outside, handlers, counts).respond
    found, running = [*handlers], [pool.running, long.running]
    if office is not None:
        pages = Pages(gate, pool, office, watch, sizes, serve.seconds, (long, files))
        found += console(pages)
        running.append(pages.prepared)
        machine = [path for handler in handlers for path in handler.paths]
        respond = by_path(Faults(pages, respond, outside).respond, respond, machine)
    api = Api(
        found,
        lifespan=running,
        exception_handlers={Exception: respond},
        before_send=[header_hook(gate.parts.random)],
        openapi_config=None,  # its own document is more exact: openapi.py
        logging_config=None,
        request_max_body_size=None,  # incoming.py has its own, with its own sentence
        debug=False,
    )
    api.metrics, api.random = counts, gate.parts.random
    return api


def _without_body(send: Send) -> Send:
    async def head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return head
