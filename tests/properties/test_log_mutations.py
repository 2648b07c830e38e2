"""Whatever is changed in an export is found, and the entry or its tile is named.

At every kind of place: entries, hashes of each level, checkpoint, values, index, key, and the files
themselves; in every way: changed, dropped, repeated, swapped, cut.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cleargate.log import check_log
from cleargate.log.layout import Manifest
from cleargate.log.merkle import Edge, leaf_hash
from cleargate.log.note import Checkpoint, split_note
from cleargate.log.report import Report
from cleargate.log.tiles import (
    bundle,
    entry_tile,
    hash_tile,
    levels,
    parse,
    paths,
    split_bundle,
    width,
)
from cleargate.log.verify import verify as verified
from tests.exported import (
    BOOK,
    COSIGNED,
    EVERYTHING,
    OLD_KEY,
    SIZE,
    TEXTS,
    WITNESS,
    WITNESS_KEY,
    filled,
    write,
)
from tests.fakes import log_signer

Units = list[bytes]

SINGLE = ("checkpoint", "manifest.json", "key.vkey", COSIGNED, "keys/0001")
LAWS = tuple(f"law/{BOOK}/{path}" for path in TEXTS)
FILES = (*SINGLE, *LAWS, "disclosures.jsonl", *paths(SIZE))
PUBLIC = (*SINGLE, *LAWS, *paths(SIZE))


def verify(where: Path) -> Report:
    """The check of this program, held to by the one that lies in the export."""
    report = verified(where, OLD_KEY, witnesses=[WITNESS_KEY], most=1_000_000)
    _same(report, where)
    return report


def _same(report: Report, where: Path) -> None:
    """The program in the export finds wrong what this one does, and in the same places."""
    try:
        alone = check_log.opened_at(where)
    except check_log.BROKEN:
        assert not report.ok
        return
    given = check_log.key(OLD_KEY, b"\1")
    check_log.run(alone, given, "", [check_log.key(WITNESS_KEY, b"\4")])
    ours = _places((f.path, f.entries) for f in report.findings)
    assert _places((path, entries) for path, _, entries in alone.findings) == ours


def _places(found: Iterable[tuple[str, tuple[int, int] | None]]) -> dict[str, set[object]]:
    """The entries that are named, for each file that is."""
    named: dict[str, set[object]] = {}
    for path, entries in found:
        named.setdefault(_place(path), set()).update({entries} - {None})
    return named


def _place(path: str) -> str:
    """A file, or the folder where what is wrong is the notes or texts together."""
    for folder in ("keys/", "cosigned/", f"law/{BOOK}"):
        if path.startswith(folder):
            return folder
    return path


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both exports of 556 entries: two full tiles of each kind, and partial ones."""
    folder = tmp_path_factory.mktemp("log")
    log, note = filled(folder)
    made = {"auditor": write(log, folder / "auditor", note)}
    made["public"] = write(log, folder / "public", note, EVERYTHING)
    log.close()
    for out in made.values():
        assert verify(out).ok
    return made


@pytest.fixture(scope="module")
def out(exports: dict[str, Path]) -> Path:
    return exports["auditor"]


@pytest.fixture
def copy(out: Path, tmp_path: Path) -> Path:
    shutil.copytree(out, tmp_path / "copy")
    return tmp_path / "copy"


def _units(name: str, data: bytes) -> Units:
    """The parts that a file consists of: entries, hashes, or lines."""
    if name.startswith("tile/entries/"):
        return split_bundle(data)[0]
    if name.startswith("tile/"):
        return [data[i : i + 32] for i in range(0, len(data), 32)]
    return data.splitlines(keepends=True)


def _signatures(units: Units) -> Units:
    """A note in a form in which its signatures have no order; nothing for what is no note."""
    if b"\n" not in units:
        return []
    text = units.index(b"\n")
    return [*units[:text], *sorted(units[text:])]


def _joined(name: str, units: Units) -> bytes:
    return bundle(units) if name.startswith("tile/entries/") else b"".join(units)


