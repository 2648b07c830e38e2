"""Whatever is asked in whatever order: nobody is held longer than the first clock allows."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cleargate.custody import write
from cleargate.custody.store import Facility, open_store
from cleargate.custody.sweep import sweep
from cleargate.model.decision import DocumentDecision, Limit, RuleRef
from cleargate.model.errors import FieldError
from cleargate.model.words import Layer, Outcome, RuleKind
from tests.fakes import NOON, Clock, Dice, ticket

B = "B-26-1"
RULE = RuleRef("us-tx/hold", "cite", "summary", RuleKind.MUST, Layer.STATE)
LIMITS = ("PT24H", "PT48H", "PT48H excluding weekends and federal holidays")
LONGEST = timedelta(hours=48 + 72)
"""48 hours from any time of this week, over a holiday and a weekend."""

papers = st.sampled_from(["E-1", "E-2"])
steps = st.tuples(
    st.sampled_from(["hold", "withdraw", "sweep"]),
    papers,
    st.lists(st.sampled_from(LIMITS), min_size=1, max_size=3, unique=True),
    st.integers(1, 40),
)


def document(id: str, limits: list[str]) -> DocumentDecision:
    return DocumentDecision(
        id, "detainer", Outcome.REQUIRE, (), (), (), tuple(Limit(RULE, t, "cite") for t in limits)
    )


@settings(max_examples=40)
@given(st.lists(steps, min_size=1, max_size=12))
def test_no_order_of_requests_outlasts_the_first_clock(
    asked: list[tuple[str, str, list[str], int]],
) -> None:
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        jail = Facility("DIV-5", "SHERIFF", "Division 5", "America/Chicago")
        store = open_store(Path(folder) / "custody.db", [jail], create=True)
        person = {"facility": "DIV-5", "name": "Jordan Doe"}
        write.book(store, ticket("book", 0, person, target=B), NOON, Dice())
        first = None
        for leaf, (action, paper, limits, hours) in enumerate(asked, 1):
            now = clock.forward(hours=hours)
            try:
                if action == "hold":
                    opens = ticket("hold", leaf, target=B, documents=(document(paper, limits),))
                    held = write.hold(store, opens, now)
                    first = first or held.since
                    assert held.since == first
                    assert held.until is not None
                    assert now < held.until <= first + LONGEST
                elif action == "withdraw":
                    basis = ticket("withdraw", leaf, target=B, basis=(paper,))
                    write.withdraw(store, basis, now)
                else:
                    sweep(store, now)
            except FieldError:
                pass  # over, withdrawn or not lodged: then nobody is held by this step
        sweep(store, NOON + timedelta(days=60))
        with store.read() as conn:
            holds = conn.execute("SELECT until_at, ended_at FROM hold").fetchall()
            seen = conn.execute("SELECT count(*) FROM incident").fetchone()[0]
        assert all(ended is not None and ended <= until for until, ended in holds)
        assert seen <= len(holds)
        store.close()
