"""Diagrams against the slow obvious model: the set of points at which a condition holds."""

from __future__ import annotations

from functools import cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleargate.law.diagrams import Diagrams
from cleargate.model.errors import LimitReached

SIZES = (2, 3, 1, 4, 2)
POINTS = list(product(*map(range, SIZES)))
Model = frozenset[tuple[int, ...]]


@st.composite
def functions(draw: st.DrawFn, family: Diagrams) -> tuple[int, Model]:
    """A condition built step by step, as a diagram and as a set of points."""
    made = [(family.true, frozenset(POINTS)), (family.false, Model())]
    for variable, size in enumerate(SIZES):
        values = draw(st.sets(st.integers(0, size - 1)))
        held = frozenset(p for p in POINTS if p[variable] in values)
        made.append((family.where(variable, values), held))
    for _ in range(draw(st.integers(0, 8))):
        (x, a), (y, b) = draw(st.sampled_from(made)), draw(st.sampled_from(made))
        made += [
            (family.all((x, y)), a & b),
            (family.any((x, y)), a | b),
            (family.neg(x), frozenset(POINTS) - a),
        ]
    return made[-1]


@cache
def family() -> Diagrams:
    """One family for all examples: equal functions must be equal numbers across them."""
    return Diagrams(SIZES)


@given(functions(family()))
def test_a_diagram_holds_where_its_set_of_points_does(made: tuple[int, Model]) -> None:
    x, model = made
    assert {p for p in POINTS if family().holds(x, p)} == model
    assert family().count(x) == len(model)
    assert family().first(x) == min(model, default=None)


@given(functions(family()), functions(family()))
def test_equal_functions_are_one_number(a: tuple[int, Model], b: tuple[int, Model]) -> None:
    assert (a[0] == b[0]) == (a[1] == b[1])


@given(functions(family()), st.integers(0, len(SIZES) - 1), st.data())
def test_the_values_that_reach_a_condition_within_a_box(
    made: tuple[int, Model], variable: int, data: st.DataObject
) -> None:
    x, model = made
    box = [data.draw(st.sets(st.integers(0, size - 1), min_size=1)) for size in SIZES]
    reached = {
        p[variable] for p in model if all(v in box[i] for i, v in enumerate(p) if i != variable)
    }
    assert family().reaching(x, box, variable) == reached
    inside = family().inside(dict(enumerate(box)))
    assert family().count(inside) == sum(all(v in box[i] for i, v in enumerate(p)) for p in POINTS)


def test_more_nodes_than_the_limit_are_refused() -> None:
    small = Diagrams((2,) * 10, most=4)
    with pytest.raises(LimitReached):
        small.all(small.where(n, (1,)) for n in range(10))
