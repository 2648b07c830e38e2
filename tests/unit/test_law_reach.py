"""Enumeration finds the rules that never fire, that change nothing, and that are void."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleargate.law.book import Custodian, read_book
from cleargate.law.decide import decide
from cleargate.law.idle import OWN_WORD, WAITS
from cleargate.law.reach import Finding, Reached, reach
from cleargate.law.scenarios import read_stage
from tests.jurisdiction import PACKS, SHERIFF
from tests.pack_texts import HEAD, rule, write
from tests.properties.test_space import AT, space
from tests.terminal import run, told

STAGE = read_stage(PACKS / "cast.toml")
CITY = 'title = "A city"\nmaker = "local"\nunder = ["us-xx"]\nbinds = ["law-enforcement"]\n'
TELLS = '== Action::"release_date"'


def marks(id: str) -> str:
    """What every rule needs."""
    return f'@id("{id}") @cite("{id} Code 1") @summary("s")'


def findings(library: Path, *packs: str) -> dict[str, tuple[Finding, str]]:
    """Rule → what was found, and the citation of the rule that voids it."""
    found = reach(read_book(packs, [library]), list(packs), STAGE, AT)
    return {r.rule.id: (r.finding, r.by.cite if r.by else "") for r in found}


def why(library: Path, *packs: str) -> dict[str, str]:
    """Rule → why it changes nothing."""
    names = list(packs or ("us-xx",))
    found = reach(read_book(names, [library]), names, STAGE, AT)
    return {r.rule.id: r.why for r in found if r.finding is Finding.CHANGES_NOTHING}


def test_a_rule_whose_conditions_contradict_each_other_never_fires(tmp_path: Path) -> None:
    both = 'context.document.kind == "detainer" && context.document.kind == "consent"'
    write(tmp_path, rule(when=both))
    assert findings(tmp_path, "us-xx") == {"us-xx/r": (Finding.NEVER_FIRES, "")}


def test_facts_that_cannot_go_together_never_fire(tmp_path: Path) -> None:
    whole = 'context.document.kind == "none" && context.document.complete == "yes"'
    write(tmp_path, rule(when=whole))
    assert findings(tmp_path, "us-xx") == {"us-xx/r": (Finding.NEVER_FIRES, "")}


def test_a_rule_that_says_again_what_another_says_changes_nothing(tmp_path: Path) -> None:
    narrow = 'context.document.kind == "detainer" && context.purpose == "CIV-IMM"'
    write(tmp_path, rule() + rule(marks=marks("again"), when=narrow))
    assert findings(tmp_path, "us-xx") == {"us-xx/again": (Finding.CHANGES_NOTHING, "")}
    assert why(tmp_path) == {"us-xx/again": "it says nothing beyond us-xx/r (1 Code 1)"}


def test_two_that_say_the_same_are_both_named(tmp_path: Path) -> None:
    write(tmp_path, rule() + rule(marks=marks("again")))
    assert why(tmp_path) == {
        "us-xx/r": "it says nothing beyond us-xx/again (again Code 1)",
        "us-xx/again": "it says nothing beyond us-xx/r (1 Code 1)",
    }


def test_a_leave_that_strikes_nothing_is_only_cited_and_not_named(tmp_path: Path) -> None:
    write(tmp_path, rule() + rule("@leave", effect="permit", action=TELLS, marks=marks("l")))
    assert findings(tmp_path, "us-xx") == {}


def test_a_power_that_a_custodian_has_by_its_own_word_is_cited(tmp_path: Path) -> None:
    write(tmp_path, rule("@grant", effect="permit", action=TELLS, when="true", marks=marks("g")))
    assert why(tmp_path) == {"us-xx/g": OWN_WORD}


def test_a_county_that_would_hold_waits_for_a_power_of_higher_law(tmp_path: Path) -> None:
    write(tmp_path, rule())
    grant = rule('@grant @limit("PT4H")', effect="permit", when="true", marks=marks("g"))
    write(tmp_path, grant, CITY, name="us-xx-city")
    assert why(tmp_path, "us-xx-city") == {"us-xx-city/g": WAITS}


def test_what_protects_is_tried_against_a_custodian_that_forbids(tmp_path: Path) -> None:
    leave = rule('@leave("p")', effect="permit", action=TELLS, marks=marks("l"))
    write(tmp_path, rule("@protects", effect="permit", action=TELLS, when="true", marks=marks("p"))
          + leave)  # fmt: skip
    assert findings(tmp_path, "us-xx") == {}


def test_a_rule_that_changes_a_worked_request_changes_something() -> None:
    said = why(PACKS, "us-tx")
    assert list(said) == ["us-tx/detainer-transfer-early"]  # and not proof-not-yet-judged
    assert "us-judicial-process/state-judge-transfer" in said["us-tx/detainer-transfer-early"]


def test_a_city_rule_is_void_under_the_state_that_protects_what_it_forbids(tmp_path: Path) -> None:
    write(tmp_path, rule("@protects", effect="permit", action=TELLS, when="true", marks=marks("p")))
    write(tmp_path, rule(action=TELLS, marks=marks("c")), CITY, name="us-xx-city")
    assert findings(tmp_path, "us-xx-city") == {"us-xx-city/c": (Finding.VOID, "p Code 1")}


def test_it_is_void_in_part_where_the_protection_is_narrower(tmp_path: Path) -> None:
    narrow = 'context.purpose == "VIC" && context.verified.contains("victim-registration")'
    write(tmp_path, rule("@protects", effect="permit", action=TELLS, when=narrow, marks=marks("p")))
    write(tmp_path, rule(action=TELLS, marks=marks("c")), CITY, name="us-xx-city")
    assert findings(tmp_path, "us-xx-city") == {"us-xx-city/c": (Finding.VOID_IN_PART, "p Code 1")}


def test_a_rule_that_compares_two_facts_is_said_and_is_no_fault_of_the_program(
    tmp_path: Path,
) -> None:
    write(tmp_path, rule(when="context.purpose == context.document.kind"))
    said = json.loads(told(run("law", "check", "us-xx", "--packs", tmp_path, "--reach", "--json")))
    assert (said["ok"], said["findings"]) == (True, [])
    assert said["not_looked_at"] == (
        "hold cannot be enumerated: context.document.kind is compared with context.purpose"
    )
    assert "not looked at" in told(run("law", "check", "us-xx", "--packs", tmp_path, "--reach"))


def test_a_rule_that_is_not_in_force_is_not_looked_at(tmp_path: Path) -> None:
    write(tmp_path, rule('@stayed("a court, a case, a day")', when="false"))
    assert findings(tmp_path, "us-xx") == {}


def test_the_sentence_names_place_and_both_citations(tmp_path: Path) -> None:
    write(tmp_path, rule("@protects", effect="permit", action=TELLS, when="true", marks=marks("p")))
    write(tmp_path, rule(action=TELLS, marks=marks("c")), CITY, name="us-xx-city")
    said = json.loads(
        told(run("law", "check", "us-xx-city", "--packs", tmp_path, "--reach", "--json"))
    )
    assert [f["says"] for f in said["findings"]] == [
        "us-xx-city/policies/rules.cedar:3: rule c (c Code 1) is void wherever it applies, under "
        "us-xx/p (p Code 1)."
    ]


@cache
def idle() -> list[Reached]:
    """The rules of the sheriff's pack that change nothing."""
    book = read_book(["us-il-cook-sheriff"], [PACKS])
    return [
        r for r in reach(book, ["us-il-cook-sheriff"], STAGE, AT)
        if r.finding is Finding.CHANGES_NOTHING
    ]  # fmt: skip


