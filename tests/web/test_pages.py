"""The pages over HTTP: what each shows to whom, what it logs, and what it does with bad input."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest

from cleargate.gate.gate import Gate
from cleargate.model.words import Outcome
from cleargate.web.app import NOT_REQUESTS, make_app
from cleargate.web.console.routes import OWN, PAGES, PUBLIC, SIGN_IN
from cleargate.web.console.static_files import statics
from cleargate.web.serve import listening
from tests.jurisdiction import Jurisdiction
from tests.web.visiting import CASE, CIVIL, Site, Visitor, link_of, office, text_of, visiting

ROLES = ("", "ada", "clerk", "detective", "lockup", "auditor", "fbi", "ice", "public", "desk")
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}{% x %}\u202e\x7f<img src=x onerror=alert(2)>"


@pytest.fixture
def nobody(site: Site) -> Iterator[Visitor]:
    with site.visitor() as visitor:
        yield visitor


def _paths(site: Site) -> list[str]:
    """Every page that is looked at, with something in the place of each parameter."""
    given = {
        "pack": "us-il",
        "id": "FBI",
        "leaf": "0",
        "booking": "B-NONE",
        "secret": "none",
        "act": "hold",
    }
    return sorted(
        re.sub(r"{(\w+)}", lambda m: given[m[1]], route.removeprefix("GET "))
        for route in PAGES
        if route.startswith("GET ") and "{name}" not in route
    )


def test_every_route_of_the_pages_is_listed_with_what_lets_it_be_shown(here: Jurisdiction) -> None:
    plain, whole = make_app(here.gate), make_app(here.gate, office=office(here))

    def routes(app: object) -> set[str]:
        return {
            f"{method} {re.sub(r':[a-z]+}', '}', route.path)}"
            for route in app.routes  # type: ignore[attr-defined]
            for method in getattr(route, "methods", ())
            if method != "OPTIONS"
        }

    demonstration = {"GET /link/{secret}"}
    assert routes(whole) - routes(plain) == set(PAGES) | demonstration
    assert not set(PAGES) & set(NOT_REQUESTS)


@pytest.mark.parametrize("person", ROLES)
def test_no_page_fails_for_any_role(site: Site, person: str) -> None:
    with site.visitor(person) as visitor:
        found = {path: visitor.get(path).status_code for path in _paths(site)}
    assert {p: s for p, s in found.items() if s not in (200, 401, 403, 404)} == {}


def test_nobody_sees_more_than_is_public(site: Site, nobody: Visitor) -> None:
    public = {r.removeprefix("GET ") for r, why in PAGES.items() if why in (PUBLIC, SIGN_IN)}
    before = site.size
    for path in _paths(site):
        shown = nobody.get(path)
        signs_in = urlsplit(str(shown.url)).path == "/sign-in"
        template = re.sub(r"us-il$", "{pack}", path).replace("/FBI", "/{id}")
        if template not in public or path == "/ask":
            assert signs_in or shown.status_code in (401, 404), path
    assert site.size == before, "looking as nobody leaves no entry"


@pytest.mark.parametrize("person", ROLES[1:])
@pytest.mark.parametrize(
    ("path", "action", "shown"),
    [("/log", "log:read", "You may read every entry."),
     ("/custody", "custody:list", "What waits")],
)  # fmt: skip
def test_what_is_let_through_is_what_the_gate_decided(
    site: Site, person: str, path: str, action: str, shown: str
) -> None:
    before = site.size
    with site.visitor(person) as visitor:
        page = text_of(visitor.get(path).text)
        again = text_of(visitor.get(path).text)
    asked = [e for e in site.since(before) if e.leaf.kind == "decided"]
    custodians = set(site.here.parts.custodian_of.values())
    agency = site.here.agency(person)
    if (
        agency not in custodians
    ):  # people of no custodian do not ask; they see their own, or nothing
        assert asked == [] and shown not in page
        return
    assert [e.leaf.clear["action"] for e in asked] == [action], "asked once for the session"
    opened = Outcome(asked[0].leaf.clear["outcome"]).opens
    assert (shown in page) is opened and (shown in again) is opened
    decided = site.here.ask(person, action, custodian=agency)
    assert decided.opens is opened


@pytest.mark.parametrize("person", ["fbi", "ice", "detective", "public", "clerk"])
def test_an_entry_is_shown_as_the_api_shows_it(site: Site, person: str) -> None:
    with site.visitor("fbi") as fbi:
        fbi.ask(**CASE)
    leaf = site.size - 2
    with site.visitor(person) as visitor:
        page = visitor.get(f"/log/entry/{leaf}").status_code
        paper = visitor.get(f"/log/entry/{leaf}/receipt").status_code
        token = {"authorization": f"Bearer {site.here.tokens[person]}"}
        api = visitor.client.get(f"/v1/requests/{leaf}", headers=token).status_code
    assert page == paper == api


def test_law_moving_makes_a_look_be_asked_anew(site: Site) -> None:
    with site.visitor("auditor") as visitor:
        visitor.get("/log")
        before = site.size
        visitor.get("/log")
        assert site.size == before
        site.here.credential(f"new-{before}", "FBI", "officer")
        size = site.size
        visitor.get("/log")
        assert [e.leaf.clear.get("action") for e in site.since(size)][:1] == ["log:read"]


def test_a_question_is_one_request_through_the_gate(site: Site) -> None:
    with site.visitor("fbi") as visitor:
        before = site.size
        page = visitor.ask(**CASE)
    assert page.status_code == 200
    decided, answered = site.since(before)
    assert (decided.leaf.kind, answered.leaf.kind) == ("decided", "answered")
    assert decided.leaf.via == "console" and decided.leaf.clear["requester_agency"] == "FBI"
    assert "ROBBERY" in page.text and f"/log/entry/{decided.index}" in page.text


@pytest.mark.parametrize("column", ["surname", "victim_name"])
def test_a_masked_cell_says_so_and_shows_nothing(site: Site, column: str) -> None:
    dataset = "person" if column == "surname" else "involvement"
    with site.visitor("public") as visitor:
        page = visitor.ask(dataset=dataset, before=dataset, purpose="PUB", columns=[column])
    assert page.status_code in (200, 403)


def test_a_refusal_is_a_page_with_law_receipt_and_whom_to_ask(site: Site) -> None:
    with site.visitor("ice") as visitor:
        before = site.size
        page = visitor.ask(**CIVIL)
    (decided,) = site.since(before)
    assert page.status_code == 403 and decided.leaf.clear["outcome"] == "refuse"
    text = text_of(page.text)
    for said in ("No record was read.", "MCC 2-173-030(b)", "Records counsel, 555-0140",
                 f"entry {decided.index}"):  # fmt: skip
        assert said in text
    assert "rows" not in text


def test_an_unavailable_law_is_a_page_of_its_own(site: Site) -> None:
    law = site.here.parts.law
    folder = law / site.here.parts.log.versions().book
    hidden = folder.with_name("hidden")
    with site.visitor("fbi") as visitor:
        visitor.get("/ask")
        folder.rename(hidden)
        try:
            app = make_app(Gate(site.here.parts), office=office(site.here))
            with listening(app) as server:
                broken = Site(site.here, server)
                with broken.visitor("fbi") as blind:
                    page = blind.ask(**CASE)
                    assert blind.get("/law").status_code == 503
        finally:
            hidden.rename(folder)
    assert page.status_code == 503
    assert "Nothing was answered" in text_of(page.text)
    assert str(law.parent) not in page.text


@pytest.mark.parametrize("field", ["case", "attention", "basis", "target", "represented", "purpose",
                                   "action", "dataset", "value", "column", "op", "columns", "sort",
                                   "cursor", "step", "before"])  # fmt: skip
def test_hostile_text_in_a_field_is_text(site: Site, field: str) -> None:
    given: dict[str, object] = {**CASE, "column": "primary_type", "op": "=", "value": "ROBBERY"}
    with site.visitor("fbi") as visitor:
        page = visitor.ask(**given | {field: HOSTILE})
    assert page.status_code in (200, 403, 413, 422), page.text[:400]
    assert "<script>alert" not in page.text and "onerror=alert" not in page.text.replace(
        "onerror=alert(2)&gt;", ""
    )
    assert "49" not in re.findall(r'value="([^"]*)"', page.text)


@pytest.mark.parametrize("path", ["/law?find={}", "/log?agency={}&outcome={}", "/overview?days={}",
                                  "/law/{}", "/agencies/{}", "/custody/{}", "/ask?dataset={}",
                                  "/sign-in?to={}", "/language?to={}&back={}", "/enrol/{}",
                                  "/agencies?custodian={}", "/log?before={}", "/{}"])  # fmt: skip
def test_hostile_text_in_an_address_is_text(site: Site, path: str) -> None:
    with site.visitor("ada") as visitor:
        page = visitor.get(path.replace("{}", quote(HOSTILE, safe="")))
    assert page.status_code in (200, 404)
    assert "<script>alert" not in page.text and "<img src=x" not in page.text


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example",
                                "javascript:alert(1)", "\\\\evil.example", "/%5cevil"])  # fmt: skip
def test_nobody_is_sent_to_another_host(site: Site, to: str) -> None:
    with site.visitor() as visitor:
        sent = visitor.client.get("/language", params={"to": "es", "back": to},
                                  follow_redirects=False)  # fmt: skip
    assert sent.status_code == 303
    place = urlsplit(sent.headers["location"])
    assert (place.scheme, place.netloc) == ("", "") and place.path.startswith("/")
    assert not sent.headers["location"].startswith(("//", "/\\"))


@pytest.mark.parametrize("path", ["/ask", "/sign-out", "/sign-in", "/custody-release",
                                  "/custody/B-1/decide"])  # fmt: skip
@pytest.mark.parametrize("proof", ["", "0" * 64, "a session's"])
def test_a_form_without_its_proof_does_nothing(site: Site, path: str, proof: str) -> None:
    with site.visitor("desk") as visitor, site.visitor("fbi") as other:
        if proof == "a session's":
            found = re.search(r'name="proof" value="([0-9a-f]+)"', other.get("/ask").text)
            assert found
            proof = found[1]
        before = site.size
        page = visitor.client.post(path, data={"proof": proof, "booking": "B-1", **CASE})
        assert page.status_code == 403
        assert visitor.get("/ask").url.path == "/ask", "still signed in"
    assert site.size == before


def test_a_form_that_another_site_sent_does_nothing(site: Site) -> None:
    with site.visitor("fbi") as visitor:
        visitor.client.headers["sec-fetch-site"] = "cross-site"
        before = site.size
        page = visitor.ask(**CASE)
    assert page.status_code == 403 and site.size == before


def test_a_body_that_is_no_form_is_refused(site: Site) -> None:
    with site.visitor("fbi") as visitor:
        json = visitor.client.post("/ask", json={"a": 1})
        many = visitor.client.post("/ask", data={f"f{k}": "" for k in range(300)})
        long = visitor.client.post("/ask", data={"case": "x" * 70_000})
    assert (json.status_code, many.status_code, long.status_code) == (415, 400, 413)


@pytest.mark.parametrize("path", ["/", "/law", "/sign-in", "/ask", "/nothing-here", "/overview"])
@pytest.mark.parametrize("person", ["", "ada"])
def test_every_page_carries_the_headers(site: Site, path: str, person: str) -> None:
    with site.visitor(person) as visitor:
        shown = visitor.get(path)
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/law", "/sign-in", "/ask", "/overview", "/agencies", "/log"])
def test_no_page_holds_a_script_or_style_of_its_own_or_another_host(site: Site, path: str) -> None:
    with site.visitor("ada") as visitor:
        page = visitor.get(path).text
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", page) == []
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"', page)
    assert [a for a in addresses if not a.startswith(("/", "#", "otpauth:"))] == []


def test_cookies_are_for_these_pages_alone(site: Site, here: Jurisdiction) -> None:
    with site.visitor() as visitor:
        plain = visitor.client.get(f"/link/{link_of('fbi')}", follow_redirects=False)
    cookie = plain.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie

    with visiting(here, url="https://cleargate.example") as sealed, sealed.visitor() as visitor:
        sent = visitor.client.get(f"/link/{link_of('fbi')}", follow_redirects=False)
    assert sent.headers["set-cookie"].startswith("__Host-cleargate-session=")
    assert "; secure" in sent.headers["set-cookie"].lower()


def test_a_link_of_the_demonstration_is_of_no_one_else(site: Site, nobody: Visitor) -> None:
    assert nobody.get("/link/" + "y" * 52).status_code == 401
    assert nobody.get("/overview").url.path == "/sign-in"


def test_static_files_may_be_kept_for_ever_and_change_their_names(site: Site) -> None:
    with site.visitor() as visitor:
        for one in statics().values():
            shown = visitor.get(f"/static/{one.name}")
            assert shown.status_code == 200 and shown.content == one.data
            assert "immutable" in shown.headers["cache-control"]
        assert visitor.get("/static/console.css").status_code == 404
        assert visitor.get("/static/..%2f..%2fapp.py").status_code == 404


def test_the_first_page_is_small(site: Site) -> None:
    fonts = 0
    with site.visitor() as visitor:
        page = visitor.get("/law")
        total = len(page.content)
        for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
            total += int(visitor.get(address).headers.get("content-length", 0))
    assert total - fonts <= 150_000


@pytest.mark.parametrize(
    ("headers", "query", "language"),
    [({}, "", "en"), ({"accept-language": "es-US,es;q=0.9,en;q=0.5"}, "", "es"),
     ({"accept-language": "fr, es;q=0.4, en;q=0.8"}, "", "en"),
     ({"accept-language": "es"}, "?lang=en", "en"), ({"accept-language": ";;q=x,"}, "", "en")],
)  # fmt: skip
def test_the_language_is_the_one_chosen_else_preferred(
    site: Site, headers: dict[str, str], query: str, language: str
) -> None:
    with site.visitor() as visitor:
        visitor.client.headers.update({"accept-language": "", **headers})
        assert f'<html lang="{language}">' in visitor.get("/law" + query).text


def test_a_chosen_language_stays(site: Site) -> None:
    with site.visitor("fbi") as visitor:
        shown = visitor.get("/language?to=es&back=/ask")
        assert '<html lang="es">' in shown.text and "¿Qué pregunta?" in shown.text
        assert '<html lang="es">' in visitor.get("/log").text


def test_an_export_is_a_request_of_its_own_and_has_no_formulas(site: Site) -> None:
    with site.visitor("detective") as visitor:
        before = site.size
        file = visitor.ask(**CASE, step="export", columns=["case_number", "primary_type"])
    assert file.headers["content-type"] == "application/zip"
    assert site.since(before)[0].leaf.clear["action"] == "export"
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        head = archive.read("rows.csv").splitlines()[0]
    assert head == b"case_number,primary_type"


def test_a_release_asks_nobody_and_is_for_the_desk(site: Site) -> None:
    booking = site.here.book_in()
    with site.visitor("fbi") as fbi:
        assert fbi.post("/custody-release", {"booking": booking}).status_code == 403
    with site.visitor("desk") as desk:
        before = site.size
        page = desk.post("/custody-release", {"booking": booking})
    assert page.status_code == 200 and f"{booking} is released" in text_of(page.text)
    assert "released" in [e.leaf.kind for e in site.since(before)]


def test_a_booking_of_another_custodian_is_not_shown(site: Site) -> None:
    booking = site.here.book_in()
    with site.visitor("lockup") as other, site.visitor("desk") as desk:
        assert other.get(f"/custody/{booking}").status_code == 404
        assert desk.get(f"/custody/{booking}").status_code == 200


def test_signed_out_people_are_told_why(site: Site) -> None:
    with site.visitor("fbi") as visitor:
        begun = site.here.clock()
        site.here.clock.forward(hours=12)
        try:
            page = visitor.get("/ask")
        finally:
            site.here.clock.at = begun
    assert page.status_code == 401
    assert "You are signed out" in text_of(page.text) and "12 hours" in text_of(page.text)


def test_what_is_own_is_counted_from_own_requests_only(site: Site) -> None:
    assert PAGES["GET /overview"] == OWN
    with site.visitor("fbi") as visitor:
        visitor.ask(**CASE)
        page = text_of(visitor.get("/overview").text)
    assert "Only what FBI asked" in page
    assert "Chicago" not in page.split("Who asked, and what was answered")[1].split("All")[0]
