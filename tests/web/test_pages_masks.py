"""Masks on a page: row by row as the gate masks them, each explained, and no way round them."""

from __future__ import annotations

import csv
import io
import itertools
import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleargate.gate.files import Extract
from cleargate.web.console.table import Cell, _merged
from tests.extracts import catalogued
from tests.jurisdiction import PACKS, POLICE, found
from tests.web.visiting import CASE, Site, Visitor, text_of, visiting

RULE = """
@id("registered-victims")
@cite("Own pack, invented: registered victims")
@summary("Must not show who a registered victim is")
forbid (principal, action == Action::"see:victim", resource)
when { resource.victim_registered != "no" };
"""
ROWS = ({"id": "open", "victim_id": "V-100", "victim_name": "ADA OPENFIELD",
         "victim_registered": "no"},
        {"id": "shut", "victim_id": "V-200", "victim_name": "BEA SHUTTLEWORTH",
         "victim_registered": "yes"})  # fmt: skip
SECRET = ("V-200", "SHUTTLEWORTH")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A county whose own law shows victims to its officers, except those who registered."""
    folder = tmp_path_factory.mktemp("masks")
    own = folder / "own"
    shutil.copytree(PACKS / "us-il-chicago-police", own / "us-il-chicago-police")
    policies = own / "us-il-chicago-police" / "policies" / "records.cedar"
    policies.write_text(policies.read_text("utf-8") + RULE, "utf-8")
    here = found(folder, [own, PACKS])
    whole = [{"incident_id": "I-1", "role": "VICTIM"} | row for row in ROWS]
    path = here.folder / "extract.csv"
    path.write_text(catalogued("involvement", whole), "utf-8")
    raw = {"represented": POLICE, "purpose": "ADM", "action": "records:import",
           "dataset": "involvement", "subject": {"source": "catalogue"}}  # fmt: skip
    assert here.gate.answer(here.tokens["clerk"], raw, "cli", Extract(path)).opens
    with visiting(here) as served:
        yield served


@pytest.fixture
def detective(site: Site) -> Iterator[Visitor]:
    with site.visitor("detective") as visitor:
        yield visitor


INVOLVEMENT = {**CASE, "dataset": "involvement", "before": "involvement"}
COLUMNS = ["incident_id", "role", "victim_id", "victim_name"]


def _rows(page: str) -> list[str]:
    body = page.split('<table class="rows results">')[1].split("<tbody>")[1].split("</tbody>")[0]
    return [unescape(row) for row in body.split("<tr>")[1:]]


def test_each_row_has_its_own_masks(detective: Visitor) -> None:
    page = detective.ask(**INVOLVEMENT, columns=COLUMNS).text
    shown, closed = _rows(page)
    assert "ADA OPENFIELD" in shown and "masked" not in shown
    assert 'colspan="2"' in closed and "masked: victim" in closed
    assert not any(value in page for value in SECRET)


def test_a_mask_is_explained_by_its_rule_its_rows_and_what_would_change_it(
    detective: Visitor,
) -> None:
    text = text_of(detective.ask(**INVOLVEMENT, columns=COLUMNS).text)
    explained = text.split("What is masked, and what would change it")[1]
    assert "Own pack, invented: registered victims" in explained
    assert "Open in rows where: victim registered is no" in explained
    assert "6 of 8 cells shown" in explained


@pytest.mark.parametrize("sort", ["victim_name", "-victim_name", "victim_id", "-victim_id"])
def test_no_order_tells_what_is_masked(detective: Visitor, sort: str) -> None:
    page = detective.ask(**INVOLVEMENT, columns=COLUMNS, sort=sort).text
    assert not any(value in page for value in SECRET)
    assert len(_rows(page)) == 1, "a row is left out where what it is ordered by is closed"
    assert "Reaches only rows in which its column is open" in page


@pytest.mark.parametrize(("op", "value"), [
    ("prefix", "BEA"), ("=", "BEA SHUTTLEWORTH"), ("word", "SHUTTLEWORTH"),
])  # fmt: skip
def test_no_condition_finds_a_masked_value(detective: Visitor, op: str, value: str) -> None:
    page = detective.ask(**INVOLVEMENT, columns=COLUMNS, column="victim_name", op=op, value=value)
    assert "No row that you may see meets all the conditions." in text_of(page.text)


@pytest.mark.parametrize("columns", [COLUMNS, ["victim_name"], ["victim_name", "victim_name"], []])
def test_no_export_holds_a_masked_value(detective: Visitor, columns: Sequence[str]) -> None:
    file = detective.ask(**INVOLVEMENT, columns=columns, step="export")
    assert file.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    assert not any(value in text for value in SECRET for text in members.values())
    rows = list(csv.DictReader(io.StringIO(members["rows.csv"], newline="")))
    assert any("[masked: victim]" in row.values() for row in rows)


@pytest.mark.parametrize("path", [
    "/ask?dataset=involvement&columns=victim_name&step=ask&action=search",
    "/ask?action=read&dataset=involvement&target=shut",
])  # fmt: skip
def test_an_address_asks_nothing(site: Site, detective: Visitor, path: str) -> None:
    before = site.size
    page = detective.get(path).text
    assert site.size == before and not any(value in page for value in SECRET)


def test_reading_the_record_itself_shows_no_more(detective: Visitor) -> None:
    page = detective.ask(**INVOLVEMENT, columns=COLUMNS, action="read", target="shut").text
    assert not any(value in page for value in SECRET) and "masked: victim" in page


def test_a_page_of_rows_cannot_be_gone_on_with_by_another_person(site: Site) -> None:
    with site.visitor("detective") as one, site.visitor("clerk") as other:
        fields = {**INVOLVEMENT, "columns": COLUMNS}
        page = one.ask(**fields)
        cursor = re.search(r'name="cursor" value="([^"]+)"', page.text)
        assert cursor is None, "both rows fit the page"
        assert other.ask(**fields, cursor="made-up").status_code in (400, 422)


MASKS = st.sampled_from(["", "victim", "contact"])


@given(st.lists(MASKS, min_size=1, max_size=12))
def test_merged_cells_cover_the_same_columns_and_only_like_neighbors(masks: list[str]) -> None:
    merged = list(_merged([Cell(str(k), mask=m) for k, m in enumerate(masks)]))
    assert [c.mask for c in merged for _ in range(c.span)] == masks
    assert all(a.mask != b.mask or not a.mask for a, b in itertools.pairwise(merged))
