"""Duties that do not arise: a scenario says which duties are due, this which are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleargate.law.book import read_book
from cleargate.law.scenarios import Paper, Scenario, read_stage, run
from cleargate.model.words import Outcome, Tri

PACKS = Path(__file__).parents[2] / "packs"
STAGE = read_stage(PACKS / "cast.toml")
DETAINER = Paper("detainer", form="I-247A", issued_by="immigration-officer")
WARRANT = Paper("judicial-warrant", issued_by="state-judge")


def due(pack: str, action: str, custodian: str, asker: str = "custodian", *papers: Paper,
        **custody: Tri) -> set[str]:  # fmt: skip
    """The rules of ``pack`` whose duties arise from this request."""
    purpose = "ADM" if asker == "custodian" else "CIV-IMM"
    scenario = Scenario("", action, custodian, Outcome.PERMIT, asker=asker, purpose=purpose,
                        documents=papers, custody=dict(custody))  # fmt: skip
    (result,) = run(read_book([pack], [PACKS]), pack, STAGE, [scenario])
    rules = [d.rule.id.partition("/") for d in result.decision.duties]
    return {name for of, _, name in rules if of == pack}


def test_state_prisons_owe_a_notice_that_a_citys_jail_does_not() -> None:
    assert due("us-ny", "release", "state-corrections") == {"victim-notice-from-state-prison"}
    assert due("us-ny", "release", "city-corrections") == set()


def test_notice_of_a_release_pending_trial_is_not_due_when_the_sentence_is_served() -> None:
    assert due("us-ny", "release", "sheriff", sentenced=Tri.YES) == set()
    assert due("us-ny", "release", "sheriff") == {"victim-notice-pending-proceedings"}


@pytest.mark.parametrize(
    ("sentenced", "expected"),
    [
        (Tri.YES, {"prosecutor-notice-at-end-of-term"}),
        (Tri.NO, {"prosecutor-notice-of-pretrial-release"}),
        (Tri.UNKNOWN, {"prosecutor-notice-of-pretrial-release"}),
    ],
)
def test_the_prosecutor_is_told_by_the_paragraph_that_fits(
    sentenced: Tri, expected: set[str]
) -> None:
    assert due("us-nj", "release", "sheriff", sentenced=sentenced) == expected


def test_a_prosecutor_tells_unasked_only_the_victims_of_domestic_violence() -> None:
    assert due("us-nj", "release", "prosecutor") == {"victim-notice"}


def test_a_sheriff_tells_no_victim_of_what_was_not_found() -> None:
    assert due("us-ca", "release", "sheriff") == set()
    assert due("us-wa", "release", "state-corrections") == set()


def test_a_copy_is_owed_of_a_detainer_and_not_of_a_judges_warrant() -> None:
    assert due("us-ca", "lodge", "sheriff", "custodian", DETAINER) == {"copy-of-request"}
    assert due("us-ca", "lodge", "sheriff", "custodian", WARRANT) == set()
    assert due("us-nj", "lodge", "sheriff", "custodian", DETAINER) == {"tell-person"}
    assert due("us-nj", "lodge", "sheriff", "custodian", WARRANT) == set()


def test_the_state_police_owe_no_copy_and_the_same_request_to_a_sheriff_does() -> None:
    assert due("us-ca", "hold", "sheriff", "ICE-ERO", DETAINER) == {"copy-of-request"}
    assert due("us-ca", "hold", "state-police", "ICE-ERO", DETAINER) == set()


def test_the_person_is_told_of_a_notice_only_where_it_may_be_given() -> None:
    assert due("us-ca", "release_date", "sheriff", "ICE-ERO") == {"copy-of-request"}
    assert due("us-ca", "release_date", "sheriff", "FBI", release_public=Tri.YES) == set()


def test_the_city_records_requests_to_support_immigration_enforcement_and_no_others() -> None:
    assert due("us-ny-nyc", "search", "city-police", "ICE-ERO") == {"record-of-request"}
    assert due("us-ny-nyc", "search", "city-police", "FBI") == set()
    assert due("us-ny-nyc", "lodge", "city-corrections", "custodian", WARRANT) == set()


def test_whoever_is_booked_in_washington_is_told_and_nobody_at_a_release() -> None:
    assert due("us-wa", "book", "sheriff") == {"explain-right-not-to-answer"}
    assert due("us-wa", "release", "sheriff") == set()
