"""How long two laws take to compare over all requests, beside deciding requests one by one.

Run it with ``python benchmarks/diff.py [OLD NEW]``. *One by one* is what could be done without the
enumeration: Cedar decides requests drawn at random under both laws, as many as fit into the time
that the whole comparison took. It says how small a part of all requests that reaches.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import perf_counter

from cleargate.law.book import read_book
from cleargate.law.compare import compare
from cleargate.law.decide import decide
from cleargate.law.pairs import Named, comparing, pairs
from cleargate.law.scenarios import read_stage
from cleargate.law.space import Space
from cleargate.law.variables import Asked

PACKS = Path(__file__).parents[1] / "packs"
AT = datetime(2026, 11, 2, 15, tzinfo=UTC)


def main() -> None:
    """Compare the laws, then decide one by one for as long."""
    names = sys.argv[1:3] if len(sys.argv) > 2 else ["us-il-chicago-police", "us-tx"]
    stage = read_stage(PACKS / "cast.toml")
    begin = perf_counter()
    before, after = (Named(n, read_book([n], [PACKS]), (n,)) for n in names)
    (pair, *_) = pairs(before, after, stage)
    what = comparing(pair, stage, at=AT)
    found = list(compare(what))
    seconds = perf_counter() - begin
    cases = sum(c.requests for c in found)
    print(f"{names[0]} → {names[1]}, all requests: {seconds:.1f} s, {cases:.3g} cases")
    asked = Asked("search", what.before.custodian.id, what.cast, what.own_grant)
    sides = (what.before, what.after)
    space = Space(asked, [(s.book, s.custodian) for s in sides], AT)
    random, done, differ = Random(1), 0, 0
    begin = perf_counter()
    while perf_counter() - begin < seconds:
        point = tuple(random.randrange(size) for size in space.diagrams.sizes)
        known = space.known(point)
        one, other = (decide(s.book, space.custodian(n, point), what.cast, known)
                      for n, s in enumerate(sides))  # fmt: skip
        done, differ = done + 1, differ + (one.outcome is not other.outcome)
    part = done / space.diagrams.count(space.feasible)
    print(f"one by one in the same time: {done} requests to search, {differ} differ: "
          f"{part:.1e} of all requests to search")  # fmt: skip


if __name__ == "__main__":
    main()
