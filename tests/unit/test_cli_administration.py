"""Credentials, agencies, two keys, the cut-off, the log, the jail desk: from the command line."""

from __future__ import annotations

import json
import shutil
import stat
from typing import Any

import pytest

from tests.terminal import (
    ADMIN,
    JAIL,
    ON_A_CASE,
    POLICE,
    SECOND,
    SHERIFF,
    County,
    run,
    told,
)

ISSUE = ("credential issue", "--agency", "FBI", "--role", "officer")


def propose(county: County, agency: str = "ICE", *more: object) -> dict[str, Any]:
    """The police's administrator proposes a cut-off."""
    return dict(county.said("agency cut-off", agency, *more, by=SECOND))


def sign(county: County, proposal: str, person: str) -> dict[str, Any]:
    """One signature."""
    return dict(county.said("sign", proposal, "--key", county.key(person)))


# --- credentials -------------------------------------------------------------------------------


def test_a_token_goes_to_a_new_file_of_its_owner_and_is_not_printed(county: County) -> None:
    file = county.place / "new.token"
    shown = told(county.run(*ISSUE, "--person", "n.new", "--token-file", file, by=ADMIN))
    token = file.read_text().strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert token.startswith("cg_") and token not in shown and str(file) in shown


def test_a_token_is_printed_only_when_that_is_asked_for(county: County) -> None:
    shown = told(county.run(*ISSUE, "--person", "n.new", "--show-token", by=ADMIN))
    (token,) = [word for word in shown.split() if word.startswith("cg_")]
    assert len(token) == 66
    assert list(county.place.glob("n.new*")) == []


def test_a_token_that_is_shown_in_json_is_there_once(county: County) -> None:
    said = county.said(*ISSUE, "--person", "n.new", "--show-token", by=ADMIN)
    assert said["result"]["token"].startswith(f"cg_{said['result']['credential']}_")


def test_a_token_never_replaces_a_file_and_then_none_is_issued(county: County) -> None:
    size = county.size()
    asked = (*ISSUE, "--person", "n.new", "--token-file", county.token("fbi"))
    result = county.run(*asked, by=ADMIN)
    assert result.exit_code == 2 and "is there already" in result.stderr
    assert county.size() == size


def test_of_a_new_key_only_the_public_half_leaves_its_file(county: County) -> None:
    file = county.place / "counsel.key"
    asked = ("--person", "c.counsel", "--agency", SHERIFF, "--role", "counsel", "--new-key", file)
    told(county.run("credential issue", *asked, "--token-file", county.place / "c.token", by=ADMIN))
    secret = "".join(file.read_text().splitlines()[1:-1])
    for place in county.folder.rglob("*"):
        assert not place.is_file() or secret.encode() not in place.read_bytes()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (("--role", "offcer"), "did you mean officer?"),
        (("--agency", "FBII"), "did you mean FBI?"),
        (("--person", "a b"), "'person' is not of the right form"),
        (("--days", "9999"), "from 1 to 365"),
        (("--role", "administrator"), "An administrator signs with a key"),
    ],
)
def test_what_cannot_be_issued_makes_neither_key_nor_token(
    county: County, changed: tuple[str, str], says: str
) -> None:
    asked = {"--person": "n.new", "--agency": "FBI", "--role": "officer"} | dict([changed])
    options = [word for pair in asked.items() for word in pair]
    result = county.run(
        "credential issue", *options, "--token-file", county.place / "n.token", by=ADMIN
    )
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert list(county.place.glob("n.*")) == []


def test_a_revoked_credential_asks_no_more(county: County) -> None:
    id = county.token("fbi").read_text().split("_")[1]
    told(county.run("credential revoke", id, by=ADMIN))
    result = county.run("ask", "--for", "FBI", *ON_A_CASE, "--action", "search", by="fbi")
    assert result.exit_code == 2 and "not in force" in result.stderr


