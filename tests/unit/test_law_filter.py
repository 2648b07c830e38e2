"""The law of rows: what is left of each rule, and the row that a search is decided for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cleargate.law.decide import decide
from cleargate.law.filter import row_filter, shows
from cleargate.law.terms import Terms
from cleargate.law.witness import given as with_value
from cleargate.law.witness import witness
from cleargate.model.terms import Const, Fact, RowFilter, in_words
from cleargate.model.words import Outcome, Tri
from tests.books import CAST, Case, cases, cedar_says
from tests.law_texts import book_of, known, paper
from tests.properties.test_filter import some_rows
from tests.properties.test_terms import DOMAIN, TABLE, built
from tests.term_model import says

SEARCH = 'action == Action::"search"'


def law_of(own: str, asker: str = "POLICE", **fields: Any) -> RowFilter:
    book = book_of(own=own)
    return row_filter(book, book.custodian("POLICE"), CAST, known("search", asker, **fields))


def grant(when: str, action: str = "search") -> str:
    return f'@grant permit (principal, action == Action::"{action}", resource) when {{ {when} }};'


def test_what_the_request_decides_is_gone_from_what_is_left() -> None:
    law = law_of(grant('principal.role == "officer" && resource.days_old > 7'))
    assert [x.words for x in law.left] == ["days old is not below 8"]
    assert law_of(grant('principal.role == "clerk"')).left == ()


def test_a_row_that_is_hidden_needs_its_own_mask() -> None:
    assert in_words(law_of(grant("true")).condition) == (
        "sealed is no and juvenile is no and expunged is no"
    )
    opened = law_of(grant("true") + grant("true", "see:sealed"))
    assert in_words(opened.condition) == "juvenile is no and expunged is no"


def test_a_mask_says_only_what_the_rows_condition_does_not() -> None:
    law = law_of(grant("resource.days_old > 7") + grant("resource.days_old > 7", "see:identity"))
    assert in_words(law.masks["see:identity"]) == "always"
    assert in_words(law.masks["see:birth"]) == "never"


def test_a_search_is_decided_for_a_plain_row_where_law_shows_one() -> None:
    assert law_of(grant("true")).example.sealed is Tri.NO


def test_where_law_shows_no_plain_row_it_is_decided_for_one_that_it_shows() -> None:
    text = grant("resource.origin == context.represented") + grant("true", "see:juvenile")
    law = law_of(text + 'forbid (principal, action == Action::"search", resource) '
                 'when { resource.juvenile != "yes" };', "FBI")  # fmt: skip
    assert (law.example.origin, law.example.juvenile) == ("FBI", Tri.YES)
    book = book_of(own=text)
    asked = replace(known("search", "FBI"), row=law.example)
    assert decide(book, book.custodian("POLICE"), CAST, asked).outcome is Outcome.PERMIT


def test_where_law_shows_no_row_at_all_the_condition_is_never() -> None:
    law = law_of('forbid (principal, action == Action::"search", resource);' + grant("true"))
    assert isinstance(law.condition, Const) and not law.condition.value


def test_a_document_that_does_not_count_opens_no_row() -> None:
    papers = (paper("detainer", "E-1"), paper("consent", "E-2", verified=False))
    law = law_of(grant('context.document.kind == "consent"'), documents=papers)
    assert isinstance(law.condition, Const) and not law.condition.value


@given(cases())
def test_the_example_is_a_row_that_cedar_shows_unless_there_is_none(case: Case) -> None:
    custodian = case.book.custodian("POLICE")
    law = row_filter(case.book, custodian, CAST, case.known)
    decision = decide(case.book, custodian, CAST, replace(case.known, row=law.example))
    if shows(decision, law.example) is None:
        assert [row for row in some_rows(1) if cedar_says(case, law, row) is not None] == []


@given(st.data())
def test_a_witness_is_found_where_there_is_one_and_satisfies(data: st.DataObject) -> None:
    terms = Terms()
    term, _ = data.draw(built(terms))
    found = witness(terms, term, lambda fact: list(DOMAIN[fact]))
    if found is None:
        assert not any(says(term, row.__getitem__) for row in TABLE)
        return
    row = {fact: values[0] for fact, values in DOMAIN.items()} | found
    assert says(term, row.__getitem__)


@given(st.data(), st.sampled_from(sorted(DOMAIN, key=lambda f: f.name)))
def test_a_term_given_a_value_says_the_same_of_that_value(data: st.DataObject, fact: Fact) -> None:
    terms = Terms()
    term, model = data.draw(built(terms))
    value = data.draw(st.sampled_from(DOMAIN[fact]))
    rest = with_value(terms, term, fact, value)
    for row in TABLE:
        if row[fact] == value:
            assert says(rest, row.__getitem__) == model(row)
