"""The worked cases of the research: each is a scenario of a shipped pack, with its doubt named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cleargate.law.book import known
from cleargate.law.scenarios import Scenario, read_scenarios
from cleargate.model.words import Outcome
from tests.conftest import REAL_DATA

PACKS = Path(__file__).parents[2] / "packs"
CASES = REAL_DATA.parent / "law" / "CASES.md"
LINE = re.compile(r"^\| (\d+|[a-z]) \|(.+)\|$", re.MULTILINE)
OUTCOMES = "|".join(sorted(Outcome, key=len, reverse=True))


def worked() -> dict[str, list[tuple[str, Scenario]]]:
    """Pack and scenario by the number of the worked case that they show."""
    found: dict[str, list[tuple[str, Scenario]]] = {}
    for pack in known([PACKS]):
        for scenario in read_scenarios(PACKS / pack):
            if scenario.worked_case:
                found.setdefault(scenario.worked_case, []).append((pack, scenario))
    return found


def researched() -> dict[str, list[str]]:
    """The cells of each case: custodian, asked, basis, outcome, deciding rows, doubt."""
    return {
        n: [c.strip() for c in cells.split("|")]
        for n, cells in LINE.findall(CASES.read_text("utf-8"))
    }


@pytest.mark.realdata
def test_every_worked_case_is_a_scenario_with_the_outcomes_that_were_worked_out() -> None:
    shown = worked()
    said = {
        n: {str(s.expect) for _, s in shown.get(n, [])} | _own_words(shown.get(n, []))
        for n in researched()
    }
    missing = {n: set(re.findall(rf"\b({OUTCOMES})\b", cells[3])) - said[n]
               for n, cells in researched().items()}  # fmt: skip
    assert {n: words for n, words in missing.items() if words} == {}
    assert [n for n in researched() if n not in shown] == []


def _own_words(scenarios: list[tuple[str, Scenario]]) -> set[str]:
    return {str(o) for _, s in scenarios for o in s.documents_expect}


@pytest.mark.realdata
def test_every_doubt_about_a_worked_case_is_named_beside_it() -> None:
    doubtful = {n for n, cells in researched().items() if cells[5]}
    shown = worked()
    named = {n for n, found in shown.items() if any(s.note or s.review for _, s in found)}
    assert sorted(doubtful - named) == []
