"""Every shipped pack: no mistake, and every worked request decided as its author says."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleargate.law.book import known, read_book
from cleargate.law.check import check
from cleargate.law.scenarios import (
    Scenario,
    read_scenarios,
    read_stage,
    rules_without_scenarios,
    run,
)

PACKS = Path(__file__).parents[2] / "packs"
STAGE = read_stage(PACKS / "cast.toml")
NAMES = known([PACKS])
CASES = [(pack, s) for pack in NAMES for s in read_scenarios(PACKS / pack)]


@pytest.mark.parametrize("pack", NAMES)
def test_a_shipped_pack_has_no_mistake(pack: str) -> None:
    assert check(read_book([pack], [PACKS])) == []


@pytest.mark.parametrize("pack", NAMES)
def test_a_shipped_pack_says_where_its_law_was_seen(pack: str) -> None:
    assert (PACKS / pack / "SOURCES.md").is_file()


@pytest.mark.parametrize(("pack", "scenario"), CASES, ids=[f"{p}: {s.name}" for p, s in CASES])
def test_a_worked_request_is_decided_as_its_author_says(pack: str, scenario: Scenario) -> None:
    (result,) = run(read_book([pack], [PACKS]), pack, STAGE, [scenario])
    assert not result.differences


@pytest.mark.parametrize("pack", NAMES)
def test_every_rule_fires_in_some_worked_request(pack: str) -> None:
    book = read_book([pack], [PACKS])
    results = list(run(book, pack, STAGE, read_scenarios(PACKS / pack)))
    assert rules_without_scenarios(book, pack, results) == []


@pytest.mark.parametrize("pack", NAMES)
def test_every_rule_has_a_neighboring_request_in_which_it_does_not_fire(pack: str) -> None:
    book = read_book([pack], [PACKS])
    results = list(run(book, pack, STAGE, read_scenarios(PACKS / pack)))
    always = [
        r.id
        for r in book.packs[pack].rules
        if results and all(r.id in {f.id for f in x.decision.fired} for x in results)
    ]
    assert always == []