def test_a_third_administrator_needs_two_keys_and_their_token_comes_with_the_second(
    county: County,
) -> None:
    token, key = county.place / "third.token", county.place / "third.key"
    asked = ("--person", "c.chen", "--agency", SHERIFF, "--role", "administrator")
    made = county.said("credential issue", *asked, "--new-key", key, by=ADMIN)
    assert made["ready"] is False and not token.exists()
    sign(county, made["proposal"], ADMIN)
    told(county.run("sign", made["proposal"], "--key", county.key(SECOND), "--token-file", token))
    assert token.read_text().startswith("cg_")


# --- agencies and two keys ---------------------------------------------------------------------


def test_an_agency_is_added_and_narrowed_and_never_widened(county: County) -> None:
    told(
        county.run("agency add", "VILLAGE", "--name", "Village", "--state", "IL",
                   "--criminal-justice", "yes", by=ADMIN)
    )  # fmt: skip
    told(county.run("agency narrow", "VILLAGE", "--criminal-justice", "unknown", by=ADMIN))
    assert county.said("agency show", "VILLAGE")["criminal_justice"] == "unknown"
    assert county.run("agency narrow", "VILLAGE", "--criminal-justice", "yes").exit_code == 2


def test_an_agency_under_one_that_is_none_is_not_added(county: County) -> None:
    asked = ("agency add", "X", "--name", "X", "--state", "IL", "--parent", "ICEE")
    result = county.run(*asked, by=ADMIN)
    assert result.exit_code == 2 and "did you mean ICE?" in result.stderr


def test_a_dry_run_names_the_roads_proposes_nothing_and_proves_nothing(county: County) -> None:
    size = county.size()
    asked = ("agency cut-off", "ICE", "--except", "ICE-HSI", "--custodian", POLICE, "--dry-run")
    shown = told(county.run(*asked))
    assert shown.startswith("Cutting ICE off, save ICE-HSI\n")
    assert "○ permit → ■ refuse" in shown and "● require  " in shown
    assert "Not proved: no prover has run; these are the roads that were tried." in shown
    assert county.size() == size
    assert told(county.run("sign")) == "Nothing waits for a signature.\n\n"


def test_a_dry_run_of_several_custodians_asks_whose(county: County) -> None:
    result = county.run("agency cut-off", "ICE", "--dry-run")
    assert result.exit_code == 2 and f"{SHERIFF} or {POLICE}" in result.stderr
    assert told(county.run("agency cut-off", "ICE", "--dry-run", by=ADMIN)).startswith("Cutting")


def test_a_cut_off_is_done_by_two_keys_and_not_by_one(county: County) -> None:
    search = ("ask", "--for", "ICE-ERO", "--purpose", "CIV-IMM", "--action", "statistics")
    assert county.said(*search, by="ice")["outcome"] == "permit"
    made = propose(county)
    assert made["effect"]["proved"] is False
    for _ in range(2):  # the same key again is still one
        assert sign(county, made["proposal"], SECOND)["ready"] is False
    assert county.said(*search, by="ice")["outcome"] == "permit"
    shown = told(county.run("sign", made["proposal"], "--key", county.key(ADMIN)))
    assert shown.startswith("○ permit\n") and "Not proved" in shown
    assert county.said(*search, by="ice", code=3)["outcome"] == "refuse"
    cut = county.said("agency show", "ICE")["cut_off_by"]
    assert cut == ["us-il-chicago-police/cut-off-ice"]


def test_a_proposal_is_shown_with_its_roads_before_anyone_signs(county: County) -> None:
    made = propose(county)
    shown = told(county.run("sign", made["proposal"]))
    assert "needs     2 more keys" in shown and "○ permit → ■ refuse" in shown
    assert made["proposal"] in told(county.run("sign"))


def test_a_key_of_nobody_signs_nothing(county: County) -> None:
    made = propose(county)
    other = county.place / "other.key"
    told(run("init", county.place / "elsewhere", "--book", "us-il-cook", "--key", other))
    result = county.run("sign", made["proposal"], "--key", other)
    assert result.exit_code == 2 and "registered for nobody" in result.stderr


