"""Asking, and looking up what was asked: the two routes under ``/v1/requests``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ..gate.answer import Answer
from ..gate.gate import Gate
from ..model.errors import BadUse, CleargateError, FieldError
from ..model.request import Person
from ..model.words import Outcome
from . import incoming
from .explained import explained
from .health import Health
from .incoming import Limits
from .pool import Pool
from .problems import answer_json

VIA: Final = "api"

STATUS: Final[Mapping[Outcome, int]] = {
    Outcome.PERMIT: 200,
    Outcome.REQUIRE: 200,
    Outcome.REFUSE: 403,
    Outcome.NO_AUTHORITY: 403,
    Outcome.CONFLICT: 409,
    Outcome.UNAVAILABLE: 503,
}
"""A refusal is an answer with rules and receipt, not a problem document. RFC 9110, 15.5.4: 403 is
for a request that was understood and is not fulfilled; 15.5.10: 409 for a conflict that someone may
resolve."""


def routes(
    gate: Gate, pool: Pool, health: Health, limits: Limits, outside: Callable[[str], str]
) -> list[HTTPRouteHandler]:
    """The routes; ``outside`` takes the folders out of a sentence."""

    @post("/v1/requests")
    async def ask(request: Request[Any, Any, Any]) -> Response[bytes]:
        token, body = incoming.token(request), await incoming.body(request, limits)

        def work() -> tuple[int, bytes]:
            answer = watched(health, lambda: _answer(gate, token, body))
            return STATUS[answer.decision.outcome], encoded(answer, outside)

        return answer_json(*await pool.run(work))

    @get("/v1/requests/{leaf:int}")
    async def explain(request: Request[Any, Any, Any], leaf: FromPath[int]) -> Response[bytes]:
        token = incoming.token(request)

        def work() -> bytes:
            person = gate.authenticate(token, VIA)
            return msgspec.json.encode(explained(gate, person, leaf))

        return answer_json(200, await pool.run(work))

    return [ask, explain]


def _answer(gate: Gate, token: str, body: bytes) -> Answer:
    """Steps 1 to 10. The body is read only for someone who was recognized."""
    person = gate.authenticate(token, VIA)
    raw = fields_of(gate, person, body)
    return gate.ask(person, gate.parse(person, raw, VIA), VIA)


def fields_of(
    gate: Gate, person: Person, body: bytes, *, exporting: bool = False
) -> Mapping[str, Any]:
    """The fields of a request by someone who was recognized; what is none is counted."""
    try:
        raw = incoming.fields(body)
        if raw.get("action") == "export" and not exporting:
            raise FieldError("action", "An export is a file; POST the same fields to /v1/exports.")
        if raw.get("action") == "release":
            # A release asks nobody (DESIGN, section 4): whoever keeps a person writes it down.
            raise FieldError(
                "action",
                "A release is not asked for here: the desk writes it down with 'cleargate custody "
                "release', whether anything else works or not.",
            )
    except BadUse as fault:
        gate.turn_away(person, fault, VIA)
        raise
    return raw


def watched(health: Health, work: Callable[[], Answer]) -> Answer:
    """Do ``work``, and tell the health what it met."""
    try:
        answer = work()
    except CleargateError as fault:
        health.met(fault)
        raise
    health.answered(answer)
    return answer


def encoded(answer: Answer, outside: Callable[[str], str]) -> bytes:
    """An answer as it leaves the house."""
    said = answer.as_json()
    if answer.decision.outcome is Outcome.UNAVAILABLE:  # why not is told in an operator's words
        said["why"] = outside(said["why"])
        said["documents"] = [d | {"why": outside(d["why"])} for d in said["documents"]]
    return msgspec.json.encode(said)
