"""What a law makes of all requests, against Cedar deciding one request after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleargate.law.book import Book, Custodian, read_book
from cleargate.law.compare import Comparing
from cleargate.law.decide import decide
from cleargate.law.diagrams import Edge
from cleargate.law.pairs import Named, comparing, pairs
from cleargate.law.scenarios import read_stage
from cleargate.law.space import Space
from cleargate.law.variables import Asked
from cleargate.model.actions import ACTIONS
from cleargate.model.words import Outcome
from tests.jurisdiction import PACKS

STAGE = read_stage(PACKS / "cast.toml")
AT = datetime(2026, 11, 2, 15, tzinfo=UTC)
BOOKS = ("us-il-chicago-police", "us-il-cook-sheriff", "us-tx", "us-ca", "us-ny-nyc", "us-fl")
ACTS = ("search", "hold", "transfer", "release_date", "interview", "assist", "agreement", "export")


@cache
def space(pack: str, action: str) -> tuple[Comparing, Space]:
    """All requests for an action under one pack and all above it."""
    named = Named(pack, read_book([pack], [PACKS]), (pack,))
    (pair, *_) = pairs(named, named, STAGE)
    what = comparing(pair, STAGE, at=AT)
    sides: Sequence[tuple[Book, Custodian]] = [(what.before.book, what.before.custodian)]
    asked = Asked(action, what.before.custodian.id, what.cast, what.own_grant)
    return what, Space(asked, sides, AT)


@cache
def made(pack: str, action: str) -> tuple[dict[Outcome, Edge], dict[str, Edge]]:
    """Outcomes and open masks of that space."""
    _, here = space(pack, action)
    verdicts = here.verdicts(here.sides[0], action)
    masks = {
        m: here.opened(verdicts, here.verdicts(here.sides[0], m)) for m in ACTIONS[action].masks
    }
    return here.outcomes(verdicts), masks


@pytest.mark.parametrize("pack", BOOKS)
@given(st.sampled_from(ACTS), st.data())
def test_every_request_has_the_outcome_and_the_masks_that_cedar_decides(
    pack: str, action: str, data: st.DataObject
) -> None:
    what, here = space(pack, action)
    point = tuple(data.draw(st.integers(0, size - 1)) for size in here.diagrams.sizes)
    if not here.diagrams.holds(here.feasible, point):
        return
    outcomes, masks = made(pack, action)
    said = [o for o, where in outcomes.items() if here.diagrams.holds(where, point)]
    open_ = frozenset(m for m, where in masks.items() if here.diagrams.holds(where, point))
    book = what.before.book
    decision = decide(book, here.custodian(0, point), what.cast, here.known(point))
    assert (said, open_) == ([decision.outcome], decision.masks)


@pytest.mark.parametrize("action", ACTS)
def test_every_request_has_just_one_outcome(action: str) -> None:
    _, here = space("us-il-chicago-police", action)
    outcomes, _ = made("us-il-chicago-police", action)
    d = here.diagrams
    assert sum(d.count(where) for where in outcomes.values()) == d.count(here.feasible)
    assert d.any(outcomes.values()) == here.feasible
