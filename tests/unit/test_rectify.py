"""A record challenged, corrected, sealed, expunged: what disappears, who had it, who is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cleargate.model.errors import FieldError, TicketRefused
from cleargate.model.request import Request
from cleargate.records import rectify
from tests import terminal
from tests.extracts import POLICE, Records, catalogued, clear, robbery
from tests.fakes import NOON, ticket_of
from tests.places import Places, everything
from tests.terminal import ON_A_CASE, County

OPEN = ("see:identity", "see:birth")
ZOE = {
    "id": "P1", "surname": "Zubrowski-Quill", "given_names": "Zoë", "birth_date": "1980-02-29",
    "phone": "555-0101", "updated_at": "2026-01-01T00:00:00",
}  # fmt: skip
ANN = {"id": "P2", "surname": "Quill", "given_names": "Ann", "updated_at": "2026-01-01T00:00:00"}


@pytest.fixture
def records(tmp_path: Path, places: Places) -> Iterator[Records]:
    with closing(Records(tmp_path, places("records"))) as made:
        made.take(catalogued("person", [ZOE, ANN]), "catalogue")
        yield made


def act(
    records: Records, what: str, key: str = "P1", of: str = "person", **changes: str
) -> rectify.Rectified:
    """The act with a fresh ticket."""
    sealing = what in ("sealed", "expunged")
    subject = {"what": what} | ({"changes": json.dumps(changes)} if changes else {})
    records.leaf += 1
    request = Request(
        rectify.SEAL if sealing else rectify.CORRECT, POLICE, "ADM", POLICE, of, key,
        basis=("E-1",) if sealing else (), subject=subject,
    )  # fmt: skip
    do = rectify.seal if sealing else rectify.correct
    return do(records.store, ticket_of(request, records.leaf), NOON)


def shown(records: Records, *where: str) -> tuple[str, ...]:
    """The keys of what a search shows."""
    return records.ask(*where, of="person", opened=OPEN).keys


def test_a_challenge_is_shown_with_the_record_until_it_is_settled(records: Records) -> None:
    act(records, "challenged")
    (notice,) = records.ask(of="person").notices
    assert notice.endswith("not yet settled: P1.")
    assert records.ask("id = P2", of="person").notices == ()
    act(records, "upheld")
    assert records.ask(of="person").notices == ()


def test_a_correction_settles_a_challenge_and_is_found_by_the_new_value(records: Records) -> None:
    act(records, "challenged")
    done = act(records, "corrected", surname="Zabriskie", birth_date="1981-03-01")
    assert done.columns == ("surname", "birth_date")
    assert records.ask(of="person").notices == ()
    assert shown(records, "name alike zabrisky, zoe") == ("P1",)
    assert shown(records, "birth_date = 1981-03-01") == ("P1",)
    assert shown(records, "name alike zubrowski") == ()


def test_an_extract_from_before_a_correction_does_not_bring_the_error_back(
    records: Records,
) -> None:
    act(records, "corrected", surname="Zabriskie")
    assert records.take(catalogued("person", [ZOE, ANN]), "catalogue").superseded == 1
    assert records.rows("person")[0]["surname"] == "ZABRISKIE"
    newer = ZOE | {"updated_at": "2027-01-01T00:00:00"}
    assert records.take(catalogued("person", [newer]), "catalogue").updated == 1


def test_a_sealed_record_is_shown_to_nobody_and_no_import_opens_it(records: Records) -> None:
    act(records, "sealed")
    assert shown(records) == ("P2",)
    newer = ZOE | {"updated_at": "2027-01-01T00:00:00"}
    records.take(catalogued("person", [newer]), "catalogue")
    assert shown(records) == ("P2",)


def test_of_an_expunged_record_nothing_is_left_but_its_number(records: Records) -> None:
    done = act(records, "expunged")
    assert set(done.columns) >= {"surname", "given_names", "birth_date", "phone"}
    assert shown(records) == ("P2",)
    left = everything(records.store).upper()
    for value in ("ZUBROWSKI", "1980-02-29", "555-0101"):
        assert value not in left
    assert shown(records, "name alike QUILL") == ("P2",)


def test_an_expunged_record_takes_nothing_back(records: Records) -> None:
    act(records, "expunged")
    newer = ZOE | {"updated_at": "2027-01-01T00:00:00"}
    result = records.take(catalogued("person", [newer, ANN]), "catalogue")
    assert (result.superseded, result.unchanged, result.updated) == (1, 1, 0)
    assert records.rows("person")[0]["phone"] is None
    with pytest.raises(FieldError, match="There is no record 'P1'"):
        act(records, "corrected", surname="X")


@pytest.mark.parametrize(
    ("of", "row"),
    [
        ("incident", robbery(1)),
        ("arrest", {"id": "1", "arrested_at": "2025-01-01T10:00", "charge": "THEFT"}),
        ("involvement", {"id": "1", "incident_id": "7", "role": "VICTIM", "victim_name": "V"}),
        ("warrant", {"id": "1", "kind": "BENCH", "status": "ACTIVE", "issued_at": "2025-01-01",
                     "surname": "ZUBROWSKI"}),
        ("vehicle", {"id": "1", "reported_at": "2025-01-01", "plate": "ZZ1"}),
        ("contact_card", {"id": "1", "contacted_at": "2025-01-01", "reason": "NOISE"}),
    ],
)  # fmt: skip
def test_a_record_of_every_data_set_can_be_expunged(
    records: Records, of: str, row: dict[str, str]
) -> None:
    text = clear([row]) if of == "incident" else catalogued(of, [row])
    records.take(text, "clear-incidents" if of == "incident" else "catalogue")
    act(records, "expunged", "1", of)
    (left,) = records.rows(of)
    values = {v for n, v in left.items() if n not in ("id", "custodian", "leaf")}
    assert values <= {None, "EXPUNGED", "0001-01-01T00:00:00", "no", "yes"}


@pytest.mark.parametrize(
    ("what", "changes", "sentence"),
    [
        ("corrected", {}, "Give the new values"),
        ("challenged", {"surname": "X"}, "Give the new values"),
        ("corrected", {"surnam": "X"}, "did you mean surname?"),
        ("corrected", {"id": "P9"}, "id cannot be corrected"),
        ("corrected", {"name": "X"}, "name cannot be corrected"),
        ("corrected", {"birth_date": "soon"}, "is not a date"),
        ("upheld", {}, "Nothing of P1 is challenged"),
        ("mended", {}, "mended"),
    ],
)
def test_a_wrong_correction_is_one_sentence_and_changes_nothing(
    records: Records, what: str, changes: dict[str, str], sentence: str
) -> None:
    before = everything(records.store)
    with pytest.raises(FieldError) as fault:
        act(records, what, **changes)
    assert sentence in fault.value.sentence
    assert everything(records.store) == before


def test_a_victim_is_not_corrected_into_the_column_of_suspects(records: Records) -> None:
    row = {"id": "V1", "incident_id": "1", "role": "VICTIM", "victim_id": "P1"}
    records.take(catalogued("involvement", [row]), "catalogue")
    with pytest.raises(FieldError, match="person_id must be blank where role is VICTIM"):
        act(records, "corrected", "V1", "involvement", person_id="P1")


def test_the_same_entry_corrects_once(records: Records) -> None:
    done = act(records, "corrected", surname="Zabriskie")
    records.leaf -= 1
    assert act(records, "corrected", surname="Other") == done
    assert records.rows("person")[0]["surname"] == "ZABRISKIE"
    records.leaf -= 1
    with pytest.raises(TicketRefused):
        act(records, "sealed")


# --- through the gate, as a clerk does it ----------------------------------------------------

SEARCH = (*ON_A_CASE, "--action", "search", "--where", "beat = 0735", "--limit", "5")


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> County:
    county = terminal.found(tmp_path_factory.mktemp("rectify"))
    file = terminal.extract(county.place / "robberies.csv")
    county.said("records import", "--source", "clear-incidents", file, by="clerk")
    return county


@pytest.fixture
def county(stocked: County, tmp_path: Path) -> County:
    return stocked.copy(tmp_path)


def order(county: County, record: str, *, verified: bool = True) -> str:
    """A court's order about a record."""
    about = ("--kind", "court-order", "--target", record)
    id = county.said("evidence add", *about, by="detective")["result"]["evidence"]
    if verified:
        county.said("evidence verify", id, by="clerk")
    return str(id)


