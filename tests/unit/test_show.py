"""What is read at a terminal: signs, masks, and texts from stores that are never read as markup."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console, RenderableType

from cleargate import show
from cleargate.gate.answer import Answer
from cleargate.model.decision import Change, DocumentDecision, RuleRef, Struck
from cleargate.model.request import Condition, Person, Request
from cleargate.model.words import Layer, Outcome, RuleKind, by_when
from tests.fakes import decision, receipt

FBI = Person("s.okoro", "FBI", "officer")
RULE = RuleRef("us-xx/one", "XX 1", "Must not tell", RuleKind.MUST_NOT, Layer.STATE, review=True)
OTHER = RuleRef("us-yy/two", "YY 2", "May tell", RuleKind.PROTECTS, Layer.FEDERAL)


def shown(what: RenderableType, width: int = 120) -> str:
    """What stands on a terminal of that width."""
    console = Console(width=width, highlight=False, markup=False, color_system=None)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def answer(outcome: Outcome = Outcome.PERMIT, **changes: Any) -> Answer:
    """An answer to the FBI's search of persons."""
    request = Request("search", "FBI", "C", "POLICE", dataset="person", case="26-114")
    return Answer(
        **{
            "request": request,
            "decision": decision("search", "POLICE", outcome=outcome),
            "decided": receipt(41),
            "asker": FBI,
            **changes,
        }
    )


def rows(*values: list[object], **changes: object) -> dict[str, object]:
    """A page of persons whose surname is masked."""
    page = {
        "dataset": "person",
        "columns": ["id", "surname", "updated_at"],
        "rows": [[key, {"masked": "identity"}, *rest] for key, *rest in values],
        "masked": [{"column": "surname", "mask": "identity", "rows": "all"}],
        "conditions_that_match_nothing": [],
        "only_where_open": [],
        "withheld": None,
        "next": "",
        "notices": [],
    }
    return page | changes


@pytest.mark.parametrize(
    ("outcome", "sign"),
    [
        (Outcome.PERMIT, "○"),
        (Outcome.REQUIRE, "●"),
        (Outcome.REFUSE, "■"),
        (Outcome.NO_AUTHORITY, "□"),
        (Outcome.CONFLICT, "◧"),
        (Outcome.UNAVAILABLE, "◇"),
    ],
)
def test_each_outcome_has_its_own_sign_beside_its_word(outcome: Outcome, sign: str) -> None:
    assert shown(show.answer(answer(outcome))).startswith(f"{sign} {outcome}\n")


def test_who_asks_for_whom_is_said_even_when_it_is_the_same() -> None:
    assert "s.okoro of FBI, officer, asks POLICE, for itself" in shown(show.answer(answer()))
    request = Request("search", "ICE", "C", "POLICE", dataset="person")
    assert "asks POLICE, for ICE" in shown(show.answer(answer(request=request)))


def test_a_rule_is_shown_with_citation_layer_and_the_review_it_awaits() -> None:
    text = "\n".join(str(line) for line in show.rule(RULE))
    assert (
        text
        == "XX 1: Must not tell\n  us-xx/one · must not, state law · not yet reviewed by counsel"
    )


def test_what_was_struck_is_shown_with_what_struck_it_and_why() -> None:
    made = decision("search", "POLICE")
    object.__setattr__(made, "struck", (Struck(RULE, OTHER, "protects"),))
    text = shown(show.answer(answer(decision=made)))
    assert "XX 1 (us-xx/one), by YY 2 (us-yy/two): higher law protects it" in text


def test_a_masked_cell_is_marked_whether_or_not_it_holds_a_value() -> None:
    text = shown(show.answer(answer(result=rows(["P-1", "F"], ["P-2", None]))))
    lines = [line for line in text.splitlines() if "P-1" in line or "P-2" in line]
    assert [line.count("masked: identity") for line in lines] == [1, 1]
    assert "identity: surname" in text


