"""Requests with one key are decided alike: what no rule reads cannot change what is decided."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cleargate.law.alike import Alike
from cleargate.law.book import Book, known, read_book
from cleargate.law.decide import decide
from cleargate.law.scenarios import as_known, place, read_scenarios, read_stage
from cleargate.model.actions import ACTIONS
from cleargate.model.decision import Decision
from cleargate.model.evidence import Document
from cleargate.model.request import CustodyFacts, Known
from tests.jurisdiction import PACKS
from tests.law_texts import CAST, NOON, book_of, paper
from tests.law_texts import known as asked
from tests.policies import any_action, expressions, requests

STAGE = read_stage(PACKS / "cast.toml")
HEADS = ("forbid", "@grant permit", "@must permit", "@leave permit", "@protects permit")
WHOLE = tuple(f.name for f in fields(Known) if f.name not in ("request", "epoch"))
OF_REQUEST = ("purpose", "case", "represented", "kind")


def said(decision: Decision) -> tuple[object, ...]:
    """What is answered, papers' own names and what arises from the request aside."""
    rules = tuple(r.id for r in decision.deciding)
    return decision.outcome, decision.masks, rules, decision.unreviewed, decision.why


def key(book: Book, asked: Known) -> object:
    compiled = book.compiled(book.custodian("POLICE"), asked.request.action)
    return Alike.of(compiled, asked.request.action).key(asked, CAST)


@st.composite
def books(draw: st.DrawFn, action: str) -> Book:
    """A state's and the custodian's own rules, each on the action and whatever it opens."""
    sections = (action, *ACTIONS[action].masks)
    texts = {}
    for pack in ("state", "own"):
        texts[pack] = ""
        for _ in range(draw(st.integers(1, 3))):
            head, section = draw(st.sampled_from(HEADS)), draw(st.sampled_from(sections))
            texts[pack] += f"""
                @limit("court") {head} (principal, action == Action::"{section}", resource)
                when {{ {draw(expressions)} }};
            """
    return book_of(**texts)


@given(st.data())
def test_what_is_not_in_the_key_changes_no_decision(data: st.DataObject) -> None:
    action = data.draw(any_action)
    book = data.draw(books(action))
    one, other = (data.draw(requests(st.just(action))) for _ in range(2))
    changed = data.draw(st.sampled_from((*WHOLE, *OF_REQUEST)))
    if changed in OF_REQUEST:
        new = {changed: getattr(other.request, changed)}
        other = replace(one, request=replace(one.request, **new))
    elif changed == "at":
        days = data.draw(st.timedeltas(timedelta(0), timedelta(days=2)))
        other = replace(one, at=one.at + days)
    else:
        other = replace(one, **{changed: getattr(other, changed)})
    assume(key(book, one) == key(book, other))
    custodian = book.custodian("POLICE")
    assert said(decide(book, custodian, CAST, one)) == said(decide(book, custodian, CAST, other))


@pytest.mark.parametrize("pack", known([PACKS]))
def test_worked_requests_that_are_decided_otherwise_have_other_keys(pack: str) -> None:
    book = read_book([pack], [PACKS])
    found: dict[object, tuple[object, ...]] = {}
    for scenario in read_scenarios(PACKS / pack):
        custodian, cast = place(book, pack, STAGE, scenario)
        request = as_known(scenario, custodian, cast)
        action = request.request.action
        alike = Alike.of(book.compiled(custodian, action), action)
        agencies = tuple(cast.agencies.values())
        here = (custodian.id, custodian.own_pack, scenario.own_rules, scenario.own_grants, action,
                agencies, alike.key(request, cast))  # fmt: skip
        outcome = said(decide(book, custodian, cast, request))
        assert found.setdefault(here, outcome) == outcome, scenario.name


def of_hold(rule: str, **facts: Any) -> object:
    """The key of a request to hold, under one rule of the state's."""
    text = f'forbid (principal, action == Action::"hold", resource) when {{ {rule} }};'
    return key(book_of(state=text), asked("hold", **facts))


def test_days_that_no_rule_tells_apart_are_one() -> None:
    rule = "context.custody.days_to_release < 7 && context.custody.days_to_release != 0"
    keys = [of_hold(rule, custody=CustodyFacts(days_to_release=d)) for d in (0, 1, 6, 7, 8, 400)]
    assert keys[1] == keys[2] and keys[4] == keys[5]
    assert len(set(keys)) == 4  # at a bound it is its own


def test_a_time_counts_as_its_day_until_a_rule_reads_it() -> None:
    later = NOON + timedelta(minutes=1)
    assert of_hold("true", at=NOON) == of_hold("true", at=later)
    assert of_hold("true", at=NOON) != of_hold("true", at=NOON + timedelta(days=1))
    rule = 'context.at < datetime("2026-07-01T17:00:30Z")'
    assert of_hold(rule, at=NOON) != of_hold(rule, at=later)


def test_where_a_rule_reads_what_is_not_known_here_every_fact_is_in_the_key() -> None:
    rule = 'principal == Person::"someone"'
    assert of_hold(rule, at=NOON) == of_hold(rule, at=NOON)
    for facts in ({"at": NOON + timedelta(minutes=1)}, {"purpose": "C"}, {"role": "clerk"}):
        assert of_hold(rule, **facts) != of_hold(rule)
        assert of_hold("true", **facts) == of_hold("true")


def test_what_sets_a_paper_aside_is_in_the_key_though_no_rule_reads_it() -> None:
    def of(*papers: Document) -> object:
        return of_hold("true", documents=papers)

    assert of(paper("detainer")) == of(paper("final-order"))
    assert of(paper("detainer")) != of(paper("consent"))
    assert of(paper("detainer")) != of(paper("detainer", verified=False))
    assert of(paper("detainer")) != of()
