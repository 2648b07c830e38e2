"""``ask`` and what belongs to it: outcomes, receipts, pages, documents, imports, explanations."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.terminal import JAIL, ON_A_CASE, POLICE, SHERIFF, County, extract, run, told

ROBBERIES = ("--action", "search", "--where", "primary_type = ROBBERY")


@pytest.fixture
def stocked(county: County) -> County:
    """With three robberies."""
    file = extract(county.place / "robberies.csv")
    told(county.run("records import", "--source", "clear-incidents", file, by="clerk"))
    return county


def book(county: County, number: str = "B-1") -> str:
    """An invented person, booked by the jail's desk."""
    done = county.said(
        "custody book", "--facility", JAIL, "--name", "Invented Person", "--number", number,
        by="desk",
    )  # fmt: skip
    return str(done["result"]["booking"])


def warrant(county: County, booking: str) -> str:
    """A federal magistrate's warrant that orders the booking held, not verified."""
    done = county.said(
        "evidence add", "--custodian", SHERIFF, "--kind", "judicial-warrant", "--agency", "USMS",
        "--issued-by", "federal-magistrate", "--target", booking, "--asks", "hold",
        "--complete", "yes", "--criminal", "yes", by="marshal",
    )  # fmt: skip
    return str(done["result"]["evidence"])


def test_a_permit_is_exit_0_with_rows_rule_and_receipt(stocked: County) -> None:
    shown = told(stocked.run("ask", "--for", "FBI", *ON_A_CASE, *ROBBERIES, by="fbi"))
    assert shown.startswith("○ permit\n")
    assert "fbi of FBI, officer, asks CHICAGO-POLICE, for itself" in shown
    assert "us-il-chicago-police/other-agencies-on-a-case" in shown
    assert "JM000002" in shown and "3 rows" in shown
    assert "receipt   entry" in shown


def test_a_refusal_is_exit_3_with_its_rules_and_the_review_they_await(stocked: County) -> None:
    shown = told(stocked.run("ask", "--for", "ICE-ERO", *ON_A_CASE, *ROBBERIES, by="fbi"), 3)
    assert shown.startswith("■ refuse\n")
    assert "for ICE-ERO" in shown and "us-il-chicago/direct-access" in shown
    assert "not yet reviewed by counsel" in shown
    assert "JM000002" not in shown


def test_no_authority_is_exit_3_with_what_would_change_it(county: County) -> None:
    asked = ("--purpose", "PUB", "--action", "search", "--dataset", "involvement")
    shown = told(county.run("ask", "--for", "PUBLIC", *asked, by="citizen"), 3)
    assert shown.startswith("□ no-authority\n")
    assert "no rule of the custodian's own grants it" in shown
    assert "a named officer of CHICAGO-POLICE decides to accept it" in shown


def test_a_conflict_is_exit_4(county: County) -> None:
    asked = ("--facility", "CHICAGO-POLICE-LOCKUP", "--name", "Invented Person")
    county.issue("lockup", POLICE, "jail-desk", by="b.boyd")
    booking = county.said("custody book", *asked, by="lockup")["result"]["booking"]
    status = ("--purpose", "CIV-IMM", "--action", "immigration_status", "--target", booking)
    said = county.said("ask", "--for", "ICE-ERO", *status, by="ice", code=4)
    assert said["outcome"] == "conflict"


def test_a_book_that_cannot_be_read_decides_nothing_and_is_exit_4(stocked: County) -> None:
    policy = next(stocked.folder.glob("books/*/us-il/policies/*.cedar"))
    policy.write_text(policy.read_text("utf-8") + "}\n", "utf-8")
    shown = told(stocked.run("ask", "--for", "FBI", *ON_A_CASE, *ROBBERIES, by="fbi"), 4)
    assert shown.startswith("◇ unavailable\n") and "The law in force cannot be read" in shown


