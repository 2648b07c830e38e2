"""What the public export shows, and what it must not tell even by its lengths and its gaps."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleargate.log.append import append
from cleargate.log.export import ForThePublic, export
from cleargate.log.tiles import paths, split_bundle
from cleargate.log.verify import verify
from cleargate.model.kinds import KINDS
from cleargate.model.leaf import Leaf, read
from tests.exported import BOOK, laws
from tests.fakes import NOON, credential, decided, law, log_signer, new_log

VKEY = str(log_signer().verifier)
PUBLIC = ForThePublic(("CIV-IMM", "PUB"), NOON + timedelta(days=1))
_FOLDERS = count()
_DIGEST = re.compile(rb'"[A-Za-z0-9_-]{43}"')

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
purposes = st.sampled_from(["CIV-IMM", "PUB", "C", "F", "VIC"])


def salted(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Values for some of a kind's salted fields, as whatever they may be."""
    return st.dictionaries(st.sampled_from(KINDS[kind].salted), values)


@st.composite
def twins(draw: st.DrawFn) -> tuple[list[Leaf], list[Leaf]]:
    """Two logs' entries, which differ in their salted values only."""
    one, two = [law(BOOK)], [law(BOOK)]
    for index in range(1, draw(st.integers(2, 12))):
        leaf = decided(BOOK, purpose=draw(purposes), rules=draw(st.lists(st.sampled_from("ab"))))
        if draw(st.booleans()):
            clear = {"decision": draw(st.integers(0, index)), "rows": 3, "columns": ["id"]}
            leaf = Leaf("answered", NOON, BOOK, 0, "api", clear)
        for side in (one, two):
            side.append(_with(leaf, draw(salted(leaf.kind))))
    return one, two


def _with(leaf: Leaf, salted: Mapping[str, Any]) -> Leaf:
    return Leaf(leaf.kind, leaf.at, leaf.book, leaf.epoch, leaf.via, leaf.clear, salted)


def _exported(leaves: list[Leaf], tmp_path: Path) -> dict[str, bytes]:
    folder = tmp_path / str(next(_FOLDERS))
    folder.mkdir()
    log = new_log(folder)
    append(log, leaves)
    export(log, folder / "out", public=PUBLIC, laws=laws)
    log.close()
    assert verify(folder / "out", VKEY).findings == []
    files = (p for p in (folder / "out").rglob("*") if p.is_file())
    return {p.relative_to(folder / "out").as_posix(): p.read_bytes() for p in files}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pair=twins())
def test_logs_that_differ_in_sealed_values_only_look_the_same_but_for_digests(
    tmp_path: Path, pair: tuple[list[Leaf], list[Leaf]]
) -> None:
    one, two = (_exported(leaves, tmp_path) for leaves in pair)
    assert one.keys() == two.keys()
    for path, here in one.items():
        there = two[path]
        assert len(here) == len(there), path
        if path.startswith("tile/entries/"):
            assert _DIGEST.sub(b"", here) == _DIGEST.sub(b"", there)
        elif path == "checkpoint":
            assert here.split(b"\n")[:2] == there.split(b"\n")[:2]
        elif not path.startswith("tile/"):
            assert here == there, path


def _shown(folder: Path, size: int) -> dict[int, str]:
    tiles = [p for p in paths(size) if "entries" in p]
    raws = [e for tile in tiles for e in split_bundle((folder / tile).read_bytes())[0]]
    return {i: read(raw).kind for i, raw in enumerate(raws) if raw}


def test_only_public_purposes_what_came_of_them_and_changes_of_the_law_are_shown(
    tmp_path: Path,
) -> None:
    log = new_log(tmp_path)
    answer = {"rows": 1, "columns": ["id"]}
    append(log, [law(BOOK), decided(BOOK), decided(BOOK, purpose="C"), credential(BOOK)])
    append(
        log,
        [
            Leaf("answered", NOON, BOOK, 1, "api", {"decision": 1, **answer}),
            Leaf("answered", NOON, BOOK, 1, "api", {"decision": 2, **answer}),
            Leaf("booked", NOON, BOOK, 1, "api", {"facility": "JAIL"}, {"person": "P"}),
            Leaf("report", NOON, BOOK, 1, "job",
                 {"digest": "0" * 64, "period": "2026", "report": "detainers"}),
            decided(BOOK, 1, purpose="PUB"),
        ],
    )  # fmt: skip
    out = tmp_path / "out"
    export(log, out, public=PUBLIC, laws=laws)
    shown = {0: "law", 1: "decided", 4: "answered", 7: "report", 8: "decided"}
    assert _shown(out, 9) == shown
    report = verify(out, VKEY)
    assert (report.ok, report.withheld, report.values_seen) == (True, 4, False)
    assert not (out / "disclosures.jsonl").exists()


def test_what_is_newer_than_the_lag_is_withheld_whatever_it_is(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [law(BOOK), decided(BOOK), decided(BOOK)])
    late = decided(BOOK)
    append(log, [Leaf(late.kind, NOON + timedelta(days=2), BOOK, 0, "api", late.clear)])
    append(log, [decided(BOOK)])  # the clock went back: it stays withheld
    export(log, tmp_path / "out", public=PUBLIC, laws=laws)
    assert _shown(tmp_path / "out", 5) == {0: "law", 1: "decided", 2: "decided"}
    assert verify(tmp_path / "out", VKEY).ok


def test_an_entry_that_is_shown_against_the_rule_is_found(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [law(BOOK), decided(BOOK, purpose="C")])
    too_much = ForThePublic(("C",), PUBLIC.before)
    export(log, tmp_path / "out", public=too_much, laws=laws)
    manifest = tmp_path / "out" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"C"', '"PUB"'))
    (found,) = verify(tmp_path / "out", VKEY).findings
    assert found.sentence == "entry 1 is not for the public, but is shown"


def test_a_law_cannot_be_withheld_unseen(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    append(log, [law(BOOK), decided(BOOK)])
    export(log, tmp_path / "out", public=PUBLIC, laws=laws)
    tile = tmp_path / "out" / "tile" / "entries" / "000.p" / "2"
    entry = split_bundle(tile.read_bytes())[0][1]
    tile.write_bytes(bytes(2) + len(entry).to_bytes(2, "big") + entry)
    findings = verify(tmp_path / "out", VKEY).findings
    assert any("entry 1 says that law" in f.sentence for f in findings)


def test_no_letter_of_a_sealed_value_is_in_the_public_export(tmp_path: Path) -> None:
    secret = string.ascii_letters[::3]
    leaf = decided(BOOK)
    files = _exported([law(BOOK), _with(leaf, {"person": secret, "case": secret})], tmp_path)
    assert not any(secret.encode() in data for data in files.values())
