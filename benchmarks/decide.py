"""How long a decision takes, beside bare Cedar calls on the same question in the same run.

Run it with ``python benchmarks/decide.py``. Medians of many turns; *cold* counts the parsing of the
asker's and the papers' entities, which a running process does once for each that repeats.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

import cedarpy

from cleargate.law import facts
from cleargate.law.book import Book, Custodian, read_book
from cleargate.law.cedar import PolicyText, schema
from cleargate.law.decide import decide
from cleargate.law.facts import Cast
from cleargate.law.rules import read
from cleargate.law.scenarios import as_known, place, read_requests, read_stage
from cleargate.model.evidence import NO_DOCUMENT
from cleargate.model.words import Layer

PACKS = Path(__file__).parents[1] / "packs"
PACK = "us-il-chicago-police"
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


def main() -> None:
    """Measure each request of the matrix by the Chicago book, then one under 100 rules."""
    book, stage = read_book([PACK], [PACKS]), read_stage(PACKS / "cast.toml")
    print(f"{'request':<55} {'warm':>7} {'cold':>7} {'Cedar':>7} {'5 calls':>8}  µs")
    rows = []
    for scenario in read_requests(PACKS / "matrix.toml"):
        asked = type(scenario)(
            **{f: getattr(scenario, f) for f in scenario.__struct_fields__}
            | {"custodian": "CHICAGO-POLICE"}
        )
        custodian, cast = place(book, PACK, stage, asked)
        known = as_known(asked, custodian, cast)
        compiled = book.compiled(custodian, asked.action)
        documents = known.documents or (NO_DOCUMENT,)
        asks = facts.questions(known, cast, documents)[:1]
        entities = cast.entities(known, documents)

        def cedar(asks=asks, compiled=compiled, entities=entities) -> object:  # type: ignore[no-untyped-def]
            return cedarpy.is_authorized_batch(asks, compiled.policies, entities, schema())

        warm = timed(lambda c=custodian, a=cast, k=known: decide(book, c, a, k))  # type: ignore[misc]
        cold = timed(lambda c=custodian, a=cast, k=known: _cold(book, c, a, k))  # type: ignore[misc]
        one, five = timed(cedar), timed(lambda ask=cedar: [ask() for _ in range(5)])  # type: ignore[misc]
        rows.append((warm, cold, one, five))
        print(f"{asked.name[:55]:<55} {warm:7.0f} {cold:7.0f} {one:7.0f} {five:8.0f}")
    warm, cold, one, five = (median(column) for column in zip(*rows, strict=True))
    print(f"{'median of the requests':<55} {warm:7.0f} {cold:7.0f} {one:7.0f} {five:8.0f}")
    print(f"a decision is {warm / one:.2f} × one bare call, {warm / five:.2f} × five")
    print(f"with 100 rules that apply: {_hundred():.0f} µs")


def _cold(book: Book, custodian: Custodian, cast: Cast, known: facts.Known) -> object:
    person = replace(known.person, id=f"p{perf_counter()}")
    return decide(book, custodian, cast, replace(known, person=person))


def _hundred() -> float:
    stage, book = read_stage(PACKS / "cast.toml"), read_book([PACK], [PACKS])
    scenario = next(s for s in read_requests(PACKS / "matrix.toml") if s.action == "search")
    asked = type(scenario)(
        **{f: getattr(scenario, f) for f in scenario.__struct_fields__}
        | {"custodian": "CHICAGO-POLICE"}
    )
    custodian, cast = place(book, PACK, stage, asked)
    known = as_known(asked, custodian, cast)
    rules = tuple(
        read(
            PolicyText(
                f'@id("r{n}") @cite("-") @summary("-") forbid (principal, action in Action::"any", '
                f'resource) when {{ context.purpose == "{known.request.purpose}" }};',
                1,
            ),
            "hundred", "generated", Layer.STATE, [],
        )
        for n in range(100)
    )  # fmt: skip
    many = Custodian(custodian.id, custodian.own_pack, custodian.kinds, rules)
    assert len(decide(book, many, cast, known).fired) == len(rules)
    return timed(lambda: decide(book, many, cast, known))


if __name__ == "__main__":
    main()