def test_what_is_no_request_is_exit_2_and_names_the_field(stocked: County) -> None:
    result = stocked.run("ask", "--for", "FBI", "--purpose", "C", *ROBBERIES, by="fbi")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Enter the case number.")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (("--action", "serch"), "did you mean search?"),
        (("--action", "agency:add"), "it has a command of its own"),
        (("--action", "see:victim"), "whoever searches sees those columns where law opens them"),
        (("--action", "search", "--where", "primary_typ = ROBBERY"), "did you mean primary_type?"),
        (("--action", "search", "--where", "year ~ 2025"), "is not an operator of year"),
        (("--action", "search", "--where", "occurred_at > soon"), "is not a date"),
        (("--action", "search", "--limit", "9999"), "limits.page_rows_max"),
        (("--action", "search", "--limit", "0"), "limits.page_rows_max"),
        (("--action", "search", "--cursor", "abc"), "does not belong to this search"),
        (("--action", "search", "--dataset", "incidents"), "did you mean incident?"),
        (("--action", "search", "--basis", "E-00000"), "There is no evidence"),
    ],
)
def test_bad_fields_are_one_sentence(county: County, changed: tuple[str, ...], says: str) -> None:
    result = county.run("ask", "--for", "FBI", *ON_A_CASE, *changed, by="fbi")
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr and result.stderr.count("\n") == 1


def test_no_one_asks_without_a_credential(county: County) -> None:
    result = county.run("ask", "--for", "FBI", *ON_A_CASE, *ROBBERIES)
    assert result.exit_code == 2 and result.stderr.startswith("Say who asks: --as FILE")


def test_a_credential_that_others_can_read_is_not_taken(county: County) -> None:
    county.token("fbi").chmod(0o640)
    result = county.run("ask", "--for", "FBI", *ON_A_CASE, *ROBBERIES, by="fbi")
    assert result.exit_code == 2 and "chmod 600" in result.stderr


def test_the_next_page_is_asked_by_another_process(stocked: County) -> None:
    asked = ("ask", "--for", "FBI", *ON_A_CASE, *ROBBERIES, "--limit", "2")
    first = stocked.said(*asked, by="fbi")["result"]
    second = stocked.said(*asked, "--cursor", first["next"], by="fbi")["result"]
    assert [len(first["rows"]), len(second["rows"]), second["next"]] == [2, 1, ""]


def test_a_receipt_that_was_kept_checks_a_later_export(stocked: County) -> None:
    receipt, out = stocked.place / "receipt.json", stocked.place / "out"
    told(stocked.run("ask", "--for", "FBI", *ON_A_CASE, *ROBBERIES, "--receipt", receipt, by="fbi"))
    told(stocked.run("log export", out, by="a.ames"))
    shown = told(run("log", "verify", out, "--key", stocked.vkey, "--since", receipt))
    assert "kept elsewhere" in shown and "Nothing is wrong." in shown


def test_a_receipt_never_replaces_a_file(stocked: County) -> None:
    size = stocked.size()
    asked = ("--for", "FBI", *ON_A_CASE, *ROBBERIES, "--receipt", stocked.vkey)
    assert stocked.run("ask", *asked, by="fbi").exit_code == 2
    assert stocked.size() == size


def test_unverified_evidence_counts_for_nothing_and_verified_evidence_does(county: County) -> None:
    booking = book(county)
    paper = warrant(county, booking)
    hold = ("custody hold", booking, "--for", "USMS", *ON_A_CASE, "--basis", paper)
    assert county.said(*hold, by="desk", code=3)["outcome"] == "no-authority"
    told(county.run("evidence verify", paper.lower(), by="jail-clerk"))
    held = county.said(*hold, by="desk")
    assert (held["outcome"], held["result"]["documents"]) == ("require", [paper])
    shown = told(county.run("evidence show", paper))
    assert "by jail-clerk for COOK-SHERIFF" in shown


def test_a_document_that_was_withdrawn_can_be_verified_by_nobody(county: County) -> None:
    paper = warrant(county, book(county))
    told(county.run("evidence withdraw", paper, by="jail-clerk"))
    result = county.run("evidence verify", paper, by="jail-clerk")
    assert result.exit_code == 2 and "was withdrawn" in result.stderr


def test_only_the_digest_of_a_scan_is_kept(county: County) -> None:
    scan = county.place / "scan.pdf"
    scan.write_bytes(b"a scan")
    added = county.said(
        "evidence add", "--kind", "consent", "--target", "26-114", "--file", scan, by="jail-clerk"
    )
    paper = county.said("evidence show", added["result"]["evidence"])["document"]
    assert paper["sha256"] == hashlib.sha256(b"a scan").hexdigest()


