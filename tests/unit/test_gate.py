"""The ten steps of a request, by their names, and what follows when one of them fails."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from cleargate.agencies.credentials import Rejected, authenticate
from cleargate.gate.gate import Gate
from cleargate.gate.recover import recover
from cleargate.log.read import entries, entry
from cleargate.log.receipts import check_receipt
from cleargate.model.errors import (
    FieldError,
    LimitReached,
    NotAuthenticated,
    TicketRefused,
    Unavailable,
)
from cleargate.model.request import Person
from cleargate.model.ticket import Ticket
from cleargate.model.words import Outcome
from tests.fakes import sqlite_of
from tests.jurisdiction import JAIL, POLICE, SHERIFF, Jurisdiction, found

CASE = {"purpose": "C", "case": "JH1", "attention": "A. Reed"}


@pytest.fixture
def here(tmp_path: Path) -> Jurisdiction:
    return found(tmp_path)


def kinds(here: Jurisdiction, count: int) -> list[str]:
    """The kinds of the newest entries, oldest of them first."""
    return [e.leaf.kind for e in entries(here.parts.log, limit=count)][::-1]


def size(here: Jurisdiction) -> int:
    return here.parts.log.head().size


# --- 1. authenticate -------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "cg_nobody", "cg_0000000000_" + "a" * 52])
def test_step_1_a_credential_that_is_not_in_force_is_told_one_sentence(
    here: Jurisdiction, token: str
) -> None:
    with pytest.raises(NotAuthenticated, match="not in force"):
        here.gate.answer(token, {}, "api")


def test_step_1_a_revoked_credential_opens_nothing_any_more(here: Jurisdiction) -> None:
    id = here.tokens["fbi"].split("_")[1]
    assert here.ask("ada", "credential:revoke", custodian=POLICE, target=id).opens
    assert isinstance(authenticate(here.parts.agencies, here.tokens["fbi"], here.clock()), Rejected)


def test_step_1_the_requesters_agency_comes_from_the_credential(here: Jurisdiction) -> None:
    with pytest.raises(FieldError, match="'requester' is not a field"):
        here.ask("ice", "search", requester="FBI", **CASE)


# --- 2. parse --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "field", "sentence"),
    [
        ({"purpose": "C", "attention": "A."}, "case", "Enter the case number"),
        ({"purpose": "C", "case": "JH1"}, "attention", "Enter who will use"),
        ({"purpose": "Z"}, "purpose", "'Z' is not a purpose"),
        ({**CASE, "represented": "FBL"}, "represented", "did you mean FBI"),
        ({**CASE, "represented": ""}, "represented", "every request names it"),
        ({**CASE, "where": ["primary_typ = X"]}, "where", "did you mean primary_type"),
        ({**CASE, "where": ["district ~ X"]}, "where", "'~' is not an operator of district. Use"),
        ({**CASE, "where": ["?"]}, "where", "is not a condition"),
        ({**CASE, "case": "JH1\x00"}, "case", "holds a control character"),
        ({**CASE, "reason": "a\x1b[2Jb"}, "reason", "holds a control character"),
        ({**CASE, "where": ["occurred_at > soon"]}, "where", "2024-09-01"),
        ({**CASE, "dataset": "incidents"}, "dataset", "did you mean incident"),
        ({**CASE, "colour": "red"}, "colour", "is not a field of a request"),
        ({**CASE, "limit": "many"}, "limit", "not of the right type"),
        ({**CASE, "basis": ["E-00000"]}, "basis", "no evidence"),
        ({**CASE, "cursor": "abc"}, "cursor", "does not belong to this search"),
    ],
)
def test_step_2_a_field_that_is_wrong_is_named_in_a_sentence(
    here: Jurisdiction, raw: dict[str, object], field: str, sentence: str
) -> None:
    with pytest.raises(FieldError, match=sentence) as caught:
        here.ask("fbi", "search", **raw)
    assert caught.value.field == field


def test_step_2_an_unknown_action_is_named(here: Jurisdiction) -> None:
    with pytest.raises(FieldError, match="did you mean search"):
        here.ask("fbi", "serach", **CASE)


def test_step_2_a_mask_cannot_be_asked_for(here: Jurisdiction) -> None:
    with pytest.raises(FieldError, match="is not an action"):
        here.ask("fbi", "see:identity", **CASE)


def test_step_2_more_rows_than_a_page_holds_names_the_setting(here: Jurisdiction) -> None:
    with pytest.raises(LimitReached, match=r"limits\.page"):
        here.ask("fbi", "search", limit=100_000, **CASE)


def test_what_was_not_a_request_is_logged_once_a_minute_per_credential(here: Jurisdiction) -> None:
    before = size(here)
    for _ in range(3):
        with pytest.raises(FieldError):
            here.ask("fbi", "search", purpose="C")
    assert kinds(here, size(here) - before) == ["rejected"]
    here.clock.forward(minutes=2)
    with pytest.raises(FieldError):
        here.ask("fbi", "search", purpose="C")
    newest = entries(here.parts.log, limit=1)[0].leaf
    assert (newest.kind, newest.clear["count"], newest.clear["agency"]) == ("rejected", 3, "FBI")


# --- 3. facts --------------------------------------------------------------------------------


def test_step_3_a_paper_about_one_person_is_no_evidence_against_another(
    here: Jurisdiction,
) -> None:
    one, other = here.book_in(), here.book_in()
    warrant = here.evidence(
        "clara",
        "cleo",
        SHERIFF,
        kind="judicial-warrant",
        complete="yes",
        issued_by="federal-magistrate",
        asks="hold",
        target=one,
    )
    with pytest.raises(FieldError, match=f"about {one}, not {other}"):
        here.ask("desk", "hold", target=other, basis=[warrant], purpose="ADM")


def test_step_3_a_paper_about_nobody_is_no_evidence_against_anyone(here: Jurisdiction) -> None:
    warrant = here.evidence(
        "clara",
        "cleo",
        SHERIFF,
        kind="judicial-warrant",
        complete="yes",
        issued_by="federal-magistrate",
        asks="hold",
    )
    with pytest.raises(FieldError, match="about no booking or case"):
        here.ask("desk", "hold", target=here.book_in(), basis=[warrant])


def test_step_3_one_agencys_case_is_no_evidence_for_another(here: Jurisdiction) -> None:
    paper = here.evidence("fbi", "clerk", kind="criminal-case", target="JH1", agency="FBI")
    with pytest.raises(FieldError, match="comes from FBI"):
        here.ask("hsi", "search", basis=[paper], **CASE)


def test_step_3_verified_by_one_custodian_is_not_verified_for_the_other(
    here: Jurisdiction,
) -> None:
    paper = here.evidence("hsi", "clerk", kind="criminal-case", target="JH1", agency="ICE-HSI")
    assert here.ask("hsi", "search", basis=[paper], **CASE).opens
    booking = here.book_in()
    asked = here.ask("hsi", "custody_status", target=booking, basis=[paper], **CASE)
    assert not asked.opens


# --- 4. decide -------------------------------------------------------------------------------


def test_step_4_asking_for_another_is_asking_as_it(here: Jurisdiction) -> None:
    assert here.ask("fbi", "search", **CASE).decision.outcome is Outcome.PERMIT
    answer = here.ask("fbi", "search", represented="ICE-ERO", **CASE)
    assert answer.decision.outcome is Outcome.REFUSE


def test_step_4_the_purpose_alone_opens_nothing(here: Jurisdiction) -> None:
    assert here.ask("hsi", "search", **CASE).decision.outcome is Outcome.REFUSE


def test_step_4_a_refusal_says_what_would_change_it(here: Jurisdiction) -> None:
    answer = here.ask("hsi", "search", **CASE)
    needed = [c for c in answer.changes if any("criminal investigation" in w for w in c.together)]
    assert needed
    paper = here.evidence("hsi", "clerk", kind="criminal-case", target="JH1", agency="ICE-HSI")
    assert here.ask("hsi", "search", basis=[paper], **CASE).opens


def test_step_4_a_book_whose_texts_were_changed_decides_nothing(here: Jurisdiction) -> None:
    book = here.parts.law / here.parts.log.versions().book
    policy = next(book.glob("us-il/policies/*.cedar"))
    policy.write_text(policy.read_text("utf-8") + "\n// a comment\n", "utf-8")
    answer = Jurisdiction(here.folder, Gate(here.parts), here.clock, here.tokens).ask(
        "detective", "search", **CASE
    )
    assert answer.decision.outcome is Outcome.UNAVAILABLE
    assert "were changed" in answer.decision.why
    assert kinds(here, 1) == ["decided"]


# --- 5. narrow, 8. act -----------------------------------------------------------------------


def test_step_5_a_closed_mask_is_named_with_the_rows_that_it_closes(here: Jurisdiction) -> None:
    answer = here.ask(
        "detective",
        "search",
        dataset="person",
        columns=["id", "surname", "immigration_status"],
        **CASE,
    )
    assert answer.result["masked"] == [
        {"column": "immigration_status", "mask": "status", "rows": "all"}
    ]


def test_step_5_a_read_without_a_target_is_no_request(here: Jurisdiction) -> None:
    before = size(here)
    with pytest.raises(FieldError, match="Name the incident"):
        here.ask("detective", "read", **CASE)
    assert "decided" not in kinds(here, size(here) - before)


# --- 6. log, 7. ticket, 9. log the answer ----------------------------------------------------


def test_step_6_a_refusal_is_logged_before_it_is_answered(here: Jurisdiction) -> None:
    answer = here.ask("ice", "search", purpose="CIV-IMM")
    logged = entry(here.parts.log, answer.decided.index).leaf
    assert (logged.kind, logged.clear["outcome"]) == ("decided", "refuse")
    assert list(logged.clear["rules"]) == [r.id for r in answer.decision.deciding]


def test_step_6_persons_and_search_terms_are_not_in_the_clear(here: Jurisdiction) -> None:
    answer = here.ask("detective", "search", dataset="person", where=["surname = MARESKA"], **CASE)
    said = entry(here.parts.log, answer.decided.index)
    clear = str(said.leaf.clear)
    assert "MARESKA" not in clear and "detective" not in clear and "JH1" not in clear
    assert said.values["search"]["where"] == ["surname = MARESKA"]


def test_step_6_nothing_is_answered_when_the_log_cannot_be_written(
    here: Jurisdiction,
) -> None:
    conn = sqlite_of(here.parts.log.store)
    (pages,) = conn.execute("PRAGMA page_count").fetchone()
    conn.execute(f"PRAGMA max_page_count={pages:d}")
    with pytest.raises(Unavailable):
        for _ in range(50):  # until the last free page is used up
            here.ask("detective", "search", **CASE)


def test_step_7_a_ticket_works_once(here: Jurisdiction) -> None:
    answer = here.ask("detective", "search", **CASE)
    ticket = Ticket(answer.request, answer.decision, answer.decided, None)
    ticket.spend("search")
    with pytest.raises(TicketRefused, match="works once"):
        ticket.spend("search")


def test_step_7_a_refusal_makes_no_ticket(here: Jurisdiction) -> None:
    answer = here.ask("ice", "search", purpose="CIV-IMM")
    with pytest.raises(TicketRefused):
        Ticket(answer.request, answer.decision, answer.decided, None)


def test_step_9_an_answer_is_logged_with_its_rows_and_columns(here: Jurisdiction) -> None:
    answer = here.ask("detective", "search", columns=["id", "block"], **CASE)
    assert kinds(here, 2) == ["decided", "answered"]
    assert answer.answered is not None
    logged = entry(here.parts.log, answer.answered.index).leaf.clear
    assert (logged["decision"], logged["rows"]) == (answer.decided.index, 0)
    assert logged["columns"] == ("block", "id")


def test_step_10_the_receipt_checks_offline(here: Jurisdiction) -> None:
    answer = here.ask("ice", "search", purpose="CIV-IMM")
    raw = entry(here.parts.log, answer.decided.index).leaf.raw
    check_receipt(answer.decided, raw, str(here.parts.log.verifier))


# --- administration and two keys -------------------------------------------------------------


def test_administration_is_decided_by_the_custodians_own_pack(here: Jurisdiction) -> None:
    subject = {"id": "ATF", "name": "ATF", "sector": "federal"}
    assert not here.ask("detective", "agency:add", custodian=POLICE, subject=subject).opens
    assert here.ask("ada", "agency:add", custodian=POLICE, subject=subject).opens
    assert kinds(here, 3) == ["decided", "done", "agency"]
    assert "ATF" in here.parts.directory.all()


def test_one_custodian_admits_nobody_to_the_others_people(here: Jurisdiction) -> None:
    spy = {"person": "spy", "agency": POLICE, "role": "officer"}
    with pytest.raises(FieldError, match=f"{POLICE}'s to answer"):
        here.ask("sam", "credential:issue", custodian=SHERIFF, subject=spy)
    assert not here.ask("sam", "credential:issue", custodian=POLICE, subject=spy).opens


def test_a_changing_act_is_refused_without_its_proposal(here: Jurisdiction) -> None:
    with pytest.raises(FieldError, match="two have signed"):
        here.ask("ada", "agency:cut-off", custodian=POLICE, subject={"agency": "ICE"})


def test_a_hold_needs_the_judges_paper_and_not_the_detainer(here: Jurisdiction) -> None:
    booking = here.book_in()
    detainer = here.evidence(
        "clara",
        "cleo",
        SHERIFF,
        kind="detainer",
        form="I-247A",
        issued_by="immigration-officer",
        asks="hold",
        target=booking,
    )
    warrant = here.evidence(
        "clara",
        "",
        SHERIFF,
        kind="judicial-warrant",
        asks="hold",
        issued_by="federal-magistrate",
        target=booking,
        complete="yes",
        criminal="yes",
    )
    asked = {"represented": "USMS", "target": booking}
    refused = here.ask("desk", "hold", basis=[detainer], **asked)
    assert refused.decision.outcome is Outcome.REFUSE
    unverified = here.ask("desk", "hold", basis=[warrant], **asked)
    assert unverified.decision.outcome is Outcome.NO_AUTHORITY
    assert here.ask("cleo", "evidence:verify", custodian=SHERIFF, target=warrant).opens
    both = here.ask("desk", "hold", basis=[detainer, warrant], **asked)
    assert both.decision.outcome is Outcome.REQUIRE
    assert [d.outcome for d in both.decision.documents] == [Outcome.REFUSE, Outcome.REQUIRE]
    assert both.result["documents"] == (warrant,)
    assert kinds(here, 3) == ["decided", "done", "held"]


# --- start-up --------------------------------------------------------------------------------


def test_a_decision_that_was_not_acted_on_is_reported_at_start_up(here: Jurisdiction) -> None:
    person = here.gate.authenticate(here.tokens["detective"], "cli")
    left = _decide_and_die(here, person)
    assert recover(here.parts, 0).reported == ()  # another process may still act on it
    here.clock.forward(minutes=5)
    found = recover(here.parts, 0)
    assert found.reported == (left,)
    assert kinds(here, 1) == ["failed"]
    assert recover(here.parts, found.settled).reported == ()


def test_an_act_that_was_done_and_not_logged_is_logged_at_start_up(here: Jurisdiction) -> None:
    before = size(here)
    _die_after_the_act(here)
    here.clock.forward(minutes=5)
    found = recover(here.parts, 0)
    assert found.finished == (before,)
    assert kinds(here, 2) == ["done", "booked"]


class _Died(BaseException):
    """What a kill looks like from inside: nothing after it runs."""


def _die_at(here: Jurisdiction, turn: int) -> None:
    """From now on the log's ``turn``-th append dies before it takes the lock."""
    turns = iter(range(turn))

    def probe(step: str) -> None:
        if step == "before-lock" and next(turns, None) is None:
            raise _Died

    here.parts.log.probe = probe


