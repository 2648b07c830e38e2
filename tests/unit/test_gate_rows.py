"""What the gate shows of rows that law tells apart, and what it does when a database disagrees."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cleargate.gate import disagreements, explain_filter
from cleargate.gate.answer import Answer
from cleargate.gate.explain import explain, steps
from cleargate.gate.files import Extract
from cleargate.gate.gate import Gate
from cleargate.gate.pinned_filters import FOLDER
from cleargate.law import filter as law
from cleargate.law.combine import TRUTH
from cleargate.log.read import entries
from cleargate.model.errors import FieldError, FilterDisagrees
from cleargate.model.terms import OneOf
from cleargate.model.words import Outcome
from cleargate.records import statement
from cleargate.records.print import Printer
from tests.extracts import catalogued
from tests.jurisdiction import POLICE, Jurisdiction, close, copy, found

CASE = {"purpose": "C", "case": "JH1", "attention": "A. Reed", "dataset": "incident"}
PUBLIC = {"purpose": "PUB", "dataset": "incident"}
ROWS: dict[str, dict[str, str]] = {
    "plain": {},
    "new": {"occurred_at": "2026-06-28"},
    "sealed": {"sealed": "yes"},
    "juvenile": {"juvenile": "yes"},
    "expunged": {"expunged": "yes"},
    "unknown": {"sealed": "unknown"},
    "fbi": {"origin": "FBI"},
    "usms": {"origin": "USMS"},
    "source": {"labels": "confidential-source other"},
}


def stock(here: Jurisdiction, rows: dict[str, dict[str, str]]) -> None:
    """Import incidents, each with what it says beyond a plain one."""
    whole = [
        {"id": key, "occurred_at": "2026-01-05", "primary_type": key.upper()} | row
        for key, row in rows.items()
    ]
    path = here.folder / "extract.csv"
    path.write_text(catalogued("incident", whole), "utf-8")
    raw = {"represented": POLICE, "purpose": "ADM", "action": "records:import",
           "dataset": "incident", "subject": {"source": "catalogue"}}  # fmt: skip
    answer = here.gate.answer(here.tokens["clerk"], raw, "cli", Extract(path))
    assert answer.opens, answer.decision


@pytest.fixture
def here(tmp_path: Path) -> Jurisdiction:
    made = found(tmp_path)
    stock(made, ROWS)
    return made


def keys(answer: Answer) -> set[str]:
    """The keys of the rows that were shown."""
    assert answer.opens, answer.decision
    place = answer.result["columns"].index("id")
    return {row[place] for row in answer.result["rows"]}


def paper(here: Jurisdiction, kind: str, **subject: str) -> str:
    return here.evidence("clerk", "carl", kind=kind, target="JH1", **subject)


def test_each_asker_sees_the_rows_that_law_shows_it(here: Jurisdiction) -> None:
    own = {"plain", "new", "fbi", "usms", "source"}
    assert keys(here.ask("detective", "search", **CASE)) == own
    assert keys(here.ask("fbi", "search", **CASE)) == {"plain", "new", "fbi"}
    assert keys(here.ask("public", "search", **PUBLIC)) == {"plain"}


def test_sealed_rows_need_a_court_and_juvenile_rows_the_case(here: Jurisdiction) -> None:
    order = paper(here, "court-order", issued_by="state-judge")
    case = paper(here, "criminal-case")
    plain = keys(here.ask("detective", "search", **CASE))
    opened = keys(here.ask("detective", "search", basis=[order], **CASE))
    assert opened - plain == {"sealed", "unknown"}
    assert keys(here.ask("detective", "search", basis=[case], **CASE)) - plain == {"juvenile"}
    both = keys(here.ask("detective", "search", basis=[order, case], **CASE))
    assert both - plain == {"sealed", "unknown", "juvenile"}


def test_no_rule_opens_expunged_rows_so_nobody_sees_them(here: Jurisdiction) -> None:
    order = paper(here, "court-order", issued_by="state-judge")
    for person in ("detective", "clerk", "fbi"):
        for basis in ([], [order]):
            assert "expunged" not in keys(here.ask(person, "search", basis=basis, **CASE))


@pytest.mark.parametrize("target", ["sealed", "unknown", "expunged", "juvenile"])
def test_a_record_that_is_withheld_is_answered_as_one_that_is_not_there(
    here: Jurisdiction, target: str
) -> None:
    there = here.ask("detective", "read", target=target, **CASE)
    missing = here.ask("detective", "read", target="no-such-record", **CASE)
    assert there.opens and there.result == missing.result and there.result["rows"] == []
    assert there.decision.deciding == missing.decision.deciding


def test_only_whom_law_lets_be_told_learns_how_many_are_withheld(here: Jurisdiction) -> None:
    assert here.ask("detective", "search", **CASE).result["withheld"] is None
    assert here.ask("clerk", "search", **CASE).result["withheld"] == 4
    one = here.ask("clerk", "search", where=["primary_type = SEALED"], **CASE)
    assert (one.result["withheld"], one.result["rows"]) == (1, [])


def test_what_is_left_of_each_rule_is_pinned_with_the_decision(here: Jurisdiction) -> None:
    answer = here.ask("fbi", "search", where=["primary_type = FBI"], **CASE)
    found = explain(here.gate, answer.decided.index).filter
    assert found is not None
    left = {x["rule"]: x["when"] for x in found["left"] if x["for"] == "search"}
    assert left["us-il-chicago-police/confidential-source"] == ("labels hold 'confidential-source'")
    assert "days old" in left["us-il-chicago-police/public-incidents"]
    (page,) = found["statements"]
    assert "incident.sealed = :" in page["sql"] and "FBI" in page["parameters"].values()
    assert not any(value in page["sql"] for value in ("FBI", "confidential-source"))
    assert answer.visible is not None
    assert found == explain_filter.filter_json(answer.visible, "sqlite")


def test_a_filter_is_kept_once_and_each_decision_names_its_digest(here: Jurisdiction) -> None:
    folder = here.parts.law / FOLDER
    said = []
    for value in ("FBI", "PLAIN", "PLAIN"):
        answer = here.ask("fbi", "search", where=[f"primary_type = {value}"], **CASE)
        said.append(explain(here.gate, answer.decided.index))
    assert len(list(folder.rglob("*.json"))) == 1
    assert len({one.decided.values["search"]["filter"] for one in said}) == 1
    parameters = [one.decided.values["search"]["parameters"] for one in said]
    assert parameters[:2] == [{"page": {"v0": v, "limit": 51}} for v in ("FBI", "PLAIN")]
    assert all(one.filter and one.filter["statements"][0]["sql"] for one in said)


def test_every_statement_that_a_search_ran_is_laid_open(here: Jurisdiction) -> None:
    answer = here.ask("clerk", "search", count=True, facets=["beat"], **CASE)
    found = explain(here.gate, answer.decided.index).filter
    assert found is not None
    named = [said["for"] for said in found["statements"]]
    assert named == ["page", "withheld", "count", "by beat"]
    for said in found["statements"]:
        assert set(re.findall(r":(\w+)", said["sql"])) == said["parameters"].keys()


def test_a_kept_filter_that_was_changed_is_not_shown(here: Jurisdiction) -> None:
    answer = here.ask("fbi", "search", **CASE)
    (file,) = (here.parts.law / FOLDER).rglob("*.json")
    file.write_text(file.read_text("utf-8").replace("no", "yes"), "utf-8")
    assert explain(here.gate, answer.decided.index).filter is None


def test_a_past_search_says_which_masks_were_open_in_some_rows_only(here: Jurisdiction) -> None:
    case = paper(here, "criminal-case")
    answer = here.ask("detective", "search", basis=[case], **CASE)
    narrowed = dict(steps(explain(here.gate, answer.decided.index)))["Narrow"]
    assert "rows: " in narrowed and "masks open: see:" in narrowed
    everywhere, _, some = narrowed.partition("; in some rows: ")
    assert "see:juvenile" in some or "see:juvenile" in everywhere


def test_what_hides_sealed_rows_is_cited(here: Jurisdiction) -> None:
    answer = here.ask("detective", "search", **CASE)
    found = explain(here.gate, answer.decided.index).filter
    assert found is not None
    hidden = {h["fact"]: h for h in found["hidden"]}
    assert hidden.keys() == {"sealed", "juvenile", "expunged"}
    assert hidden["expunged"]["shown"] == "never" and hidden["expunged"]["mask"] == "see:expunged"
    lines = [what for name, what in explain_filter.lines(found) if name == "hidden"]
    assert len(lines) == 3 and all(" is not no: shown never, by see:" in line for line in lines)


def test_which_mask_closed_which_column_is_cited(here: Jurisdiction) -> None:
    columns = {"columns": ["id", "surname", "citizenship"]}
    answer = here.ask("fbi", "search", **(CASE | columns | {"dataset": "person"}))
    assert answer.visible is not None
    said = {m["column"]: m for m in explain_filter.filter_json(answer.visible, "sqlite")["masked"]}
    assert "surname" not in said
    assert said["citizenship"]["rows"] == "all" and said["citizenship"]["mask"] == "see:status"
    lines = dict(explain_filter.lines(explain_filter.filter_json(answer.visible, "sqlite")))
    assert "citizenship: open never" in lines["masked"]


def test_plans_are_for_the_custodians_administrators(here: Jurisdiction) -> None:
    answer = here.ask("detective", "search", **CASE)
    assert explain_filter.plan(here.parts, answer) == []
    admin = here.gate.authenticate(here.tokens["ada"], "cli")
    other = here.gate.authenticate(here.tokens["sam"], "cli")
    as_admin = Answer(answer.request, answer.decision, answer.decided, asker=admin,
                      visible=answer.visible)  # fmt: skip
    assert any("incident" in line for line in explain_filter.plan(here.parts, as_admin))
    as_other = Answer(answer.request, answer.decision, answer.decided, asker=other,
                      visible=answer.visible)  # fmt: skip
    assert explain_filter.plan(here.parts, as_other) == []


def test_numbers_are_of_the_rows_that_law_shows(here: Jurisdiction) -> None:
    for person, number in (("detective", 5), ("fbi", 3)):
        answer = here.ask(person, "search", count=True, limit=1, facets=["primary_type"], **CASE)
        assert answer.result["count"] == number
        (facet,) = answer.result["facets"]
        assert sum(n for _, n in facet["values"]) == number
        assert {"SEALED", "JUVENILE", "EXPUNGED"}.isdisjoint(v for v, _ in facet["values"])


def test_a_number_by_a_masked_column_is_withheld_and_what_closes_it_is_cited(
    here: Jurisdiction,
) -> None:
    asked = CASE | {"dataset": "person", "facets": ["citizenship"], "columns": ["id"]}
    answer = here.ask("fbi", "search", **asked)
    (facet,) = answer.result["facets"]
    assert facet["values"] == [] and (facet["masked"], facet["rows"]) == ("status", "all")
    assert any("us-il-chicago/share-status" in by for by in facet["by"])


def test_rows_that_are_counted_but_not_on_the_page_are_decided_again(
    here: Jurisdiction, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The statement is broken: what is not juvenile is printed as no more than known.
    whole = Printer._atom

    def broken(self: Printer, atom: Any, *, negated: bool) -> Any:
        if isinstance(atom, OneOf) and atom.fact.name == "resource.juvenile":
            atom = OneOf(atom.fact, frozenset(("no", "yes")))
        return whole(self, atom, negated=negated)

    monkeypatch.setattr(Printer, "_atom", broken)
    first = {"limit": 1, "sort": "primary_type", **CASE}  # FBI, not JUVENILE
    assert here.ask("detective", "search", **first).opens
    with pytest.raises(FilterDisagrees):
        here.ask("detective", "search", count=True, **first)


def alarms(here: Jurisdiction) -> list[Any]:
    return list(entries(here.parts.log, kinds=("alarm",), before=10_000, limit=10))


def break_statements(patch: pytest.MonkeyPatch) -> None:
    """Sealed rows are printed as rows like any other."""
    whole = Printer._atom

    def broken(self: Printer, atom: Any, *, negated: bool) -> Any:
        if isinstance(atom, OneOf) and atom.fact.name == "resource.sealed":
            atom = OneOf(atom.fact, frozenset(("no", "yes", "unknown")))
        return whole(self, atom, negated=negated)

    patch.setattr(Printer, "_atom", broken)
    statement._statement.cache_clear()


@pytest.fixture
def quarantined(here: Jurisdiction, monkeypatch: pytest.MonkeyPatch) -> Jurisdiction:
    """The detective's search disagreed; the program is mended since."""
    with monkeypatch.context() as patch:
        break_statements(patch)
        with pytest.raises(FilterDisagrees):
            here.ask("detective", "search", **CASE)
    statement._statement.cache_clear()
    return here


