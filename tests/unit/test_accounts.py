"""Signing in at the pages: enrolment once, password and code, sessions that end in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyotp
import pytest

from cleargate.agencies import accounts, credentials
from cleargate.agencies.accounts import Rules, Session, Why
from cleargate.gate import administer, signing_in
from cleargate.model.errors import FieldError
from cleargate.model.request import Person
from tests.jurisdiction import POLICE, Jurisdiction, found

PASSWORD = "a long enough sentence"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RULES = Rules()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Jurisdiction:
    return found(tmp_path_factory.mktemp("accounts"))


def invited(here: Jurisdiction, person: str, agency: str = "FBI", **subject: str) -> dict[str, Any]:
    """A new person with a link; the result of the request that issued it."""
    asked = {"person": person, "agency": agency, "role": "officer", "console": "yes"} | subject
    answer = here.ask("ada", "credential:issue", custodian=POLICE, subject=asked)
    assert answer.opens, answer.decision
    return dict(answer.result)


def code(here: Jurisdiction) -> str:
    """What the app shows now."""
    return pyotp.TOTP(TOTP).at(here.clock())


def enrolled(here: Jurisdiction, person: str, agency: str = "FBI") -> Person:
    """A person with an account."""
    link = invited(here, person, agency)["enrolment"]
    p = here.parts
    made = accounts.enrol(
        p.agencies, p.vault, link, PASSWORD, TOTP, code(here), here.clock(), p.random
    )
    assert made is not None
    here.clock.forward(seconds=30)  # the code of the enrolment is used up
    return made


def signed_in(here: Jurisdiction, person: str, password: str = PASSWORD) -> Session | Why:
    return signing_in.sign_in(here.gate, person, password, code(here), "console")


def test_a_link_makes_one_account_and_only_once(place: Jurisdiction) -> None:
    p, link = place.parts, str(invited(place, "once")["enrolment"])
    made = accounts.enrol(
        p.agencies, p.vault, link, PASSWORD, TOTP, code(place), place.clock(), p.random
    )
    assert made is not None and made.id == "once" and made.agency == "FBI"
    again = accounts.enrol(
        p.agencies, p.vault, link, PASSWORD, TOTP, code(place), place.clock(), p.random
    )
    assert again is None
    assert accounts.invitation(p.agencies, link, place.clock()) is None


def test_a_link_is_over_after_its_hours_and_with_its_credential(place: Jurisdiction) -> None:
    p, first, second = place.parts, invited(place, "late"), invited(place, "ended")
    after = place.clock() + RULES.enrolment
    assert accounts.invitation(p.agencies, first["enrolment"], after) is None
    assert accounts.invitation(p.agencies, second["enrolment"], place.clock()) is not None
    place.ask("ada", "credential:revoke", custodian=POLICE, target=second["credential"])
    assert accounts.invitation(p.agencies, second["enrolment"], place.clock()) is None


def test_a_credential_without_a_link_makes_no_account(place: Jurisdiction) -> None:
    assert "enrolment" not in invited(place, "plain", console="no")


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 257])
def test_a_password_has_its_length_and_nothing_else(place: Jurisdiction, password: str) -> None:
    p, link = place.parts, str(invited(place, f"p{len(password)}")["enrolment"])
    with pytest.raises(FieldError) as fault:
        accounts.enrol(
            p.agencies, p.vault, link, password, TOTP, code(place), place.clock(), p.random
        )
    assert fault.value.field == "password"
    assert accounts.invitation(p.agencies, link, place.clock()) is not None


def test_a_key_that_the_app_does_not_have_is_found_at_enrolment(place: Jurisdiction) -> None:
    p, link = place.parts, str(invited(place, "no-app")["enrolment"])
    with pytest.raises(FieldError) as fault:
        accounts.enrol(p.agencies, p.vault, link, PASSWORD, TOTP, "000000", place.clock(), p.random)
    assert fault.value.field == "code"


def test_password_and_code_together_sign_in(place: Jurisdiction) -> None:
    enrolled(place, "right")
    session = signed_in(place, "right")
    assert isinstance(session, Session)
    assert session.person.id == "right" and session.person.credential
    assert signing_in.recognize(place.gate, session.secret) == session


def test_nothing_tells_a_wrong_name_password_or_code_apart(place: Jurisdiction) -> None:
    enrolled(place, "someone")
    gate, good = place.gate, code(place)
    tries = [("nobody", PASSWORD, good), ("someone", "another password", good),
             ("someone", PASSWORD, "000000"), ("", "", "")]  # fmt: skip
    assert {signing_in.sign_in(gate, *one, "console") for one in tries} == {Why.WRONG}


def test_a_code_is_good_once(place: Jurisdiction) -> None:
    enrolled(place, "replay")
    assert isinstance(signed_in(place, "replay"), Session)
    assert signed_in(place, "replay") is Why.WRONG
    place.clock.forward(seconds=30)
    assert isinstance(signed_in(place, "replay"), Session)


@pytest.mark.parametrize("name", ["guessed", "nobody-at-all"])
def test_after_five_failures_none_is_looked_at_for_fifteen_minutes(
    place: Jurisdiction, name: str
) -> None:
    if name == "guessed":
        enrolled(place, name)
    for _ in range(RULES.tries):
        assert signed_in(place, name, "wrong password") is Why.WRONG
    assert signed_in(place, name) is Why.TOO_MANY
    place.clock.forward(minutes=15)
    right = signed_in(place, name)
    assert isinstance(right, Session) if name == "guessed" else right is Why.WRONG


def test_an_account_that_was_idle_for_ninety_days_is_off(tmp_path: Path) -> None:
    here = found(tmp_path)
    here.clock.forward(days=1)
    link = invited(here, "idle", days="365")["enrolment"]
    p = here.parts
    accounts.enrol(p.agencies, p.vault, link, PASSWORD, TOTP, code(here), here.clock(), p.random)
    here.clock.forward(days=91)
    assert signed_in(here, "idle") is Why.IDLE


def test_a_session_ends_after_twelve_hours(place: Jurisdiction) -> None:
    enrolled(place, "long-day")
    session = signed_in(place, "long-day")
    assert isinstance(session, Session)
    begun = place.clock()
    place.clock.forward(hours=11, minutes=59)
    assert isinstance(signing_in.recognize(place.gate, session.secret), Session)
    place.clock.forward(minutes=1)
    assert signing_in.recognize(place.gate, session.secret) is Why.OVER
    place.clock.at = begun


def test_a_session_ends_with_its_credential_at_the_next_request(place: Jurisdiction) -> None:
    person = enrolled(place, "revoked")
    session = signed_in(place, "revoked")
    assert isinstance(session, Session)
    place.ask("ada", "credential:revoke", custodian=POLICE, target=person.credential)
    assert signing_in.recognize(place.gate, session.secret) is Why.REVOKED
    assert signed_in(place, "revoked") is Why.WRONG


def test_a_new_account_ends_the_sessions_of_the_old_one(place: Jurisdiction) -> None:
    enrolled(place, "again")
    session = signed_in(place, "again")
    assert isinstance(session, Session)
    place.clock.forward(seconds=30)
    enrolled(place, "again")
    assert signing_in.recognize(place.gate, session.secret) is Why.REVOKED


def test_a_cut_off_ends_the_sessions_of_the_agency_and_of_no_other(tmp_path: Path) -> None:
    here = found(tmp_path)
    for person in ("ice", "fbi"):
        assert here.tokens[person]
    held = {
        person: signing_in.begin(here.gate, here.gate.authenticate(here.tokens[person], "console"))
        for person in ("ice", "fbi")
    }
    proposer = here.gate.authenticate(here.tokens["ada"], "cli")
    proposal = administer.propose_cut_off(here.gate, proposer, POLICE, "ICE", [])
    here.sign(proposal.id, "ada", "sam")
    assert signing_in.recognize(here.gate, held["ice"].secret) is Why.CUT_OFF
    assert isinstance(signing_in.recognize(here.gate, held["fbi"].secret), Session)
    # What a court ordered must be answered even then: who signs in anew is recognized, and refused.
    anew = signing_in.begin(here.gate, here.gate.authenticate(here.tokens["ice"], "console"))
    assert isinstance(signing_in.recognize(here.gate, anew.secret), Session)
    assert not here.ask("ice", "search", purpose="CIV-IMM", dataset="incident").opens


def test_signing_out_ends_the_session_for_every_browser(place: Jurisdiction) -> None:
    enrolled(place, "leaves")
    session = signed_in(place, "leaves")
    assert isinstance(session, Session)
    accounts.end(place.parts.agencies, session.secret, Why.OVER)
    assert signing_in.recognize(place.gate, session.secret) is Why.OVER


def test_no_secret_is_in_the_store(tmp_path: Path) -> None:
    here = found(tmp_path)
    link = str(invited(here, "secret")["enrolment"])
    p = here.parts
    accounts.enrol(p.agencies, p.vault, link, PASSWORD, TOTP, code(here), here.clock(), p.random)
    here.clock.forward(seconds=30)
    session = signed_in(here, "secret")
    assert isinstance(session, Session)
    signing_in.sign_in(here.gate, "typed the password here", "x", "1", "console")
    stored = b"".join(f.read_bytes() for f in (tmp_path / "data").glob("agencies.db*"))
    for secret in (link, PASSWORD, session.secret, "typed the password here"):
        assert secret.encode() not in stored
    assert session.secret not in repr(session)


def test_a_session_opens_nothing_as_a_token(place: Jurisdiction) -> None:
    session = signing_in.begin(place.gate, place.gate.authenticate(place.tokens["fbi"], "console"))
    found_by = credentials.authenticate(place.parts.agencies, session.secret, place.clock())
    assert not isinstance(found_by, Person)