def _decide_and_die(here: Jurisdiction, person: Person) -> int:
    request = here.gate.parse(person, {"represented": POLICE, "action": "search", **CASE}, "cli")
    index = size(here)
    _die_at(here, 1)
    with pytest.raises(_Died):
        here.gate.ask(person, request, "cli")
    here.parts.log.probe = lambda step: None
    return index


def _die_after_the_act(here: Jurisdiction) -> None:
    _die_at(here, 1)
    with pytest.raises(_Died):
        here.ask(
            "desk", "book", custodian=SHERIFF, subject={"facility": JAIL, "name": "Invented Person"}
        )
    here.parts.log.probe = lambda step: None


# --- law moves while requests are under way --------------------------------------------------


def test_after_the_entry_that_cuts_an_agency_off_no_entry_answers_it(here: Jurisdiction) -> None:
    from cleargate.gate import administer

    paper = here.evidence("hsi", "clerk", kind="criminal-case", target="JH1", agency="ICE-HSI")
    ada = here.gate.authenticate(here.tokens["ada"], "cli")
    proposal = administer.propose_cut_off(here.gate, ada, POLICE, "ICE", [])
    here.sign(proposal.id, "ada")
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            here.ask("hsi", "search", basis=[paper], **CASE)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    signing = here.sign(proposal.id, "sam")
    stop.set()
    for thread in threads:
        thread.join()
    assert signing.answer is not None and signing.answer.answered is not None
    cut = next(e.index for e in entries(here.parts.log, kinds=("law",), limit=1))
    later = [e for e in entries(here.parts.log, limit=500) if e.index > cut]
    answered = {e.leaf.clear["decision"] for e in later if e.leaf.kind == "answered"}
    assert not answered
    assert not [
        e for e in later if e.leaf.kind == "decided" and e.leaf.clear["outcome"] == "permit"
    ]
    assert not here.ask("hsi", "search", basis=[paper], **CASE).opens
