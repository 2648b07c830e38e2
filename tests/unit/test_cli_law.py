"""``cleargate law``: packs checked, tested, tried and compared without any jurisdiction."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests import terminal
from tests.terminal import County, run, told

PACKS = Path(__file__).parents[2] / "packs"
DETAINER = "detainer form=I-247A issued_by=immigration-officer asks=hold"
HOLD = ("--for", "ICE-ERO", "--action", "hold", "--paper", DETAINER)


def law(*arguments: object, code: int = 0) -> Any:
    """``cleargate law … --json``, read."""
    return json.loads(told(run("law", *arguments, "--json"), code))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of packs with a copy of one that ships."""
    shutil.copytree(PACKS / "us-il-cook", tmp_path / "packs" / "us-il-cook")
    return tmp_path / "packs"


def spoil(own: Path, old: str, new: str) -> None:
    """Change the first text in the copied pack."""
    path = next(p for p in own.rglob("*.cedar") if old in p.read_text("utf-8"))
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")


def test_a_pack_that_is_named_by_its_path_is_told_how_to_be_named(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own.parent)
    (mistake,) = law("check", "packs/us-il-cook", code=5)["mistakes"]
    assert mistake.endswith("name it as '--packs packs us-il-cook'.")


def test_every_shipped_pack_is_listed_with_what_awaits_review() -> None:
    listed = {p["pack"]: p for p in law("list")}
    assert listed.keys() == {p.parent.name for p in PACKS.glob("*/pack.toml")}
    assert listed["us-il-cook-sheriff"]["custodian"] == "COOK-SHERIFF"
    assert "us-judicial-process" in told(run("law", "list"))


def test_a_pack_without_mistakes_is_exit_0() -> None:
    assert law("check", "us-il-cook,us-tx") == {"ok": True, "mistakes": []}


def test_a_pack_with_mistakes_is_exit_5_and_each_is_named_with_its_place(own: Path) -> None:
    spoil(own, "forbid (", "forbit (")
    said = law("check", "us-il-cook", "--packs", own, code=5)
    assert said["ok"] is False
    assert said["mistakes"][0].startswith("us-il-cook/policies/")
    assert said["mistakes"][0] in " ".join(
        told(run("law", "check", "us-il-cook", "--packs", own), 5).split()
    )


def test_a_pack_that_is_none_is_found_wrong() -> None:
    assert law("check", "us-il-cok", code=5)["mistakes"][0].startswith("There is no pack us-il-cok")


def test_scenarios_that_come_out_as_written_are_exit_0() -> None:
    said = law("test", "us-il-cook")
    assert said["scenarios"] > 0 and said["wrong"] == []


def test_a_changed_rule_makes_its_scenarios_exit_5(own: Path) -> None:
    spoil(own, '@id("no-resources-for-detainers")', '@id("renamed")')
    said = law("test", "us-il-cook", "--packs", own, code=5)
    assert any("no-resources-for-detainers" in d for w in said["wrong"] for d in w["differences"])


@pytest.mark.parametrize(
    ("pack", "outcome", "code"),
    [
        (("us-il-cook-sheriff",), "refuse", 3),
        (("us-tx", "--custodian", "sheriff"), "require", 0),
    ],
)
def test_a_try_is_decided_by_the_pack_and_leaves_with_its_code(
    pack: tuple[str, ...], outcome: str, code: int
) -> None:
    said = law("try", *pack, *HOLD, code=code)
    assert (said["outcome"], said["tried"]) == (outcome, True)
    assert "nothing is logged" in told(run("law", "try", *pack, *HOLD), code)


def test_a_paper_that_is_not_verified_is_tried_as_such() -> None:
    asked = ("--custodian", "sheriff", "--for", "ICE-ERO", "--action", "hold", "--paper")
    said = law("try", "us-tx", *asked, f"{DETAINER} verified=no", code=3)
    assert said["outcome"] == "no-authority"
    assert "is verified" in said["what_would_change_it"][0]["together"][0]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (("--action", "holt"), "did you mean hold?"),
        (("--for", "ICEE"), "did you mean ICE?"),
        (("--custodian", "sherif"), "did you mean sheriff?"),
        (("--purpose", "CIVIMM"), "did you mean CIV-IMM?"),
        (("--custody", "sentenced"), "is not NAME=VALUE"),
        (("--custody", "sentences=yes"), "did you mean sentenced?"),
        (("--custody", "sentenced=maybe"), "'maybe'"),
        (("--paper", "detainer complete=maybe"), "'maybe'"),
        (("--paper", "detainer compleat=yes"), "did you mean complete?"),
        (("--paper", "detainers"), "is no kind of evidence"),
        (("--at", "2026-11-02T09:00"), "is no time with its offset from UTC"),
        (("--custody", f"days_to_release={'9' * 20}"), "whole number of days from 0 to 1,000,000"),
        (("--custody", "days_to_release=1000001"), "whole number of days from 0 to 1,000,000"),
        (("--custody", "days_to_release=-1"), "whole number of days from 0 to 1,000,000"),
        (("--custody", "sentenced=7"), "'7'"),
        (("--custody", "days_to_release=soon"), "'soon' is not."),
        (("--row", f"days_old={'9' * 5000}"), "whole number of days from 0 to 1,000,000"),
        (("--at", "noon"), "'noon' is no time with its offset from UTC; write 2026-11-02T09:00-"),
        (("--at", "0001-01-01T00:00+14:00"), "is no time"),
    ],
)
def test_what_cannot_be_tried_is_one_sentence(changed: tuple[str, str], says: str) -> None:
    asked = {"--action": "hold", "--for": "ICE-ERO", "--custodian": "sheriff"} | dict([changed])
    result = run("law", "try", "us-tx", *(word for pair in asked.items() for word in pair))
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.parametrize("at", ["2026-11-02T09:00-06:00", "2026-11-02T15:00:00Z"])
def test_a_time_of_a_try_is_written_as_its_help_says(at: str) -> None:
    assert law("try", "us-il-cook-sheriff", *HOLD, "--at", at, code=3)["tried"]


