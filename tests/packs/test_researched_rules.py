"""The page on how each researched rule is said: its rules ship, its conditions pass the checks."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from cleargate.law import cedar, rules
from cleargate.law.book import Book, known, read_book
from cleargate.law.check import check
from cleargate.law.pack import Pack
from cleargate.model.words import Layer
from tests.conftest import REAL_DATA

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "which-rows-cannot-be-said.md"
PACKS = ROOT / "packs"
TABLE = REAL_DATA.parent / "law" / "decision_tables.csv"

SECTION = re.compile(r"^## [^\n]*: `([a-z-]+)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
CELL = re.compile(r"(?<!\\)\|")
RULE = re.compile(r"`([a-z_, :]+)`: `(.+)`")
DUTY = re.compile(r"`(duty:[a-z0-9-]+)` on `([a-z_]+)`(?:: `(.+)`)?")
SHIPPED = re.compile(r"`([a-z-]+/[a-z0-9.-]+)`")
TEST = re.compile(r'context\.found(?:_not)?\.contains\("([^"]+)"\)')
MARKS = {"must": "@must", "grant": "@grant", "leave": "@leave", "protects": "@protects"}


@dataclass(frozen=True)
class Finding:
    """One line of a table on the page."""

    pack: str
    citation: str
    kind: str
    said: str


def _findings() -> list[Finding]:
    found = []
    for pack, body in SECTION.findall(PAGE.read_text("utf-8")):
        for line in body.splitlines():
            if line.startswith("| ") and not line.startswith("| citation"):
                cells = [c.strip().replace("\\|", "|") for c in CELL.split(line)[1:-1]]
                found.append(Finding(pack, cells[0], cells[2], cells[3]))
    return found


FINDINGS = _findings()
WRITTEN = [f for f in FINDINGS if not SHIPPED.match(f.said) and not f.said.startswith("not yet")]


def _policy(finding: Finding) -> str:
    """The finding as the rule that its pack would hold."""
    head = '@id("x") @cite("x") @summary("x")'
    if duty := DUTY.fullmatch(finding.said):
        name, event, condition = duty.groups()
        head += f' @on("{event}") @within("x") @to("x")'
        scope = f'action == Action::"{name}"'
    else:
        match = RULE.fullmatch(finding.said)
        assert match, f"cannot be read: {finding.said}"
        actions, condition = match.groups()
        head += f" {MARKS.get(finding.kind, '')}"
        if "hold" in actions and finding.kind in ("must", "grant"):
            head += ' @limit("court")'
        scope = "action in [" + ", ".join(f'Action::"{a}"' for a in actions.split(", ")) + "]"
    effect = "forbid" if finding.kind == "must not" else "permit"
    when = f" when {{ {condition} }}" if condition else ""
    return f"{head}\n{effect} (principal, {scope}, resource){when};"


@pytest.mark.parametrize("finding", WRITTEN, ids=[f"{f.pack}: {f.citation}" for f in WRITTEN])
def test_a_condition_on_the_page_is_accepted_as_a_rule(finding: Finding) -> None:
    text = cedar.PolicyText(_policy(finding), 1)
    rule = rules.read(text, finding.pack, "page", Layer.STATE, [])
    tests = dict.fromkeys(TEST.findall(finding.said), "a test")
    pack = Pack(finding.pack, "", Layer.STATE, (), ("law-enforcement",), "", frozenset(), tests,
                (), (rule,), PAGE.parent, "")  # fmt: skip
    assert check(Book.of([pack])) == []


def test_a_rule_that_the_page_names_ships() -> None:
    book = read_book(known([PACKS]), [PACKS])
    named = {name for f in FINDINGS for name in SHIPPED.findall(f.said)}
    assert sorted(name for name in named if book.rule(name) is None) == []


def test_a_finding_that_cannot_be_said_says_why() -> None:
    left = [f.said for f in FINDINGS if f.said.startswith("not yet")]
    assert all(len(said.partition(": ")[2]) > len("not yet") for said in left)
    assert len(left) == 4


def test_the_page_counts_its_own_lines() -> None:
    shipped = sum(1 for f in FINDINGS if SHIPPED.match(f.said))
    others = re.findall(r"^- (fact|conduct): ", PAGE.read_text("utf-8"), re.MULTILINE)
    counts = re.findall(r"^\| [^|]* \| (\d+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    not_yet = len(FINDINGS) - shipped - len(WRITTEN)
    lines = (shipped, len(WRITTEN), not_yet, others.count("fact"), others.count("conduct"))
    assert tuple(int(n) for n in counts) == lines


@pytest.mark.realdata
def test_every_researched_row_stands_on_the_page() -> None:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        researched = list(csv.DictReader(lines))
    said = [r for r in researched if r["kind"] not in ("fact", "conduct")]
    assert Counter((f.pack, f.citation, f.kind) for f in FINDINGS) == Counter(
        (r["pack"], r["citation"], r["effect"]) for r in said
    )
    sections = dict(SECTION.findall(PAGE.read_text("utf-8")))
    others = [r for r in researched if r["kind"] in ("fact", "conduct")]
    missing = [r for r in others if f"{r['kind']}: {r['citation']}." not in sections[r["pack"]]]
    assert missing == []
