"""Checking an export: what is said, what is found, and against what it can be checked."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest

from cleargate.log import check_log
from cleargate.log.append import append
from cleargate.log.export import export
from cleargate.log.read import receipt
from cleargate.log.receipts import receipt_to_json, receipt_to_proof
from cleargate.log.store import Log
from cleargate.log.verify import verify
from cleargate.model.errors import (
    BadUse,
    CheckFailed,
    KeyUnusable,
    NotAuthenticated,
    StoreFull,
    Unavailable,
)
from cleargate.model.leaf import Leaf
from tests.fakes import (
    NOON,
    answered,
    credential,
    decided,
    law,
    log_signer,
    new_log,
    open_log,
    sqlite_of,
)

VKEY = str(log_signer().verifier)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    folder = tmp_path / "data"
    folder.mkdir()
    log = new_log(folder)
    append(log, [law("one"), decided("one"), credential("one"), answered(1, "one", 1)])
    return log


@pytest.mark.parametrize("name", ["out", "out.zip"])
@pytest.mark.parametrize("more", [0, 1, 252, 253, 300, 600])
def test_an_export_is_as_it_was_signed(log: Log, tmp_path: Path, name: str, more: int) -> None:
    if more:
        append(log, [decided("one", 1)] * more)
    assert export(log, tmp_path / name) == 4 + more
    report = verify(tmp_path / name, VKEY)
    assert report.findings == []
    assert (report.ok, report.size) == (True, 4 + more)
    assert report.opened == 1 + 8 + 2 + 2 + 8 * more


@pytest.mark.parametrize(
    "value",
    [
        [["name", "=", "A"], ["beat", "=", "3"]],
        [["A" * 22, "case", "x"], ["A" * 22, "documents"], ["A" * 22, "target", None]],
        ['],["', '","search",', "\u0001\u2028é"],
        2**70,
    ],
)
def test_a_value_that_looks_like_several_is_opened_as_one(
    log: Log, tmp_path: Path, value: object
) -> None:
    leaf = replace(decided("one", 1), salted={"search": value, "attention": value})
    append(log, [leaf, leaf])
    export(log, tmp_path / "out")
    report = verify(tmp_path / "out", VKEY)
    assert (report.findings, report.opened) == ([], 1 + 8 + 2 + 2 + 2 * 8)
    alone = check_log.opened_at(tmp_path / "out")
    check_log.run(alone, check_log.key(VKEY, b"\1"), "", [])
    assert (alone.findings, alone.values) == ([], report.opened)


def test_an_empty_log_is_checked_too(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    export(log, tmp_path / "out")
    assert verify(tmp_path / "out", VKEY).ok


def test_the_same_log_gives_the_same_zip(log: Log, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        export(log, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert verify(tmp_path / "a.zip", VKEY).ok


def test_an_export_never_overwrites_and_leaves_nothing_half_done(log: Log, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(BadUse, match="there already"):
        export(log, tmp_path / "there")

    def full() -> Iterator[tuple[str, bytes]]:
        yield "cosigned/00000000", b""
        raise OSError(28, "No space left on device")

    for name in ("out", "out.zip"):
        with pytest.raises(StoreFull, match="No space left"):
            export(log, tmp_path / name, beside=full())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "there"]


def test_the_first_line_says_what_could_not_be_known(log: Log, tmp_path: Path) -> None:
    export(log, tmp_path / "out")
    first = next(verify(tmp_path / "out", VKEY).lines())
    assert "cannot be seen without a checkpoint kept elsewhere" in first
    (tmp_path / "kept").write_text(log.checkpoint(), "utf-8")
    first = next(verify(tmp_path / "out", VKEY, since=tmp_path / "kept").lines())
    assert "a checkpoint of 4 entries kept elsewhere" in first


def _kept(log: Log, tmp_path: Path, form: str) -> Path:
    """Something kept elsewhere, of each form."""
    path = tmp_path / f"kept-{form}"
    if form == "checkpoint":
        path.write_text(log.checkpoint(), "utf-8")
    elif form == "guard":
        shutil.copy(log.guard.path, path)
    elif form == "receipt":
        path.write_text(receipt_to_json(receipt(log, 2)), "utf-8")
    elif form == "proof":
        path.write_text(receipt_to_proof(receipt(log, 2)), "utf-8")
    else:
        path = path.with_suffix(".zip") if form == "zip" else path
        export(log, path)
    return path


FORMS = ("checkpoint", "guard", "receipt", "proof", "folder", "zip")


@pytest.mark.parametrize("form", FORMS)
def test_a_log_that_went_on_fits_what_was_kept(log: Log, tmp_path: Path, form: str) -> None:
    append(log, [decided("one", 1)] * 300)
    since = _kept(log, tmp_path, form)
    append(log, [decided("one", 1)] * 300)
    export(log, tmp_path / "out")
    report = verify(tmp_path / "out", VKEY, since=since)
    assert (report.ok, report.since) == (True, 304)


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_tail_shows_only_against_what_was_kept(log: Log, tmp_path: Path, form: str) -> None:
    export(log, tmp_path / "short")
    append(log, [decided("one", 1)] * 3)
    since = _kept(log, tmp_path, form)
    assert verify(tmp_path / "short", VKEY).ok
    report = verify(tmp_path / "short", VKEY, since=since)
    assert [f.entries for f in report.findings] == [(4, 6)]
    assert "the end was cut off" in report.findings[0].sentence


@pytest.mark.parametrize("form", FORMS)
def test_a_rewritten_history_shows_only_against_what_was_kept(
    log: Log, tmp_path: Path, form: str
) -> None:
    append(log, [decided("one", 1)] * 300)
    since = _kept(log, tmp_path, form)
    other = tmp_path / "other"
    other.mkdir()
    rewritten = new_log(other)
    append(rewritten, [law("one"), decided("one"), credential("one"), answered(1, "one", 1)])
    append(rewritten, [decided("one", 1)] * 269 + [decided("one", 1, outcome="permit")] * 60)
    export(rewritten, tmp_path / "out")
    assert verify(tmp_path / "out", VKEY).ok
    report = verify(tmp_path / "out", VKEY, since=since)
    (found,) = report.findings
    assert "history was rewritten" in found.sentence
    first = 273 if form in ("folder", "zip") else 0  # only an export has entries to compare
    assert found.entries == (first, 303)


@pytest.mark.parametrize("text", ["", "{}", "nothing\n", "c2sp.org/tlog-proof@v1\nindex 0\n\n"])
def test_what_was_kept_must_itself_be_sound(log: Log, tmp_path: Path, text: str) -> None:
    export(log, tmp_path / "out")
    (tmp_path / "kept").write_text(text, "utf-8")
    with pytest.raises(CheckFailed):
        verify(tmp_path / "out", VKEY, since=tmp_path / "kept")
    with pytest.raises(BadUse):
        verify(tmp_path / "out", VKEY, since=tmp_path / "missing")


def test_a_receipt_of_another_entry_cannot_stand_for_what_was_kept(
    log: Log, tmp_path: Path
) -> None:
    export(log, tmp_path / "out")
    text = receipt_to_json(receipt(log, 2)).replace('"index": 2', '"index": 3')
    (tmp_path / "kept").write_text(text, "utf-8")
    with pytest.raises(CheckFailed):
        verify(tmp_path / "out", VKEY, since=tmp_path / "kept")


def test_the_key_comes_from_the_one_who_checks(log: Log, tmp_path: Path) -> None:
    export(log, tmp_path / "out")
    with pytest.raises(KeyUnusable):
        verify(tmp_path / "out", "no key")
    report = verify(tmp_path / "out", str(log_signer("other.gov/log").verifier))
    assert not report.ok
    with pytest.raises(CheckFailed, match="did not sign"):
        report.raise_if_wrong()


def test_a_place_where_nothing_is_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadUse):
        verify(tmp_path / "nothing", VKEY)
    (tmp_path / "file.zip").write_bytes(b"PK no zip")
    assert "no zip" in verify(tmp_path / "file.zip", VKEY).findings[0].sentence
    (tmp_path / "empty").mkdir()
    assert "checkpoint is missing" in verify(tmp_path / "empty", VKEY).findings[0].sentence


def test_an_expunged_value_verifies_when_the_log_says_so(log: Log, tmp_path: Path) -> None:
    delete = "DELETE FROM disclosures WHERE idx = 1 AND name = 'person'"
    sqlite_of(log.store).execute(delete)
    export(log, tmp_path / "silent")
    (found,) = verify(tmp_path / "silent", VKEY).findings
    assert "'person' of entry 1 is missing" in found.sentence

    said = {"entries": [1], "fields": ["person"]}
    append(log, [Leaf("expunged", NOON, "one", 1, "cli", said, {"order": "2026-CV-1"})])
    export(log, tmp_path / "said")
    report = verify(tmp_path / "said", VKEY)
    assert (report.ok, report.expunged) == (True, 1)


def test_an_entry_signed_against_the_rules_of_the_log_is_found(log: Log, tmp_path: Path) -> None:
    """Whoever holds the key and the database can sign anything; it is seen all the same."""
    conn = sqlite_of(log.store)
    conn.execute("UPDATE sequencer SET book = 'zero', epoch = 9")
    append(log, [decided("zero", 9)])
    export(log, tmp_path / "out")
    (found,) = verify(tmp_path / "out", VKEY).findings
    assert found.entries == (4, 4)
    assert "law 'zero'" in found.sentence


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\ntoo short",
    ],
)
def test_an_address_that_breaks_off_is_not_a_fault_of_the_log(answer: bytes) -> None:
    class Broken(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(10_000)
            self.request.sendall(answer)

    with ThreadingTCPServer(("127.0.0.1", 0), Broken) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            with pytest.raises(Unavailable):
                verify(f"http://127.0.0.1:{server.server_address[1]}", VKEY)
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "address", ["http://[bad", "http://[bad/x", "http://a:b/", "http://" + "a" * 64 + ".gov/"]
)
def test_an_address_that_is_none_is_said_in_a_sentence(address: str) -> None:
    with pytest.raises(Unavailable):
        verify(address, VKEY)


@pytest.mark.parametrize(
    "target", ["http://[bad/x", "http://xn--\xff/", "http://" + "a" * 64 + ".gov/", "http://a:b/"]
)
def test_a_redirection_to_no_address_is_said_in_a_sentence(target: str) -> None:
    class Elsewhere(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", target)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            with pytest.raises(Unavailable):
                verify(f"http://127.0.0.1:{server.server_port}", VKEY)
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _served(folder: Path, forbidden: str = "none") -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            if forbidden in self.path and self.headers.get("Authorization") != "Bearer auditor":
                self.send_error(401)
            else:
                super().do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_served_log_is_checked_at_its_address(log: Log, tmp_path: Path) -> None:
    append(log, [decided("one", 1)] * 300)
    export(log, tmp_path / "out")
    (tmp_path / "out" / "manifest.json").unlink()  # a served log says nothing of itself
    (tmp_path / "out" / "disclosures.jsonl").unlink()
    auditor = {"Authorization": "Bearer auditor"}
    with _served(tmp_path / "out", forbidden="/entries/") as address:
        with pytest.raises(NotAuthenticated):
            verify(address, VKEY)
        report = verify(address, VKEY, headers=auditor)
        assert (report.ok, report.size) == (True, 304)
        report = verify(address, VKEY, hashes_only=True)
        assert (report.ok, report.entries_seen) == (True, False)
        assert any("hashes only" in line for line in report.lines())


def test_a_partial_tile_that_was_filled_up_since_is_no_fault(log: Log, tmp_path: Path) -> None:
    out = tmp_path / "out"
    append(log, [decided("one", 1)] * 100)
    export(log, out)
    append(log, [decided("one", 1)] * 300)
    export(log, tmp_path / "later")
    for name in ("tile/0/000", "tile/entries/000"):
        shutil.rmtree(out / f"{name}.p")
        shutil.copy(tmp_path / "later" / name, out / name)
    (out / "manifest.json").unlink()
    with _served(out) as address:
        assert verify(address, VKEY).findings == []


def test_progress_is_told_tile_by_tile(log: Log, tmp_path: Path) -> None:
    append(log, [decided("one", 1)] * 600)
    export(log, tmp_path / "out")
    seen: list[int] = []
    verify(tmp_path / "out", VKEY, progress=seen.append)
    assert seen == [256, 512]


def test_a_log_can_be_exported_by_a_process_without_the_key(log: Log, tmp_path: Path) -> None:
    log.close()
    folder = tmp_path / "data"
    reader = Log.open(folder / "log.db", folder / "guard", signer=None, random=lambda n: b"")
    export(reader, tmp_path / "out")
    reader.close()
    assert verify(tmp_path / "out", VKEY).ok
    assert open_log(folder).head().size == 4