def test_a_database_that_disagrees_with_cedar_answers_nothing_and_alarms(
    quarantined: Jurisdiction,
) -> None:
    here = quarantined
    (alarm,) = alarms(here)
    assert alarm.leaf.clear["what"] == "filter-disagrees"
    assert alarm.values["case"]["row"]["sealed"] != "no"
    assert alarm.values["case"]["cedar"] is None
    decided = entries(here.parts.log, kinds=("failed",), before=10_000, limit=10)
    assert [e.leaf.clear["code"] for e in decided] == ["filter-disagrees"]


def test_a_filter_in_quarantine_answers_nobody_and_others_answer(
    quarantined: Jurisdiction,
) -> None:
    here = quarantined
    again = here.ask("detective", "search", **CASE)
    assert again.decision.outcome is Outcome.UNAVAILABLE and "disagreed" in again.decision.why
    assert len(alarms(here)) == 1
    assert here.ask("fbi", "search", **CASE).opens


def test_a_quarantine_holds_in_every_process_and_after_a_restart(
    quarantined: Jurisdiction, tmp_path: Path
) -> None:
    close(quarantined)
    other = copy(quarantined, tmp_path / "restarted")
    again = other.ask("detective", "search", **CASE)
    assert again.decision.outcome is Outcome.UNAVAILABLE and "disagreed" in again.decision.why


