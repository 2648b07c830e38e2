"""The leaf: what can be written, what is read back, and that the reader rejects anything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from cleargate.model.errors import CheckFailed, FieldError, LimitReached
from cleargate.model.kinds import CUSTODY_KINDS, KINDS, REJECTABLE
from cleargate.model.leaf import MAX_LEAF, Disclosure, Leaf, open_disclosure, read, seal
from cleargate.model.receipt import Versions
from cleargate.model.words import Outcome
from tests.fakes import NOON, Dice, answered, credential, decided, law

RAW = seal(decided("b" * 64, 3), Dice())[0].raw


def test_the_kinds_are_those_of_the_design() -> None:
    named = "decided answered done failed law agency credential evidence import late conflict alarm"
    others = "report lost expunged rejected"
    assert set(KINDS) == {*named.split(), *others.split(), *CUSTODY_KINDS}
    assert {"decided", "answered"} == REJECTABLE


def test_what_is_sealed_is_read_back() -> None:
    leaf = seal(decided("b" * 64, 3), Dice())[0]
    again = read(leaf.raw)
    assert again == leaf
    assert (again.kind, again.at, again.via) == ("decided", NOON, "api")
    assert again.under == again.in_force == Versions("b" * 64, 3)
    assert again.clear["basis"] == ({"kind": "detainer", "verified": False},)
    assert "facility" not in again.clear


def test_a_field_of_words_may_be_given_as_its_type() -> None:
    assert seal(decided(outcome=Outcome.PERMIT), Dice())[0].clear["outcome"] == "permit"


def test_no_salted_value_is_in_the_leaf() -> None:
    assert b"P-1" not in RAW
    assert b"bius" not in RAW


def test_every_salted_field_is_sealed_whether_it_has_a_value_or_not() -> None:
    full = seal(decided(), Dice())[0]
    empty = seal(replace(decided(), salted={}), Dice("other"))[0]
    assert full.sealed.keys() == empty.sealed.keys() == set(KINDS["decided"].salted)
    assert len(full.raw) == len(empty.raw)


def test_the_same_value_is_never_sealed_to_the_same_digest() -> None:
    dice = Dice()
    first, second = seal(decided(), dice)[0], seal(decided(), dice)[0]
    assert not set(first.sealed.values()) & set(second.sealed.values())


def test_a_disclosure_opens_its_digest_and_nothing_else() -> None:
    leaf, disclosures = seal(decided(), Dice())
    shown = {d.name: d for d in disclosures}
    assert open_disclosure(leaf, shown["search"]) == {"where": [["name", "=", "Möbius"]]}
    assert open_disclosure(leaf, shown["case"]) is None
    for wrong in (
        replace(shown["person"], value='"P-2"'),
        replace(shown["person"], salt=shown["case"].salt),
        replace(shown["person"], name="case"),
        Disclosure("nothing", shown["person"].salt, '"P-1"'),
    ):
        with pytest.raises(CheckFailed):
            open_disclosure(leaf, wrong)


def test_time_is_written_in_utc_with_z() -> None:
    at = datetime(2026, 7, 1, 17, 0, 0, 250, tzinfo=UTC)
    assert b'"at":"2026-07-01T17:00:00.000250Z"' in seal(replace(decided(), at=at), Dice())[0].raw


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"outcome": "maybe"}, "outcome"),
        ({"rules": ["a", 1.5]}, "rules"),
        ({"rules": "a"}, "rules"),
        ({"action": ""}, "action"),
        ({"action": "x" * 201}, "action"),
        ({"action": None}, "action"),
        ({"unreviewed": 1}, "unreviewed"),
        ({"dataset": 5}, "dataset"),
        ({"basis": [{"kind": "detainer"}]}, "basis"),
        ({"basis": [{"kind": "detainer", "verified": False, "id": "E-1"}]}, "basis"),
        ({"person": "P-1"}, "person"),
        ({"v": 2}, "v"),
        ({"at": NOON}, "at"),
        ({"sealed": {}}, "sealed"),
        ({"in_force": {"book": "", "epoch": 1}}, "in_force"),
        ({"action": "\ud800"}, "entry"),
    ],
)
def test_a_wrong_clear_field_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError) as caught:
        seal(decided(**changes), Dice())
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "opinion"}, "kind"),
        ({"at": datetime(2026, 7, 1)}, "at"),  # noqa: DTZ001
        ({"at": datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=1)))}, "at"),
        ({"epoch": -1}, "epoch"),
        ({"epoch": 2**53}, "epoch"),
        ({"via": "mail"}, "via"),
        ({"salted": {"secret": 1}}, "secret"),
        ({"salted": {"person": 1.5}}, "person"),
        ({"salted": {"facts": {"a": [1, 2e30]}}}, "facts"),
        ({"salted": {"person": "\ud800"}}, "person"),
        ({"salted": {"person": object()}}, "person"),
    ],
)
def test_a_wrong_field_of_any_kind_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError) as caught:
        seal(replace(decided(), **changes), Dice())
    assert caught.value.field == field


def test_text_that_looks_like_a_float_may_be_sealed() -> None:
    assert seal(replace(decided(), salted={"case": "1.5e3"}), Dice())


def test_an_entry_that_is_too_long_is_refused() -> None:
    with pytest.raises(LimitReached):
        seal(decided(rules=["x" * 200] * 400), Dice())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"kind":"decided"', b'"kind":"opinion"'),
        (b'"kind":"decided",', b""),
        (b'"v":1', b'"v":2'),
        (b'"epoch":3', b'"epoch":3.0'),
        (b'"epoch":3', b'"epoch":30e-1'),
        (b'"epoch":3', b'"epoch":true'),
        (b'"epoch":3', b'"epoch":3,"epoch":3'),
        (b'"epoch":3', b'"epoch":03'),
        (b'"epoch":3', b'"epoch": 3'),
        (b'"epoch":3,', b""),
        (b'"masks":[]', b'"masks":[],"mood":"good"'),
        (b'"masks":[]', b'"masks":null'),
        (b'"via":"api"', b'"via":"mail"'),
        (b'"action":"search"', b'"action":"se\\u0061rch"'),
        (b'"action":"search"', b'"action":"\xff"'),
        (b'"action":"search"', b'"action":"\xed\xa0\x80"'),
        (b"Z", b"+00:00"),
        (b"Z", b"+01:00"),
        (b"Z", b""),
        (b"Z", b".000000Z"),
        (b"2026-07-01", b"2026-02-30"),
        (b'"sealed":{"', b'"sealed":{"\xc3\xa9'),
        (b'"case":"', b'"case":"+'),
        (b'{"action"', b'{ "action"'),
        (b'"api"}', b'"api"}\n'),
        (b'"epoch":3', b'"epoch":3,"in_force":{"book":"c","epoch":3}'),
    ],
)
def test_the_reader_rejects_anything_else(old: bytes, new: bytes) -> None:
    assert old in RAW
    with pytest.raises(CheckFailed):
        read(RAW.replace(old, new, 1))


def test_the_reader_rejects_keys_in_another_order() -> None:
    start, end = RAW.index(b'"action"'), RAW.index(b'"basis"')
    with pytest.raises(CheckFailed, match="canonical"):
        read(b"{" + RAW[end:-1] + b"," + RAW[start : end - 1] + b"}")


def test_the_reader_rejects_digests_that_are_no_base64url() -> None:
    digest = read(RAW).sealed["case"].encode()
    for wrong in (digest[:-1], digest + b"A", b"+" + digest[1:], b"=" + digest[1:]):
        with pytest.raises(CheckFailed):
            read(RAW.replace(digest, wrong))


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b"\x00", b"{" * 70_000])
def test_the_reader_rejects_what_is_no_entry(raw: bytes) -> None:
    with pytest.raises(CheckFailed):
        read(raw)


def test_the_reader_rejects_what_no_tile_can_hold() -> None:
    with pytest.raises(CheckFailed, match="longer"):
        read(b" " * (MAX_LEAF + 1))


def test_law_moves_the_book_and_credentials_the_epoch() -> None:
    now = Versions("a", 4)
    assert seal(law("b", "a", 4), Dice())[0].after(now) == Versions("b", 4)
    assert seal(credential("a", 4), Dice())[0].after(now) == Versions("a", 5)
    agency = Leaf("agency", NOON, "a", 4, "cli", {"agency": "ICE", "what": "cut-off"})
    assert seal(agency, Dice())[0].after(now) == Versions("a", 5)
    assert seal(answered(0, "a", 4), Dice())[0].after(now) == now


def test_an_entry_logged_under_newer_versions_names_both() -> None:
    done = Leaf("done", NOON, "a", 4, "api", {"act": "hold", "decision": 7})
    stamped = seal(done, Dice())[0].stamped(Versions("b", 5))
    again = read(stamped.raw)
    assert (again.under, again.in_force) == (Versions("a", 4), Versions("b", 5))
    assert again.fits(Versions("b", 5))
    assert not again.fits(Versions("a", 4))
    same = seal(done, Dice())[0].stamped(Versions("a", 4))
    with pytest.raises(CheckFailed):
        read(same.raw)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_written_with_all_its_fields_and_with_the_fewest(kind: str) -> None:
    grammar = KINDS[kind]
    for names in (grammar.needs, {**grammar.needs, **grammar.may}):
        clear = {name: _example(kind, name) for name in names}
        leaf, disclosures = seal(Leaf(kind, NOON, "", 0, "job", clear), Dice())
        assert read(leaf.raw).clear.keys() == clear.keys()
        assert [d.name for d in disclosures] == list(grammar.salted)


def _example(kind: str, name: str) -> Any:
    examples: dict[str, Any] = {
        "at": NOON,
        "basis": [{"kind": "detainer", "verified": True}],
        "by": NOON,
        "digest": "0" * 64,
        "audience": "public",
        "entries": 2 if kind == "done" else [1, 2],
        "file": "0" * 64,
        "outcome": "permit",
        "stands_for": "booked",
        "unreviewed": False,
        "what": "issued" if kind == "credential" else "added",
        "written_at": NOON,
    }
    lists = ("columns", "excepted", "fields", "keys", "masks", "packs", "rules")
    counts = ("count", "decision", "rejected", "rows")
    return examples.get(name, ["a"] if name in lists else 3 if name in counts else "some")
