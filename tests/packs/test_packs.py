"""Every shipped pack: no mistake, and every worked request decided as its author says."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleargate.law.book import RAISED, known, read_book
from cleargate.law.check import check
from cleargate.law.scenarios import Scenario, read_scenarios, read_stage, run
from cleargate.model.words import Event
from tests.packs.neighbors import fired, pairs

PACKS = Path(__file__).parents[2] / "packs"
STAGE = read_stage(PACKS / "cast.toml")
NAMES = known([PACKS])
BOOKS = {name: read_book([name], [PACKS]) for name in NAMES}
CASES = [(pack, s) for pack in NAMES for s in read_scenarios(PACKS / pack)]


@pytest.mark.parametrize("pack", NAMES)
def test_a_shipped_pack_has_no_mistake(pack: str) -> None:
    assert check(BOOKS[pack]) == []


@pytest.mark.parametrize("pack", NAMES)
def test_a_shipped_pack_says_where_its_law_was_seen(pack: str) -> None:
    assert (PACKS / pack / "SOURCES.md").is_file()


@pytest.mark.parametrize(("pack", "scenario"), CASES, ids=[f"{p}: {s.name}" for p, s in CASES])
def test_a_worked_request_is_decided_as_its_author_says(pack: str, scenario: Scenario) -> None:
    (result,) = run(BOOKS[pack], pack, STAGE, [scenario])
    assert not result.differences


@pytest.mark.parametrize("pack", NAMES)
def test_a_pack_has_a_dozen_worked_requests_of_different_names(pack: str) -> None:
    names = [s.name for p, s in CASES if p == pack]
    assert len(set(names)) == len(names) >= 12


@pytest.mark.parametrize("pack", NAMES)
def test_each_rule_fires_in_a_request_and_not_in_one_that_differs_in_one_fact(pack: str) -> None:
    results = fired(BOOKS[pack], pack, STAGE, [s for p, s in CASES if p == pack])
    rules = [r for r in BOOKS[pack].packs[pack].rules if r.kind != "duty" or r.on in RAISED]
    assert [r.id for r in rules if next(pairs(results, r.id), None) is None] == []


def test_a_duty_that_no_request_raises_is_on_the_calendar() -> None:
    rules = [r for p in NAMES for r in BOOKS[p].packs[p].rules if r.kind == "duty"]
    assert {r.on for r in rules} - RAISED == {Event.CALENDAR}
