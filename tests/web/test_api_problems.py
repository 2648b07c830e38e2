"""Every error is a problem document with headers that lock it up, and none gives a secret away."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

import msgspec
import pytest

from cleargate.gate.gate import Gate
from cleargate.settings import Limits
from cleargate.web import shapes
from cleargate.web.problems import HEADERS
from tests.jurisdiction import Jurisdiction
from tests.web.asking import CASE, PUBLIC, Asking, asking

WRONG = [
    ("GET", "/", 404),
    ("GET", "/v1/requests/first", 404),
    ("GET", "/log", 404),
    ("GET", "/log/tile/0", 404),
    ("GET", "/v1/requests", 405),
    ("HEAD", "/v1/requests", 405),
    ("DELETE", "/v1/requests/1", 405),
    ("POST", "/log/checkpoint", 405),
    ("PUT", "/log/tile/0/000.p/1", 405),
    ("POST", "/log/tile/entries/000.p/1", 405),
    ("PATCH", "/healthz", 405),
    ("GET", "/v1/requests/1", 401),
    ("GET", "/log/tile/entries/000.p/1", 401),
    ("POST", "/v1/requests", 415),
]


@pytest.mark.parametrize(("method", "path", "status"), WRONG)
def test_every_error_is_a_problem_document(
    http: Asking, method: str, path: str, status: int
) -> None:
    response = http.client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    if method != "HEAD":
        problem = msgspec.json.decode(response.content, type=shapes.Problem)
        assert problem.status == status
        assert problem.detail.endswith(".")
        number = response.headers["x-request-id"]
        assert problem.instance == f"urn:cleargate:request:{number}"


@pytest.mark.parametrize(("method", "path", "status"), [w for w in WRONG if w[2] == 405])
def test_a_wrong_method_is_told_the_right_ones(
    http: Asking, method: str, path: str, status: int
) -> None:
    allowed = http.client.request(method, path).headers["allow"].split(", ")
    assert method not in allowed
    for right in set(allowed) - {"OPTIONS"}:
        assert http.client.request(right, path).status_code != 405


@pytest.mark.parametrize("path", ["/healthz", "/openapi.json", "/nothing", "/v1/requests"])
def test_every_response_is_locked_up(http: Asking, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "OPTIONS"):
        headers = http.client.request(method, path).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
        assert "server" not in headers


def test_requests_have_numbers_of_their_own(http: Asking) -> None:
    numbers = {http.get("", "/healthz").headers["x-request-id"] for _ in range(5)}
    assert len(numbers) == 5


def test_head_has_the_headers_of_get_and_no_body(http: Asking) -> None:
    got, head = http.get("", "/openapi.json"), http.client.head("/openapi.json")
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"]


# --- limits ----------------------------------------------------------------------------------


def test_each_limit_has_its_own_code(here: Jurisdiction) -> None:
    with asking(here, sizes=Limits(request_bytes=1_000)) as http:
        large = http.ask("public", PUBLIC | {"reason": "x" * 1_000})
        page = http.ask("public", PUBLIC | {"limit": 501})
    assert (large.status_code, large.json()["title"]) == (413, "too large")
    assert (page.status_code, page.json()["title"]) == (413, "limit")
    assert "page" in page.json()["detail"]


def test_a_body_without_a_length_is_not_read_to_its_end(http: Asking) -> None:
    def endless() -> object:
        while True:
            yield b" " * 65_536

    sent = http.headers("public") | {"content-type": "application/json"}
    response = http.client.post("/v1/requests", content=endless(), headers=sent)  # type: ignore[arg-type]
    assert response.status_code == 413


@pytest.mark.parametrize(
    "headers",
    [{"content_type": "text/plain"}, {"content_type": ""}, {"content_encoding": "gzip"}],
)
def test_only_plain_json_is_read(http: Asking, headers: dict[str, str]) -> None:
    assert http.send("public", b"{}", **headers).status_code == 415


def test_json_may_say_its_charset(http: Asking) -> None:
    body = msgspec.json.encode(PUBLIC)
    kind = "Application/JSON; charset=utf-8"
    assert http.send("public", body, content_type=kind).status_code == 200


# --- what is not said ------------------------------------------------------------------------


def test_a_mistake_of_this_program_is_told_by_its_number_only(
    here: Jurisdiction, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> datetime:
        raise ValueError(f"cannot say the time to {here.tokens['fbi']}")

    with asking(here, Gate(replace(here.parts, clock=broken))) as http:
        response = http.ask("fbi", CASE)
    number = response.headers["x-request-id"]
    assert response.status_code == 500
    assert number in response.json()["detail"]
    assert "ValueError at test_api_problems.py" in caplog.text
    assert number in [r.__dict__["request"] for r in caplog.records if r.levelname == "ERROR"]
    assert "cannot say" not in caplog.text + response.text


def test_no_token_is_repeated_in_a_response_or_in_diag(
    http: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = http.here.tokens["fbi"]
    said = [
        http.ask("fbi", CASE).text,
        http.ask("fbi", {}).text,
        http.send("fbi", b"{" + token.encode()).text,
        http.send("fbi", b"{}", content_type="text/plain").text,
        http.get("fbi", "/log/tile/entries/000.p/1").text,
        http.get("fbi", "/v1/requests/0").text,
        http.client.post("/v1/requests", headers={"authorization": f"Basic {token}"}).text,
    ]
    here = " ".join(r.getMessage() for r in caplog.records if not r.name.startswith("http"))
    assert token.rpartition("_")[2] not in " ".join(said) + here