def test_a_key_that_others_can_read_signs_nothing(county: County) -> None:
    county.key(SECOND).chmod(0o644)
    result = county.run("sign", "P-0", "--key", county.key(SECOND))
    assert result.exit_code == 2 and "chmod 600" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ICEE",), "did you mean ICE?"),
        (("ICE", "--except", "FBI"), "FBI is no part of ICE"),
        (("ICE", "--custodian", SHERIFF), f"Only {SHERIFF}'s own people"),
        ((POLICE,), "cannot cut itself off"),
    ],
)
def test_what_cannot_be_cut_off_is_one_sentence(
    county: County, arguments: tuple[str, ...], says: str
) -> None:
    result = county.run("agency cut-off", *arguments, by=SECOND)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_a_new_book_says_which_rules_it_takes_away(county: County) -> None:
    made = propose(county)
    for person in (SECOND, ADMIN):
        sign(county, made["proposal"], person)
    asked = ("us-il-cook-sheriff", "us-il-chicago-police", "--accept-unreviewed")
    said = county.said("law put-in-force", *asked, by=SECOND)
    assert said["goes"] == ["us-il-chicago-police/cut-off-ice"]
    assert (said["comes"], said["changes"], said["ready"]) == ([], [], False)


def test_a_book_that_counsel_has_not_reviewed_must_be_accepted_as_such(county: County) -> None:
    result = county.run("law put-in-force", "us-il-cook-sheriff", by=SECOND)
    assert result.exit_code == 2 and "--accept-unreviewed" in result.stderr


# --- the log -----------------------------------------------------------------------------------


def test_an_export_is_refused_to_who_may_not_and_nothing_is_written(county: County) -> None:
    out = county.place / "out"
    shown = told(county.run("log export", out, by="clerk"), 3)
    assert shown.startswith("□ no-authority\n") and not out.exists()


def test_an_export_is_logged_before_it_is_written(county: County) -> None:
    out = county.place / "out.zip"
    said = county.said("log export", out, by=ADMIN)
    shown = told(run("log", "verify", out, "--key", said["result"]["key"]))
    assert f"{said['leaf'] + 1} entries signed" in shown
    assert county.said("log show", said["leaf"])["clear"]["action"] == "log:export"


@pytest.mark.parametrize(("how", "audience"), [((), "auditor"), (("--public",), "public")])
def test_the_log_says_which_export_was_written_and_how_much_it_holds(
    county: County, how: tuple[str, ...], audience: str
) -> None:
    said = county.said("log export", county.place / "out", *how, by=ADMIN)
    done = county.said("log show", said["leaf"] + 1)
    assert done["clear"] == {
        "act": "log:export",
        "audience": audience,
        "decision": said["leaf"],
        "entries": said["leaf"] + 1,
    }


def test_an_export_that_cannot_be_written_is_logged_as_failed(county: County) -> None:
    before = county.said("log export", county.place / "out", by=ADMIN)["leaf"]
    told(county.run("log export", county.place / ("x" * 253), by=ADMIN), 4)
    shown = [county.said("log show", before + n) for n in (2, 3)]
    assert [entry["kind"] for entry in shown] == ["decided", "failed"]
    assert shown[1]["clear"]["act"] == "log:export"


def test_what_another_export_left_behind_is_not_deleted(county: County) -> None:
    left = county.place / "out.part"
    left.mkdir()
    told(county.run("log export", county.place / "out", by=ADMIN), 2)
    assert left.is_dir() and not (county.place / "out").exists()


def test_the_public_export_verifies_too(county: County) -> None:
    out = county.place / "out"
    told(county.run("log export", out, "--public", by=ADMIN))
    assert "No values" in told(run("log", "verify", out, "--key", county.vkey))
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["purposes"] == ["CIV-IMM", "PUB"], "what the starters of the law publish"


def test_one_changed_byte_is_exit_5_and_the_entry_is_named(county: County) -> None:
    out = county.place / "out"
    told(county.run("log export", out, by=ADMIN))
    tile = next(p for p in sorted(out.glob("tile/entries/**/*")) if p.is_file())
    data = bytearray(tile.read_bytes())
    data[data.index(b"FBI")] ^= 1
    tile.write_bytes(bytes(data))
    result = run("log", "verify", out, "--key", county.vkey, "--json")
    said = json.loads(told(result, 5))
    assert said["ok"] is False and "entry" in said["findings"][0]["what"]


