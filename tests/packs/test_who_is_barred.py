"""Bars on immigration authorities reach neither courts, counsel, victims nor prosecutors."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleargate.law.book import known, read_book
from cleargate.law.scenarios import Scenario, read_stage
from cleargate.model.actions import ACTIONS, Family
from cleargate.model.words import Outcome, RuleKind, Tri
from tests.packs.neighbors import fired

PACKS = Path(__file__).parents[2] / "packs"
STAGE = read_stage(PACKS / "cast.toml")
ASKERS = {
    "STATE-COURT": ("officer", "ADM"),
    "DEFENSE-COUNSEL": ("public", "PUB"),
    "PUBLIC": ("victim", "VIC"),
    "STATE-ATTORNEY": ("officer", "C"),
}
FAMILIES = (Family.RECORDS, Family.CUSTODY, Family.BETWEEN, Family.SELF)
CUSTODY = {
    "in_custody": Tri.YES, "housed_for_immigration": Tri.NO, "victim_or_witness": Tri.NO,
}  # fmt: skip
BARS_ANYONE = {
    "us-il/ask-status", "us-il-chicago/ask-status", "us-wa/ask-status", "us-nj/ask-status",
    "us-il-chicago/share-status",
}  # fmt: skip
"""Their texts are about what officers ask or tell, whoever wants to know."""

BARS_THE_PUBLIC = {"us-il/juvenile-to-the-public", "us-il/sealed", "us-wa/jail-records"}
"""Their texts name the public, or whoever is no criminal justice agency."""

LAW_MAKERS = [n for n in known([PACKS]) if not read_book([n], [PACKS]).packs[n].custodian]


CUSTODIANS = (
    "sheriff", "city-police", "county-department", "state-corrections", "prosecutor", "court",
    "driver-licensing",
)  # fmt: skip
"""Together of every kind that a rule binds."""


@pytest.mark.parametrize("pack", LAW_MAKERS)
def test_no_bar_on_immigration_authorities_reaches_anyone_else(pack: str) -> None:
    book = read_book([pack], [PACKS])
    asked = [
        Scenario("asks", action.name, custodian, Outcome.PERMIT, asker=asker, role=role,
                 purpose=purpose, custody=dict(CUSTODY))
        for custodian in CUSTODIANS
        for action in ACTIONS.values() if action.family in FAMILIES
        for asker, (role, purpose) in ASKERS.items()
    ]  # fmt: skip
    for one in fired(book, pack, STAGE, asked):
        rules = [r for id in one.rules if (r := book.rule(id)) is not None]
        barred = {r.id for r in rules if r.kind is RuleKind.MUST_NOT} - BARS_ANYONE
        if one.scenario.asker in ("DEFENSE-COUNSEL", "PUBLIC"):
            barred -= BARS_THE_PUBLIC
        assert not barred, (one.scenario.asker, one.scenario.action, one.scenario.custodian)