def seal(county: County, record: str, *more: object, code: int = 0) -> Any:
    """Seal as the clerk."""
    letters = ("--letters", county.place / "letters")
    return county.said(
        "records seal", record, "--dataset", "incident", *letters, *more, by="clerk", code=code
    )


def test_who_had_a_sealed_record_is_told_by_a_letter(county: County) -> None:
    county.said("ask", "--for", "FBI", *SEARCH, by="fbi")
    index = county.size() - 1  # of what was answered
    county.said("ask", "--for", "CHICAGO-POLICE", *SEARCH, by="detective")
    elsewhere = (*ON_A_CASE, "--action", "search", "--where", "id = 7002")
    county.said("ask", "--for", "USMS", *elsewhere, by="marshal")
    said = seal(county, "7001", "--basis", order(county, "7001"))["result"]
    assert [a["agency"] for a in said["had_before"]] == ["FBI", "CHICAGO-POLICE"]
    assert said["had_before"][0]["entry"] == index
    (file,) = said["letters"]
    letter = Path(file).read_text()
    assert "Record 7001 (incident)" in letter
    assert f"entry {index}  purpose C  case 26-114" in letter
    assert "sealed under an order of a court" in letter
    assert Path(file).stat().st_mode & 0o077 == 0
    found = county.said("ask", "--for", "FBI", *SEARCH, by="fbi")["result"]
    assert [row[0] for row in found["rows"]] == ["7000", "7002"]


def test_a_corrected_record_is_asked_for_again(county: County) -> None:
    county.said("ask", "--for", "FBI", *SEARCH, by="fbi")
    said = county.said(
        "records correct", "7001", "--dataset", "incident", "--set", "beat = 0736",
        "--letters", county.place / "letters", by="clerk",
    )["result"]  # fmt: skip
    letter = Path(said["letters"][0]).read_text()
    assert "Corrected: beat." in letter
    assert "0736" not in letter


def test_without_a_verified_order_nothing_is_sealed(county: County) -> None:
    refused = county.run("records seal", "7001", "--dataset", "incident", "--basis",
                         order(county, "7001", verified=False), by="clerk")  # fmt: skip
    assert refused.exit_code == 2
    assert "a court's order that is verified" in refused.stderr
    refused = county.run("records seal", "7001", "--dataset", "incident", by="clerk")
    assert "Name the court's order" in refused.stderr
    found = county.said("ask", "--for", "FBI", *SEARCH, by="fbi")["result"]
    assert len(found["rows"]) == 3


def test_nobody_else_corrects_or_seals(county: County) -> None:
    for who in ("detective", "fbi"):
        asked = ("7001", "--dataset", "incident", "--what", "challenged")
        assert county.run("records correct", *asked, by=who).exit_code == 3