def test_the_book_is_shown_with_every_rule() -> None:
    rules = law("show", "us-il-cook")
    shown = told(run("law", "show", "us-il-cook", "--brief"))
    assert all(r["rule"] in shown for r in rules)


def test_the_same_requests_stand_side_by_side_under_several_laws() -> None:
    said = law("matrix", "us-il-cook", "us-tx")
    assert {*said[0]} == {"request", "us-il-cook", "us-tx"}
    shown = told(run("law", "matrix", "us-il-cook", "us-tx"))
    assert "■ refuse" in shown and "● require" in shown
    assert told(run("law", "matrix", "us-il-cook", "us-tx", "--csv")).startswith(
        "request,us-il-cook"
    )


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    """A jurisdiction with one refused request in its log."""
    made = terminal.found(tmp_path_factory.mktemp("law"))
    told(made.run("ask", "--for", "ICE-ERO", "--purpose", "CIV-IMM", "--action", "search",
                  by="ice"), 3)  # fmt: skip
    return made


def test_the_log_comes_out_as_it_stands_by_the_law_of_then(county: County) -> None:
    said = county.said("law replay", "--in-force")
    assert said["differ"] == 0 and said["made_again"] == said["decisions"] >= 10
    assert "0 of" in told(county.run("law replay", "--in-force"))


def test_what_another_law_would_have_changed_is_listed(county: County) -> None:
    said = county.said("law replay", "--book", "us-tx")
    assert said["differ"] == sum(t["decisions"] for t in said["turned"])
    shown = told(county.run("law replay", "--book", "us-tx", "--list", 1))
    assert f"{said['differ']} of {said['made_again']} decisions" in shown


