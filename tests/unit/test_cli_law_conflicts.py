"""``cleargate law conflicts`` and ``settle``: from a refused question to a rule that two signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import terminal
from tests.terminal import POLICE, SECOND, County, told

CITY = "us-il-chicago/share-status"
STATUS = ("--for", "ICE-ERO", "--purpose", "CIV-IMM", "--action", "immigration_status",
          "--custodian", POLICE)  # fmt: skip


@pytest.fixture
def county(tmp_path: Path) -> County:
    made = terminal.found(tmp_path)
    made.issue("c.lee", POLICE, "counsel", "--new-key", tmp_path / "c.lee.key", by=SECOND)
    return made


def ask(county: County, code: int) -> Any:
    return json.loads(told(county.run("ask", *STATUS, "--json", by="ice"), code))


def test_a_conflict_is_shown_listed_settled_by_two_and_over(county: County) -> None:
    shown = told(county.run("ask", *STATUS, by="ice"), 4)
    assert (
        "to be settled by CHICAGO-POLICE: two of the Department's administrators or counsel"
        in " ".join(shown.split())
    )
    (open_,) = county.said("law conflicts")
    assert (open_["open"], open_["overdue"], open_["now"]) == (True, False, "conflict")
    number = open_["conflict"]
    listed = told(county.run("law conflicts"))
    assert f"Conflict {number}: immigration_status of CHICAGO-POLICE, open" in listed
    assert "8 U.S.C. 1373(a)-(b); 1644" in listed
    made = county.said("law settle", number, "--follow", CITY, "--cite", "our decision",
                       by="c.lee")  # fmt: skip
    unsigned = told(county.run("sign", made["proposal"]))
    assert '@settles("us-il-chicago/share-status over us-federal/status-information")' in unsigned
    for signer in ("c.lee", SECOND):
        told(county.run("sign", made["proposal"], "--key", county.key(signer)))
    after = ask(county, 3)
    assert (after["outcome"], after["conflict"]) == ("refuse", None)
    assert any(s["how"] == "settled" for s in after["struck"])
    assert county.said("law conflicts") == []
    (over,) = county.said("law conflicts", "--all")
    assert (over["open"], over["now"], over["settled_by"]) == (
        False, "refuse", "Own pack: our decision",
    )  # fmt: skip
    assert "No conflict is open." in told(county.run("law conflicts"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("0", "--follow", CITY, "--cite", "x"), "Entry 0 opened no conflict"),
        (("x", "--follow", CITY, "--cite", "x"), "'x' is not a valid integer"),
        (("0", "--cite", "x"), "Missing option '--follow'"),
    ],
)
def test_what_cannot_be_settled_is_one_sentence(
    county: County, arguments: tuple[str, ...], sentence: str
) -> None:
    result = county.run("law settle", *arguments, by=SECOND)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert sentence in result.stderr
