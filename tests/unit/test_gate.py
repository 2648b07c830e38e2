"""The ten steps of a request, and what follows when one of them fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleargate.log.read import entries
from cleargate.model.errors import FieldError, NotAuthenticated
from cleargate.model.words import Outcome
from tests.jurisdiction import JAIL, POLICE, SHERIFF, Jurisdiction, found


@pytest.fixture
def here(tmp_path: Path) -> Jurisdiction:
    return found(tmp_path)


def kinds(here: Jurisdiction, count: int) -> list[str]:
    """The kinds of the newest entries, oldest of them first."""
    return [e.leaf.kind for e in entries(here.parts.log, limit=count)][::-1]


def test_step_1_an_unknown_credential_is_told_nothing(here: Jurisdiction) -> None:
    with pytest.raises(NotAuthenticated):
        here.gate.answer("cg_nobody", {}, "api")


def test_step_2_a_missing_case_number_names_the_field(here: Jurisdiction) -> None:
    with pytest.raises(FieldError, match="Enter the case number") as caught:
        here.ask("fbi", "search", purpose="C", attention="A. Reed")
    assert caught.value.field == "case"


def test_step_4_a_detective_on_a_case_is_permitted(here: Jurisdiction) -> None:
    answer = here.ask("detective", "search", purpose="C", case="JH1", attention="A. Reed")
    assert answer.decision.outcome is Outcome.PERMIT
    assert kinds(here, 2) == ["decided", "answered"]


def test_step_6_a_refusal_is_logged_and_carries_its_receipt(here: Jurisdiction) -> None:
    answer = here.ask("ice", "search", purpose="CIV-IMM")
    assert answer.decision.outcome is Outcome.REFUSE
    assert kinds(here, 1) == ["decided"]
    assert answer.decided.index == here.parts.log.head().size - 1


def test_asking_for_another_is_asking_as_it(here: Jurisdiction) -> None:
    answer = here.ask(
        "fbi", "search", represented="ICE-ERO", purpose="C", case="JH1", attention="A. Reed"
    )
    assert answer.decision.outcome is Outcome.REFUSE


def test_a_cut_off_needs_two_keys_and_closes_every_road(here: Jurisdiction) -> None:
    from cleargate.gate import administer

    ada = here.gate.authenticate(here.tokens["ada"], "cli")
    before = here.ask("hsi", "search", purpose="C", case="JH1", attention="A. Reed")
    proposal = administer.propose_cut_off(here.gate, ada, POLICE, "ICE", [])
    assert here.sign(proposal.id, "ada").answer is None
    signing = here.sign(proposal.id, "sam")
    assert signing.answer is not None and signing.answer.opens, signing.answer
    after = here.ask("ice", "search", purpose="PUB")
    assert before.decision.outcome is not None
    assert after.decision.outcome is Outcome.REFUSE
    assert any(r.id.endswith("/cut-off-ice") for r in after.decision.deciding)


def test_a_hold_on_a_detainer_is_refused_and_on_a_judges_warrant_required(
    here: Jurisdiction,
) -> None:
    booking = here.book_in()
    detainer = here.evidence(
        "clara", "cleo", SHERIFF, kind="detainer", form="I-247A", issued_by="immigration-officer",
        asks="hold", target=booking,
    )  # fmt: skip
    warrant = here.evidence(
        "clara", "cleo", SHERIFF, kind="judicial-warrant", issued_by="federal-magistrate",
        asks="hold", target=booking, complete="yes", criminal="yes",
    )  # fmt: skip
    refused = here.ask("desk", "hold", represented="ICE-ERO", purpose="CIV-IMM", target=booking,
                       basis=[detainer])  # fmt: skip
    assert refused.decision.outcome is Outcome.REFUSE
    held = here.ask("desk", "hold", represented="USMS", purpose="C", case="26-CR-1",
                    attention="M. Oro", target=booking, basis=[warrant])  # fmt: skip
    assert held.decision.outcome is Outcome.REQUIRE
    assert kinds(here, 2) == ["done", "held"]
