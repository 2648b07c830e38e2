"""One front end: whatever is open, the term says of each request what Cedar says of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cedarpy
import pytest
from cedarpy import pst
from hypothesis import given
from hypothesis import strategies as st

from cleargate.law import cedar, facts
from cleargate.law.book import known as known_packs
from cleargate.law.book import read_book
from cleargate.law.lower import Lowering, ShapeError
from cleargate.law.scenarios import as_known, place, read_scenarios, read_stage
from cleargate.law.terms import Terms
from cleargate.law.world import open_world, worlds
from cleargate.model.evidence import NO_DOCUMENT, Document
from cleargate.model.request import Known
from cleargate.model.terms import Fact, FactType, in_words
from tests.law_texts import CAST, known
from tests.policies import any_action, on_records, policies, requests
from tests.term_model import reader, says

PACKS = Path(__file__).parents[2] / "packs"


def cedar_says(policy: pst.Template, known: Known, cast: facts.Cast, document: Document) -> bool:
    """Cedar itself, asked about one policy as written, its action aside."""
    written = replace(policy, action=pst.ScopeAny(), annotations={})
    handle = cedarpy.PolicySet.from_pst(pst.PolicySet({}, {written.id: written}, ()))
    (asked,) = facts.questions(known, cast, (document,))
    entities = cast.entities(known, (document,))
    (answer,) = cedarpy.is_authorized_batch([asked], handle, entities, cedar.schema())
    assert not answer.diagnostics.errors
    return bool(answer.allowed)


def lowered(policy: pst.Template, known: Known, *, what_is_open: str) -> bool:
    """The term's answer, the facts that were open being filled in afterwards."""
    terms = Terms()
    papers = known.documents[:1] or (NO_DOCUMENT,)
    (told,) = worlds(terms, CAST, known, papers, row_open=False)
    match what_is_open:
        case "nothing":
            world = told
        case "the row":
            (world,) = worlds(terms, CAST, known, papers, row_open=True)
        case _:
            world = open_world(terms, CAST, known.request.custodian, known.request.action)
    term = Lowering(terms, world).policy(policy)
    if what_is_open == "nothing":
        assert term in (terms.true, terms.false)
    return says(term, reader(told))


@given(policies(), requests(any_action), st.sampled_from(("nothing", "everything")))
def test_a_term_says_what_cedar_says(policy: pst.Template, asked: Known, what_is_open: str) -> None:
    if "resource.dataset" in (read := cedar.facts_read(policy.clauses)) or any(
        f"resource.{fact}" in read for fact in cedar.ROW_FACTS
    ):
        asked = replace(asked, request=replace(asked.request, action="search"))
    said = cedar_says(policy, asked, CAST, (asked.documents or (NO_DOCUMENT,))[0])
    assert lowered(policy, asked, what_is_open=what_is_open) == said


@given(policies(), requests(on_records))
def test_a_term_says_of_each_row_what_cedar_says(policy: pst.Template, asked: Known) -> None:
    said = cedar_says(policy, asked, CAST, (asked.documents or (NO_DOCUMENT,))[0])
    assert lowered(policy, asked, what_is_open="the row") == said


@pytest.mark.parametrize("pack", known_packs([PACKS]))
def test_every_shipped_rule_is_as_a_term_what_it_is_to_cedar(pack: str) -> None:
    book, stage = read_book([pack], [PACKS]), read_stage(PACKS / "cast.toml")
    checked = 0
    for scenario in read_scenarios(PACKS / pack):
        custodian, cast = place(book, pack, stage, scenario)
        asked = as_known(scenario, custodian, cast)
        documents = asked.documents or (NO_DOCUMENT,)
        terms = Terms()
        anything = open_world(terms, cast, custodian.id, scenario.action)
        compiled = book.compiled(custodian, scenario.action)
        answers = cedarpy.is_authorized_batch(
            facts.questions(asked, cast, documents), compiled.policies,
            cast.entities(asked, documents), cedar.schema(),
        )  # fmt: skip
        told = worlds(terms, cast, asked, documents, row_open=False)
        for world, answer in zip(told, answers, strict=True):
            fired = set(answer.diagnostics.reasons)
            for name, template in compiled.templates.items():
                term = Lowering(terms, world).policy(template)
                assert term is terms.const(template.id in fired), name
                formula = Lowering(terms, anything, thorough=True).policy(template)
                assert says(formula, reader(world)) == (template.id in fired), name
                checked += 1
    assert checked


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('principal == Person::"P-1"', "law names agencies"),
        ("context.document.asks == context.verified", "ask what a set contains"),
        ('context.presented.containsAny(["consent"])', "not in the language"),
        ("context.custody.days_to_release + 1", "add is not in the language"),
    ],
)
def test_what_no_database_can_be_asked_is_refused_and_quoted(text: str, why: str) -> None:
    policy = cedar.parse(f"permit (principal, action, resource) when {{ {text} }};")
    terms = Terms()
    world = open_world(terms, CAST, "POLICE", "search")
    with pytest.raises(ShapeError, match=why) as refused:
        Lowering(terms, world, thorough=True).policy(policy)
    assert text in str(refused.value)


def test_what_is_open_is_named_by_its_path() -> None:
    terms = Terms()
    text = 'permit (principal, action, resource) when { resource.sealed == "no" };'
    (row,) = worlds(terms, CAST, known("search"), (NO_DOCUMENT,), row_open=True)
    term = Lowering(terms, row).policy(cedar.parse(text))
    assert term is terms.one_of(Fact("resource.sealed", FactType.TEXT), ("no",))
    assert in_words(term) == "sealed is no"
