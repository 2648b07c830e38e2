"""What would change an outcome: the smallest sets, each of which really does."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from cleargate.law import changes
from cleargate.law.book import Book
from cleargate.law.changes import Candidate, candidates, what_would_change, what_would_open
from cleargate.law.decide import decide
from cleargate.model.decision import Change
from cleargate.model.evidence import EVIDENCE_KINDS
from cleargate.model.request import Known
from cleargate.model.words import Outcome
from tests.law_texts import CAST, book_of, known, paper

GRANT = """
  @id("grant") @grant @limit("court") permit (principal, action == Action::"interview", resource)
  when { %s };
"""
CASE = 'context.verified.contains("criminal-case")'
WARRANT = 'context.verified.contains("judicial-warrant:federal:criminal")'
CONSENT = 'context.verified.contains("consent")'
DOUBT = 'context.found.contains("doubtful")'
OFFICER = "a named officer of POLICE decides to accept it, recorded as evidence"

BOOKS = {
    "one paper": book_of(own=GRANT % CONSENT),
    "either of two": book_of(own=GRANT % f"{CONSENT} || {WARRANT}"),
    "both of two": book_of(own=GRANT % f"{CONSENT} && {WARRANT}"),
    "three together": book_of(own=GRANT % f"{CONSENT} && {WARRANT} && {DOUBT}"),
    "one, or two others": book_of(own=GRANT % f"{CONSENT} || ({WARRANT} && {DOUBT})"),
    "nothing at all": book_of(own=GRANT % "false"),
    "a must not until it is shown": book_of(
        state=f"forbid (principal, action in Action::\"any\", resource) when {{ !{CASE} }};",
        own=GRANT % f"{CASE} || {DOUBT}",
    ),
    "a must not that nothing lifts": book_of(
        state='forbid (principal, action in Action::"any", resource);', own=GRANT % CASE
    ),
    "a must not on the paper itself": book_of(
        state="""forbid (principal, action == Action::"interview", resource)
                 when { context.document.kind == "detainer" };""",
        own=GRANT % f"context.document.kind == \"detainer\" || {WARRANT}",
    ),
}  # fmt: skip
REQUESTS = {
    "no paper": known("interview"),
    "a paper nobody verified": known("interview", documents=(paper("consent", verified=False),)),
    "a detainer": known("interview", documents=(paper("detainer"),)),
    "two papers nobody verified": known(
        "interview",
        documents=(
            paper("consent", "E-1", verified=False),
            paper("criminal-case", "E-2", verified=False),
        ),
    ),
}

POLICE = BOOKS["one paper"].custodian("POLICE")


def found(book: Book, asked: Known) -> tuple[Change, ...]:
    police = book.custodian("POLICE")
    return what_would_change(book, police, CAST, asked, decide(book, police, CAST, asked))


def outcome_with(book: Book, asked: Known, chosen: tuple[Candidate, ...]) -> Outcome:
    for candidate in chosen:
        asked = candidate.apply(asked)
    return decide(book, book.custodian("POLICE"), CAST, asked).outcome


@pytest.mark.parametrize("request_name", REQUESTS)
@pytest.mark.parametrize("book_name", BOOKS)
def test_just_the_minimal_sets_that_open_the_request_are_found(
    book_name: str, request_name: str
) -> None:
    """Against trying every set of up to three, and keeping those that contain no other."""
    book, asked = BOOKS[book_name], REQUESTS[request_name]
    options = list(candidates(book, book.custodian("POLICE"), CAST, asked))
    opening: dict[frozenset[str], Outcome] = {}
    for size in range(changes.LARGEST + 1):
        for chosen in combinations(options, size):
            outcome = outcome_with(book, asked, chosen)
            if outcome.opens:
                opening[frozenset(c.words for c in chosen)] = outcome
    minimal = {s: o for s, o in opening.items() if not any(other < s for other in opening)}
    if frozenset() in minimal:
        minimal = {}
    assert {frozenset(c.together): c.outcome for c in found(book, asked)} == minimal


def test_nothing_is_said_of_a_request_that_opens_or_cannot_be_decided() -> None:
    book = book_of(own=GRANT % "true")
    assert found(book, REQUESTS["no paper"]) == ()
    nobody = book_of(own=GRANT % 'context.requester in Agency::"NOBODY"')
    assert found(nobody, REQUESTS["no paper"]) == ()


def test_each_change_says_in_words_what_to_bring() -> None:
    (officer, consent) = found(BOOKS["one paper"], REQUESTS["no paper"])
    assert officer.together == (OFFICER,)
    assert consent.together == ("a verified consent of the person is presented",)
    assert consent.outcome is Outcome.PERMIT


def test_a_paper_that_is_there_has_to_be_verified_not_brought_again() -> None:
    sets = [c.together for c in found(BOOKS["one paper"], REQUESTS["a paper nobody verified"])]
    assert ("E-1 (consent of the person) is verified",) in sets
    assert not any("presented" in words for words in map(str, sets))


def test_no_officer_is_named_where_the_law_leaves_no_choice() -> None:
    book = BOOKS["a must not on the paper itself"]
    assert found(book, REQUESTS["a detainer"]) != ()
    assert all(OFFICER not in c.together for c in found(book, REQUESTS["a detainer"]))


OFFICE = """
  @id("clerk") @grant permit (principal, action == Action::"records:import", resource)
  when { !context.outside && principal.role == "clerk" };
  @id("search") @grant permit (principal, action == Action::"search", resource)
  when { !context.outside && principal.role == "clerk" };
