"""Leaves: whatever is sealed is read back, and nothing else is."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from cleargate.model.errors import CheckFailed
from cleargate.model.leaf import disclosure_digest, open_disclosure, read, seal
from tests.fakes import Dice, decided

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
words = st.lists(text.filter(bool), max_size=4)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
RAW = seal(decided("b" * 64, 3), Dice())[0].raw


@given(words, words, st.datetimes(timezones=st.just(UTC)), st.integers(0, 2**53 - 1))
def test_what_is_sealed_is_read_back(
    rules: list[str], masks: list[str], at: datetime, epoch: int
) -> None:
    leaf, _ = seal(replace(decided(rules=rules, masks=masks), at=at, epoch=epoch), Dice())
    again = read(leaf.raw)
    assert again.clear["rules"] == tuple(rules)
    assert (again.at, again.under.epoch) == (at, epoch)


@given(words)
def test_a_leaf_is_canonical_json(rules: list[str]) -> None:
    raw = seal(decided(rules=rules), Dice())[0].raw
    slow = json.dumps(
        json.loads(raw), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()
    assert raw == slow


@given(json_values)
def test_a_sealed_value_is_opened_as_it_was(value: Any) -> None:
    leaf, disclosures = seal(replace(decided(), salted={"facts": value}), Dice())
    shown = next(d for d in disclosures if d.name == "facts")
    assert open_disclosure(leaf, shown) == value


@given(json_values, json_values)
def test_another_value_never_opens_a_digest(value: Any, other: Any) -> None:
    leaf, disclosures = seal(replace(decided(), salted={"facts": value}), Dice())
    shown = next(d for d in disclosures if d.name == "facts")
    text = json.dumps(other, separators=(",", ":"), ensure_ascii=False).encode()
    same = disclosure_digest("facts", shown.salt, text) == leaf.sealed["facts"]
    assert same is (text == shown.value.encode())


@given(st.integers(0, len(RAW) - 1), st.binary(max_size=3), st.integers(0, 3))
@example(0, b"", 0)
def test_the_reader_takes_only_what_a_writer_could_have_written(
    at: int, put: bytes, drop: int
) -> None:
    raw = RAW[:at] + put + RAW[at + drop :]
    try:
        leaf = read(raw)
    except CheckFailed:
        return
    # Another valid entry, then: in canonical form, of the same fields.
    assert leaf.raw == raw
    assert json.loads(raw).keys() == json.loads(RAW).keys()


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    with suppress(CheckFailed):
        assert read(raw).raw == raw
