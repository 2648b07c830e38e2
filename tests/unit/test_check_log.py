"""The program that lies in every export: alone, without this package and without any other."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cleargate.log import check_log
from cleargate.log.append import append
from cleargate.log.note import Signer
from cleargate.log.read import receipt
from cleargate.log.receipts import receipt_to_json, receipt_to_proof
from cleargate.log.tiles import entry_tile, split_bundle, width
from cleargate.log.verify import verify
from cleargate.model.receipt import Receipt
from tests.exported import (
    BOOK,
    EVERYTHING,
    OLD_KEY,
    SIZE,
    WITNESS_KEY,
    filled,
    write,
)
from tests.fakes import decided


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    log, note = filled(folder)
    (folder / "kept").write_text(log.checkpoint(), "utf-8")
    write(log, folder / "auditor", note)
    write(log, folder / "public.zip", note, EVERYTHING)
    log.close()
    return folder


def _alone(program: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run by a Python that sees the standard library only."""
    line = [sys.executable, "-I", "-S", str(program), *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_python_with_nothing_else_sees_neither_this_package_nor_cryptography() -> None:
    line = [sys.executable, "-I", "-S", "-c", "import cleargate"]
    assert b"ModuleNotFoundError" in subprocess.run(line, capture_output=True, check=False).stderr
    line[-1] = "import cryptography"
    assert b"ModuleNotFoundError" in subprocess.run(line, capture_output=True, check=False).stderr


@pytest.mark.parametrize(("name", "audience"), [("auditor", "auditor"), ("public.zip", "public")])
def test_the_program_in_an_export_checks_it_alone(exports: Path, name: str, audience: str) -> None:
    program = exports / "auditor" / "check_log.py"
    done = _alone(program, exports / name, OLD_KEY, "--witness", WITNESS_KEY)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"the {audience} export of {SIZE} entries" in done.stdout
    assert done.stdout.endswith("All is well.\n")


def test_what_was_kept_elsewhere_is_compared(exports: Path, tmp_path: Path) -> None:
    program = exports / "auditor" / "check_log.py"
    kept = exports / "kept"
    assert _alone(program, exports / "auditor", OLD_KEY, "--since", kept).returncode == 0
    log, _ = filled(tmp_path)
    append(log, [decided(BOOK, 1)])
    (tmp_path / "later").write_text(log.checkpoint(), "utf-8")
    done = _alone(program, exports / "auditor", OLD_KEY, "--since", tmp_path / "later")
    assert done.returncode == 5
    assert "the end was cut off" in done.stdout


def test_a_receipt_that_was_kept_is_compared(exports: Path, tmp_path: Path) -> None:
    program = exports / "auditor" / "check_log.py"
    log, _ = filled(tmp_path)
    for later, code, said in ((0, 0, "All is well"), (1, 5, "the end was cut off")):
        append(log, [decided(BOOK, 1)] * later)
        paper = receipt(log, 7)
        for text in (receipt_to_json(paper), receipt_to_proof(paper)):
            (tmp_path / "kept").write_text(text, "utf-8")
            done = _alone(program, exports / "auditor", OLD_KEY, "--since", tmp_path / "kept")
            assert (done.returncode, said in done.stdout) == (code, True)
    for text in ("{}", "{", "no", "[]"):
        (tmp_path / "kept").write_text(text, "utf-8")
        done = _alone(program, exports / "auditor", OLD_KEY, "--since", tmp_path / "kept")
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        assert str(tmp_path / "kept") in done.stderr


def _false(form: str, paper: Receipt) -> str:
    """A receipt that says something else than the log signed for."""
    if form == "tlog":
        return receipt_to_proof(replace(paper, index=paper.index + 1))
    wrong: dict[str, Any] = {"index": paper.index + 1, "leaf_hash": paper.proof[0], "proof": ()}
    wrong |= {"tree_size": paper.tree_size - 1}
    return receipt_to_json(replace(paper, **{form: wrong[form]}))


@pytest.mark.parametrize("form", ["index", "leaf_hash", "proof", "tree_size", "tlog"])
def test_a_receipt_that_shows_no_entry_to_be_in_the_log_is_exit_5(
    exports: Path, tmp_path: Path, form: str
) -> None:
    program = exports / "auditor" / "check_log.py"
    log, _ = filled(tmp_path)
    text = _false(form, receipt(log, 7))
    (tmp_path / "kept").write_text(text, "utf-8")
    for name in ("auditor", "public.zip"):
        done = _alone(program, exports / name, OLD_KEY, "--since", tmp_path / "kept")
        assert (done.returncode, done.stderr) == (5, "")
        assert "the receipt does not show entry" in done.stdout


@pytest.mark.parametrize("name", ["auditor", "public.zip"])
def test_the_entries_that_can_be_read_are_written_out(
    exports: Path, tmp_path: Path, name: str
) -> None:
    program, out = exports / "auditor" / "check_log.py", tmp_path / "entries"
    assert _alone(program, exports / name, OLD_KEY, "--entries", out).returncode == 0
    lines = [json.loads(line) for line in out.read_bytes().splitlines()]
    whole = [json.loads(raw) for raw in _entries(exports / "auditor")]
    assert all(line["entry"] == whole[line["index"]] for line in lines)
    kinds = {"auditor": SIZE, "public.zip": sum(map(_public, whole))}
    assert len(lines) == kinds[name]
    assert _alone(program, exports / name, OLD_KEY, "--entries", out).returncode == 2


def _entries(export: Path) -> list[bytes]:
    tiles = (entry_tile(n, width(SIZE, 0, n)) for n in range(-(-SIZE // 256)))
    return [raw for tile in tiles for raw in split_bundle((export / tile).read_bytes())[0]]


def _public(entry: dict[str, Any]) -> bool:
    """Whether an entry of this very log is shown: the only answers are to entries 1 and 4."""
    if entry["kind"] == "decided":
        return entry["purpose"] in EVERYTHING.purposes
    return entry["kind"] == "law" or entry.get("decision") == 1


def test_a_changed_entry_is_exit_5_and_named(exports: Path) -> None:
    entries = exports / "auditor" / "tile" / "entries" / "000"
    data = entries.read_bytes()
    try:
        entries.write_bytes(data.replace(b'"rows":2', b'"rows":3', 1))
        done = _alone(exports / "auditor" / "check_log.py", exports / "auditor", OLD_KEY)
    finally:
        entries.write_bytes(data)
    assert done.returncode == 5
    assert "tile/entries/000" in done.stdout


def test_a_name_cannot_move_the_terminal(exports: Path, tmp_path: Path) -> None:
    program, copy = exports / "auditor" / "check_log.py", tmp_path / "copy.zip"
    shutil.copy(exports / "public.zip", copy)
    with zipfile.ZipFile(copy, "a") as archive:
        archive.writestr("law/x\x1b[2K\rAll is well.\n\u202e/a", b"")
    done = _alone(program, copy, OLD_KEY)
    assert (done.returncode, done.stderr) == (5, "")
    assert "WRONG  law/x?[2K?All is well.??: " in done.stdout
    done = _alone(program, "no\x1b[2Kwhere", OLD_KEY)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr


def test_a_file_where_the_folder_of_a_law_lies_is_found(exports: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.zip"
    shutil.copy(exports / "public.zip", copy)
    with zipfile.ZipFile(copy, "a") as archive:
        archive.writestr(f"law/{BOOK}", b"")
    done = _alone(exports / "auditor" / "check_log.py", copy, OLD_KEY)
    assert (done.returncode, done.stderr) == (5, "")
    assert f"WRONG  law/{BOOK}: is no text of the law" in done.stdout
    assert any("no text of the law" in f.sentence for f in verify(copy, OLD_KEY).findings)


@pytest.mark.parametrize("arguments", [("nowhere", OLD_KEY), (".", "a+b"), (".", "no/such/file")])
def test_what_cannot_be_checked_is_exit_2(exports: Path, arguments: tuple[str, str]) -> None:
    done = _alone(exports / "auditor" / "check_log.py", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Nothing could be checked")


VECTORS = (
    # RFC 8032, 7.1: public key, message, signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf"
        "9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f"
        "11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984"
        "dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
)


@pytest.mark.parametrize("case", VECTORS)
def test_the_page_of_python_takes_the_published_signatures_and_no_others(
    case: tuple[str, str, str],
) -> None:
    public, text, signature = map(bytes.fromhex, case)
    assert check_log.signed_slowly(public, signature, text)
    assert not check_log.signed_slowly(public, signature, text + b"x")
    for i in (0, 31, 32, 63):
        changed = signature[:i] + bytes([signature[i] ^ 1]) + signature[i + 1 :]
        assert not check_log.signed_slowly(public, changed, text)
    # s + the group's order: the same point, another text of it (RFC 8032, 5.1.7)
    s = int.from_bytes(signature[32:], "little") + check_log.ORDER
    assert not check_log.signed_slowly(public, signature[:32] + s.to_bytes(32, "little"), text)


def test_both_ways_to_check_a_signature_agree() -> None:
    for n in range(8):
        signer = Signer.from_seed("a", bytes([n]) * 32)
        signature = check_log.parted(signer.sign("x\n"))[1][0][2]
        for text in (b"x\n", b"y\n"):
            given = (signer.verifier.public, signature, text)
            assert check_log.is_signed(*given) == check_log.signed_slowly(*given)