def test_a_past_request_is_explained_in_ten_steps(stocked: County) -> None:
    leaf = stocked.said("ask", "--for", "ICE-ERO", *ON_A_CASE, *ROBBERIES, by="fbi", code=3)["leaf"]
    said = stocked.said("explain", leaf)
    assert [s["step"] for s in said["steps"]][:4] == ["Authenticate", "Parse", "Facts", "Decide"]
    assert len(said["steps"]) == 10
    shown = told(stocked.run("explain", leaf))
    assert "fbi of FBI" in shown and "skipped: the outcome opens nothing" in shown


def test_an_import_says_what_it_could_not_take_and_where_that_is(county: County) -> None:
    file = extract(county.place / "robberies.csv", 30, bad=1)
    rejects = county.place / "rejects.csv"
    (said,) = county.said(
        "records import", "--source", "clear-incidents", file, "--rejects", rejects, by="clerk"
    )
    assert (said["result"]["inserted"], said["result"]["rejected"]) == (29, 1)
    assert said["result"]["rejects_file"] == str(rejects)
    assert "is a date or time that does not exist" in rejects.read_text("utf-8")


def test_the_same_file_again_changes_nothing(stocked: County) -> None:
    file = stocked.place / "robberies.csv"
    (said,) = stocked.said("records import", "--source", "clear-incidents", file, by="clerk")
    assert (said["result"]["inserted"], said["result"]["unchanged"]) == (0, 3)


def test_an_import_by_someone_who_may_not_is_a_refusal(county: County) -> None:
    file = extract(county.place / "robberies.csv")
    asked = ("records import", "--source", "clear-incidents", file)
    (said,) = county.said(*asked, by="detective", code=3)
    assert said["outcome"] == "no-authority" and said["result"] == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("ID,Date\n1,2025-01-01\n", "The header lacks"),
        ("\x1f\x8b\x08 cut", "gzip that is damaged or cut off"),
    ],
)
def test_an_extract_that_cannot_be_read_is_one_sentence(
    county: County, text: str, says: str
) -> None:
    file = county.place / "bad.csv"
    file.write_bytes(text.encode("latin-1"))
    result = county.run("records import", "--source", "clear-incidents", file, by="clerk")
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.realdata
def test_the_real_month_is_imported_and_searched(county: County, realdata_folder: Path) -> None:
    file = realdata_folder / "incidents_chicago_2024_09_full.csv.gz"
    (said,) = county.said("records import", "--source", "clear-incidents", file, by="clerk")
    assert (said["result"]["rows_read"], said["result"]["rejected"]) == (22_912, 0)
    found = county.said("ask", "--for", "FBI", *ON_A_CASE, *ROBBERIES, "--limit", "5", by="fbi")
    assert len(found["result"]["rows"]) == 5 and found["result"]["notices"]


def test_the_catalogue_names_each_mask() -> None:
    said = json.loads(told(run("records", "catalogue", "person", "--json")))
    assert {c["mask"] for c in said["columns"]} >= {"see:identity", "see:birth"}
    assert "identity" in told(run("records", "catalogue", "person"))
    assert "clear-incidents" in told(run("records", "sources"))


@pytest.mark.parametrize(
    ("where", "written"),
    [
        ("latitude > 41.5", "latitude > 41.5"),
        ("location within 250.5 m of 41.76, -87.66", "location within 250.5 of 41.76, -87.66"),
        ("latitude between 41 and 42.25", "latitude between 41.0 and 42.25"),
        ("district in 007,008", "district in 007,008"),
    ],
)
def test_a_search_by_numbers_is_answered_and_written_down_as_it_may_be_typed(
    stocked: County, where: str, written: str
) -> None:
    asked = (*ON_A_CASE, "--for", "FBI", "--action", "search", "--where", where)
    assert stocked.said("ask", *asked, by="fbi")["result"]["rows"]
    assert written in " ".join(told(stocked.run("log show", stocked.size() - 2)).split())
