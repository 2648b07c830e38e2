"""The truth table of ``combine``: every subset of canonical rules, by the six steps as written.

All kinds at all layers at once would be 2**40 rows. Each table below takes the kinds that act on
one another in one step of the design, at every layer where they can, and is exhaustive.
"""

from __future__ import annotations

import pytest

from cleargate.law.combine import OUTCOMES, TRUTH, Question, combine
from cleargate.model.words import Layer, Outcome, RuleKind
from tests.law_model import CLASSES, OWN, Asked, Said, outcome, questions, subsets

PACKS = {Layer.FEDERAL: "us", Layer.STATE: "state", Layer.LOCAL: "city", Layer.AGENCY: OWN}
ACTIONS = frozenset(action for action, _, _ in CLASSES)


def rule(name: str, layer: Layer, kind: RuleKind, pack: str = "", **marks: object) -> Said:
    """A rule of the pack of its layer, unless another pack is named."""
    return Said(f"{pack or PACKS[layer]}/{name}", layer, kind, **marks)  # type: ignore[arg-type]


def at_each_layer(*kinds: str) -> tuple[Said, ...]:
    return tuple(MAKE[kind](layer) for layer in Layer for kind in kinds)


MAKE = {
    "must not": lambda layer: rule("not", layer, RuleKind.MUST_NOT),
    "yielding": lambda layer: rule("unless-must", layer, RuleKind.MUST_NOT, yields=True),
    "must": lambda layer: rule("must", layer, RuleKind.MUST),
    "grant": lambda layer: rule("grant", layer, RuleKind.GRANT),
    "leave": lambda layer: rule(
        "leave", layer, RuleKind.LEAVE, strikes=frozenset((f"{PACKS[layer]}/not",))
    ),
    "protects": lambda layer: rule("protects", layer, RuleKind.PROTECTS, names=ACTIONS),
    "protects any": lambda layer: rule("protects-any", layer, RuleKind.PROTECTS),
    "disputed": lambda layer: rule(
        "disputed", layer, RuleKind.PROTECTS, names=ACTIONS, disputed="why"
    ),
}
FEDERAL, STATE, LOCAL, AGENCY = Layer

TABLES = {
    "must, must not, and must not that yields": at_each_layer("must not", "yielding", "must"),
    "must, must not, and grant": at_each_layer("must not", "must", "grant"),
    "leave strikes what it names": (
        *at_each_layer("must not", "leave"),
        MAKE["must"](STATE),
        MAKE["grant"](AGENCY),
    ),
    "leave strikes in its own pack only": (
        *(MAKE["must not"](layer) for layer in (FEDERAL, STATE, LOCAL)),
        rule("says-so", STATE, RuleKind.LEAVE),
        rule("other", STATE, RuleKind.LEAVE, strikes=frozenset(("city/not", "us/not"))),
        rule("lift", STATE, RuleKind.LEAVE, strikes=frozenset(("state/must", "state/grant"))),
        MAKE["must"](STATE),
        MAKE["grant"](STATE),
        MAKE["grant"](AGENCY),
    ),
    "protects, named, of any, and disputed": (
        *(MAKE["must not"](layer) for layer in (STATE, LOCAL, AGENCY)),
        *(MAKE[k](x) for x in (FEDERAL, STATE) for k in ("protects", "protects any", "disputed")),
        rule("shields-nothing", AGENCY, RuleKind.PROTECTS, names=ACTIONS),
        rule("lift", FEDERAL, RuleKind.LEAVE, strikes=frozenset(("us/protects", "us/disputed"))),
    ),
    "protects and leave before the layers": (
        MAKE["protects"](FEDERAL),
        MAKE["disputed"](STATE),
        *at_each_layer("must")[1:],
        *(MAKE["yielding"](layer) for layer in (STATE, LOCAL, AGENCY)),
        MAKE["grant"](STATE),
        rule("lift", LOCAL, RuleKind.LEAVE, strikes=frozenset(("city/must",))),
        rule("own", AGENCY, RuleKind.LEAVE, strikes=frozenset((f"{OWN}/must",))),
    ),
    "neither county nor city is above the other": (
        *(
            rule(kind.name.lower(), LOCAL, kind, pack)
            for pack in ("county", "city")
            for kind in (RuleKind.MUST_NOT, RuleKind.MUST, RuleKind.GRANT)
        ),
        rule("lift", LOCAL, RuleKind.LEAVE, "city", strikes=frozenset(("county/must_not",))),
        MAKE["grant"](STATE),
        MAKE["grant"](AGENCY),
        MAKE["must"](STATE),
        MAKE["must not"](STATE),
    ),
    "another agency's own pack is not the custodian's": (
        rule("grant", AGENCY, RuleKind.GRANT, "other"),
        rule("must", AGENCY, RuleKind.MUST, "other"),
        rule("not", AGENCY, RuleKind.MUST_NOT, "other"),
        MAKE["must"](AGENCY),
        MAKE["grant"](STATE),
        MAKE["grant"](LOCAL),
        MAKE["grant"](FEDERAL),
    ),
    "disputed rules of every kind": (
        MAKE["disputed"](FEDERAL),
        *(
            rule(kind.name.lower(), layer, kind, disputed="why")
            for kind, layer in (
                (RuleKind.MUST, FEDERAL),
                (RuleKind.MUST_NOT, STATE),
                (RuleKind.GRANT, STATE),
            )
        ),
        rule("lift", LOCAL, RuleKind.LEAVE, strikes=frozenset(("city/not",)), disputed="why"),
        MAKE["must not"](LOCAL),
        MAKE["must"](LOCAL),
        MAKE["grant"](AGENCY),
    ),
    "settled by the custodian's own pack": (
        MAKE["disputed"](FEDERAL),
        rule("must_not", STATE, RuleKind.MUST_NOT, disputed="why"),
        MAKE["must not"](LOCAL),
        rule("first", AGENCY, RuleKind.LEAVE, settles=(("us/disputed", "city/not"),)),
        rule("second", AGENCY, RuleKind.LEAVE, settles=(("city/not", "us/disputed"),)),
        rule("third", AGENCY, RuleKind.GRANT, settles=(("us/disputed", "state/must_not"),)),
        rule("city-says", LOCAL, RuleKind.LEAVE, settles=(("city/not", "us/disputed"),)),
        MAKE["protects any"](STATE),
    ),
}


def decided(fired: frozenset[Said], asked: Asked) -> dict[Outcome, bool]:
    ask = Question(asked.action, OWN, asked.lowest, asked.stands_in, asked.officer)
    return combine([(rule, True) for rule in fired], ask, TRUTH).outcome


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_the_truth_table_follows_the_six_steps(table: str) -> None:
    for fired in subsets(TABLES[table]):
        for asked in questions():
            said = outcome(fired, asked)
            expected = {o: o is said for o in OUTCOMES}
            assert decided(fired, asked) == expected, (asked, sorted(r.id for r in fired))


def test_the_tables_reach_every_outcome_for_every_class_of_action() -> None:
    reached = {
        (asked.action, outcome(fired, asked))
        for fired in subsets(TABLES["neither county nor city is above the other"])
        for asked in questions()
    }
    assert reached == {(action, o) for action, _, _ in CLASSES for o in OUTCOMES}