def test_an_expunged_entry_cannot_be_checked_and_is_exit_5(county: County, tmp_path: Path) -> None:
    other = county.copy(tmp_path)
    with sqlite3.connect(other.folder / "data" / "log.db") as conn:
        conn.execute(
            "DELETE FROM disclosures WHERE name = 'facts'"
            " AND idx = (SELECT max(idx) FROM disclosures WHERE name = 'facts')"
        )
    conn.close()
    said = other.said("law replay", "--in-force", code=5)
    assert [n["why"] for n in said["not_made"]] == ["its facts were expunged"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Say one of --book"),
        (("--in-force", "--book", "us-tx"), "Say one of --book"),
        (("--book", "us-txs"), "There is no pack us-txs"),
        (("--in-force", "--since", "yesterday"), "write 2026-07-01"),
    ],
)
def test_what_cannot_be_replayed_is_one_sentence(
    county: County, arguments: tuple[str, ...], says: str
) -> None:
    result = county.run("law replay", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr and result.stderr.count("\n") == 1


def test_counsel_signs_off_at_the_command_line_and_the_book_in_force_shows_it(
    tmp_path: Path,
) -> None:
    county = terminal.found(tmp_path)
    key = tmp_path / "c.lee.key"
    issued = ("--person", "c.lee", "--agency", "CHICAGO-POLICE", "--role", "counsel")
    told(county.run("credential issue", *issued, "--new-key", key, "--token-file",
                    tmp_path / "c.lee.token", by=terminal.SECOND))  # fmt: skip
    done = told(county.run("law sign-off", "us-il/assist", "--key", key))
    assert "us-il-chicago-police/counsel-signs-off" in done
    shown = {r["rule"]: r["marks"] for r in county.said("law show")}
    assert any(m.startswith("reviewed by c.lee on ") for m in shown["us-il/assist"])
    assert "not yet reviewed by counsel" in shown["us-il/transfer"]
    again = county.run("law sign-off", "us-il/assist", "--key", key)
    assert (again.exit_code, len(again.stderr.splitlines())) == (2, 1)
    other = county.run("law sign-off", "us-il/transfer", "--key", county.key(terminal.ADMIN))
    assert other.exit_code == 3


def test_one_rule_is_shown_with_whom_it_binds_and_since_when() -> None:
    (one,) = law("show", "us-il-cook", "--rule", "us-il/hold-on-detainer")
    assert one["rule"] == "us-il/hold-on-detainer" and one["cite"] in one["cedar"]
    assert one["binds"] and {"from", "until", "stayed", "review_needed"} <= one.keys()
    shown = told(run("law", "show", "us-il-cook", "--rule", "hold-on-detainer", "--brief"))
    assert "us-il/hold-on-detainer" in shown and "forbid" not in shown


def test_a_rule_that_is_none_is_answered_with_the_close_one() -> None:
    result = run("law", "show", "us-il-cook", "--rule", "hold-on-detaner")
    assert result.exit_code == 2 and "did you mean hold-on-detainer" in result.stderr


def test_the_book_in_force_of_a_folder_is_shown(county: County) -> None:
    packs = {r["rule"].partition("/")[0] for r in law("show", county.folder)}
    assert {"us-il-chicago-police", "us-il-cook-sheriff"} <= packs


def test_a_proposed_book_is_shown_with_the_worked_requests_that_it_changes(
    county: County, tmp_path: Path
) -> None:
    shutil.copytree(PACKS / "us-il-chicago-police", tmp_path / "us-il-chicago-police")
    (tmp_path / "us-il-chicago-police" / "policies" / "more.cedar").write_text(
        '@id("no-searches") @cite("Code 1") @summary("Must not let the FBI search")\n'
        'forbid (principal, action == Action::"search", resource)\n'
        'when { context.represented in Agency::"FBI" };\n', "utf-8",
    )  # fmt: skip
    packs = ("us-il-chicago-police", "us-il-cook-sheriff", "--packs", tmp_path)
    said = county.said("law put-in-force", *packs, "--accept-unreviewed", by=terminal.ADMIN)
    differ = said["worked"]["CHICAGO-POLICE"]["differ"]
    assert any(d["request"] == "search of records by the FBI on a case" for d in differ)
    assert said["worked"]["COOK-SHERIFF"]["differ"] == []
    shown = told(county.run("sign", said["proposal"]))
    assert f"{len(differ)} of" in shown and "CHICAGO-POLICE come out otherwise" in shown


BAD = {
    "malformed TOML": ("pack.toml", "title = \n", "is not TOML"),
    "malformed Cedar": ("policies/bad.cedar", "forbit (principal, action, resource);", "Cedar"),
    "a duplicate id": (
        "policies/bad.cedar",
        '@id("no-resources-for-detainers") @cite("c") @summary("s")\n'
        'forbid (principal, action == Action::"hold", resource);',
        "is already in",
    ),
    "an unknown action": (
        "policies/bad.cedar",
        '@id("x") @cite("c") @summary("s")\n'
        'forbid (principal, action == Action::"jump", resource);',
        "names the unknown action jump",
    ),
    "dates reversed": (
        "policies/bad.cedar",
        '@id("x") @cite("c") @summary("s") @from("2026-02-01") @until("2026-01-01")\n'
        'forbid (principal, action == Action::"hold", resource);',
        "before it begins",
    ),
    "a pack that binds nobody": (
        "pack.toml", 'title = "x"\nmaker = "local"\nunder = ["us-il"]\n', "binds nobody",
    ),
    "a pack under itself": (
        "pack.toml",
        'title = "x"\nmaker = "local"\nunder = ["us-il-cook"]\nbinds = ["jail"]\n',
        "is under itself",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_book_with_a_mistake_is_never_in_force_by_half(
    county: County, own: Path, what: str
) -> None:
    file, text, says = BAD[what]
    (own / "us-il-cook" / file).write_text(text, "utf-8")
    before = (sorted((county.folder / "books").rglob("*")), county.size())
    result = county.run("law put-in-force", "us-il-cook", "--packs", own, "--accept-unreviewed",
                        by=terminal.ADMIN)  # fmt: skip
    assert result.exit_code == 2 and says in result.stderr
    assert (sorted((county.folder / "books").rglob("*")), county.size()) == before
    checked = law("check", "us-il-cook", "--packs", own, code=5)
    assert any(says in m for m in checked["mistakes"])


def test_a_record_of_any_kind_can_be_tried_and_so_can_the_offices_own_staff() -> None:
    asked = ("law", "try", "us-il-chicago-police", "--action", "read", "--case", "1", "--json")
    own = (*asked, "--for", "custodian", "--role", "clerk", "--purpose", "ADM")
    assert json.loads(told(run(*own)))["outcome"] == "permit"
    police = (*asked, "--for", "STATE-ATTORNEY", "--purpose", "C", "--row")
    plain, sealed = (json.loads(run(*police, f"sealed={w}").stdout) for w in ("no", "yes"))
    assert plain["outcome"] == "permit" and "see:sealed" not in sealed.get("masks", [])


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("seald=yes", "'seald' is no fact of a record; did you mean sealed?"),
        ("sealed=maybe", "This cannot be tried"),
        ("days_old=soon", "'soon' is not."),
        ("sealed", "'sealed' is not NAME=VALUE."),
    ],
)
def test_a_fact_of_a_record_that_is_none_is_one_sentence(row: str, says: str) -> None:
    result = run("law", "try", "us-il-chicago-police", "--for", "FBI", "--action", "read",
                 "--row", row)  # fmt: skip
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr and result.stderr.count("\n") == 1
