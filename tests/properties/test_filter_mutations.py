"""Each printed operator broken in turn, and each is noticed by the test that holds SQL to Cedar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings

from cleargate.law.lower import Lowering
from cleargate.law.terms import Terms
from cleargate.law.world import Entity, World
from cleargate.model.terms import Atom, Term
from cleargate.records import print as printing
from cleargate.records import statement
from cleargate.records.print import Place, Printer, Sql
from tests.books import Case, cases
from tests.layouts import Database, sqlite
from tests.properties.test_filter import differences, some_rows, wanted

BOOKS = 200
Patch = pytest.MonkeyPatch
Judged = list[tuple[Case, dict[str, frozenset[str]]]]


@pytest.fixture(scope="module")
def judged() -> Judged:
    """The same books in every run, with what Cedar decides of each row."""
    found: list[Case] = []

    @settings(max_examples=BOOKS, derandomize=True, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck), deadline=None)  # fmt: skip
    @given(cases())
    def each(case: Case) -> None:
        found.append(case)

    each()
    return [(case, wanted(case, some_rows(1))) for case in found]


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with sqlite() as made:
        made.fill(some_rows(1))
        yield made


def null(patch: Patch) -> None:
    """A NULL stands for nothing."""
    patch.setattr(printing, "_or_null", lambda found, place, holds: found)


def null_always(patch: Patch) -> None:
    """A NULL stands for whatever holds."""
    patch.setattr(
        printing, "_or_null",
        lambda found, place, holds: sa.or_(found, place.value.is_(None)),
    )  # fmt: skip


def negation(patch: Patch) -> None:
    """A negated atom is printed as the atom."""
    whole = Printer._atom

    def atom(self: Printer, atom: Atom, *, negated: bool) -> Sql:
        return whole(self, atom, negated=False)

    patch.setattr(Printer, "_atom", atom)


def collation(patch: Patch) -> None:
    """A column compares as it likes."""
    patch.setattr(Printer, "_text", lambda self, place: place.value)


def case(patch: Patch) -> None:
    """LIKE, which reads no case on SQLite."""

    def like(self: Printer, place: Place, where: str, text: str) -> Sql:
        found: Sql = self._text(place).like(
            {"starts": f"{text}%", "ends": f"%{text}"}.get(where, f"%{text}%")
        )
        return found

    patch.setattr(Printer, "_like", like)


def starts(patch: Patch) -> None:
    """A prefix is looked for anywhere."""
    whole = Printer._like
    patch.setattr(Printer, "_like", lambda self, place, where, text: whole(
        self, place, "holds" if where == "starts" else where, text
    ))  # fmt: skip


def ends(patch: Patch) -> None:
    """A suffix is looked for anywhere."""
    whole = Printer._like
    patch.setattr(Printer, "_like", lambda self, place, where, text: whole(
        self, place, "holds" if where == "ends" else where, text
    ))  # fmt: skip


def labels(patch: Patch) -> None:
    """A label is found within another."""
    whole = statement.places_of

    def places(*given: Any) -> dict[str, Place]:
        table = given[1]

        def holds(text: str) -> Sql:
            return sa.func.instr(sa.func.coalesce(table.c.labels, ""), text) > 0

        return whole(*given) | {"resource.labels": Place(table.c.labels, holds=holds)}

    patch.setattr("tests.layouts.places_of", places)


def two_labels(patch: Patch) -> None:
    """Two labels side by side are taken for one."""
    patch.setattr(statement, "is_label", lambda text: True)


def a_set(patch: Patch) -> None:
    """Of several values only the first is asked."""
    whole = printing._among
    patch.setattr(printing, "_among", lambda value, values, *, negated: whole(
        value, values[:1], negated=negated
    ))  # fmt: skip


def order(patch: Patch) -> None:
    """Below is at most."""
    whole = Printer._below
    patch.setattr(Printer, "_below", lambda self, place, bound, *, negated: whole(
        self, place, bound + 1, negated=negated
    ))  # fmt: skip


def day(patch: Patch) -> None:
    """An age is a day out."""
    whole = Printer._since
    patch.setattr(Printer, "_since", lambda self, place, days, *, before=False: whole(
        self, place, days + 1, before=before
    ))  # fmt: skip


def pair(patch: Patch) -> None:
    """Two facts are never the same."""
    patch.setattr(Printer, "_pair", lambda self, op, left, right, *, negated: sa.false())


def disjunction(patch: Patch) -> None:
    """OR is printed as AND."""
    whole = Printer.sql

    def sql(self: Printer, term: Term) -> Sql:
        if type(term).__name__ == "Or":
            return sa.and_(*map(self.sql, term.terms))  # type: ignore[union-attr]
        return whole(self, term)

    patch.setattr(Printer, "sql", sql)


def hierarchy(patch: Patch) -> None:
    """An agency is in itself alone."""
    patch.setattr(World, "inside", lambda self, above: [above.id])


def above(patch: Patch) -> None:
    """Nothing is above an agency."""
    patch.setattr(World, "above", lambda self, entity: frozenset((entity,)))


def unknown_agency(patch: Patch) -> None:
    """An agency that nobody knows is one like any other."""
    patch.setattr("cleargate.law.filter._known_agencies", lambda *given: ())


def hidden(patch: Patch) -> None:
    """Sealed rows are rows like any other."""
    patch.setattr("cleargate.law.filter._not_hidden", lambda plain, opens, alg: alg.true)


def documents(patch: Patch) -> None:
    """Every document counts."""
    patch.setattr("cleargate.law.filter.counting", lambda documents, opens, at, alg: list(opens))


def absorption(patch: Patch) -> None:
    """The simplifier takes a part that another implies for the one that implies it."""

    def absorbed(self: Terms, kind: Any, parts: Any) -> list[Term]:
        return list(parts)[:1]

    patch.setattr(Terms, "_absorbed", absorbed)


def membership(patch: Patch) -> None:
    """An agency of the row is compared, where law asks whether it is within another."""
    whole = Lowering._in

    def inside(self: Lowering, expr: Any, a: Any, b: Any) -> Term:
        if isinstance(b, Entity) and not isinstance(a, Entity):
            return self.terms.one_of(a, (b.id,))
        return whole(self, expr, a, b)

    patch.setattr(Lowering, "_in", inside)


BROKEN: tuple[Callable[[Patch], None], ...] = (
    null, null_always, negation, collation, case, starts, ends, labels, two_labels, a_set, order,
    day, pair, disjunction, hierarchy, above, unknown_agency, hidden, documents, absorption,
    membership,
)  # fmt: skip


def test_unbroken_the_books_agree(judged: Judged, database: Database) -> None:
    assert [d for case, said in judged for d in differences([database], case, said)] == []


@pytest.mark.parametrize("broken", BROKEN, ids=lambda f: f.__name__)
def test_what_is_broken_is_noticed(
    broken: Callable[[Patch], None], judged: Judged, database: Database, monkeypatch: Patch
) -> None:
    broken(monkeypatch)
    assert any(differences([database], case, said) for case, said in judged)
