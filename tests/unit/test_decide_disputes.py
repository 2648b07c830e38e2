"""Disputes: what a rule whose force is doubted does, and how the custodian settles it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cleargate.law.book import Book
from cleargate.law.decide import decide
from cleargate.law.facts import Cast
from cleargate.model.decision import Decision
from cleargate.model.request import Agency, Known
from cleargate.model.words import Outcome
from tests.law_texts import AGENCIES, CAST, book_of, known

WARRANT = """
  @id("warrant") @must @limit("court") permit (principal, action == Action::"hold", resource)
  when { context.document.kind == "judicial-warrant" && context.document.verified == "yes" };
"""
DETAINER = """
  @id("detainer") forbid (principal, action == Action::"hold", resource)
  when { context.document.kind == "detainer" };
"""


def grant(action: str = "search", when: str = "true", marks: str = "") -> str:
    return f"""
      @id("grant") @grant @limit("court") {marks}
      permit (principal, action in Action::"{action}", resource) when {{ {when} }};
    """


def must_not(action: str = "search", when: str = "true", marks: str = "") -> str:
    return f"""
      @id("not") {marks} forbid (principal, action in Action::"{action}", resource)
      when {{ {when} }};
    """


def ask(book: Book, asked: Known, cast: Cast = CAST) -> Decision:
    return decide(book, book.custodian("POLICE"), cast, asked)


def fired(decision: Decision) -> set[str]:
    return {r.id for r in decision.fired}


# --- disputes and their settlement --------------------------------------------------------------

STATUS = """
  @id("1373") @protects @disputed("whether it binds cities")
  permit (principal, action in Action::"immigration_status", resource)
  when { context.represented.sector == "federal" };
"""
CITY = must_not("immigration_status", 'context.represented in Agency::"ICE"')


def settles(pair: str) -> str:
    return f"""
      @id("settled") @leave @settles("{pair}")
      permit (principal, action in Action::"immigration_status", resource);
    """


def test_a_disputed_rule_that_would_change_the_outcome_is_a_conflict() -> None:
    decision = ask(book_of(us=STATUS, city=CITY), known("immigration_status"))
    assert decision.outcome is Outcome.CONFLICT
    assert {r.id for r in decision.deciding} == {"us/1373", "city/not"}
    assert "whether it binds cities" in decision.why


@pytest.mark.parametrize(
    ("pair", "outcome", "rests"),
    [
        ("us/1373 over city/not", Outcome.PERMIT, ["us/1373"]),
        ("city/not over us/1373", Outcome.REFUSE, ["city/not"]),
    ],
)
def test_the_custodians_own_pack_settles_a_dispute_and_is_cited(
    pair: str, outcome: Outcome, rests: list[str]
) -> None:
    book = book_of(us=STATUS, city=CITY, own=settles(pair))
    decision = ask(book, known("immigration_status"))
    assert decision.outcome is outcome
    assert [r.id for r in decision.deciding] == rests
    assert ("own/settled", "settled") in {(s.by.id, s.how) for s in decision.struck}


def test_nobody_but_the_custodian_settles_a_dispute() -> None:
    book = book_of(us=STATUS, city=CITY + settles("city/not over us/1373"))
    assert ask(book, known("immigration_status")).outcome is Outcome.CONFLICT


def test_a_settlement_strikes_nothing_where_its_winner_does_not_apply() -> None:
    """Else a must not would fall by a rule that is not about this request at all."""
    wide = must_not("immigration_status")
    book = book_of(us=STATUS, city=wide, own=settles("us/1373 over city/not"))
    local = Cast(AGENCIES | {"VENDOR": Agency("VENDOR", "A vendor", sector="private")})
    asked = replace(
        known("immigration_status", "FBI"),
        represented=Agency("VENDOR", "A vendor", sector="private"),
    )
    assert ask(book, asked, local).outcome is Outcome.REFUSE
