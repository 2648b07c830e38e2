"""What goes wrong, as RFC 9457 problem documents, and the headers that every response carries.

A refusal by law is no problem: it is an answer. What the operator must do is told the operator
(``diag``); outside, a fault of the system is a code, a sentence without folders, and a request's
number to ask about.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import Message, Scope

from ..model.errors import CheckFailed, CleargateError, NotAuthenticated, Unavailable
from ..model.ids import Random, new_id
from .incoming import AnyRequest
from .metrics import Metrics
from .outside import Outside

PROBLEM: Final = "application/problem+json"
JSON: Final = "application/json"

HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Of every response that does not say otherwise. Strict-Transport-Security is for the proxy that
holds the certificate."""

_RETRY: Final = frozenset({"overloaded", "out-of-time", "store-busy", "unavailable"})
_RETRY_AFTER: Final = "1"  # second: what stands in line is answered by then
_ENDS_CONNECTION: Final = frozenset({"too-large", "too-slow"})
_WORDS: Final = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address; /openapi.json lists what there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method; see the Allow header.",
}
_PARAMETER: Final = re.compile(r"\{\w+:(\w+)\}")

diag = logging.getLogger("cleargate.diag.web")


def answer_json(status: int, body: bytes) -> Response[bytes]:
    """A JSON response of bytes that are ready."""
    return Response(body, status_code=status, media_type=JSON)


class Problems:
    """Turns every exception into a problem document.

    Args:
        random: makes requests' numbers.
        outside: takes folders out of sentences.
        handlers: the routes, for what a method that one of them does not take is told.
        metrics: count what went wrong.
    """

    def __init__(
        self,
        random: Random,
        outside: Outside,
        handlers: Sequence[HTTPRouteHandler],
        metrics: Metrics,
    ) -> None:
        self._random, self._outside, self._metrics = random, outside, metrics
        self._methods = [
            (re.compile(_PARAMETER.sub(_any_of, path)), sorted(_taken(handler)))
            for handler in handlers
            for path in handler.paths
        ]

    def respond(self, request: AnyRequest, fault: Exception) -> Response[bytes]:
        """The response to a request that met ``fault``."""
        number = request_number(request.scope, self._random)
        said, headers = self._said(request, fault, number)
        said["instance"] = f"urn:cleargate:request:{number}"
        return Response(
            msgspec.json.encode(said),
            status_code=said["status"],
            media_type=PROBLEM,
            headers=headers,
        )

    def _said(
        self, request: AnyRequest, fault: Exception, number: str
    ) -> tuple[dict[str, Any], dict[str, str]]:
        if isinstance(fault, HTTPException) and fault.status_code < 500:
            return self._of_http(fault, request.scope["path"])
        if not isinstance(fault, CleargateError):
            diag.error("%s", _place(fault), extra={"request": number, "code": "fault"})
            self._metrics.problems.labels("fault").inc()
            return _failed("fault", number), {}
        self._metrics.problems.labels(fault.code).inc()
        if fault.status >= 500 or isinstance(fault, CheckFailed):
            diag.error("%s", fault.sentence, extra={"request": number, "code": fault.code})
        said = fault.problem()
        if isinstance(fault, CheckFailed):
            # What was found wrong is the log itself, so that nothing can be answered.
            said["status"] = Unavailable.status
        elif fault.status >= 500 and not isinstance(fault, Unavailable):
            return _failed(fault.code, number), {}
        said["detail"] = self._outside(said["detail"])
        sent = "authorization" in request.headers
        if isinstance(fault, NotAuthenticated) and not sent:
            said["detail"] = "Send your credential in the header 'Authorization: Bearer <token>'."
        return said, _headers(fault, sent)

    def _of_http(self, fault: HTTPException, path: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What HTTP itself says (RFC 9457, 4.2.1): the title is the status code's phrase."""
        status = HTTPStatus(fault.status_code)
        said = {
            "type": "about:blank",
            "title": status.phrase,
            "status": int(status),
            "detail": _WORDS.get(status, fault.detail),
        }
        return said, self._allow(path) if status == HTTPStatus.METHOD_NOT_ALLOWED else {}

    def _allow(self, path: str) -> dict[str, str]:
        """The methods of an address; RFC 9110, 15.5.6 asks for them."""
        for template, methods in self._methods:
            if template.fullmatch(path):
                return {"allow": ", ".join(methods)}
        return {}


def request_number(scope: Scope, random: Random) -> str:
    """The number of a request, made when it is first asked for; it says nothing of the request."""
    state = scope.setdefault("state", {})
    if "number" not in state:
        state["number"] = new_id("R", 10, random)
    return str(state["number"])


def header_hook(random: Random) -> Callable[[Message, Scope], Awaitable[None]]:
    """Adds the headers of every response, whatever made it."""

    async def add(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        sent = list(message["headers"])
        there = {name.lower() for name, _ in sent}
        wanted = HEADERS | {"x-request-id": request_number(scope, random)}
        sent += [(n.encode(), v.encode()) for n, v in wanted.items() if n.encode() not in there]
        message["headers"] = sent

    return add


def _any_of(parameter: re.Match[str]) -> str:
    return ".+" if parameter[1] == "path" else "[^/]+"


def _taken(handler: HTTPRouteHandler) -> set[str]:
    methods = {str(m) for m in handler.http_methods}
    return methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())


def _failed(code: str, number: str) -> dict[str, Any]:
    return {
        "type": f"urn:cleargate:error:{code}",
        "title": code.replace("-", " "),
        "status": 500,
        "detail": f"This program failed and gave no answer; tell its operator the number {number}.",
    }


def _headers(fault: CleargateError, credential_sent: bool) -> dict[str, str]:
    headers = {}
    if isinstance(fault, NotAuthenticated):
        # RFC 6750, 3: no error code where no credential was sent.
        error = ', error="invalid_token"' if credential_sent else ""
        headers["www-authenticate"] = f'Bearer realm="cleargate"{error}'
    if fault.code in _RETRY:
        headers["retry-after"] = _RETRY_AFTER
    if fault.code in _ENDS_CONNECTION:  # the rest of the body is not waited for
        headers["connection"] = "close"
    return headers


def _place(fault: BaseException) -> str:
    """Kind and place of a mistake in this program; its message may quote a request and is left."""
    frames = traceback.extract_tb(fault.__traceback__)[-6:]
    where = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(fault).__name__} at {where}"
