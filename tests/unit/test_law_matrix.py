"""The matrix decides every cell; the book is shown whole, by layer."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

from cleargate.law.book import read_book
from cleargate.law.matrix import matrix
from cleargate.law.scenarios import read_stage
from cleargate.law.show import show
from cleargate.model.words import Outcome
from tests.jurisdiction import PACKS

LAWS = ["us-il-cook", "us-il-chicago", "us-tx"]
STAGE = read_stage(PACKS / "cast.toml")
REQUESTS = PACKS / "matrix.toml"


def test_the_same_hold_differs_between_the_laws() -> None:
    found = matrix(LAWS, [PACKS], STAGE, REQUESTS)
    row = found.cells[found.requests.index("hold on a detainer with an administrative warrant")]
    assert [d.outcome for d in row] == [Outcome.REFUSE, Outcome.REFUSE, Outcome.REQUIRE]


def test_a_changed_rule_changes_its_cell(tmp_path: Path) -> None:
    shutil.copytree(PACKS, tmp_path, dirs_exist_ok=True)
    for policy in (tmp_path / "us-tx" / "policies").glob("*.cedar"):
        policy.write_text(policy.read_text("utf-8").replace("@must\n", "@grant\n"), "utf-8")
    found = matrix(["us-tx"], [tmp_path], STAGE, REQUESTS)
    row = found.cells[found.requests.index("hold on a detainer with an administrative warrant")]
    assert row[0].outcome is Outcome.NO_AUTHORITY


def test_an_agencys_own_pack_answers_as_itself() -> None:
    (row, *_) = matrix(["us-il-cook-sheriff"], [PACKS], STAGE, REQUESTS).cells
    assert row[0].custodian == "COOK-SHERIFF"


def test_the_csv_has_a_line_for_each_request_and_a_column_for_each_law() -> None:
    found = matrix(LAWS, [PACKS], STAGE, REQUESTS)
    head, *lines = csv.reader(io.StringIO(found.as_csv()))
    assert head == ["request", *LAWS]
    assert [line[0] for line in lines] == list(found.requests)


def test_the_book_is_shown_from_the_highest_law_down_with_every_rule() -> None:
    book = read_book(["us-il-cook-sheriff"], [PACKS])
    lines = list(show(book))
    layers = [line for line in lines if line.endswith(" law") and not line.startswith(" ")]
    assert layers == ["federal law", "state law", "local law", "agency law"]
    text = "\n".join(lines)
    for pack in book.packs.values():
        assert all(rule.id in text and rule.cite in text for rule in pack.rules)
