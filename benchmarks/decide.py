"""How long a decision takes, beside bare Cedar on the same question in the same run.

Run it with ``python benchmarks/decide.py``. Every figure is the median of many turns, in µs, and
covers the whole of ``law.decide.decide``: the context is written and read by the schema, Cedar
evaluates, ``combine`` makes the outcome, the masks and the duties. What differs is what was seen
before:

- *again*: asker, papers and combination of rules are known, as for a clerk's second search;
- *new asker*: the entities of asker, target and papers are read and checked by the schema;
- *all new*: what the rules that fired come to is worked out as well, for the action and each mask.

The peers are bare calls with everything parsed beforehand, the context too:

- *Cedar*: one call with the rules as their packs write them. It says permit or forbid, and hides
  the grants when it forbids.
- *5 calls*: one for each kind of rule, which is what it takes to see them all; still without masks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from os import getloadavg
from pathlib import Path
from statistics import median
from time import perf_counter

import cedarpy
from cedarpy import pst

from cleargate.law import facts
from cleargate.law.book import Book, Custodian, read_book
from cleargate.law.cedar import PolicyText, schema
from cleargate.law.decide import decide
from cleargate.law.facts import Cast
from cleargate.law.rules import read
from cleargate.law.scenarios import Scenario, as_known, place, read_requests, read_stage
from cleargate.model.evidence import NO_DOCUMENT
from cleargate.model.request import Known
from cleargate.model.words import Layer, RuleKind

PACKS = Path(__file__).parents[1] / "packs"
PACK = "us-il-chicago-police"
CUSTODIAN = "CHICAGO-POLICE"
KINDS = tuple(k for k in RuleKind if k is not RuleKind.DUTY)
COLUMNS = ("again", "new asker", "all new", "Cedar", "5 calls")
TURNS = 300


def timed(work: Callable[[], object]) -> float:
    """The median of ``TURNS`` turns, in microseconds."""
    work()
    found = []
    for _ in range(TURNS):
        begin = perf_counter()
        work()
        found.append(perf_counter() - begin)
    return median(found) * 1e6


@dataclass(frozen=True, slots=True)
class Case:
    """One question to one custodian."""

    book: Book
    custodian: Custodian
    cast: Cast
    known: Known

    def again(self) -> object:
        return decide(self.book, self.custodian, self.cast, self.known)

    def new_asker(self) -> object:
        self.cast.forget()
        return self.again()

    def all_new(self) -> object:
        self.book.compiled(self.custodian, self.known.request.action).forget()
        return self.new_asker()

    def bare(self, *sets: Collection[RuleKind]) -> Callable[[], object]:
        """One bare call for each set of kinds, with the rules as written."""
        documents = self.known.documents or (NO_DOCUMENT,)
        asked = facts.questions(self.known, self.cast, documents)
        entities = self.cast.entities(self.known, documents)
        policies = [self._written(kinds) for kinds in sets]

        def calls() -> None:
            for written in policies:
                cedarpy.is_authorized_batch(asked, written, entities, schema())

        return calls

    def _written(self, kinds: Collection[RuleKind]) -> cedarpy.PolicySet:
        rules = [r for r in self.custodian.rules if r.kind in kinds]
        written = {r.id: replace(r.policy, id=r.id, annotations={}) for r in rules}
        return cedarpy.PolicySet.from_pst(pst.PolicySet({}, written, ()))

    def row(self) -> tuple[float, ...]:
        """The figures of one question, in the order of ``COLUMNS``."""
        ours = (self.again, self.new_asker, self.all_new)
        bare = (self.bare(KINDS), self.bare(*((k,) for k in KINDS)))
        return tuple(timed(work) for work in (*ours, *bare))


def case(book: Book, scenario: Scenario) -> Case:
    """The scenario as asked of the Chicago police."""
    fields = {f: getattr(scenario, f) for f in scenario.__struct_fields__}
    asked = type(scenario)(**fields | {"custodian": CUSTODIAN})
    custodian, cast = place(book, PACK, read_stage(PACKS / "cast.toml"), asked)
    return Case(book, custodian, cast, as_known(asked, custodian, cast))


def hundred(some: Case) -> Case:
    """The same question to a custodian bound by a hundred rules, all of which apply."""
    when = f'context.purpose == "{some.known.request.purpose}"'
    head = 'forbid (principal, action in Action::"any", resource)'
    rules = tuple(
        read(
            PolicyText(f'@id("r{n}") @cite("-") @summary("-") {head} when {{ {when} }};', 1),
            "hundred", "generated", Layer.STATE, [],
        )
        for n in range(100)
    )  # fmt: skip
    bound = replace(some.custodian, rules=rules)
    found = decide(some.book, bound, some.cast, some.known)
    assert len(found.fired) == len(rules)
    return replace(some, custodian=bound)


def line(name: str, figures: tuple[float, ...]) -> str:
    """One line of the table."""
    return f"{name[:52]:<52}" + "".join(f"{f:10.0f}" for f in figures)


def main() -> None:
    """Each request of the matrix by the Chicago book, then one under a hundred rules."""
    book = read_book([PACK], [PACKS])
    cases = [(s, case(book, s)) for s in read_requests(PACKS / "matrix.toml")]
    print(f"{'median µs':<52}" + "".join(f"{c:>10}" for c in COLUMNS))
    rows = []
    for scenario, asked in cases:
        rows.append(asked.row())
        print(line(scenario.name, rows[-1]))
    middle = tuple(median(column) for column in zip(*rows, strict=True))
    print(line("median of the requests", middle))
    search = next(c for s, c in cases if s.action == "search")
    print(line("a search under 100 rules that apply", hundred(search).row()))
    again, asker, new, one, five = middle
    print(f"× one bare call: again {again / one:.2f}, new asker {asker / one:.2f}, "
          f"all new {new / one:.2f}")  # fmt: skip
    print(f"× five calls: again {again / five:.2f}, new asker {asker / five:.2f}, "
          f"all new {new / five:.2f}")  # fmt: skip
    print(f"load of the machine: {getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