def _change(units: Units, i: int) -> Units:
    middle = len(units[i]) // 2
    unit = units[i][:middle] + bytes([units[i][middle] ^ 4]) + units[i][middle + 1 :]
    return [*units[:i], unit, *units[i + 1 :]]


def _drop(units: Units, i: int) -> Units:
    return units[:i] + units[i + 1 :]


def _repeat(units: Units, i: int) -> Units:
    return units[: i + 1] + units[i:]


def _repeat_over_the_next(units: Units, i: int) -> Units:
    return [*units[:i], units[i], units[i], *units[i + 2 :]]


def _swap(units: Units, i: int) -> Units:
    j = (i + 1) % len(units)
    swapped = list(units)
    swapped[i], swapped[j] = units[j], units[i]
    return swapped


def _cut(units: Units, i: int) -> Units:
    return units[:i]


MUTATIONS: tuple[Callable[[Units, int], Units], ...] = (
    _change, _drop, _repeat, _repeat_over_the_next, _swap, _cut)  # fmt: skip


def _named(report: Report, index: int) -> bool:
    return any(f.entries and f.entries[0] <= index <= f.entries[1] for f in report.findings)


def _about(report: Report, name: str) -> bool:
    return any(_place(f.path) == _place(name) for f in report.findings)


def _first_difference(old: Units, new: Units) -> int:
    return next(i for i in range(len(old) + 1) if old[i : i + 1] != new[i : i + 1])


@pytest.mark.parametrize("mutate", MUTATIONS)
@pytest.mark.parametrize("name", FILES)
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_part_is_found_and_named(
    out: Path,
    copy: Path,
    name: str,
    mutate: Callable[[Units, int], Units],
    data: st.DataObject,
) -> None:
    before = (out / name).read_bytes()
    units = _units(name, before)
    changed = mutate(units, data.draw(st.integers(0, len(units) - 1)))
    after = _joined(name, changed)
    if after == before or _signatures(units) == _signatures(changed) != []:
        return  # one line swapped with itself, or two signatures
    (copy / name).write_bytes(after)
    report = verify(copy)
    assert not report.ok
    assert _about(report, name)
    where = _first_difference(units, changed)
    if name.startswith("tile/entries/") and where < len(units):
        found = parse(name)
        assert found is not None
        assert _named(report, found[1] * 256 + where)
    elif name.startswith("tile/") and not name.startswith("tile/entries/"):
        assert not any(f.path.startswith("tile/entries/") for f in report.findings)
    elif name == "disclosures.jsonl" and where < len(units):
        # a line that is repeated shows where the next one should be
        indexes = [
            int(u.split(b":", 1)[1].split(b",", 1)[0]) for u in units[max(where - 1, 0) :][:2]
        ]
        assert any(_named(report, index) for index in indexes)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_changed_or_cut_are_found(
    out: Path, copy: Path, name: str, data: st.DataObject
) -> None:
    before = (out / name).read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    flip = data.draw(st.integers(0, 255))
    after = before[:at] + (bytes([before[at] ^ flip]) + before[at + 1 :] if flip else b"")
    (copy / name).write_bytes(after)
    report = verify(copy)
    assert not report.ok
    assert _about(report, name)


@pytest.mark.parametrize("name", PUBLIC)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_changed_or_cut_in_the_public_export_are_found(
    exports: dict[str, Path], tmp_path: Path, name: str, data: st.DataObject
) -> None:
    copy = tmp_path / "copy"
    if not copy.exists():
        shutil.copytree(exports["public"], copy)
    before = (exports["public"] / name).read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    flip = data.draw(st.integers(0, 255))
    after = before[:at] + (bytes([before[at] ^ flip]) + before[at + 1 :] if flip else b"")
    (copy / name).write_bytes(after)
    report = verify(copy)
    (copy / name).write_bytes(before)
    assert _about(report, name)


@pytest.mark.parametrize("name", FILES)
def test_a_dropped_file_is_found(copy: Path, name: str) -> None:
    (copy / name).unlink()
    report = verify(copy)
    # Without the note nobody can know that there was one: the checkpoint is a stranger's.
    assert _about(report, "checkpoint" if name == "keys/0001" else name)


