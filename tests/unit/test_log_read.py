"""Reading the log: entries, lists, receipts on paper, proofs and tiles."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cleargate.log.append import append
from cleargate.log.export import export
from cleargate.log.merkle import complete, includes, leaf_hash
from cleargate.log.note import Checkpoint
from cleargate.log.read import consistency, entries, entry, entry_tile, hash_tile, raw, receipt
from cleargate.log.receipts import (
    check_proof,
    check_receipt,
    receipt_from_json,
    receipt_to_json,
    receipt_to_proof,
)
from cleargate.log.store import Log
from cleargate.log.tiles import split_bundle
from cleargate.model.errors import BadUse, CheckFailed, KeyUnusable
from cleargate.model.receipt import Versions
from tests.fakes import NOON, answered, credential, decided, law, log_signer, new_log, sqlite_of

VKEY = str(log_signer().verifier)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = new_log(tmp_path)
    append(log, [decided(), law("one"), decided("one", represented='Q "x"'), credential("one")])
    append(log, [answered(2, "one", 1), replace(decided("one", 1), at=NOON + timedelta(hours=1))])
    return log


def test_an_entry_is_shown_with_its_values(log: Log) -> None:
    found = entry(log, 0)
    assert found.leaf.kind == "decided"
    assert found.values["person"] == "P-1"
    assert found.values["case"] is None
    assert found.expunged == frozenset()


def test_a_deleted_value_is_shown_as_expunged(log: Log) -> None:
    sqlite_of(log.store).execute("DELETE FROM disclosures WHERE idx = 0 AND name = 'person'")
    found = entry(log, 0)
    assert found.expunged == {"person"}
    assert "person" not in found.values


def test_a_value_changed_in_the_database_is_not_shown(log: Log) -> None:
    sqlite_of(log.store).execute("UPDATE disclosures SET value = '\"P-2\"' WHERE idx = 0")
    with pytest.raises(CheckFailed):
        entry(log, 0)


@pytest.mark.parametrize("index", [-1, 6, 2**63, 2**70])
def test_an_entry_that_is_not_there_is_named(log: Log, index: int) -> None:
    with pytest.raises(BadUse, match="0 to 5"):
        entry(log, index)
    with pytest.raises(BadUse):
        receipt(log, index)


@pytest.mark.parametrize("value", ["text", 7, 0.5])
def test_an_entry_that_is_no_bytes_was_changed_by_something_else(
    log: Log, tmp_path: Path, value: object
) -> None:
    sqlite_of(log.store).execute("UPDATE entries SET bytes = ? WHERE idx = 2", (value,))
    changed = "changed by something else than this program"
    for read in (entry, raw, receipt):
        with pytest.raises(CheckFailed, match=changed):
            read(log, 2)
    with pytest.raises(CheckFailed, match=changed):
        entry_tile(log, 0, 6)
    for name in ("out", "out.zip"):
        with pytest.raises(CheckFailed, match=changed):
            export(log, tmp_path / name)
        assert not (tmp_path / name).exists()


def test_entries_are_listed_newest_first_by_kind_agency_and_time(log: Log) -> None:
    assert [e.index for e in entries(log)] == [5, 4, 3, 2, 1, 0]
    assert [e.index for e in entries(log, kinds=["decided", "law"])] == [5, 2, 1, 0]
    assert [e.index for e in entries(log, agency="ICE")] == [5, 3, 0]
    assert [e.index for e in entries(log, agency='Q "x"')] == [2]
    assert [e.index for e in entries(log, agency="IC")] == []
    assert [e.index for e in entries(log, since=NOON + timedelta(minutes=1))] == [5]
    assert [e.index for e in entries(log, limit=2)] == [5, 4]
    assert [e.index for e in entries(log, before=4, limit=2)] == [3, 2]


def test_a_receipt_can_be_had_again_and_checked(log: Log) -> None:
    for index in range(6):
        paper = receipt_to_json(receipt(log, index))
        again = receipt_from_json(paper)
        assert again == receipt(log, index)
        check_receipt(again, entry(log, index).leaf.raw, VKEY)
    assert receipt(log, 2).versions == Versions("one", 0)


def test_a_receipt_for_another_entry_log_or_place_is_refused(log: Log) -> None:
    good, raw = receipt(log, 2), entry(log, 2).leaf.raw
    other = str(log_signer("other.gov/log").verifier)
    with pytest.raises(CheckFailed, match="was changed"):
        check_receipt(good, raw + b" ", VKEY)
    with pytest.raises(CheckFailed, match="did not sign"):
        check_receipt(good, raw, other)
    with pytest.raises(KeyUnusable):
        check_receipt(good, raw, "no key")
    for wrong in (
        replace(good, index=3),
        replace(good, tree_size=5),
        replace(good, proof=good.proof[:-1]),
        replace(good, leaf_hash=bytes(32)),
        replace(good, checkpoint=good.checkpoint.replace("\n6\n", "\n7\n")),
    ):
        with pytest.raises(CheckFailed):
            check_proof(wrong, VKEY)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"v":1}', "{" * 10, "x" * 300_000, '{"v":2}']
)
def test_what_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(CheckFailed, match="not a receipt"):
        receipt_from_json(text)


def test_a_receipt_with_a_field_too_many_is_refused(log: Log) -> None:
    paper = receipt_to_json(receipt(log, 0))
    with pytest.raises(CheckFailed):
        receipt_from_json(paper.replace('"v"', '"w": 1, "v"'))


def test_a_receipt_is_written_as_a_tlog_proof_for_others(log: Log) -> None:
    found = receipt(log, 4)
    lines = receipt_to_proof(found).split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 4"]
    assert lines[2 + len(found.proof)] == ""
    assert "\n".join(lines[3 + len(found.proof) :]) == found.checkpoint


def test_tiles_are_served_whole_and_in_part(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [decided()] * 300)
    full, part = hash_tile(log, 0, 0), hash_tile(log, 0, 1, 44)
    assert (len(full), len(part)) == (256 * 32, 44 * 32)
    assert hash_tile(log, 0, 0, 10) == full[:320], "tiles of earlier sizes stay"
    assert hash_tile(log, 1, 0, 1) == complete(full)
    bundle, ends = split_bundle(entry_tile(log, 1, 44))
    assert ends
    assert [leaf_hash(e) for e in bundle] == [part[i : i + 32] for i in range(0, len(part), 32)]
    for level, n, wide in ((0, 1, 45), (0, 2, 1), (1, 0, 2), (2, 0, 1), (0, 0, 0), (-1, 0, 1)):
        with pytest.raises(BadUse):
            hash_tile(log, level, n, wide)


def test_a_log_shows_that_it_goes_on_from_what_it_was(log: Log) -> None:
    note, proof = consistency(log, 5)
    assert Checkpoint.open(note, log.verifier).size == 6
    assert proof
    for size in (0, 7):
        with pytest.raises(BadUse):
            consistency(log, size)
    first = receipt(log, 5)
    root = Checkpoint.open(first.checkpoint, log.verifier).root
    assert includes(5, 6, first.leaf_hash, first.proof, root)
