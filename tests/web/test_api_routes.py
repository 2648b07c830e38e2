"""Every route is a request that is logged, or is listed with the reason why it is none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from cleargate.gate.parse import Asked
from cleargate.web.app import NOT_REQUESTS, make_app
from cleargate.web.openapi import document
from tests.jurisdiction import Jurisdiction
from tests.web.asking import ICE, PUBLIC, Asking

REQUESTS = {"POST /v1/requests", "POST /v1/exports"}


def routes(here: Jurisdiction) -> set[str]:
    """Method and path of every route, as documents write them."""
    app = make_app(here.gate)
    return {
        f"{method} {re.sub(r':[a-z]+}', '}', route.path)}"
        for route in app.routes
        for method in getattr(route, "methods", ())
        if method != "OPTIONS"  # Litestar's own, which says the methods and nothing else
    }


def test_every_route_is_a_request_or_listed(here: Jurisdiction) -> None:
    assert routes(here) == REQUESTS | set(NOT_REQUESTS)
    assert all(NOT_REQUESTS.values())


def test_every_request_is_logged_and_what_is_listed_is_not(http: Asking) -> None:
    before = http.size
    for person, fields in (("public", PUBLIC), ("ice", ICE)):
        http.ask(person, fields)
    assert http.kinds(http.size - before) == ["decided", "answered", "decided"]
    after = http.size
    for listed in NOT_REQUESTS:
        path = listed.removeprefix("GET ").replace("{leaf}", str(before))
        path = path.replace("{level}", "0").replace("{n}", "000.p/1")
        status = http.get("auditor", path).status_code
        assert status == (404 if "{" in path else 200), path  # of what this log has none
    assert http.size == after


def test_the_description_has_every_route_and_no_other(here: Jurisdiction) -> None:
    described = {
        f"{method.upper()} {path}"
        for path, item in document()["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert described == routes(here)


def test_the_description_refers_only_to_what_it_has() -> None:
    described = document()
    schemas = described["components"]["schemas"]
    referred = {ref.removeprefix("#/components/schemas/") for ref in _references(described)}
    assert referred <= set(schemas)
    assert set(schemas["Asked"]["properties"]) == set(Asked.__struct_fields__)
    assert schemas["Asked"]["additionalProperties"] is False


def test_every_parameter_of_a_path_is_described() -> None:
    for path, item in document()["paths"].items():
        named = {p["name"] for p in item.get("parameters", ())}
        assert named == set(re.findall(r"{(\w+)}", path))


def test_the_description_is_served(http: Asking) -> None:
    response = http.get("", "/openapi.json")
    assert response.json() == json.loads(json.dumps(document()))
    assert response.json()["openapi"].startswith("3.1")


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
