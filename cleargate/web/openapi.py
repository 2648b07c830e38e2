"""The API's description (OpenAPI 3.1.1), made of the types that it speaks in.

It is written here and not derived from the handlers, because what matters is what they do not say:
which status an outcome has, which problems there are. A test walks the routes and holds the two
together.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from .. import __version__
from ..gate.parse import Asked
from ..records.sheets import CSV, PARQUET
from . import shapes
from .problems import JSON, PROBLEM, answer_json

_PROBLEMS: Final = {
    "400": "The body is not one JSON object",
    "401": "The credential is missing or not in force",
    "403": "The credential is not for this",
    "404": "There is no such thing, or not for whoever asks",
    "406": "An export is given as a zip or as Parquet",
    "408": "The request did not come in within its time",
    "409": "The decision is too old to act on; ask again",
    "413": "The request is larger, or asks for more, than the limits allow",
    "415": "The body is not plain application/json",
    "422": "A field is missing, unknown or wrong; `field` names it",
    "500": "A fault of this program",
    "503": "Nothing can be decided or written down, or too many wait; Retry-After may say when",
}

_EXAMPLE: Final = {
    "represented": "FBI",
    "purpose": "C",
    "action": "search",
    "dataset": "incident",
    "where": ["primary_type = ROBBERY"],
    "case": "JH-2026-1184",
    "attention": "SA R. Alvarez",
}

_EXPORTED: Final = {**_EXAMPLE, "represented": "CHICAGO-POLICE", "action": "export"}


def routes() -> list[HTTPRouteHandler]:
    """``/openapi.json``."""

    @get("/openapi.json")
    async def description() -> Response[bytes]:
        return answer_json(200, encoded())

    return [description]


@cache
def encoded() -> bytes:
    """The document, ready to be sent."""
    return msgspec.json.encode(document())


def document() -> dict[str, Any]:
    """The document."""
    types = (Asked, shapes.Answer, shapes.Explained, shapes.Health, shapes.Problem)
    _, components = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Cleargate",
            "version": __version__,
            "summary": "Ask for records or about custody; answered by law, with proof.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": _paths(),
        "components": {
            "schemas": components,
            "securitySchemes": {"credential": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths() -> dict[str, Any]:
    n = _parameter("n", "Number of the tile: 1234067 is `x001/x234/067`; `.p/W` after it names the "
                   "first W of a tile that is not full", {"type": "string"})  # fmt: skip
    level = _parameter("level", "0 for the hashes of entries", {"type": "integer", "minimum": 0})
    leaf = _parameter("leaf", "Index of an entry", {"type": "integer", "minimum": 0})
    return {
        "/v1/requests": {"post": _ask()},
        "/v1/exports": {"post": _export()},
        "/v1/requests/{leaf}": {
            "parameters": [leaf],
            "get": _operation(
                "explain", "A past request as its ten steps, for those whom it concerns",
                {"200": _json("Explained", "The request")}, ("401", "404", "503"), secured=True,
            ),
        },
        "/log/checkpoint": {
            "get": _operation(
                "checkpoint", "The newest checkpoint that the log has signed",
                {"200": _as("text/plain", "A signed note (C2SP tlog-checkpoint)")}, ("503",),
            )
        },
        "/log/tile/{level}/{n}": {
            "parameters": [level, n],
            "get": _operation(
                "hashTile", "A tile of hashes (C2SP tlog-tiles)",
                {"200": _as("application/octet-stream", "Hashes, 32 bytes each")}, ("404", "503"),
            ),
        },
        "/log/tile/entries/{n}": {
            "parameters": [n],
            "get": _operation(
                "entryTile", "A tile of entries (C2SP tlog-tiles), for auditors",
                {"200": _as("application/octet-stream", "Entries, each after its length")},
                ("401", "403", "404", "503"), secured=True,
            ),
        },
        "/log/keys/{number}": {
            "parameters": [_parameter("number", "0001 and up; 0000 is the log before this one",
                                      {"type": "string"})],
            "get": _operation(
                "key", "A note by which one key of the log followed another",
                {"200": _as("text/plain", "A signed note")}, ("404", "503"),
            ),
        },
        "/log/cosigned/{witness}": {
            "parameters": [_parameter("witness", "A witness's key id, eight hexadecimal digits",
                                      {"type": "string"})],
            "get": _operation(
                "cosigned", "The last checkpoint that a witness has signed",
                {"200": _as("text/plain", "A signed note (C2SP tlog-cosignature)")}, ("404", "503"),
            ),
        },
        "/log/witnesses": {
            "get": _operation(
                "witnesses", "Which witness signed when, and since when one is silent",
                {"200": _as("application/json", "A list")}, ("503",),
            )
        },
        "/healthz": {
            "get": _operation(
                "health", "Whether requests are answered now",
                {"200": _json("Health", "Answering"), "503": _json("Health", "Not answering")}, (),
            )
        },
        "/openapi.json": {
            "get": _operation("description", "This document", {"200": _as(JSON, "OpenAPI 3.1")}, ())
        },
    }  # fmt: skip


def _ask() -> dict[str, Any]:
    asked = {"schema": {"$ref": "#/components/schemas/Asked"}, "example": _EXAMPLE}
    answers = {
        "200": _json("Answer", "Outcome `permit` or `require`, with the result"),
        "403": _json("Answer", "Outcome `refuse` or `no-authority`, with rules and receipt"),
        "409": _json("Answer", "Outcome `conflict`: law says both; or the decision grew too old"),
        "503": _json("Answer", "Outcome `unavailable`; or nothing could be decided at all"),
    }
    for status in ("409", "503"):
        answers[status]["content"] |= _problem(status)["content"]
    problems = ("400", "401", "408", "413", "415", "422")
    said = _operation("ask", "Ask; the answer is logged before it is given", answers, problems,
                      secured=True)  # fmt: skip
    return said | {"requestBody": {"required": True, "content": {JSON: asked}}}


def _export() -> dict[str, Any]:
    asked = {"schema": {"$ref": "#/components/schemas/Asked"}, "example": _EXPORTED}
    said = _ask()["responses"]
    said["200"] = _as(CSV, "A zip of `rows.csv`, `answer.json`, `entry.json` and `receipt.json`")
    said["200"]["content"] |= _as(PARQUET, "")["content"]
    said["406"] = _problem("406")
    summary = (
        "All of a permitted search as one file with its proof inside; logged before it is given"
    )
    return {
        "operationId": "export",
        "summary": summary,
        "security": [{"credential": []}],
        "requestBody": {"required": True, "content": {JSON: asked}},
        "responses": dict(sorted(said.items())),
    }


def _operation(
    name: str,
    summary: str,
    answers: dict[str, Any],
    problems: tuple[str, ...],
    *,
    secured: bool = False,
) -> dict[str, Any]:
    said: dict[str, Any] = {"operationId": name, "summary": summary}
    if secured:
        said["security"] = [{"credential": []}]
    failing = {status: _problem(status) for status in (*problems, "500")}
    return said | {"responses": dict(sorted((answers | failing).items()))}


def _json(shape: str, description: str) -> dict[str, Any]:
    schema = {"schema": {"$ref": f"#/components/schemas/{shape}"}}
    return {"description": description, "content": {JSON: schema}}


def _problem(status: str) -> dict[str, Any]:
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": _PROBLEMS[status], "content": {PROBLEM: schema}}


def _as(media_type: str, description: str) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {}}}


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": description,
            "schema": schema}  # fmt: skip