"""


@pytest.mark.parametrize(("action", "told"), [("records:import", True), ("search", False)])
def test_whose_office_it_is_to_ask_is_told_of_what_only_the_office_asks(
    action: str, told: bool
) -> None:
    for asker in ("POLICE", "ICE-ERO"):
        words = [c.together for c in found(book_of(own=OFFICE), known(action, asker))]
        assert (("someone of POLICE with the role clerk asks",) in words) is told


def test_a_withdrawn_paper_is_not_offered_for_verification() -> None:
    asked = REQUESTS["a paper nobody verified"]
    gone = replace(asked.documents[0], withdrawn_at=asked.at)
    offered = candidates(BOOKS["one paper"], POLICE, CAST, replace(asked, documents=(gone,)))
    assert not any("is verified" in c.words for c in offered)


@pytest.mark.parametrize("budget", range(4))
def test_a_search_that_runs_out_of_budget_claims_nothing_untried(budget: int) -> None:
    book, asked = BOOKS["both of two"], REQUESTS["no paper"]
    police = book.custodian("POLICE")
    refused = decide(book, police, CAST, asked)
    some = what_would_change(book, police, CAST, asked, refused, budget=budget)
    assert some == found(book, asked)[: len(some)]
    assert len(some) <= budget


@pytest.mark.parametrize("kind", sorted(EVIDENCE_KINDS))
@pytest.mark.parametrize("rest", [(), ("federal",), ("state", "criminal"), ("immigration",)])
def test_a_supposed_document_is_seen_as_the_token_that_a_rule_reads(
    kind: str, rest: tuple[str, ...]
) -> None:
    token = ":".join((kind, *rest))
    assert token in changes.document_for(token, "interview").tokens()
    assert changes.describe(token).startswith(EVIDENCE_KINDS[kind])


def test_what_opens_a_mask_opens_it_in_an_answer_that_opens() -> None:
    own = """
      @id("rows") @grant permit (principal, action == Action::"search", resource);
      @id("victims") @grant permit (principal, action == Action::"see:victim", resource)
      when { %s };
    """
    book, asked = book_of(own=own % CASE), known("search")
    custodian = book.custodian(asked.request.custodian)
    opens = {c.together for c in what_would_open(book, custodian, CAST, asked, "see:victim")}
    shown = "a verified proof of a criminal investigation or case is presented"
    assert opens == {(shown,), (OFFICER,)}
    assert what_would_open(book, custodian, CAST, asked, "see:status") == (
        Change((OFFICER,), Outcome.PERMIT),
    )
