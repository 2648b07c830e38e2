"""The research, row by row: each is a rule that ships, or the page says why not."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cleargate.law.book import known, read_book
from tests.conftest import REAL_DATA

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "which-rows-cannot-be-said.md"
PACKS = ROOT / "packs"
TABLE = REAL_DATA.parent / "law" / "decision_tables.csv"

SECTION = re.compile(r"^## [^\n]*: `([a-z-]+)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
CELL = re.compile(r"(?<!\\)\|")
SHIPPED = re.compile(r"`([a-z-]+/[a-z0-9.-]+)`")
ASIDE = re.compile(r"^- (\d+), (fact|conduct|otherwise): (.+)", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """One line of a table on the page: a row of the research, and the rules that say it."""

    row: int
    pack: str
    citation: str
    seen: str
    kind: str
    said: str

    @property
    def rules(self) -> list[str]:
        return SHIPPED.findall(self.said)


def _findings() -> Iterator[Finding]:
    for pack, body in SECTION.findall(PAGE.read_text("utf-8")):
        for line in body.splitlines():
            if line.startswith("| ") and not line.startswith("| row"):
                cells = [c.strip().replace("\\|", "|") for c in CELL.split(line)[1:-1]]
                yield Finding(int(cells[0]), pack, *cells[1:])


FINDINGS = list(_findings())
ASIDES = {(int(n), what): said for n, what, said in ASIDE.findall(PAGE.read_text("utf-8"))}
BOOK = read_book(known([PACKS]), [PACKS])


def test_each_row_is_a_rule_that_ships_or_says_why_not() -> None:
    left = [f for f in FINDINGS if not f.rules]
    assert all(f.said.startswith("not yet: ") and len(f.said) > 30 for f in left)
    assert left == []
    assert [(f.row, n) for f in FINDINGS for n in f.rules if BOOK.rule(n) is None] == []


def test_what_was_not_read_in_a_copy_awaits_review() -> None:
    rules = [BOOK.rule(n) for f in FINDINGS if f.seen != "C" for n in f.rules]
    assert [r.id for r in rules if r is not None and not r.review] == []


def test_every_rule_of_a_researched_pack_stands_on_the_page_or_in_its_sources() -> None:
    named = {n for f in FINDINGS for n in f.rules}
    sources = {p: (PACKS / p / "SOURCES.md").read_text("utf-8") for p in BOOK.packs}
    rules = [r for p in BOOK.packs.values() if not p.custodian for r in p.rules]
    missing = [
        r.id
        for r in rules
        if r.id not in named and f"`{r.id.split('/')[1]}`" not in sources[r.pack]
    ]
    assert missing == []


def test_the_page_counts_its_own_lines() -> None:
    counts = re.findall(r"^\| [^|]* \| (\d+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    said = sum(1 for f in FINDINGS if f.rules)
    aside = Counter(what for _, what in ASIDES)
    lines = (said, len(FINDINGS) - said, aside["fact"], aside["conduct"])
    assert tuple(int(n) for n in counts) == lines


@pytest.fixture(scope="module")
def rows() -> dict[int, dict[str, str]]:
    """The research, row by row, counted from 1."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return dict(enumerate(csv.DictReader(lines), 1))


@pytest.mark.realdata
def test_every_researched_row_stands_on_the_page_under_its_number(
    rows: dict[int, dict[str, str]],
) -> None:
    said = {f.row: (f.pack, f.citation, f.seen, f.kind) for f in FINDINGS}
    wanted = {
        n: (r["pack"], r["citation"], r["confidence"], r["effect"])
        for n, r in rows.items()
        if r["kind"] not in ("fact", "conduct")
    }
    assert said == wanted
    aside = {n: r for n, r in rows.items() if r["kind"] in ("fact", "conduct")}
    assert {k for k in ASIDES if k[1] != "otherwise"} == {(n, r["kind"]) for n, r in aside.items()}
    assert [n for n, r in aside.items() if r["citation"] not in ASIDES[n, r["kind"]]] == []


@pytest.mark.realdata
def test_a_rule_has_the_kind_action_and_event_of_its_row_or_the_page_says_why_not(
    rows: dict[int, dict[str, str]],
) -> None:
    differ = {f.row for f in FINDINGS if f.rules and not _as_researched(rows[f.row], f)}
    assert differ == {n for n, what in ASIDES if what == "otherwise"}


def _as_researched(row: dict[str, str], finding: Finding) -> bool:
    rules = [r for n in finding.rules if (r := BOOK.rule(n)) is not None]
    actions = {a for r in rules for a in (r.scope or {f"duty:{r.duty}"})}
    return (
        row["effect"] in {r.kind.value for r in rules}
        and row["action"] in actions
        and (not row["event"] or row["event"] in {r.on for r in rules})
    )
