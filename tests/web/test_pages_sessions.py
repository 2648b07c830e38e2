"""Sessions by page: how they end, what a form sent after that does, and who may send which form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from cleargate.agencies import accounts
from cleargate.gate import administer
from cleargate.model.words import Outcome
from tests.jurisdiction import JAIL, LOCKUP, POLICE, Jurisdiction, found
from tests.web.visiting import CASE, CIVIL, PROOF, Site, Visitor, link_of, text_of, visiting

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "a long enough sentence"
SESSION = "cleargate-session"
EVERYONE = ("ada", "sam", "clerk", "detective", "lockup", "auditor", "fbi", "ice", "hsi", "public",
            "desk", "clara")  # fmt: skip


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own: an agency is cut off here, and accounts are made."""
    here = found(tmp_path_factory.mktemp("sessions"))
    _account(here, "newcomer")
    with visiting(here) as served:
        yield served


def _account(here: Jurisdiction, person: str) -> None:
    subject = {"person": person, "agency": "FBI", "role": "officer", "console": "yes",
               "days": "365"}  # fmt: skip
    link = here.ask("ada", "credential:issue", custodian=POLICE, subject=subject).result
    p, code = here.parts, pyotp.TOTP(KEY).at(here.clock())
    made = accounts.enrol(
        p.agencies, p.vault, str(link["enrolment"]), PASSWORD, KEY, code, here.clock(), p.random
    )
    assert made is not None
    here.clock.forward(seconds=30)


def _sign_in(visitor: Visitor, password: str = PASSWORD) -> int:
    code = pyotp.TOTP(KEY).at(visitor.site.here.clock())
    fields = {"name": "newcomer", "password": password, "code": code, "to": "/ask"}
    return visitor.post("/sign-in", fields, form="/sign-in").status_code


def test_signing_in_takes_no_session_that_was_there_before(own: Site) -> None:
    with own.visitor() as visitor:
        planted = "p" * 52  # by somebody who knows it
        visitor.client.cookies.set(SESSION, planted, domain="127.0.0.1")
        assert _sign_in(visitor) == 200
        kept = [c.value for c in visitor.client.cookies.jar if c.name == SESSION]
        assert len(kept) == 1 and kept != [planted]
        own.here.clock.forward(seconds=30)
    with own.visitor() as thief:
        thief.client.cookies.set(SESSION, planted)
        assert thief.get("/ask").url.path == "/sign-in"


def test_a_session_that_was_signed_out_does_not_come_back(own: Site) -> None:
    with own.visitor("fbi") as visitor:
        secret = visitor.client.cookies[SESSION]
        visitor.post("/sign-out")
        visitor.client.cookies.set(SESSION, secret)
        page = visitor.get("/ask")
    assert page.status_code == 401 or page.url.path == "/sign-in"


def test_five_failures_by_page_stop_the_right_password_for_fifteen_minutes(own: Site) -> None:
    with own.visitor() as visitor:
        for _ in range(5):
            assert _sign_in(visitor, "not the password at all") == 401
        assert _sign_in(visitor) == 429
        page = visitor.post("/sign-in", {"name": "newcomer"}, form="/sign-in")
        assert "Wait 15 minutes" in text_of(page.text)
        own.here.clock.forward(minutes=15, seconds=1)
        assert _sign_in(visitor) == 200
        own.here.clock.forward(seconds=30)


def test_an_officer_of_an_agency_that_is_cut_off_is_signed_out_and_then_refused(
    tmp_path: Path,
) -> None:
    here = found(tmp_path)
    with visiting(here) as site, site.visitor("ice") as ice, site.visitor("fbi") as fbi:
        shown = PROOF.search(ice.get("/ask").text)
        assert shown and fbi.get("/ask").status_code == 200
        proposer = here.gate.authenticate(here.tokens["ada"], "cli")
        proposal = administer.propose_cut_off(here.gate, proposer, POLICE, "ICE", [])
        here.sign(proposal.id, "ada", "sam")
        before = site.size
        sent = ice.client.post("/ask", data={"proof": shown[1], "action": "search", **CIVIL})
        assert sent.status_code == 401 and site.size == before, "what was sent asked nothing"
        assert "The law about your agency changed" in text_of(sent.text)
        assert fbi.get("/ask").status_code == 200
        ice.client.get(f"/link/{link_of('ice')}")
        refused = ice.ask(**CIVIL)
        (decided,) = site.since(before)
    assert refused.status_code == 403 and decided.leaf.clear["outcome"] == "refuse"
    assert f"/log/entry/{decided.index}/receipt" in refused.text


# --- every form as everyone, beside the gate's decisions -----------------------------------------


def _forms(site: Site) -> dict[str, tuple[str, dict[str, str]]]:
    """What asks → where, and with what."""
    jail, lockup = site.here.book_in(), site.here.book_in(LOCKUP)
    asked = {"represented": "ICE-ERO", "purpose": "CIV-IMM"}
    return {
        "search": ("/ask", {"action": "search", "dataset": "incident", "step": "ask", **CASE}),
        "book": ("/custody-book", {"facility": JAIL, "name": "Invented Person"}),
        "hold": (f"/custody/{jail}/hold", asked),
        "lodge": (f"/custody/{lockup}/lodge", {**asked, "basis": "E-NONE1"}),
        "evidence:verify": ("/verify", {"target": "E-NONE1"}),
    }


@pytest.mark.parametrize("person", EVERYONE)
def test_what_a_form_does_is_what_the_gate_decided(site: Site, person: str) -> None:
    for action, (path, fields) in _forms(site).items():
        with site.visitor(person) as visitor:
            shown = PROOF.search(visitor.get("/ask").text)
            assert shown
            visitor.get("/custody")
            before = site.size
            own = {"represented": visitor.agency} if action == "search" else {}
            page = visitor.client.post(path, data={"proof": shown[1], **fields, **own})
        decided = [
            e for e in site.since(before)
            if e.leaf.kind == "decided" and e.leaf.clear["action"] == action
        ]  # fmt: skip
        if not decided:  # it was no request: a mistake, or a list that law does not show
            assert page.status_code in (400, 403, 404, 422), (person, action)
            assert re.search(r" is booked|Permit</span>", page.text) is None
            continue
        opened = Outcome(decided[0].leaf.clear["outcome"]).opens
        if any(e.leaf.kind == "failed" for e in site.since(before)):
            assert opened and page.status_code in (409, 422), "permitted, and could not be done"
            continue
        assert (page.status_code == 200) is opened, (person, action, page.status_code)


def test_no_form_does_anything_for_nobody(site: Site) -> None:
    for path, fields in _forms(site).values():
        with site.visitor() as nobody:
            shown = PROOF.search(nobody.get("/sign-in").text)
            assert shown
            before = site.size
            page = nobody.client.post(path, data={"proof": shown[1], **fields})
        assert page.status_code == 401 and site.size == before, path