def test_another_process_that_had_answered_by_the_filter_stops(
    here: Jurisdiction, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Jurisdiction(here.folder, Gate(here.parts), here.clock, here.tokens)
    assert other.ask("detective", "search", **CASE).opens
    with monkeypatch.context() as patch:
        break_statements(patch)
        with pytest.raises(FilterDisagrees):
            here.ask("detective", "search", **CASE)
    statement._statement.cache_clear()
    again = other.ask("detective", "search", **CASE)
    assert again.decision.outcome is Outcome.UNAVAILABLE


def test_an_administrator_lifts_a_quarantine_and_says_why(quarantined: Jurisdiction) -> None:
    here = quarantined
    (found,) = disagreements.held(here.gate)
    asked = {"target": str(found.held.alarm), "reason": "the statement was mended"}
    assert not here.ask("clerk", "records:lift-quarantine", custodian=POLICE, **asked).opens
    with pytest.raises(FieldError, match="what was mended"):
        here.ask("ada", "records:lift-quarantine", custodian=POLICE, target=asked["target"])
    lifted = here.ask("ada", "records:lift-quarantine", custodian=POLICE, **asked)
    assert lifted.opens and lifted.result["alarm"] == found.held.alarm
    values = explain(here.gate, lifted.decided.index).decided.values
    assert values["reason"] == "the statement was mended"
    assert here.ask("detective", "search", **CASE).opens
    assert disagreements.held(here.gate) == []


def test_a_quarantine_that_is_not_there_cannot_be_lifted(quarantined: Jurisdiction) -> None:
    (found,) = disagreements.held(quarantined.gate)
    asked = {"reason": "mended", "target": str(found.held.alarm + 1), "custodian": POLICE}
    with pytest.raises(FieldError, match="records quarantine"):
        quarantined.ask("ada", "records:lift-quarantine", **asked)
    assert len(disagreements.held(quarantined.gate)) == 1


def test_an_alarm_holds_what_is_needed_to_see_who_is_wrong(
    here: Jurisdiction, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        break_statements(patch)
        with pytest.raises(FilterDisagrees):
            here.ask("detective", "search", **CASE)
        (found,) = disagreements.held(here.gate)
        assert (found.database, found.cedar) == ([], None)
        assert (found.cedar_now, found.compiled_now) == (None, None)
        assert "look at the statement" in found.means
    statement._statement.cache_clear()
    whole = law._not_hidden

    def broken(plain: Any, opens: Any, alg: Any) -> Any:
        return whole(plain, opens, alg) if alg is TRUTH else alg.true

    monkeypatch.setattr(law, "_not_hidden", broken)
    (found,) = disagreements.held(here.gate)
    assert found.compiled_now == [] and "the compiler is wrong" in found.means


def test_a_filter_has_one_digest_in_every_process() -> None:
    script = (
        "from tests.law_texts import *\n"
        "from cleargate.law.filter import row_filter\n"
        "book = book_of(own='''@grant permit (principal, action == Action::\"search\", resource)"
        ' when { [resource.sealed, "a", "b", context.purpose].contains(resource.juvenile) ||'
        " [context.represented, context.requester].contains(resource.origin) };''')\n"
        "print(row_filter(book, book.custodian('POLICE'), CAST, known('search', 'FBI')).digest)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, check=True,
            capture_output=True, text=True, cwd=Path(__file__).parents[2],
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(said) == 1 and len(said.pop()) == 65
