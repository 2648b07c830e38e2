"""The page for pack authors matches the code: annotations, facts, words, and its example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cleargate.law import cedar
from cleargate.law.pack import CUSTODIAN_KINDS, Head
from cleargate.law.rules import KNOWN_ANNOTATIONS
from cleargate.law.scenarios import Scenario
from cleargate.model.actions import ACTIONS
from cleargate.model.words import Event
from tests.architecture.commands import shown
from tests.architecture.source import ROOT
from tests.terminal import ADMIN, CAST, County, extract, run, told

PAGE = (ROOT / "docs" / "writing-a-pack.md").read_text("utf-8")
CODE = frozenset(re.findall(r"`([^`\n]+)`", PAGE))
WORDS = frozenset(word for code in CODE for word in code.split())
EXAMPLE = re.compile(r"^\*\*([\w./]+)\*\*\n\n```\w+\n(.*?)^```", re.M | re.S)
TYPE = re.compile(r"^(?:type|entity) (\w+)(?: in \[\w+\])? = \{\n(.*?)^\};", re.M | re.S)
FIELD = re.compile(r"^  (\w+): ([\w<>]+)[,;]", re.M)


def types() -> dict[str, dict[str, str]]:
    """Each record of the schema, its fields with their types."""
    return {name: dict(FIELD.findall(body)) for name, body in TYPE.findall(cedar.schema_text())}


def facts() -> list[str]:
    """Every fact that a rule of a pack may read, as it is written in the rule."""
    known = types()
    return [
        *(f"context.{f}" for f in known["Request"]),
        *(f"context.document.{f}" for f in known["Document"]),
        *(f"context.custody.{f}" for f in known["Custody"]),
        *(f"context.represented.{f}" for f in known["Agency"]),
        *(f"principal.{f}" for f in known["Person"]),
        *(f"resource.{f}" for f in known["Record"]),
    ]


def test_the_schema_was_read() -> None:
    assert {"Request", "Document", "Custody", "Agency", "Person", "Record"} <= set(types())
    assert types()["Custody"]["days_to_release"] == "Long"


@pytest.mark.parametrize("fact", facts())
def test_every_fact_is_explained(fact: str) -> None:
    assert fact in CODE


def test_no_fact_is_explained_that_is_none() -> None:
    told = {w for w in CODE if re.fullmatch(r"(context|principal|resource)(\.\w+)+", w)}
    of_agencies = {w for w in told if w.startswith(("context.represented.", "principal.agency"))}
    assert told - of_agencies <= set(facts())


@pytest.mark.parametrize("mark", sorted(KNOWN_ANNOTATIONS))
def test_every_annotation_is_explained(mark: str) -> None:
    assert re.search(rf"^\| `@{mark}[(`]", PAGE, re.M)


def test_no_annotation_is_explained_that_is_none() -> None:
    assert set(re.findall(r"`@(\w+)", PAGE)) <= KNOWN_ANNOTATIONS


@pytest.mark.parametrize("kind", sorted(CUSTODIAN_KINDS))
def test_every_kind_of_custodian_is_named(kind: str) -> None:
    assert kind in CODE


def test_every_word_of_every_fact_is_named() -> None:
    words = {word for fact in cedar.vocabulary().values() for word in fact}
    assert sorted(w for w in words if w not in WORDS and f'"{w}"' not in WORDS) == []


def test_every_event_is_named() -> None:
    assert [e for e in Event if e not in CODE] == []


def test_every_action_is_named_but_those_of_administration() -> None:
    assert [a for a in ACTIONS if ":" not in a and a not in WORDS] == []
    assert [a for a in ACTIONS if a.startswith("see:") and a not in WORDS] == []


def test_every_key_of_pack_toml_and_of_a_scenario_is_explained() -> None:
    keys = {*Head.__struct_fields__, *Scenario.__struct_fields__}
    assert sorted(k for k in keys if k not in CODE and f"[{k}]" not in CODE) == []


def test_the_page_has_every_file_of_its_example() -> None:
    files = [name for name, _ in EXAMPLE.findall(PAGE)]
    assert files == ["pack.toml", "policies/detainers.cedar", "policies/records.cedar",
                     "scenarios.toml"]  # fmt: skip


def test_the_page_can_be_walked_word_for_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = [c for c in shown(PAGE) if "us-xx" in c]
    begin, then = commands[:3], commands[3:7]
    for arguments in begin:
        told(run(*arguments))
    folder = tmp_path / "packs" / "us-xx"
    (folder / "policies" / "examples.cedar").unlink()
    for name, text in EXAMPLE.findall(PAGE):
        (folder / name).write_text(text, "utf-8")
    assert [c[1] for c in then] == ["check", "test", "show", "matrix"]
    assert "6 scenarios, 0 otherwise than written" in [told(run(*c)) for c in then][1]
    assert_rows_are_told_apart(tmp_path)


def assert_rows_are_told_apart(tmp_path: Path) -> None:
    """The invented state's rule on rows, tried, and asked of the records of a new office."""
    asked = ("law", "try", "us-xx", "--packs", "packs", "--custodian", "city-police", "--action",
             "read", "--purpose", "C", "--case", "26-114", "--own-grant", "read",
             "--own-grant", "see:sealed", "--for")  # fmt: skip
    assert "us-xx/sealed-records" in told(run(*asked, "STATE-ATTORNEY", "--row", "sealed=yes"), 3)
    told(run(*asked, "STATE-ATTORNEY"))
    told(run(*asked, "STATE-COURT", "--row", "sealed=yes"))
    told(run("init", "county", "--book", "us-xx", "--packs", "packs", "--admin", ADMIN,
             "--agencies", CAST, "--kind", "city-police"))  # fmt: skip
    office = County(tmp_path)
    (own,) = (p.name.upper() for p in (office.folder / "packs").iterdir())
    office.issue("clerk", own, "clerk", by=ADMIN)
    told(office.run("records import", "--source", "clear-incidents",
                    extract(tmp_path / "e.csv"), by="clerk"))  # fmt: skip
    found = told(office.run("ask", "--for", own, "--purpose", "C", "--case", "1", "--attention",
                            "A", "--action", "search", "--custodian", own, "--explain-filter",
                            by="clerk"))  # fmt: skip
    assert "sealed" in found
