"""``cleargate law new``: an invented state is written, checked, tested, compared and begun with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cleargate.law.book import read_book
from cleargate.law.scenarios import read_scenarios, read_stage
from tests.packs.neighbors import fired, pairs
from tests.terminal import run, told

PACKS = Path(__file__).parents[2] / "packs"
OH = ("us-oh", "--packs")


def law(*arguments: object, code: int = 0) -> Any:
    """``cleargate law … --json``, read."""
    return json.loads(told(run("law", *arguments, "--json"), code))


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A folder with an invented state, and a sheriff of it."""
    folder = tmp_path / "packs"
    told(run("law", "new", "us-oh", "--into", folder))
    told(run("law", "new", "oh-sheriff", "--into", folder, "--maker", "agency",
             "--under", "us-oh", "--custodian", "OH-SHERIFF"))  # fmt: skip
    return folder


@pytest.mark.parametrize("pack", ["us-oh", "oh-sheriff"])
def test_a_skeleton_checks_and_tests_as_made(packs: Path, pack: str) -> None:
    assert law("check", pack, "--packs", packs)["ok"] is True
    said = law("test", pack, "--packs", packs)
    assert (said["wrong"], said["rules_in_no_scenario"]) == ([], [])
    assert said["scenarios"] >= 12


def test_a_skeleton_has_a_rule_of_each_kind(packs: Path) -> None:
    rules = [r for r in law("show", "us-oh", "--packs", packs) if r["rule"].startswith("us-oh/")]
    kinds = {r["kind"] for r in rules}
    assert kinds == {"must not", "must", "grant", "leave", "protects", "duty"}
    assert all("not yet reviewed by counsel" in r["marks"] for r in rules)


@pytest.mark.parametrize("pack", ["us-oh", "oh-sheriff"])
def test_each_rule_of_a_skeleton_has_its_neighbor(packs: Path, pack: str) -> None:
    book = read_book([pack], [packs, PACKS])
    stage = read_stage(PACKS / "cast.toml")
    results = fired(book, pack, stage, read_scenarios(packs / pack))
    rules = [r.id for r in book.packs[pack].rules if r.on != "calendar"]
    assert [r for r in rules if next(pairs(results, r), None) is None] == []


@pytest.mark.parametrize("above", ["us-federal", "us-il", "us-ca", "us-wa", "us-tx", "us-fl"])
def test_a_county_under_any_state_begins_with_a_skeleton_that_tests(
    tmp_path: Path, above: str
) -> None:
    told(run("law", "new", "a-county", "--into", tmp_path, "--maker", "local", "--under", above))
    assert law("test", "a-county", "--packs", tmp_path)["wrong"] == []


def test_an_invented_state_is_compared_with_others_and_begun_with(
    packs: Path, tmp_path: Path
) -> None:
    rows = law("matrix", "us-oh", "us-tx", "--packs", packs)
    assert {cell["outcome"] for row in rows for name, cell in row.items() if name == "us-oh"}
    county = tmp_path / "county"
    told(run("init", county, "--book", "oh-sheriff", "--packs", packs, "--admin", "a.ames"))
    token = county / "private" / "a.ames.token"
    added = run("agency", "add", county, "VILLAGE", "--name", "V", "--state", "OH", "--as", token)
    assert "oh-sheriff/administrator" in told(added)


def test_a_rule_of_the_authors_own_is_found_by_check_when_it_is_wrong(packs: Path) -> None:
    path = packs / "us-oh" / "policies" / "examples.cedar"
    path.write_text(path.read_text("utf-8").replace('"office"', '"offise"'), "utf-8")
    (mistake,) = law("check", "us-oh", "--packs", packs, code=5)["mistakes"]
    assert mistake.startswith("us-oh/policies/examples.cedar:6: rule example-must-not: ")
    assert "did you mean office" in mistake


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("Ohio",), "'Ohio' is no name of a pack; write it in small letters, like us-oh."),
        (("us-il",), "There is a pack us-il already; choose another name."),
        (("x", "--under", "us-ohh"), "There is no pack 'us-ohh'"),
        (("x", "--maker", "local"), "Say under which law it stands: --under us-oh."),
        (("x", "--custodian", "X"), "An agency's own pack, and no other, names its custodian"),
        (("x", "--maker", "agency", "--under", "us-il"), "An agency's own pack, and no other"),
        (("x", "--maker", "agency", "--under", "us-il", "--custodian", "x y"), "is no id"),
        (("x", "--maker", "agency", "--under", "us-il", "--custodian", "X", "--kind", "shop"),
         "'shop' is no kind of custodian; known are"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    result = run("law", "new", *arguments, "--into", tmp_path / "packs")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "packs").exists()


def test_a_folder_that_is_there_is_left_alone(packs: Path) -> None:
    before = (packs / "us-oh" / "pack.toml").read_bytes()
    assert run("law", "new", "us-oh", "--into", packs).exit_code == 2
    assert (packs / "us-oh" / "pack.toml").read_bytes() == before
