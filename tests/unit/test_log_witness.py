"""Witnesses: what they sign, what they refuse, and what a check makes of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cleargate.log.append import append
from cleargate.log.cosign import Cosigner, Witness
from cleargate.log.export import export
from cleargate.log.publish import (
    Address,
    Standing,
    cosigned_files,
    http_post,
    newest,
    publish,
    read_standing,
)
from cleargate.log.read import consistency
from cleargate.log.store import Log
from cleargate.log.verify import verify
from cleargate.log.witness import MAX_REQUEST, WitnessBook, request_text
from cleargate.model.errors import BadUse, KeyUnusable
from cleargate.web.witness import WitnessServer
from tests.fakes import NOON, Clock, decided, log_signer, new_log

AT = int(NOON.timestamp())
KEY = Cosigner.from_seed("witness.example/one", b"1" * 32)
VKEY = str(log_signer().verifier)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    (tmp_path / "data").mkdir()
    log = new_log(tmp_path / "data")
    append(log, [decided()] * 5)
    return log


def _book(folder: Path, *names: str) -> WitnessBook:
    logs = [log_signer(name).verifier for name in names or ("example.gov/log",)]
    return WitnessBook(folder / "seen.json", KEY, logs)


def _request(log: Log, old: int) -> bytes:
    note, proof = consistency(log, old) if old else (log.checkpoint(), ())
    return request_text(old, proof, note)


def _fork(folder: Path, entries: int) -> Log:
    """Another history, signed by the same key."""
    folder.mkdir()
    log = new_log(folder)
    append(log, [decided(purpose="PUB")] * entries)
    return log


def test_a_witness_signs_what_goes_on_from_what_it_saw(log: Log, tmp_path: Path) -> None:
    book = _book(tmp_path)
    assert book.add_checkpoint(_request(log, 0), AT).status == 200
    append(log, [decided()] * 4)
    reply = book.add_checkpoint(_request(log, 5), AT + 1)
    assert reply.status == 200
    assert KEY.witness.signed_at(log.checkpoint() + reply.text) == AT + 1
    again = book.add_checkpoint(_request(log, 9), AT + 2)
    assert KEY.witness.signed_at(log.checkpoint() + again.text) == AT + 2


def test_an_old_size_that_is_not_the_last_one_is_answered_with_the_last_one(
    log: Log, tmp_path: Path
) -> None:
    book = _book(tmp_path)
    book.add_checkpoint(_request(log, 0), AT)
    append(log, [decided()])
    for old in (0, 3):
        reply = book.add_checkpoint(_request(log, old), AT)
        assert (reply.status, reply.text, reply.media_type) == (409, "5\n", "text/x.tlog.size")


def test_another_history_is_refused_and_not_remembered(log: Log, tmp_path: Path) -> None:
    book = _book(tmp_path)
    book.add_checkpoint(_request(log, 0), AT)
    before = (tmp_path / "seen.json").read_bytes()
    longer, same = _fork(tmp_path / "longer", 8), _fork(tmp_path / "same", 5)
    assert book.add_checkpoint(_request(longer, 5), AT).status == 422
    assert book.add_checkpoint(_request(same, 5), AT).status == 409
    assert (tmp_path / "seen.json").read_bytes() == before


def test_a_log_that_is_not_watched_or_did_not_sign_is_refused(log: Log, tmp_path: Path) -> None:
    assert _book(tmp_path, "other").add_checkpoint(_request(log, 0), AT).status == 404
    forged = log_signer("example.gov/log")
    note = log.checkpoint().replace(" ", " ", 1)
    text = note.rpartition("\n\n")[0] + "\n"
    stranger = Cosigner.from_seed(forged.name, b"9" * 32).sign(text, AT)
    reply = _book(tmp_path).add_checkpoint(request_text(0, (), f"{text}\n{stranger}"), AT)
    assert reply.status == 403
    assert not (tmp_path / "seen.json").exists()


def test_an_old_size_above_the_new_one_is_malformed(log: Log, tmp_path: Path) -> None:
    assert _book(tmp_path).add_checkpoint(request_text(6, (), log.checkpoint()), AT).status == 400


@pytest.mark.parametrize(
    "body",
    [b"", b"old\n\n", b"old 00\n\nx", b"new 0\n\nx", b"old 0\nAAAA\n\nx", b"old -1\n\nx",
     b"old 0\n\nnot a note", b"\xff", b"old 0\n" + b"A" * MAX_REQUEST],
)  # fmt: skip
def test_what_is_no_request_is_malformed(tmp_path: Path, body: bytes) -> None:
    assert _book(tmp_path).add_checkpoint(body, AT).status == 400


def test_a_proof_from_nothing_must_be_empty(log: Log, tmp_path: Path) -> None:
    body = request_text(0, (bytes(32),), log.checkpoint())
    assert _book(tmp_path).add_checkpoint(body, AT).status == 422


def test_several_logs_are_watched_each_by_itself(log: Log, tmp_path: Path) -> None:
    book = _book(tmp_path, "example.gov/log", "example.gov/other")
    assert book.add_checkpoint(_request(log, 0), AT).status == 200
    assert list(json.loads((tmp_path / "seen.json").read_bytes())) == ["example.gov/log"]
    assert _book(tmp_path).add_checkpoint(_request(log, 5), AT).status == 200  # opened again


def test_a_witness_that_cannot_know_what_it_saw_signs_nothing(log: Log, tmp_path: Path) -> None:
    (tmp_path / "seen.json").write_text("{")
    with pytest.raises(BadUse, match="restore it"):
        _book(tmp_path).add_checkpoint(_request(log, 0), AT)


def test_a_key_is_read_as_it_is_written() -> None:
    assert Cosigner.parse(KEY.secret_text() + "\n").secret_text() == KEY.secret_text()
    assert Witness.parse(str(KEY.witness)) == KEY.witness
    for wrong in (VKEY, "", "a+b+c", KEY.secret_text()):
        with pytest.raises(KeyUnusable):
            Witness.parse(wrong)


@contextmanager
def _serving(server: ThreadingHTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _witness(folder: Path) -> WitnessServer:
    return WitnessServer(("127.0.0.1", 0), _book(folder), clock=lambda: AT)


def _ask(log: Log, folder: Path, url: str, clock: Clock | None = None) -> Standing:
    (found,) = publish(
        log, folder / "cosigned", [Address(KEY.witness, url)], http_post(5), clock or Clock()
    )
    return found


def test_a_log_asks_a_witness_over_http_and_keeps_what_it_signed(log: Log, tmp_path: Path) -> None:
    with _serving(_witness(tmp_path)) as url:
        assert (_ask(log, tmp_path, url).size, _ask(log, tmp_path, url).size) == (5, 5)
        append(log, [decided()] * 300)
        found = _ask(log, tmp_path, url + "/")
    assert (found.size, found.signed_at, found.silent_since) == (305, AT, None)
    append(log, [decided()])
    export(log, tmp_path / "out", beside=cosigned_files(tmp_path / "cosigned"))
    report = verify(tmp_path / "out", VKEY, witnesses=[str(KEY.witness)])
    assert report.findings == []
    assert [(c.witness, c.size, c.at) for c in report.cosigned] == [(KEY.witness.name, 305, AT)]
    assert "cosigned by 1 of 1 named witnesses" in report.could_know


def test_the_newest_checkpoint_carries_the_signatures_over_it_and_no_others(
    log: Log, tmp_path: Path
) -> None:
    folder = tmp_path / "cosigned"
    assert newest(log, None) == newest(log, folder) == log.checkpoint()
    with _serving(_witness(tmp_path)) as url:
        _ask(log, tmp_path, url)
    assert newest(log, folder).startswith(log.checkpoint())
    assert KEY.witness.signed_at(newest(log, folder)) == AT
    append(log, [decided()])
    assert newest(log, folder) == log.checkpoint()


def test_a_log_that_forgot_what_a_witness_saw_asks_it(log: Log, tmp_path: Path) -> None:
    with _serving(_witness(tmp_path)) as url:
        _ask(log, tmp_path, url)
        append(log, [decided()] * 2)
        next((tmp_path / "cosigned").iterdir()).unlink()
        assert _ask(log, tmp_path, url).size == 7


def test_a_silent_witness_is_said_to_be_so_since_it_fell_silent(log: Log, tmp_path: Path) -> None:
    clock = Clock()
    with _serving(_witness(tmp_path)) as url:
        _ask(log, tmp_path, url, clock)
    first = clock.forward(minutes=5)
    assert _ask(log, tmp_path, url, clock).silent_since == first
    clock.forward(hours=1)
    found = _ask(log, tmp_path, url, clock)
    assert (found.silent_since, found.size) == (first, 5)  # what it signed is kept
    assert "cannot be reached" in found.why
    with _serving(_witness(tmp_path)) as url:
        assert _ask(log, tmp_path, url, clock).silent_since is None


class _Odd(BaseHTTPRequestHandler):
    """A witness that answers whatever the class says."""

    status, text = 200, ""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.text.encode())


@pytest.mark.parametrize(
    ("status", "text", "why"),
    [
        (200, "", "no signature of its key"),
        (200, "nonsense\n", "not a signed note"),
        (200, "x" * 500_000, "not a signed note"),
        (500, "broken", "it answered 500: broken"),
        (302, "", "it answered 302"),
    ],
)
def test_what_a_witness_answers_instead_is_said_and_nothing_kept(
    log: Log, tmp_path: Path, status: int, text: str, why: str
) -> None:
    handler = type("Odd", (_Odd,), {"status": status, "text": text})
    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as url:
        found = _ask(log, tmp_path, url)
    assert why in found.why
    assert found.silent_since is not None
    assert read_standing(tmp_path / "cosigned", KEY.witness).note == ""


def test_a_witness_that_never_answers_is_not_waited_for(log: Log, tmp_path: Path) -> None:
    let_go = threading.Event()

    class Slow(_Odd):
        def do_POST(self) -> None:
            let_go.wait()

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Slow)) as url:
        asked = [Address(KEY.witness, url)]
        (found,) = publish(log, tmp_path / "cosigned", asked, http_post(0.05), Clock())
        let_go.set()
    assert "did not answer within" in found.why or "timed out" in found.why


def test_a_split_view_is_found_by_whoever_asks_the_witness(log: Log, tmp_path: Path) -> None:
    """One history is shown to the witness and another, signed as well, to a court."""
    with _serving(_witness(tmp_path)) as url:
        _ask(log, tmp_path, url)
        shown = _fork(tmp_path / "fork", 9)
        refused = _ask(shown, tmp_path / "fork", url)
    assert "it answered 422" in refused.why
    export(shown, tmp_path / "out", beside=cosigned_files(tmp_path / "cosigned"))
    (found,) = verify(tmp_path / "out", VKEY, witnesses=[str(KEY.witness)]).findings
    assert "history was rewritten before entry 5" in found.sentence
    assert "cosigned by witness.example/one" in found.sentence
    export(shown, tmp_path / "bare")
    (found,) = verify(tmp_path / "bare", VKEY, witnesses=[str(KEY.witness)]).findings
    assert "none of the named witnesses" in found.sentence


def test_a_cut_tail_is_found_by_what_a_witness_signed(log: Log, tmp_path: Path) -> None:
    export(log, tmp_path / "short")
    append(log, [decided()] * 3)
    with _serving(_witness(tmp_path)) as url:
        _ask(log, tmp_path, url)
    for path, data in cosigned_files(tmp_path / "cosigned"):
        (tmp_path / "short" / path).parent.mkdir()
        (tmp_path / "short" / path).write_bytes(data)
    (found,) = verify(tmp_path / "short", VKEY, witnesses=[str(KEY.witness)]).findings
    assert "the end was cut off" in found.sentence