@pytest.mark.parametrize("action", ["hold", "transfer", "search"])
@given(st.data())
def test_cedar_decides_the_same_without_a_rule_that_changes_nothing(
    action: str, data: st.DataObject
) -> None:
    what, here = space("us-il-cook-sheriff", action)
    point = tuple(data.draw(st.integers(0, size - 1)) for size in here.diagrams.sizes)
    if not here.diagrams.holds(here.feasible, point):
        return
    whole = what.before.custodian
    rule_ = data.draw(st.sampled_from(idle())).rule.id
    known = here.known(point)
    said = [
        decide(what.before.book, custodian, what.cast, known)
        for custodian in (whole, lacking(rule_))
    ]
    assert said[0].outcome == said[1].outcome and said[0].masks == said[1].masks


@cache
def lacking(id: str) -> Custodian:
    """The sheriff without one rule; kept, since a book compiles each custodian once."""
    whole = space("us-il-cook-sheriff", "hold")[0].before.custodian
    assert whole.id == SHERIFF
    return replace(whole, rules=tuple(r for r in whole.rules if r.id != id))


def test_a_book_with_a_mistake_is_not_enumerated(tmp_path: Path) -> None:
    write(tmp_path, rule(when='context.document.kind == "detainr"'), HEAD)
    said = json.loads(
        told(run("law", "check", "us-xx", "--packs", tmp_path, "--reach", "--json"), 5)
    )
    assert len(said["mistakes"]) == 1 and said["findings"] == []