@pytest.mark.parametrize("first", FILES)
def test_two_swapped_files_are_found(out: Path, copy: Path, first: str) -> None:
    second = FILES[(FILES.index(first) + 1) % len(FILES)]
    shutil.copy(out / first, copy / second)
    shutil.copy(out / second, copy / first)
    report = verify(copy)
    assert _about(report, first) or _about(report, second)


@pytest.mark.parametrize("name", [*paths(SIZE), "checkpoint"])
def test_a_file_that_is_there_twice_is_found(out: Path, tmp_path: Path, name: str) -> None:
    archive = tmp_path / "twice.zip"
    with zipfile.ZipFile(archive, "w") as twice, pytest.warns(UserWarning, match="Duplicate"):
        for file in FILES:
            twice.write(out / file, file)
        twice.write(out / name, name)
    assert _about(verify(archive), name)


@pytest.mark.parametrize(
    "name", ["tile/0/003", "tile/entries/003", "tile/2/001", "tile/0/002.p/45", "other", "tiles/0"]
)
def test_a_file_too_many_is_found(out: Path, copy: Path, name: str) -> None:
    (copy / name).parent.mkdir(exist_ok=True)
    shutil.copy(out / "tile" / "0" / "000", copy / name)
    assert _about(verify(copy), name)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_entry_and_its_hash_changed_together_are_found(
    out: Path, copy: Path, data: st.DataObject
) -> None:
    """Whoever changes an entry may mend the tiles above it; the signed root stays."""
    index = data.draw(st.integers(0, SIZE - 1))
    n, place = divmod(index, 256)
    wide = width(SIZE, 0, n)
    entries = split_bundle((out / entry_tile(n, wide)).read_bytes())[0]
    entries[place] = entries[place].replace(b'"via":"api"', b'"via":"cli"')
    assume(b'"via":"cli"' in entries[place] and index > 0)
    (copy / entry_tile(n, wide)).write_bytes(bundle(entries))
    hashes = bytearray((out / hash_tile(0, n, wide)).read_bytes())
    hashes[place * 32 : place * 32 + 32] = leaf_hash(entries[place])
    (copy / hash_tile(0, n, wide)).write_bytes(bytes(hashes))
    report = verify(copy)
    assert _named(report, index) or _about(report, "checkpoint")


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_zip_is_never_taken_for_sound_and_breaks_nothing(
    out: Path, tmp_path: Path, data: st.DataObject
) -> None:
    whole, broken = tmp_path / "whole.zip", tmp_path / "broken.zip"
    if not whole.exists():
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in FILES:
                archive.write(out / file, file)
    before = whole.read_bytes()
    directory = st.integers(len(before) - 1_000, len(before) - 1)
    at = data.draw(st.integers(0, len(before) - 1) | directory)
    flip = data.draw(st.integers(0, 255))
    broken.write_bytes(
        before[:at] + (bytes([before[at] ^ flip]) + before[at + 1 :] if flip else b"")
    )
    if verify(broken).ok:  # a date, say: nothing that is read
        with zipfile.ZipFile(broken) as archive:
            assert [archive.read(f) for f in FILES] == [(out / f).read_bytes() for f in FILES]


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/000", "disclosures.jsonl"])
@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_damaged_member_is_found_however_it_was_compressed(
    out: Path, tmp_path: Path, method: int, name: str
) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(broken, "w", method) as archive:
        for file in FILES:
            archive.write(out / file, file)
        member = archive.getinfo(name)
    data = bytearray(broken.read_bytes())
    for at in (4, 30, member.compress_size // 2):
        changed = data.copy()
        changed[member.header_offset + 30 + len(name) + at] ^= 0xFF
        broken.write_bytes(changed)
        assert _about(verify(broken), name)


@pytest.mark.parametrize("at", [253_402_300_799, 253_402_300_800, 2**63, 2**64 - 1])
def test_a_cosignature_of_a_time_that_is_none_is_no_cosignature(copy: Path, at: int) -> None:
    text, _ = split_note((copy / COSIGNED).read_text("utf-8"))
    log_line = (copy / COSIGNED).read_text("utf-8").removeprefix(text).splitlines(keepends=True)[1]
    (copy / COSIGNED).write_text(f"{text}\n{log_line}{WITNESS.sign(text, at)}", "utf-8")
    report = verify(copy)
    assert report.ok == (at < 253_402_300_800)
    assert report.ok or _about(report, COSIGNED)
    assert list(report.lines())


@pytest.mark.parametrize(
    "change",
    [
        {"purposes": ["PUB", "C\nNothing is wrong."]},
        {"purposes": ["PUB\n"]},
        {"purposes": ["PUB", 1]},
        {"purposes": "PUB"},
        {"purposes": {"PUB": 1}},
        {"v": True},
        {"v": 1.0},
        {"size": float(SIZE)},
        {"until": float(SIZE)},
        {"until": False},
        {"origin": "a\nNothing is wrong."},
    ],
    ids=str,
)
def test_a_manifest_cannot_write_lines_of_the_report(
    exports: dict[str, Path], tmp_path: Path, change: dict[str, object]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(exports["public"], copy)
    said = json.loads((copy / "manifest.json").read_text("utf-8")) | change
    text = json.dumps(said, indent=2, ensure_ascii=False) + "\n"
    (copy / "manifest.json").write_text(text, "utf-8")
    report = verified(copy, OLD_KEY, witnesses=[WITNESS_KEY])
    assert _about(report, "manifest.json")
    assert not any("\n" in line for line in report.lines())
    alone = check_log.opened_at(copy)
    check_log.run(alone, check_log.key(OLD_KEY, b"\1"), "", [])
    assert "manifest.json" in {path for path, _, _ in alone.findings}


@pytest.mark.parametrize("part", range(12))
def test_values_that_cannot_be_read_to_their_end_are_read_as_far_by_both(
    out: Path, tmp_path: Path, part: int
) -> None:
    """In a zip what breaks off is found by its parts; both programs read the same ones."""
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(broken, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in FILES:
            archive.write(out / file, file)
        member = archive.getinfo("disclosures.jsonl")
    data = bytearray(broken.read_bytes())
    data[member.header_offset + 60 + part * (member.compress_size - 60) // 12] ^= 2
    broken.write_bytes(data)
    assert _about(verify(broken), "disclosures.jsonl")


LARGE = 65_536 + 256 + 3


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hashes of 65,795 entries, which make tiles of three levels; no entries."""
    folder = tmp_path_factory.mktemp("large")
    edge, nodes = Edge(), dict[tuple[int, int], bytes]()
    for i in range(LARGE):
        for level, index, node in edge.add(leaf_hash(str(i).encode())):
            nodes[level, index] = node
    for path in _hash_tiles():
        tile, n, wide = parse(path) or (0, 0, 0)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        data = b"".join(nodes[8 * (tile or 0), n * 256 + i] for i in range(wide))
        (folder / path).write_bytes(data)
    signer = log_signer()
    note = signer.sign(Checkpoint(signer.name, LARGE, edge.root()).text)
    (folder / "checkpoint").write_text(note, "utf-8")
    said = Manifest(audience="public", origin=signer.name, size=LARGE, until=LARGE)
    (folder / "manifest.json").write_bytes(said.text())
    (folder / "key.vkey").write_text(OLD_KEY + "\n", "utf-8")
    assert verified(folder, OLD_KEY, hashes_only=True).ok
    return folder


def _hash_tiles() -> Iterator[str]:
    return (path for path in paths(LARGE) if "entries" not in path)


@pytest.mark.parametrize("level", levels(LARGE))
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("mutate", MUTATIONS)
def test_a_changed_hash_is_found_on_every_level(
    large: Path, level: int, last: bool, mutate: Callable[[Units, int], Units]
) -> None:
    n = LARGE >> 8 * (level + 1) if last else 0
    name = hash_tile(level, n, width(LARGE, level, n))
    file = large / name
    before = file.read_bytes()
    after = b"".join(mutate(_units(name, before), 0))
    if after == before:  # a swap in a tile of one hash
        return
    try:
        file.write_bytes(after)
        report = verified(large, OLD_KEY, hashes_only=True)
    finally:
        file.write_bytes(before)
    assert not report.ok
    assert _about(report, name) or _about(report, "checkpoint")