@pytest.mark.parametrize("key", ["nowhere", "a+b"])
def test_what_is_no_key_is_bad_use(county: County, key: str) -> None:
    out = county.place / "out"
    told(county.run("log export", out, by=ADMIN))
    result = run("log", "verify", out, "--key", key)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_jurisdiction_is_no_export(county: County) -> None:
    result = run("log", "verify", county.folder, "--key", county.vkey)
    assert result.exit_code == 2 and "log export" in result.stderr


def test_an_entry_that_is_not_there_is_bad_use(county: County) -> None:
    result = county.run("log show", 99_999)
    assert result.exit_code == 2 and "has no entry 99999" in result.stderr


# --- the jail desk -----------------------------------------------------------------------------


def book(county: County, number: str) -> str:
    """An invented person in the jail."""
    told(
        county.run("custody book", "--facility", JAIL, "--name", "Invented", "--number", number,
                   by="desk")
    )  # fmt: skip
    return number


def released(county: County) -> list[dict[str, Any]]:
    """Every entry of a release."""
    return [e for e in county.entries(10) if e["kind"] in ("released", "late")]


def test_a_release_is_one_entry_however_often_it_is_written_down(county: County) -> None:
    booking = book(county, "B-1")
    first = county.said("custody release", booking, by="desk")
    second = county.said("custody release", booking, "--by", "Sgt. Lee")
    assert first["leaf"] == second["leaf"] and first["form"] == ""
    assert len(released(county)) == 1


def test_a_release_while_the_law_is_broken_happens_and_prints_a_form(county: County) -> None:
    booking = book(county, "B-1")
    policy = next(county.folder.glob("books/*/us-il/policies/*.cedar"))
    policy.write_text(policy.read_text("utf-8") + "}\n", "utf-8")
    shown = told(county.run("custody release", booking, by="desk"))
    assert "RELEASE FROM CUSTODY" in shown and "The notices that law may make due" in shown
    assert len(released(county)) == 1


@pytest.mark.parametrize("dead", ["data/log.db", "private/log.key", "guard/checkpoint", "data"])
def test_a_release_with_a_dead_log_happens_and_is_entered_later(county: County, dead: str) -> None:
    booking, away = book(county, "B-1"), county.place / "away"
    shutil.move(county.folder / dead, away)
    shown = told(county.run("custody release", booking, "--by", "Sgt. Lee"))
    assert "RELEASE FROM CUSTODY" in shown and "Sgt. Lee" in shown
    shutil.move(away, county.folder / dead)
    said = county.said("custody late", by="desk")
    assert [x["booking"] for x in said["entered"]] == [booking]
    (late,) = released(county)
    assert late["kind"] == "late" and late["clear"]["stands_for"] == "released"
    assert county.said("custody late", by="desk") == {"entered": [], "faults": []}


def test_a_release_with_no_settings_at_all_prints_its_form(county: County) -> None:
    (county.folder / "cleargate.toml").write_text("[limits\n", "utf-8")
    shown = told(county.run("custody release", "B-1", "--by", "Sgt. Lee"))
    assert "RELEASE FROM CUSTODY" in shown
    assert len(list((county.folder / "spool").glob("*.json"))) == 1


def test_a_release_is_by_somebody(county: County) -> None:
    result = county.run("custody release", book(county, "B-1"))
    assert result.exit_code == 2 and "--by NAME" in result.stderr


def test_a_form_for_a_booking_that_is_none_stays_until_it_is_put_right(county: County) -> None:
    told(county.run("custody release", "B-99", "--by", "Sgt. Lee"))
    said = county.said("custody late", by="desk")
    assert said["entered"] == [] and "There is no booking 'B-99'" in said["faults"][0]


def test_a_time_without_its_offset_is_not_taken(county: County) -> None:
    asked = ("custody release", "B-1", "--by", "x", "--at", "2026-07-03T16:30")
    result = county.run(*asked)
    assert result.exit_code == 2 and "with its offset" in result.stderr
