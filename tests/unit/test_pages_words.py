"""One catalogue of words: every key in both languages, with the same values put in."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from cleargate.model.actions import ACTIONS
from cleargate.model.evidence import EVIDENCE_KINDS
from cleargate.model.kinds import KINDS
from cleargate.model.words import PURPOSES, Layer, Outcome
from cleargate.records.catalogue import CATALOGUE
from cleargate.web.console import agency_pages
from cleargate.web.console.words import LANGUAGES, catalogue

FOLDER = Path(__file__).parents[2] / "cleargate" / "web" / "console"
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))
CODE = sorted(FOLDER.glob("*.py"))
USED = re.compile(
    r"""\b(?:w|words)(?P<how>\.count|\.some)?\(\s*['"](?P<key>[\w.-]+)['"](?P<more> ~)?"""
)


def _used(path: Path) -> set[str]:
    found = set()
    for m in USED.finditer(path.read_text("utf-8")):
        key, how = m["key"], m["how"]
        if how == ".count":
            found |= {f"{key}.one", f"{key}.many"}
        elif how is None and not m["more"]:
            found.add(key)
    return found


@pytest.mark.parametrize("path", [*TEMPLATES, *CODE], ids=lambda p: p.name)
def test_every_word_that_is_used_is_in_the_catalogue(path: Path) -> None:
    assert sorted(_used(path) - catalogue().keys()) == []


def test_every_word_is_there_in_each_language() -> None:
    bad = [k for k, v in catalogue().items() if len(v) != len(LANGUAGES) or not all(v)]
    assert bad == []


def _values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_each_language_puts_the_same_values_in() -> None:
    different = [
        k for k, v in catalogue().items() if k != "frame.other_language"
        and len({frozenset(_values(text)) for text in v}) != 1
        and not k.endswith(".one")  # "one" may leave its number out
    ]  # fmt: skip
    assert different == []


def test_everything_that_the_model_names_has_a_word() -> None:
    wanted = [
        *(f"outcome.{o}" for o in Outcome),
        *(f"layer.{x.word}" for x in Layer),
        *(f"action.{a}" for a in ACTIONS if not a.startswith("see:")),
        *(f"mask.{a[4:]}" for a in ACTIONS if a.startswith("see:")),
        *(f"purpose.{p}" for p in PURPOSES),
        *(f"dataset.{d}" for d in CATALOGUE),
        *(f"kind.{k}" for k in KINDS),
        *(f"paper.{k}" for k in EVIDENCE_KINDS),
        *(f"salted.{s}" for k in KINDS.values() for s in k.salted),
        *(f"question.{q.name}" for q in agency_pages.QUESTIONS),
        *(f"op.{o}" for d in CATALOGUE.values() for c in d.columns for o in c.operators),
    ]
    assert sorted(set(wanted) - catalogue().keys()) == []


def test_words_of_praise_and_blame_are_not_ours() -> None:
    english = " ".join(v[0] for v in catalogue().values())
    assert re.findall(r"(?i)\b(please|sorry|success\w*|denied|invalid|N/A)\b|!", english) == []
