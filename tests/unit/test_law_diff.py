"""What another law would change: found over all requests, in minimal words, shown by examples."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cleargate.law import compare as comparison
from cleargate.law.book import read_book
from cleargate.law.compare import NOT_DUE, Comparing, compare_action, compare_space, widest
from cleargate.law.diagrams import Edge
from cleargate.law.pairs import Named, comparing, pairs
from cleargate.law.reading import DUTY
from cleargate.law.scenarios import read_stage
from cleargate.law.space import Space, Verdicts
from cleargate.law.variables import Asked
from cleargate.model.words import Outcome
from tests import terminal
from tests.jurisdiction import PACKS
from tests.law_texts import book_of
from tests.properties.test_space import AT
from tests.terminal import County, run, told

STAGE = read_stage(PACKS / "cast.toml")


def named(pack: str, *folders: Path) -> Named:
    """A pack with all above it."""
    return Named(pack, read_book([pack], [*folders, PACKS]), (pack,))


def between(old: Named, new: Named, kind: str = "") -> Comparing:
    """The comparison of the first custodian."""
    return comparing(pairs(old, new, STAGE, kind)[0], STAGE, at=AT)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of packs with a copy of one that ships."""
    shutil.copytree(PACKS / "us-il-cook", tmp_path / "us-il-cook")
    return tmp_path


def spoil(own: Path, old: str, new: str) -> None:
    """Change the first text in the copied pack."""
    path = next(p for p in own.rglob("*.cedar") if old in p.read_text("utf-8"))
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")


def test_equal_laws_change_nothing() -> None:
    law = named("us-il-cook-sheriff")
    assert [c for c in comparison.compare(between(law, law)) if c.turns or c.requests] == []


def test_a_hold_that_illinois_refuses_is_required_in_texas_and_the_conditions_say_when() -> None:
    what = between(named("us-il-chicago-police"), named("us-tx"))
    found = compare_action(what, "hold")
    (turn,) = [t for t in found.turns if (t.before, t.after) == ("refuse", "require")]
    group = turn.groups[0]
    assert "the paper: immigration detainer" in group.conditions
    assert "the paper is verified: yes" in group.conditions
    assert (group.before.outcome, group.after.outcome) == (Outcome.REFUSE, Outcome.REQUIRE)
    assert found.wrong == () and found.checked > 10


def test_the_agencys_own_pack_is_taken_along() -> None:
    (pair,) = pairs(named("us-il-chicago-police"), named("us-tx"), STAGE)
    assert not pair.silent
    packs = {r.pack for r in pair.after.custodian.rules}
    assert {"us-il-chicago-police", "us-tx"} <= packs and "us-il" not in packs


def test_laws_of_no_agency_are_compared_for_a_custodian_that_both_bind() -> None:
    (pair,) = pairs(named("us-il-chicago"), named("us-tx"), STAGE)
    assert (pair.says, pair.silent) == ("city-police", True)
    assert compare_action(between(named("us-il-chicago"), named("us-tx")), "hold").wrong == ()


@pytest.mark.parametrize("action", ["hold", "interview", "search"])
def test_no_condition_can_be_dropped_or_widened(action: str) -> None:
    what = between(named("us-il-chicago-police"), named("us-tx"))
    asked = Asked(action, what.before.custodian.id, what.cast)
    sides = [(s.book, s.custodian) for s in (what.before, what.after)]
    space = Space(asked, sides, AT)
    before, after = (space.outcomes(space.verdicts(s, action)) for s in space.sides)
    d = space.diagrams
    turned = (
        d.all((before[Outcome.REFUSE], after[Outcome.PERMIT]))
        if action != "hold"
        else d.all((before[Outcome.REFUSE], after[Outcome.REQUIRE]))
    )
    others = d.all((space.feasible, d.neg(turned)))
    point = d.first(turned)
    assert point is not None
    box = widest(space, turned, point)
    inside = d.inside(dict(enumerate(box)))
    assert d.all((inside, others)) == d.false and d.holds(inside, point)
    for variable, values in enumerate(box):
        for more in set(range(d.sizes[variable])) - values:
            wider = d.inside(dict(enumerate(box)) | {variable: values | {more}})
            assert d.all((wider, others)) != d.false


def test_one_changed_rule_is_found_where_it_changes_something_and_nowhere_else(own: Path) -> None:
    spoil(
        own, '@id("no-resources-for-detainers")', '@id("no-resources-for-detainers") @stayed("x")'
    )
    what = between(named("us-il-cook"), named("us-il-cook", own), "sheriff")
    rule = what.before.book.rule("us-il-cook/no-resources-for-detainers")
    changed = {a for c in comparison.compare(what) for a in c.actions if c.turns}
    assert rule is not None and changed
    assert all(rule.reaches(action) for action in changed)


class Swapped(Space):
    """A space that takes every refusal for a command, and the other way round."""

    def outcomes(self, verdicts: Verdicts) -> dict[Outcome, Edge]:
        found = super().outcomes(verdicts)
        return found | {
            Outcome.REFUSE: found[Outcome.REQUIRE],
            Outcome.REQUIRE: found[Outcome.REFUSE],
        }


