"""What a book may not say: each mistake is one sentence with its file, line and rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleargate.law.check import MOST_DISPUTED
from tests.pack_texts import HEAD, LINE, MARKS, mistakes, rule, write

OTHER = MARKS.replace('"r"', '"other"')
READ = '== Action::"read"'
GIVES = "permit"

# What is wrong → the rule, and what the sentence says of it.
RULES = {
    "a person by name": (
        rule(when='principal == Person::"a.ames"'),
        'names Person::"a.ames"; law names agencies and acts, never one person or record',
    ),
    # A must not that fails open.
    "has in a forbid": (
        rule(when="context has case_given"),
        "'context has case_given' in a forbid",
    ),
    "has as a guard in a forbid": (
        rule(when="context.document has kind && " + 'context.document.kind == "detainer"'),
        "'context.document has kind' in a forbid fails open",
    ),
    "has in an unless of a forbid": (
        rule(when="true").replace("};", "} unless { context.custody has secure };"),
        "'context.custody has secure' in a forbid",
    ),
    # Facts and words.
    "an unknown fact": (rule(when='context.weather == "fair"'), "`weather`"),
    "an unknown fact of a document": (rule(when="context.document.weather"), "`weather`"),
    "a number compared with a word": (
        rule(when='context.custody.days_to_release == "soon"'),
        "types Long and String",
    ),
    "a fact that the action has not": (rule(when='resource.sealed != "no"'), "`sealed`"),
    "an unknown type": (rule(when='context.represented in Agencies::"ICE"'), "`Agencies`"),
    "a fourth value of a fact": (
        rule(when='context.document.verified == "maybe"'),
        '"maybe" is no value of context.document.verified',
    ),
    "a misspelled kind of document": (
        rule(when='context.document.kind == "detainr"'),
        '"detainr" is no value of context.document.kind; did you mean detainer',
    ),
    "a misspelled kind in a set": (
        rule(when='["detainr"].contains(context.document.kind)'),
        "did you mean detainer",
    ),
    "an unknown purpose": (rule(when='context.purpose == "Z"'), "no value of context.purpose"),
    "an unknown verified document": (
        rule(when='context.verified.contains("warrant")'),
        '"warrant" is no kind of evidence',
    ),
    "the parts of a token in the wrong order": (
        rule(when='context.verified.contains("judicial-warrant:criminal:federal")'),
        "is no kind of evidence",
    ),
    "a test that no pack names": (
        rule(when='context.found.contains("xx-serious")'),
        '"xx-serious" is no test of this book',
    ),
    "an order for an unknown act": (
        rule(when='context.document.asks.contains("jump")'),
        '"jump" is no action',
    ),
    # Outside the small language.
    "arithmetic": (rule(when="context.custody.days_to_release + 1 > 3"), "there is no arithmetic"),
    "multiplication": (
        rule(when="context.custody.days_to_release * 2 > 3"),
        "there is no arithmetic",
    ),
    "decimal": (rule(when='decimal("1.0") == decimal("1.0")'), "'decimal"),
    "ipaddr": (rule(when='ip("127.0.0.1") == ip("127.0.0.1")'), "'ip"),
    "a duration": (rule(when='duration("1h") == duration("1h")'), "'duration"),
    "a tag": (rule(when='resource.hasTag("a")'), "'resource.hasTag"),
    "containsAll": (rule(when='context.found.containsAll(["a"])'), "joined by &&"),
    "containsAny": (rule(when='context.found.containsAny(["a"])'), "joined by ||"),
    "contains with a fact": (
        rule(when="context.found.contains(context.purpose)"),
        "contains needs a literal",
    ),
    "like in the middle": (
        rule(when='context.represented.kind like "a*b"'),
        "takes a prefix, a suffix or a contained text",
    ),
    "the action in a condition": (
        rule(when='action == Action::"hold"'),
        "reads the action in a condition; name the actions in the head of the rule",
    ),
    # What gives, and whom it binds.
    "a grant by a typed purpose": (
        rule("@grant", effect=GIVES, action=READ, when='context.purpose == "C"'),
        "gives something by context.purpose",
    ),
    "a leave by a typed purpose": (
        rule("@leave", effect=GIVES, action=READ, when='context.purpose == "C"'),
        "gives something by context.purpose",
    ),
    "a protection by a typed purpose": (
        rule("@protects", effect=GIVES, action=READ, when='context.purpose == "C"'),
        "gives something by context.purpose",
    ),
    "an unknown kind bound": (rule('@binds("!sherif")'), "did you mean sheriff"),
    "a leave that names nothing": (
        rule('@leave("othr")', effect=GIVES, when="true") + rule(marks=OTHER),
        "@leave names us-xx/othr, which is not in this pack; did you mean us-xx/other",
    ),
    "a leave that strikes a leave": (
        rule('@leave("other")', effect=GIVES, when="true")
        + rule("@leave", effect=GIVES, marks=OTHER),
        "which is itself a leave",
    ),
    "a leave that strikes a duty": (
        rule('@leave("other")', effect=GIVES, when="true")
        + rule('@within("P1D") @to("x")', effect=GIVES, action='== Action::"duty:x"', marks=OTHER),
        "which is itself a duty",
    ),
    "a gift by an unverified paper": (
        rule("@protects", effect=GIVES),
        'gives something by context.document.kind; add context.document.verified == "yes"',
    ),
    "a state that settles a dispute": (
        rule('@settles("us-xx/r over us-xx/other")', marks=MARKS + ' @disputed("why")')
        + rule(marks=OTHER),
        "@settles stands in a pack that is not an agency's own",
    ),
    "a row's set compared as a whole": (
        rule(action='== Action::"search"', when="resource.labels == context.verified"),
        "'resource.labels == context.verified' cannot be searched: ask what a set contains",
    ),
    "a fact of a row in statistics": (
        rule(action='== Action::"statistics"', when='resource.sealed != "no"'),
        "reads resource.sealed, a fact of each row, for statistics",
    ),
    "a fact of a row in a duty": (
        rule(
            '@within("P1D") @to("x")',
            effect=GIVES,
            action='== Action::"duty:x"',
            when='resource is Record && resource.sealed != "no"',
        ),
        "is a duty and reads resource.sealed; a duty is of a request, not of a row",
    ),
}


SEARCHED = (
    'resource.sealed != "no"',
    '["yes", "unknown"].contains(resource.juvenile)',
    'resource.sealed like "y*"',
    "resource.days_old > 7 && 30 >= resource.days_old",
    'resource.labels.contains("grand-jury")',
    "context.represented in resource.origin",
    'resource.origin in Agency::"ICE" || resource.origin.sector == "federal"',
    "if context.outside then resource.origin == context.represented else true",
    "resource.sealed == resource.expunged",
)


@pytest.mark.parametrize("action", ["search", "see:identity"])
@pytest.mark.parametrize("when", SEARCHED)
def test_a_rule_on_rows_is_accepted(when: str, action: str, tmp_path: Path) -> None:
    write(tmp_path, rule(action=f'== Action::"{action}"', when=when))
    assert mistakes(tmp_path) == []


@pytest.mark.parametrize("what", RULES)
def test_a_mistake_is_one_sentence_with_file_line_and_rule(what: str, tmp_path: Path) -> None:
    text, says = RULES[what]
    write(tmp_path, text)
    (sentence,) = mistakes(tmp_path)
    assert sentence.startswith(f"us-xx/policies/rules.cedar:{LINE}: rule r: ")
    assert says in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


FINE = {
    "unknown counted as yes": rule(when='context.document.verified != "no"'),
    "absence that forbids too": rule(when="!(context has case_given) || context.case_given"),
    "has where it gives": rule("@leave", effect=GIVES, when="context.document has kind"),
    "a prefix": rule(when='context.represented.kind like "law*"'),
    "a contained text": rule(when='context.represented.kind like "*enforce*"'),
    "a time": rule(when='context.at >= datetime("2026-01-01T00:00:00Z")'),
    "an if": rule(when='if context.outside then context.purpose == "C" else false'),
    "a type": rule(action='in Action::"any"', when="resource is Booking"),
    "an agency and its parts": rule(when='context.represented in Agency::"ICE"'),
    "a purpose that only forbids": rule(action=READ, when='context.purpose == "CIV-IMM"'),
    "a purpose with verified evidence": rule(
        "@grant",
        effect=GIVES,
        action=READ,
        when='context.purpose == "C" && context.verified.contains("criminal-case")',
    ),
    "a purpose with an officer's acceptance": rule(
        "@grant", effect=GIVES, action=READ, when='context.purpose == "C" && context.accepted'
    ),
    "a token of a federal criminal warrant": rule(
        when='!context.verified.contains("judicial-warrant:federal:criminal")'
    ),
    "a leave that is only cited": rule("@leave", effect=GIVES),
}


@pytest.mark.parametrize("what", FINE)
def test_the_small_language_can_say(what: str, tmp_path: Path) -> None:
    write(tmp_path, FINE[what])
    assert mistakes(tmp_path) == []


def test_a_named_test_of_a_parent_may_be_used_below(tmp_path: Path) -> None:
    write(tmp_path, head=HEAD + '[tests]\nyy-serious = "a serious felony"\n', name="us-yy")
    text = rule(when='!context.found.contains("yy-serious")')
    write(tmp_path, text, HEAD + 'under = ["us-yy"]\n')
    assert mistakes(tmp_path) == []


OWN = (
    'title = "A jail"\nmaker = "agency"\nunder = ["us-yy"]\ncustodian = "JAIL"\nkinds = ["jail"]\n'
)
SETTLED = '@settles("us-yy/r over us-yy/other")'
SETTLER = MARKS.replace('"r"', '"settler"')


@pytest.mark.parametrize(
    ("above", "says"),
    [
        (rule('@disputed("why")') + rule(marks=OTHER), ""),
        (rule() + rule(marks=OTHER), "of which neither is disputed"),
        (rule('@disputed("why")'), "one of them is not in this book"),
    ],
    ids=["a dispute", "no dispute", "a rule that is not there"],
)
def test_an_agency_settles_only_what_is_disputed_and_there(
    above: str, says: str, tmp_path: Path
) -> None:
    write(tmp_path, above, name="us-yy")
    write(tmp_path, rule(SETTLED, marks=SETTLER), OWN)
    found = mistakes(tmp_path)
    assert all(says in m for m in found)
    assert bool(found) == bool(says)


def test_more_disputed_rules_than_can_be_read_every_way_are_refused(tmp_path: Path) -> None:
    rules = (
        rule(f'@disputed("why {n}")', marks=MARKS.replace('"r"', f'"r{n}"'))
        for n in range(MOST_DISPUTED + 1)
    )
    write(tmp_path, "".join(rules))
    assert mistakes(tmp_path) == ["us-xx/pack.toml: 7 disputed rules apply; 6 is the most."]
