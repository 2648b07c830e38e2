"""Every shipped rule that changes no outcome is explained beside its pack's sources."""

from __future__ import annotations

import pytest

from cleargate.law.book import known, read_book
from cleargate.law.reach import Finding, reach
from cleargate.law.scenarios import read_stage
from tests.jurisdiction import PACKS
from tests.properties.test_space import AT

STAGE = read_stage(PACKS / "cast.toml")
TITLE = "## Rules that change no outcome by themselves"


@pytest.mark.parametrize("pack", known([PACKS]))
def test_a_shipped_rule_that_changes_nothing_is_explained_and_every_other_fires(pack: str) -> None:
    book = read_book([pack], [PACKS])
    found = list(reach(book, [pack], STAGE, AT))
    assert [r.rule.id for r in found if r.finding is Finding.NEVER_FIRES] == []
    idle = {r.rule.id.partition("/")[2] for r in found if r.finding is Finding.CHANGES_NOTHING}
    sources = (PACKS / pack / "SOURCES.md").read_text("utf-8")
    _, _, said = sources.partition(TITLE)
    section = said.partition("\n## ")[0]
    named = {w for line in section.splitlines() if line.startswith("- ")
             for w in line.partition(":")[0].split("`")[1::2]}  # fmt: skip
    assert named == idle
