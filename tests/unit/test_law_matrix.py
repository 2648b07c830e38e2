"""The matrix decides every cell; the book is shown whole, by layer."""

from __future__ import annotations

import csv
import io
import shutil
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from cleargate.law.book import read_book
from cleargate.law.matrix import matrix
from cleargate.law.scenarios import read_stage
from cleargate.law.show import show
from cleargate.model.words import Outcome
from cleargate.show.matrix_page import matrix_page
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


class Page(HTMLParser):
    """A page's tags, anchors and links, read by the standard library."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str, name: str) -> list[str | None]:
        """The attribute ``name`` of every ``tag`` that has it."""
        return [a[name] for t, a in self.tags if t == tag and name in a]


def test_the_page_stands_alone_and_every_cell_leads_to_its_rules() -> None:
    found = matrix(LAWS, [PACKS], STAGE, REQUESTS)
    text = matrix_page(found, STAGE)
    page = Page(text)
    names = {t for t, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe"} and "url(" not in text
    assert "default-src 'none'" in text
    anchors = [a["id"] for _, a in page.tags if "id" in a]
    assert len(anchors) == len(set(anchors))
    assert {str(h)[1:] for h in page.all("a", "href")} <= set(anchors)
    cells = [f"r{n}-{law}" for n in range(len(found.requests)) for law in LAWS]
    assert set(cells) <= set(anchors)
    assert page.all("th", "scope").count("col") == len(LAWS) + 1
    assert page.all("th", "scope").count("row") == len(found.requests)
    for row in found.cells:
        for rule in (r for d in row for r in d.deciding):
            assert escape(rule.summary) in text and escape(rule.cite) in text


def test_the_page_shows_what_is_written_in_a_pack_and_runs_none_of_it(tmp_path: Path) -> None:
    shutil.copytree(PACKS, tmp_path, dirs_exist_ok=True)
    head = tmp_path / "us-tx" / "pack.toml"
    head.write_text(head.read_text("utf-8").replace('"Texas"', '"<script>Texas</script>"'), "utf-8")
    text = matrix_page(matrix(["us-tx"], [tmp_path], STAGE, REQUESTS), STAGE)
    assert "<script" not in text and "&lt;script&gt;Texas" in text


def test_the_book_is_shown_from_the_highest_law_down_with_every_rule() -> None:
    book = read_book(["us-il-cook-sheriff"], [PACKS])
    lines = list(show(book))
    layers = [line for line in lines if line.endswith(" law") and not line.startswith(" ")]
    assert layers == ["federal law", "state law", "local law", "agency law"]
    text = "\n".join(lines)
    for pack in book.packs.values():
        assert all(rule.id in text and rule.cite in text for rule in pack.rules)
