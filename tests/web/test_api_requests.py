"""Asking over HTTP: what comes back for each outcome, and what is no request."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from cleargate.gate.gate import Gate
from cleargate.log.read import entry
from cleargate.log.receipts import check_proof, receipt_from_json
from cleargate.model.words import Outcome
from cleargate.web import shapes
from cleargate.web.requests import STATUS
from tests.jurisdiction import POLICE, found
from tests.web.asking import CASE, ICE, PUBLIC, Asking, asking


def test_a_permitted_request_is_answered_with_rows_and_two_receipts(http: Asking) -> None:
    response = http.ask("fbi", CASE)
    said = response.json()
    assert response.status_code == 200
    assert said["outcome"] == "permit"
    assert len(said["result"]["rows"]) == 3
    assert http.kinds(2) == ["decided", "answered"]
    assert (said["leaf"], said["answered_leaf"]) == (http.size - 2, http.size - 1)
    for receipt in (said["receipt"], said["answered_receipt"]):
        check_proof(receipt_from_json(json.dumps(receipt)), str(http.here.parts.log.verifier))


def test_a_refusal_carries_its_receipt(http: Asking) -> None:
    response = http.ask("ice", ICE)
    said = response.json()
    assert response.status_code == 403
    assert response.headers["content-type"] == "application/json"
    assert said["outcome"] == "refuse"
    assert said["rules"]
    assert said["rules"][0]["cite"]
    assert said["result"] == {}
    receipt = receipt_from_json(json.dumps(said["receipt"]))
    check_proof(receipt, str(http.here.parts.log.verifier))
    decided = entry(http.here.parts.log, receipt.index).leaf
    assert (decided.kind, decided.clear["outcome"], decided.via) == ("decided", "refuse", "api")


def test_what_no_law_permits_is_refused_with_its_receipt(http: Asking) -> None:
    response = http.ask("public", PUBLIC | {"dataset": "person"})
    assert response.status_code == 403
    assert response.json()["outcome"] == "no-authority"
    assert response.json()["receipt"]


def test_every_outcome_has_its_status() -> None:
    assert set(STATUS) == set(Outcome)
    assert {o for o, status in STATUS.items() if status == 200} == {o for o in Outcome if o.opens}


def test_answers_have_the_shape_that_is_described(http: Asking) -> None:
    asked = [("fbi", CASE), ("ice", ICE), ("public", PUBLIC | {"dataset": "person"}),
             ("ice", {"represented": "ICE-ERO", "purpose": "CIV-IMM", "action": "agreement",
                      "kind": "287g", "custodian": "CHICAGO-POLICE"})]  # fmt: skip
    for person, fields in asked:
        msgspec.json.decode(http.ask(person, fields).content, type=shapes.Answer)


def test_law_that_cannot_be_read_decides_nothing_and_names_no_folder(tmp_path: Path) -> None:
    here = found(tmp_path)
    rules = next((here.parts.law / here.gate.book().version).rglob("*.cedar"))
    rules.write_text("permit (")
    with asking(here, Gate(here.parts)) as http:
        response = http.ask("fbi", CASE)
        said = response.json()
        health = http.get("", "/healthz")
    assert (response.status_code, said["outcome"]) == (503, "unavailable")
    assert said["receipt"]
    assert "cannot be read" in said["why"]
    assert str(tmp_path) not in response.text + health.text
    assert (health.status_code, health.json()["code"]) == (503, "unavailable")


def test_a_page_goes_on_where_the_last_one_ended(http: Asking) -> None:
    first = http.ask("fbi", CASE | {"limit": 2}).json()["result"]
    second = http.ask("fbi", CASE | {"limit": 2, "cursor": first["next"]}).json()["result"]
    assert [len(first["rows"]), len(second["rows"]), second["next"]] == [2, 1, ""]


# --- what is no request ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        (PUBLIC | {"reprezented": "FBI"}, "reprezented"),
        ({"action": "search", "purpose": "PUB"}, "represented"),
        (PUBLIC | {"purpose": "C"}, "case"),
        (PUBLIC | {"limit": "ten"}, "limit"),
        (PUBLIC | {"where": ["blok = X"]}, "where"),
        (PUBLIC | {"cursor": "made-up"}, "cursor"),
    ],
)
def test_a_field_that_is_wrong_is_named(
    http: Asking, fields: dict[str, object], named: str
) -> None:
    size = http.size
    response = http.ask("public", fields)
    assert (response.status_code, response.json()["field"]) == (422, named)
    assert "decided" not in http.kinds(http.size - size) if http.size > size else True


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"search"',
        b'{"represented": NaN}',
        b'{"case": "\xff"}',
        b'{"case": "\\ud800"}',
        b'{"represented": "FBI", "represented": "PUBLIC", "action": "search", "purpose": "PUB"}',
        b'{"subject": {"kind": "a", "kind": "b"}}',
        b"[" * 60_000,
        b'{"limit": 1' + b"0" * 5_000 + b"}",
    ],
    ids=repr,
)
def test_a_body_that_is_not_one_plain_object_is_refused(http: Asking, body: bytes) -> None:
    response = http.send("public", body)
    assert response.status_code == 400
    assert response.json()["type"] == "urn:cleargate:error:bad-use"


def test_what_is_not_even_a_request_is_counted(tmp_path: Path) -> None:
    with asking(found(tmp_path)) as http:
        http.send("fbi", b"{")
        rejected = entry(http.here.parts.log, http.size - 1).leaf
    assert rejected.kind == "rejected"
    assert (rejected.clear["agency"], rejected.clear["code"]) == ("FBI", "bad-use")


def test_a_release_is_not_asked_for_here(http: Asking) -> None:
    fields = {"represented": POLICE, "purpose": "ADM", "action": "release", "target": "B-26-1"}
    response = http.ask("lockup", fields)
    assert (response.status_code, response.json()["field"]) == (422, "action")
    assert "custody release" in response.json()["detail"]


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Basic {}", "{}", "Bearer {}x", "Bearer cg_nobody", "Bearer {} {}"],
)
def test_without_a_credential_in_force_nothing_is_read(http: Asking, authorization: str) -> None:
    token = http.here.tokens["public"]
    sent = {"authorization": authorization.replace("{}", token)} if authorization else {}
    response = http.client.post("/v1/requests", json={"nonsense": 1}, headers=sent)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_two_credentials_are_none(http: Asking) -> None:
    twice = [("authorization", f"Bearer {http.here.tokens['public']}")] * 2
    assert http.client.post("/v1/requests", json=PUBLIC, headers=twice).status_code == 401


def test_the_scheme_of_a_credential_is_read_in_any_case(http: Asking) -> None:
    sent = {"authorization": f"bearer {http.here.tokens['public']}"}
    assert http.client.post("/v1/requests", json=PUBLIC, headers=sent).status_code == 200


# --- looking up what was asked ---------------------------------------------------------------


def _asked_by_the_fbi(http: Asking) -> int:
    return int(http.ask("fbi", CASE).json()["leaf"])


def test_a_past_request_is_shown_as_its_ten_steps(http: Asking) -> None:
    leaf = _asked_by_the_fbi(http)
    for index in (leaf, leaf + 1):  # the decision, and the answer that followed it
        response = http.get("fbi", f"/v1/requests/{index}")
        shown = msgspec.json.decode(response.content, type=shapes.Explained)
        assert shown.leaf == leaf
        assert shown.followed is not None
        assert shown.followed.kind == "answered"
        assert shown.values is msgspec.UNSET


@pytest.mark.parametrize("person", ["ada", "auditor", "detective"])
def test_the_custodians_own_people_see_a_past_request(http: Asking, person: str) -> None:
    assert http.get(person, f"/v1/requests/{_asked_by_the_fbi(http)}").status_code == 200


def test_only_the_custodians_auditor_sees_the_facts_behind_it(http: Asking) -> None:
    leaf = _asked_by_the_fbi(http)
    shown = {p: http.get(p, f"/v1/requests/{leaf}").json() for p in ("ada", "auditor", "fbi")}
    assert {p for p, said in shown.items() if "values" in said} == {"auditor"}
    assert shown["auditor"]["values"]["facts"]


@pytest.mark.parametrize("person", ["ice", "hsi", "public", "sam", "clerk", "desk"])
def test_anyone_else_is_told_the_same_as_of_an_entry_that_is_not_there(
    http: Asking, person: str
) -> None:
    def seen(leaf: int) -> tuple[int, dict[str, object]]:
        response = http.get(person, f"/v1/requests/{leaf}")
        return response.status_code, response.json() | {"instance": ""}

    hidden = seen(_asked_by_the_fbi(http))
    assert hidden[0] == 404
    assert hidden == seen(10**9) == seen(0)


def test_someone_of_the_public_sees_only_what_they_asked_themselves(http: Asking) -> None:
    http.here.credential("neighbor", "PUBLIC", "public")
    leaf = http.ask("public", PUBLIC).json()["leaf"]
    assert http.get("public", f"/v1/requests/{leaf}").status_code == 200
    assert http.get("neighbor", f"/v1/requests/{leaf}").status_code == 404


def test_looking_up_needs_a_credential(http: Asking) -> None:
    assert http.get("", "/v1/requests/1").status_code == 401
    assert http.get("", "/v1/requests/1000000").status_code == 401


def test_a_clock_that_moves_ends_a_credential(tmp_path: Path) -> None:
    here = found(tmp_path)
    gate = Gate(replace(here.parts, clock=here.clock))
    with asking(here, gate) as http:
        here.clock.forward(days=91)
        assert http.ask("fbi", CASE).status_code == 401
