"""The simplifier against truth tables: terms built by any sequence of operations, read slowly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from cleargate.law.terms import Terms, is_true
from cleargate.model.terms import And, Fact, FactType, Or, Term
from tests.term_model import Plain, says

SEALED = Fact("resource.sealed", FactType.TEXT)
ORIGIN = Fact("resource.origin", FactType.TEXT)
DAYS = Fact("resource.days", FactType.LONG)
LATER = Fact("resource.later", FactType.LONG)
LABELS = Fact("resource.labels", FactType.TEXTS)
OPEN = Fact("resource.open", FactType.BOOL)
DOMAIN: dict[Fact, tuple[Plain, ...]] = {
    SEALED: ("yes", "no", "unknown"),
    ORIGIN: ("yes", "A"),
    DAYS: (6, 7, 8),
    LATER: (7, 9),
    LABELS: (frozenset(), frozenset(("a",))),
    OPEN: (0, 1),
}
TABLE = [dict(zip(DOMAIN, row, strict=True)) for row in product(*DOMAIN.values())]

Built = tuple[Term, Callable[[dict[Fact, Plain]], bool]]
"""A term of one family, and what it should say."""


@st.composite
def built(draw: st.DrawFn, terms: Terms, depth: int = 4) -> Built:
    """Any term, with the same made of Python's own operators."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return _atom(draw, terms)
    op = draw(st.sampled_from(("all", "all", "any", "any", "neg", "iff")))
    if op == "neg":
        x, of_x = draw(built(terms, depth - 1))
        return terms.neg(x), lambda row: not of_x(row)
    parts = [draw(built(terms, depth - 1)) for _ in range(2 if op == "iff" else 3)]
    said, models = [t for t, _ in parts], [m for _, m in parts]
    if op == "iff":
        return terms.iff(*said), lambda row: models[0](row) == models[1](row)
    if op == "all":
        return terms.all(said), lambda row: all(m(row) for m in models)
    return terms.any(said), lambda row: any(m(row) for m in models)


def _atom(draw: st.DrawFn, terms: Terms) -> Built:
    words = draw(st.frozensets(st.sampled_from(("yes", "no", "unknown", "A"))))
    fact = draw(st.sampled_from((SEALED, ORIGIN)))
    bound = draw(st.sampled_from((6, 7, 8, 9, 2**63, -(2**63))))
    text = draw(st.sampled_from(("", "n", "no")))
    made: Built = draw(
        st.sampled_from((
            (terms.const(text == ""), lambda row: text == ""),
            (terms.one_of(fact, words), lambda row: row[fact] in words),
            (terms.below(DAYS, bound), lambda row: row[DAYS] < bound),
            (terms.pair("=", SEALED, ORIGIN), lambda row: row[SEALED] == row[ORIGIN]),
            (terms.pair("<", DAYS, LATER), lambda row: row[DAYS] < row[LATER]),
            (terms.like(SEALED, "starts", text), lambda row: row[SEALED].startswith(text)),
            (terms.like(SEALED, "ends", text), lambda row: row[SEALED].endswith(text)),
            (terms.holds(LABELS, "a"), lambda row: "a" in row[LABELS]),
            (is_true(terms, OPEN), lambda row: row[OPEN] == 1),
        ))
    )  # fmt: skip
    return made


@given(st.data())
def test_a_simplified_term_says_what_was_written(data: st.DataObject) -> None:
    terms = Terms()
    term, model = data.draw(built(terms))
    for row in TABLE:
        assert says(term, row.__getitem__) == model(row)


@given(st.data())
def test_no_constant_and_no_join_of_the_same_kind_stays_inside(data: st.DataObject) -> None:
    terms = Terms()
    term, _ = data.draw(built(terms))
    for part in parts_of(term):
        assert part is term or part not in (terms.true, terms.false)
        if isinstance(part, And | Or):
            assert len(part.terms) > 1 and not any(isinstance(t, type(part)) for t in part.terms)


@given(st.data())
def test_what_is_true_of_no_row_or_of_every_row_by_its_sets_is_a_constant(
    data: st.DataObject,
) -> None:
    terms = Terms()
    term, _ = data.draw(built(terms))
    assert terms.all((term, terms.neg(term))) is terms.false
    assert terms.any((term, terms.neg(term))) is terms.true
    assert terms.neg(terms.neg(term)) is term


def test_equal_terms_are_one_object_in_whatever_order_they_are_made() -> None:
    terms = Terms()
    a, b = terms.one_of(SEALED, ("yes",)), terms.below(DAYS, 7)
    assert terms.all((a, b)) is terms.all((b, a, a))
    assert terms.any((a, terms.all((a, b)))) is a
    assert terms.all((a, terms.any((terms.neg(a), b)))) is terms.all((a, b))


def test_equalities_of_one_fact_become_one_set() -> None:
    terms = Terms()
    known = terms.one_of(SEALED, ("yes", "no"))
    assert terms.all((known, terms.neg(terms.one_of(SEALED, ("no",))))) is terms.one_of(
        SEALED, ("yes",)
    )
    assert terms.any((terms.one_of(SEALED, ("yes",)), terms.one_of(SEALED, ("no",)))) is known


def test_what_all_parts_share_is_written_once() -> None:
    terms = Terms()
    a, b, c = terms.one_of(SEALED, ("no",)), terms.below(DAYS, 7), terms.holds(LABELS, "a")
    shared = terms.any((terms.all((a, b)), terms.all((a, c))))
    assert shared is terms.all((a, terms.any((b, c))))


def parts_of(term: Term) -> Iterator[Term]:
    """The term and everything in it."""
    yield term
    if isinstance(term, And | Or):
        for each in term.terms:
            yield from parts_of(each)
