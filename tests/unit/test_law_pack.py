"""A pack is read whole or refused; each mistake is one sentence with its file, line and rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleargate.law.book import known, read_book
from cleargate.law.pack import digest, load
from cleargate.law.scenarios import read_scenarios, read_stage
from cleargate.model.errors import PackError
from cleargate.model.words import Event, Layer, RuleKind
from tests.pack_texts import HEAD, LINE, MARKS, mistakes, rule, write

PERMIT = "permit"
DUTY = '== Action::"duty:tell"'

# What is wrong with a rule's own text → the rule, and what the sentence says of it.
RULES = {
    "a brace too many": (rule(when="true } "), "is not Cedar"),
    "no semicolon at its end": (rule().replace("};", "}"), "is not Cedar"),
    "an open string": (rule(when='context.purpose == "C'), "is not Cedar"),
    "an empty @binds": (rule('@binds("")'), '@binds(""), which names no kind of custodian'),
    "a @binds of commas": (rule('@binds(" , ")'), "which names no kind of custodian"),
    "a @binds that leaves out all that it names": (
        rule('@binds("jail, !jail")'),
        '@binds("jail, !jail"), which binds nobody',
    ),
    "a limit of no time": (rule('@limit("PT0H")'), '@limit("PT0H"), which is no time at all'),
    "a limit of no days and minutes": (rule('@limit("P0DT0M")'), "which is no time at all"),
    "a limit over a year": (
        rule('@limit("P367D excluding weekends and federal holidays")'),
        "which is longer than a year",
    ),
    "a limit over a year in hours": (rule('@limit("P366DT1M")'), "which is longer than a year"),
    "a limit past counting": (rule(f'@limit("PT{"9" * 5000}H")'), "which is longer than a year"),
    "brackets nested a thousand deep": (
        rule(when="(" * 1000 + "true" + ")" * 1000),
        "is not Cedar: expression nesting exceeds the supported limit of 100 levels",
    ),
    "a chain of three thousand": (
        rule(when=" && ".join(["true"] * 3000)),
        "is not Cedar: a policy with more than 1000 operators is too long",
    ),
    "a path of three thousand": (rule(when="context" + ".a" * 3000), "is too long"),
    "an annotation twice": (rule('@cite("2 Code 2")'), "is not Cedar"),
    "a template": (
        rule().replace("principal,", "principal == ?principal,"),
        "templates (?principal, ?resource) are not part",
    ),
    "no citation": (rule(marks='@id("r") @summary("s")'), "has no @cite"),
    "an empty citation": (rule(marks='@id("r") @summary("s") @cite(" ")'), "has no @cite"),
    "no summary": (rule(marks='@id("r") @cite("c")'), "has no @summary"),
    "an unknown annotation": (rule('@colour("red")'), "has the unknown annotation @colour"),
    "an unknown action": (rule(action='== Action::"jump"'), "names the unknown action jump"),
    "no action": (
        rule().replace('action == Action::"hold"', "action"),
        "names no action",
    ),
    "the group any with ==": (rule(action='== Action::"any"'), 'write action in Action::"any"'),
    "no such date": (rule('@from("2026-13-01")'), '@from("2026-13-01"), which is no date'),
    "a date in words": (rule('@until("next year")'), "which is no date; write 2026-01-31"),
    "an end before its beginning": (
        rule('@from("2026-02-01") @until("2026-02-01")'),
        "is never in force",
    ),
    "a layer that its pack does not list": (rule('@layer("federal")'), '@layer("federal")'),
    "a must not that commands": (rule("@must"), "is a forbid with @must"),
    "a permit that says nothing": (rule(effect=PERMIT), "needs just one of @must, @grant"),
    "a permit that says two things": (
        rule('@must @grant @limit("court")', effect=PERMIT),
        "needs just one of @must, @grant",
    ),
    "a grant to hold without a limit": (rule("@grant", effect=PERMIT), "without a @limit"),
    "a must to hold without a limit": (rule("@must", effect=PERMIT), "without a @limit"),
    "a grant of everything without a limit": (
        rule("@grant", effect=PERMIT, action='in Action::"any"'),
        "without a @limit",
    ),
    "a limit in words": (rule('@must @limit("two days")', effect=PERMIT), '@limit("two days")'),
    "an empty limit": (rule('@must @limit("PT")', effect=PERMIT), '@limit("PT")'),
    "a summary that moves the cursor": (
        rule(marks='@id("r") @cite("1 Code 1") @summary("a\\u{1b}[2J")'),
        "has a character in @summary that cannot be shown",
    ),
    "what yields to a grant": (rule('@yields("grant")'), '@yields that is not @yields("must")'),
    "a leave that yields": (rule('@leave @yields("must")', effect=PERMIT), "is no forbid"),
    "a settlement of one rule": (rule('@settles("a/b")'), "@settles that is not"),
    "a duty without a time": (
        rule('@to("the judge")', effect=PERMIT, action=DUTY),
        "is a duty without @within and @to",
    ),
    "a duty on no event": (
        rule('@within("P1D") @to("the judge") @on("tuesday")', effect=PERMIT, action=DUTY),
        '@on("tuesday"), which is no event',
    ),
    "a duty that forbids": (rule('@within("P1D") @to("x")', action=DUTY), "is a duty: a permit"),
    "a time without a duty": (rule('@within("P1D")'), "has @within and is no duty"),
}


@pytest.mark.parametrize("what", RULES)
def test_a_rule_with_a_mistake_is_refused_in_one_sentence_with_its_place(
    what: str, tmp_path: Path
) -> None:
    text, says = RULES[what]
    write(tmp_path, text)
    (sentence,) = mistakes(tmp_path)
    assert sentence.startswith(f"us-xx/policies/rules.cedar:{LINE}: rule r ")
    assert says in sentence
    assert sentence.endswith(".")


def test_a_rule_without_an_id_is_named_by_its_place(tmp_path: Path) -> None:
    write(tmp_path, rule(marks='@cite("c") @summary("s")'))
    assert mistakes(tmp_path) == [
        f'us-xx/policies/rules.cedar:{LINE}: this rule has no @id; every rule needs @id("…").'
    ]


def test_an_id_is_of_small_letters(tmp_path: Path) -> None:
    write(tmp_path, rule(marks='@id("Rule 1") @cite("c") @summary("s")'))
    (sentence,) = mistakes(tmp_path)
    assert "rule Rule 1 has an @id that is not of a-z, 0-9, dots and hyphens" in sentence


def test_a_file_may_begin_with_a_mark_of_its_encoding(tmp_path: Path) -> None:
    folder = write(tmp_path, rule())
    for path in (folder / "pack.toml", folder / "policies" / "rules.cedar"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert mistakes(tmp_path) == []


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    (write(tmp_path, rule()) / "policies" / "more.cedar").mkdir()
    (sentence,) = mistakes(tmp_path)
    assert sentence == "us-xx/policies/more.cedar: cannot be read: Is a directory."


def test_a_folder_without_a_file_of_its_head_is_no_pack(tmp_path: Path) -> None:
    (tmp_path / "us-xx" / "pack.toml").mkdir(parents=True)
    (sentence,) = mistakes(tmp_path)
    assert sentence.startswith("There is no pack us-xx; known are ")
    assert "us-xx" not in sentence.partition("known are")[2]


def test_two_rules_with_one_id_are_both_named(tmp_path: Path) -> None:
    write(tmp_path, rule() + rule())
    (sentence,) = mistakes(tmp_path)
    assert sentence.startswith("us-xx/policies/rules.cedar:8: rule r is already in ")
    assert "policies/rules.cedar:3;" in sentence


def test_every_mistake_of_every_pack_is_said_at_once(tmp_path: Path) -> None:
    write(tmp_path, rule('@colour("red")') + rule("@must"))
    write(tmp_path, rule(action='== Action::"jump"'), name="us-yy")
    with pytest.raises(PackError) as caught:
        read_book(["us-xx", "us-yy"], [tmp_path])
    assert [m.partition(": ")[0] for m in caught.value.mistakes] == [
        "us-xx/policies/rules.cedar:3",
        "us-xx/policies/rules.cedar:8",
        "us-yy/policies/rules.cedar:3",
    ]


HEADS = {
    "no TOML": ("title = \n", "is not TOML"),
    "a number for a title": (HEAD.replace('"A state"', "7"), "Expected `str`, got `int`"),
    "an unknown key": (HEAD + 'colour = "red"\n', "unknown field `colour`"),
    "all that it binds left out": (
        HEAD.replace('["law-enforcement"]', '["jail", "!jail"]'),
        "us-xx/pack.toml: binds nobody: each kind that it names it also leaves out.",
    ),
    "no maker": ('title = "A state"\nbinds = ["jail"]\n', "missing required field `maker`"),
    "an unknown maker": (HEAD.replace('"state"', '"king"'), "king is no layer"),
    "an unknown layer": (HEAD + 'layers = ["king"]\n', "king is no layer"),
    "a time zone that is none": (HEAD + 'timezone = "Mars"\n', "Mars is no time zone"),
    "a conflict that nobody decides": (
        HEAD + '[conflicts]\ndecides = " "\ncite = "1 Code 1"\n',
        "says who decides and by which text",
    ),
    "who decides without a text": (
        HEAD + '[conflicts]\ndecides = "the Governor"\n',
        "missing required field `cite`",
    ),
    "who decides at length": (
        HEAD + f'[conflicts]\ndecides = "{"a" * 160}"\ncite = "1 Code 1"\n',
        "longer than 160 letters",
    ),
    "an unknown purpose": (HEAD + 'publishes = ["Q"]\n', "Q is no purpose; known are C, D"),
    "nobody bound": ('title = "A state"\nmaker = "state"\n', "binds nobody"),
    "an unknown kind bound": (
        HEAD.replace("law-enforcement", "sherif"),
        "sherif is no kind of custodian",
    ),
    "an agency's pack without its agency": (
        'title = "A jail"\nmaker = "agency"\nkinds = ["jail"]\n',
        "names custodian and kinds",
    ),
    "a state's pack with an agency": (HEAD + 'custodian = "JAIL"\n', "names custodian and kinds"),
}


@pytest.mark.parametrize("what", HEADS)
def test_a_pack_toml_with_a_mistake_is_refused_in_one_sentence(what: str, tmp_path: Path) -> None:
    head, says = HEADS[what]
    write(tmp_path, rule(), head)
    (sentence,) = mistakes(tmp_path)
    assert sentence.startswith("us-xx/pack.toml: ")
    assert says in sentence


def test_a_folder_without_pack_toml_is_no_pack(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"us-xx/pack\.toml: is missing"):
        load(tmp_path / "us-xx")


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "policies" / "rules.cedar").write_bytes(b"// caf\xe9\n")
    assert mistakes(tmp_path) == ["us-xx/policies/rules.cedar: is not UTF-8."]


def test_an_unknown_pack_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    write(tmp_path, name="us-yy")
    assert mistakes(tmp_path) == ["There is no pack us-xx; known are us-yy."]


def test_a_missing_parent_names_the_pack_that_wants_it(tmp_path: Path) -> None:
    write(tmp_path, head=HEAD + 'under = ["us-zz"]\n')
    assert mistakes(tmp_path) == [
        "us-xx/pack.toml: is under us-zz, and there is no pack us-zz; known are us-xx."
    ]


@pytest.mark.parametrize("parents", [["us-xx"], ["us-yy"]], ids=["itself", "its own child"])
def test_a_pack_is_not_under_itself(parents: list[str], tmp_path: Path) -> None:
    write(tmp_path, head=HEAD + f'under = ["{parents[0]}"]\n')
    write(tmp_path, head=HEAD + 'under = ["us-xx"]\n', name="us-yy")
    assert mistakes(tmp_path) == ["us-xx/pack.toml: is under itself, by way of its parents."]


def test_two_packs_cannot_speak_for_one_agency(tmp_path: Path) -> None:
    own = 'title = "A jail"\nmaker = "agency"\ncustodian = "JAIL"\nkinds = ["jail"]\n'
    write(tmp_path, head=own)
    write(tmp_path, head=own, name="us-yy")
    with pytest.raises(PackError) as caught:
        read_book(known([tmp_path]), [tmp_path])
    assert caught.value.mistakes == ["us-yy/pack.toml: JAIL already has us-xx."]


def test_a_rule_keeps_everything_that_its_annotations_say(tmp_path: Path) -> None:
    duty = (
        '@binds("sheriff, !corrections") @from("2026-01-01") @until("2027-01-01")'
        ' @on("released") @within("P1D") @to("the victim") @review("needed")'
    )
    text = rule(duty, effect=PERMIT, action='== Action::"duty:notify-victim"')
    (found,) = load(write(tmp_path, text)).rules
    assert (found.id, found.cite, found.kind) == ("us-xx/r", "1 Code 1", RuleKind.DUTY)
    assert (found.duty, found.on, found.within) == ("notify-victim", Event.RELEASED, "P1D")
    assert (found.to, found.review, found.layer) == ("the victim", True, Layer.STATE)
    assert found.bound(frozenset({"sheriff", "jail"}))
    assert not found.bound(frozenset({"sheriff", "corrections"}))
    assert not found.bound(frozenset({"police"}))


def test_a_rule_may_speak_at_a_layer_that_its_pack_lists(tmp_path: Path) -> None:
    head = HEAD.replace('"state"', '"federal"') + 'layers = ["state"]\n'
    (found,) = load(write(tmp_path, rule('@layer("state")'), head)).rules
    assert found.layer is Layer.STATE


def test_the_digest_changes_with_any_byte_of_the_law_and_with_nothing_else(tmp_path: Path) -> None:
    folder = write(tmp_path, rule())
    before = digest(folder)
    (folder / "SOURCES.md").write_text("seen somewhere", "utf-8")
    (folder / "scenarios.toml").write_text("# none", "utf-8")
    assert digest(folder) == before
    with (folder / "policies" / "rules.cedar").open("a", encoding="utf-8") as file:
        file.write(" ")
    assert digest(folder) != before


def test_a_semicolon_in_a_string_or_comment_ends_no_rule(tmp_path: Path) -> None:
    marks = MARKS.replace("1 Code 1", "1 Code 1; 2 Code 2")
    text = rule(marks=marks) + "// a; b\n" + rule(marks=MARKS.replace('"r"', '"s"'))
    assert [(r.id, r.line) for r in load(write(tmp_path, text)).rules] == [
        ("us-xx/r", 3),
        ("us-xx/s", 9),
    ]


SCENARIOS = {
    "no TOML": ("[[scenario", "us-xx/scenarios.toml: "),
    "an unknown action": (
        '[[scenario]]\nname = "n"\naction = "jump"\ncustodian = "sheriff"\nexpect = "permit"\n',
        "us-xx/scenarios.toml: 'n': jump is no action.",
    ),
    "an unknown outcome": (
        '[[scenario]]\nname = "n"\naction = "hold"\ncustodian = "sheriff"\nexpect = "maybe"\n',
        "us-xx/scenarios.toml: Invalid enum value 'maybe'",
    ),
    "an unknown kind of evidence": (
        '[[scenario]]\nname = "n"\naction = "hold"\ncustodian = "sheriff"\nexpect = "permit"\n'
        'documents = [{ kind = "letter" }]\n',
        "us-xx/scenarios.toml: 'n': letter is no kind of evidence.",
    ),
}


@pytest.mark.parametrize("what", SCENARIOS)
def test_a_scenario_with_a_mistake_is_refused_in_one_sentence(what: str, tmp_path: Path) -> None:
    text, says = SCENARIOS[what]
    with pytest.raises(PackError) as caught:
        read_scenarios(write(tmp_path, scenarios=text))
    (sentence,) = caught.value.mistakes
    assert sentence.startswith(says)


def test_a_cast_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"cast\.toml: is missing"):
        read_stage(tmp_path / "cast.toml")


@pytest.mark.parametrize("name", ["r.CEDAR", "sub/x.cedar", "y.cedar.txt", "law"])
def test_a_file_of_policies_that_is_not_read_is_a_mistake(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, rule()) / "policies" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(rule(), "utf-8")
    said = f"us-xx/policies/{name}: is not read; name it NAME.cedar in policies/."
    assert said in mistakes(tmp_path)


@pytest.mark.parametrize("name", ["README.md", ".rules.cedar.swp", "rules.cedar~", ".git/x"])
def test_notes_and_what_editors_leave_are_no_mistake(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, rule()) / "policies" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("what these rules are about", "utf-8")
    assert mistakes(tmp_path) == []


def test_brackets_and_operators_in_a_string_or_comment_are_not_counted(tmp_path: Path) -> None:
    long = "([{" * 200 + "&& " * 2000
    write(tmp_path, rule(f'@within("{long}")').replace("when", f"// {long}\nwhen"))
    assert mistakes(tmp_path) == [
        f"us-xx/policies/rules.cedar:{LINE}: rule r has @within and is no duty; "
        'a duty is on Action::"duty:<name>".'
    ]
