"""Rows for which Cedar is asked but once are rows of which it says the same."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from cleargate.law.alike import Alike
from cleargate.law.decide import decide
from cleargate.law.filter import shows
from cleargate.model.actions import ROW_MASKS
from cleargate.model.request import RowFacts
from cleargate.model.words import Tri
from tests.books import CAST, Case, cases

TRI = st.sampled_from(tuple(Tri))
ROWS = st.builds(
    RowFacts,
    sealed=TRI,
    juvenile=TRI,
    victim_registered=TRI,
    origin=st.sampled_from(["", "FBI", "ICE-ERO"]),
)
AGES = st.sampled_from((-1, 0, 1, 5, 6, 7, 8, 9, 29, 30, 31, 399, 400, 401))
LABELS = st.frozensets(st.sampled_from(("a", "ab", "b", "c")))


@settings(max_examples=300)
@given(cases(), ROWS, st.lists(st.tuples(AGES, LABELS), min_size=2, max_size=6))
def test_rows_that_are_alike_are_decided_alike(
    case: Case, row: RowFacts, kinds: list[tuple[int, frozenset[str]]]
) -> None:
    custodian = case.book.custodian("POLICE")
    compiled = case.book.compiled(custodian, case.known.request.action)
    same = Alike.of(compiled, case.known.request.action)
    said: dict[object, object] = {}
    for age, labels in kinds:
        each = replace(row, days_old=age, labels=labels)
        known = replace(case.known, row=each)
        decided = shows(decide(case.book, custodian, CAST, known), each)
        key = (same.key(known, CAST), *(getattr(each, name) for name in ROW_MASKS))
        assert said.setdefault(key, decided) == decided, case.text