def test_masked_columns_stand_where_the_catalogue_has_them() -> None:
    text = shown(show.answer(answer(result=rows(["P-1", "F"]))))
    (head,) = [line for line in text.splitlines() if "surname" in line and "updated_at" in line]
    assert head.split() == ["id", "surname", "updated_at"]


def test_what_comes_from_a_store_is_never_read_as_markup_or_control() -> None:
    text = shown(show.answer(answer(result=rows(["[bold]x[/bold]", "\x1b[31mF\x07\u202e"]))))
    assert "[bold]x[/bold]" in text
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_columns_for_which_there_is_no_room_are_named() -> None:
    page = rows(["P-1", "a long text of many words"], ["P-2", "another text of many words"])
    text = shown(show.answer(answer(result=page)), width=40)
    assert "No room for" in text and "--column" in text


def test_one_row_without_room_is_written_from_top_to_bottom() -> None:
    text = shown(show.answer(answer(result=rows(["P-1", "a long text of many words"]))), width=40)
    assert "masked: identity" in text and "No room" not in text


def test_a_condition_on_a_masked_column_says_that_it_matches_nothing() -> None:
    page = rows(conditions_that_match_nothing=["surname ="])
    request = Request("search", "FBI", "C", "POLICE", dataset="person",
                      where=(Condition("surname", "=", "DOE"),))  # fmt: skip
    text = shown(show.answer(answer(request=request, result=page)))
    assert "where surname = DOE" in text
    assert "'surname =' matches nothing: its column is masked" in text and "0 rows" in text


def test_what_hangs_on_the_row_and_the_number_withheld_are_said() -> None:
    some = [{"column": "surname", "mask": "identity", "rows": "some"}]
    page = rows(["P-1", "F"], masked=some, only_where_open=["sort by surname"], withheld=3)
    text = shown(show.answer(answer(result=page)))
    assert "identity: surname, in some rows" in text and "3 more that meet" in text
    assert "'sort by surname' reaches only rows in which its column is open" in text


def test_a_hidden_count_is_fewer_than_the_threshold() -> None:
    table = {
        "title": "T", "areas": [1, 2], "months": ["2025-01"], "counts": [[12], [None]],
        "threshold": 10, "note": "N", "notices": [],
    }  # fmt: skip
    text = shown(show.answer(answer(result=table)))
    assert "12" in text and "fewer than 10" in text


def test_each_paper_is_shown_with_what_it_decides_by_itself() -> None:
    paper = DocumentDecision("E-1", "detainer", Outcome.REFUSE, (RULE,), (), ())
    request = Request("hold", "ICE", "CIV-IMM", "SHERIFF", target="B-1", basis=("E-1",))
    made = decision("hold", documents=(paper,), outcome=Outcome.REFUSE)
    text = shown(show.answer(answer(request=request, decision=made)))
    assert "E-1, immigration detainer" in text and "■ refuse (XX 1)" in text


def test_what_would_change_it_names_all_that_is_needed_together() -> None:
    ways = (Change(("a paper is verified", "an officer accepts"), Outcome.PERMIT),)
    text = shown(show.answer(answer(Outcome.REFUSE, changes=ways)))
    assert "a paper is verified and an officer accepts → ○ permit" in text


def test_a_token_is_never_part_of_what_was_done() -> None:
    done = {"credential": "abc", "token": "cg_secret"}
    assert "cg_secret" not in shown(show.answer(answer(result=done)))


def test_an_act_of_people_is_allowed_and_not_done() -> None:
    text = shown(show.answer(answer(result={"allowed": "interview"})))
    assert "interview may be done; nothing was done by this." in text


@pytest.mark.parametrize(
    ("within", "words"),
    [
        ("PT48H", "within 48 hours"),
        ("P1D", "within 1 day"),
        ("P1DT4H30M", "within 1 day 4 hours 30 minutes"),
        ("PT48H excluding weekends", "within 48 hours excluding weekends"),
        ("no time was seen; at once", "no time was seen; at once"),
        ("Promptly", "Promptly"),
        ("P", "P"),
    ],
)
def test_when_a_duty_is_due_is_said_in_words(within: str, words: str) -> None:
    assert by_when(within) == words