def test_where_cedar_disagrees_the_comparison_says_so() -> None:
    what = between(named("us-il-chicago-police"), named("us-tx"))
    asked = Asked("hold", what.before.custodian.id, what.cast)
    sides = [(s.book, s.custodian) for s in (what.before, what.after)]
    found = compare_space(what, Swapped(asked, sides, AT, more=(DUTY,)))
    assert any("enumerated as" in w for w in found.wrong)


# --- duties ------------------------------------------------------------------------------------

COPY = """
    @on("{on}") @within("{within}") @to("the person")
    permit (principal, action == Action::"duty:serve-copy", resource)
    when {{ context.document.kind == "detainer" }};
"""
BARRED = 'forbid (principal, action == Action::"hold", resource);'
MAY = """
    @grant @limit("PT48H") permit (principal, action == Action::"hold", resource)
    when { context.document.verified == "yes" };
"""


def duties(action: str, old: str, new: str) -> set[tuple[str, str]]:
    """What the duty to serve a copy was and is, between two small laws of one city."""
    one, other = (Named("a small law", book_of(state=text), ("own",)) for text in (old, new))
    found = compare_action(between(one, other), action)
    assert found.wrong == () and found.changed == 0
    assert {t.duty for t in found.turns} <= {"serve-copy"}
    return {(t.before, t.after) for t in found.turns}


def test_a_duty_that_comes_or_goes_or_is_due_by_another_time_is_a_change() -> None:
    day, hours = (COPY.format(on="lodged", within=w) for w in ("P1D", "PT48H"))
    in_a_day, in_hours = "to the person, within 1 day", "to the person, within 48 hours"
    assert duties("lodge", "", day) == {(NOT_DUE, in_a_day)}
    assert duties("lodge", day, "") == {(in_a_day, NOT_DUE)}
    assert duties("lodge", day, hours) == {(in_a_day, in_hours)}
    assert duties("lodge", day, day + hours) == {(in_a_day, f"{in_a_day}; {in_hours}")}
    assert duties("lodge", day, day) == set() == duties("interview", day, hours)


def test_a_duty_of_those_who_are_held_is_due_only_where_someone_is_held() -> None:
    held = COPY.format(on="held", within="P1D")
    assert duties("hold", BARRED, BARRED + held) == set()
    assert duties("hold", MAY, MAY + held) == {(NOT_DUE, "to the person, within 1 day")}


# --- at the command line -----------------------------------------------------------------------


def diff(*arguments: object, code: int = 0) -> Any:
    """``cleargate law diff … --json``, read."""
    return json.loads(told(run("law", "diff", *arguments, "--json"), code))


def test_worked_requests_that_change_are_listed_with_both_citations() -> None:
    (said,) = diff("us-il-chicago-police", "us-tx", "--action", "hold")["custodians"]
    hold = "hold on a detainer with an administrative warrant"
    (one,) = [w for w in said["worked_differ"] if w["request"] == hold]
    assert one["before"]["outcome"] == "refuse" and one["after"]["outcome"] == "require"
    assert one["before"]["rules"] and one["after"]["rules"]
    (hold_,) = said["actions"]
    assert hold_["exhaustive"] and hold_["faults"] == []
    shown = told(run("law", "diff", "us-il-chicago-police", "us-tx", "--action", "hold"))
    assert "all were compared" in shown and "example" in shown


def test_the_text_is_short_until_all_is_asked_for() -> None:
    asked = ("law", "diff", "us-il-chicago-police", "us-tx", "--action", "hold")
    short, whole = told(run(*asked)), told(run(*asked, "--all"))
    assert short.count("example") == 1 < whole.count("example")
    assert "--all" in short and "--all" not in whole
    for turn in ("refuse → ● require", "duty tell-person-of-hold: not due →"):
        assert turn in short and turn in whole


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("us-il-cook", "us-txs"), "There is no pack us-txs"),
        (("us-il-cook", "us-tx", "--action", "holt"), "did you mean hold"),
        (("us-il-cook", "us-tx", "--at", "noon"), "is no time"),
        (("us-il-cook", "us-tx", "--custodian", "sherif"), "both speak for"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(arguments: tuple[str, ...], says: str) -> None:
    result = run("law", "diff", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr and result.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    """A jurisdiction with one refused request in its log."""
    made = terminal.found(tmp_path_factory.mktemp("diff"))
    told(made.run("ask", "--for", "ICE-ERO", "--purpose", "CIV-IMM", "--action", "search",
                  by="ice"), 3)  # fmt: skip
    return made


def test_past_requests_are_decided_under_both(county: County) -> None:
    said = diff(county.folder, "us-tx", "--action", "hold", "--log", county.folder)
    assert [c["custodian"] for c in said["custodians"]] == ["CHICAGO-POLICE", "COOK-SHERIFF"]
    asked = [d for d in said["past"]["differ"] if d["action"] == "search"]
    assert [(d["then"], d["now"]) for d in asked] == [("refuse", "permit")]


def test_a_book_is_named_by_folder_and_version(county: County) -> None:
    (version,) = [p.name for p in (county.folder / "books").iterdir()]
    said = diff(county.folder, f"{county.folder}@{version[:8]}", "--action", "hold")
    assert all(c["worked_differ"] == [] for c in said["custodians"])
    result = run("law", "diff", county.folder, f"{county.folder}@zz")
    assert result.exit_code == 2 and "none of its books" in result.stderr
