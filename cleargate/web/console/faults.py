"""What goes wrong on a page, as a page: a number to ask about, and one sentence of what to do.

The API's addresses keep their problem documents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from litestar import Response
from litestar.exceptions import HTTPException

from ...agencies.accounts import Why
from ...model.errors import BadUse, CleargateError, NotAuthenticated, NotEntitled, Unavailable
from ..incoming import AnyRequest
from ..problems import request_number
from . import sign_in
from .pages import Pages, local, redirect
from .visit import SignedOut, Visit

Respond = Callable[[AnyRequest, Exception], Response[Any]]
_KINDS: Final = {404: "not_found", 405: "not_found", 413: "too_large", 415: "form", 408: "form"}


class Faults:
    """Turns every exception of a page into a page.

    Args:
        pages: make it.
        problems: what the API would answer; it also tells the operator.
        outside: takes folders out of sentences.
    """

    def __init__(self, pages: Pages, problems: Respond, outside: Callable[[str], str]) -> None:
        self._pages, self._problems, self._outside = pages, problems, outside

    def respond(self, request: AnyRequest, fault: Exception) -> Response[Any]:
        """The page that says so."""
        visit: Visit = request.scope["state"].get("visit") or self._pages.stranger(request)
        if isinstance(fault, SignedOut):
            return self._signed_out(request, visit)
        status = self._problems(request, fault).status_code or 500
        number = request_number(request.scope, self._pages.gate.parts.random)
        return self._pages.html(
            visit, "fault.html", status=status, kind=_kind(fault, status), number=number,
            sentence=self._sentence(fault),
        )  # fmt: skip

    def _signed_out(self, request: AnyRequest, visit: Visit) -> Response[Any]:
        """A page goes to the form; a form that was sent says that it was not taken."""
        if request.method == "GET" and visit.session is Why.NONE:
            return redirect("/sign-in?to=" + local(visit.path).replace("&", "%26"))
        return sign_in.form(self._pages, visit, status=401, to=visit.path)

    def _sentence(self, fault: Exception) -> str:
        told = isinstance(fault, BadUse | NotAuthenticated | NotEntitled | Unavailable)
        if told and isinstance(fault, CleargateError):
            return self._outside(fault.sentence)
        return ""


def by_path(pages: Respond, problems: Respond, machine: Sequence[str]) -> Respond:
    """Pages for people, problem documents for the addresses ``machine`` and what is below them."""
    roots = tuple(path.partition("{")[0].rstrip("/") for path in machine)

    def respond(request: AnyRequest, fault: Exception) -> Response[Any]:
        path = request.scope["path"]
        for_machines = any(path == root or path.startswith(f"{root}/") for root in roots)
        return (problems if for_machines else pages)(request, fault)

    return respond


def _kind(fault: Exception, status: int) -> str:
    if isinstance(fault, HTTPException) or status in _KINDS:
        return _KINDS.get(status, "form")
    if isinstance(fault, NotEntitled | NotAuthenticated):
        return "form"
    if isinstance(fault, BadUse):
        return "form"
    return "unavailable" if isinstance(fault, Unavailable) else "failed"
