"""The client: what it hands on was signed by the log whose key it has, or it says otherwise."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from cleargate.client import Client, Masked, Problem
from cleargate.exported import check_export
from cleargate.model.errors import BadUse, CheckFailed, Unavailable
from cleargate.settings import Serve
from tests.fakes import log_signer
from tests.web.asking import CASE, ICE, Asking, asking
from tests.web.test_api_exports import OWN

ASKED = {name: value for name, value in CASE.items() if name != "action"}
STRANGER = str(log_signer("stranger.example/log").verifier)


@contextmanager
def client(http: Asking, person: str = "fbi", url: str = "", key: str = "") -> Iterator[Client]:
    vkey = key or str(http.here.parts.log.verifier)
    with Client(url or http.server.url, http.here.tokens[person], vkey) as made:
        yield made


def test_an_answer_comes_with_its_rows_and_its_proof(http: Asking) -> None:
    with client(http) as records:
        answer = records.ask("search", **ASKED)
        assert answer.opens and len(answer.rows) == 3
        assert answer.rows[0]["primary_type"] == "ROBBERY"
        proof = records.prove(answer)
    assert proof.decided["outcome"] == "permit"
    assert proof.answered is not None and proof.answered["rows"] == 3


def test_a_closed_cell_is_masked_and_not_blank(http: Asking) -> None:
    assert Masked("identity") != Masked("birth")
    with client(http, "public") as records:
        answer = records.ask("search", "PUBLIC", "PUB", dataset="incident")
    assert all(not isinstance(v, dict) for row in answer.rows for v in row.values())


def test_a_refusal_is_an_answer_and_is_proved(http: Asking) -> None:
    with client(http, "ice") as records:
        answer = records.ask(**ICE)
        assert not answer.opens and answer.rules and answer.answered is None
        assert records.prove(answer).decided["outcome"] == "refuse"


def test_pages_follow_each_other_to_the_last(http: Asking) -> None:
    with client(http) as records:
        found = [row["id"] for a in records.pages(**ASKED, limit=1) for row in a.rows]
    assert len(found) == len(set(found)) == 3


@pytest.mark.parametrize("name", ["rows.zip", "rows.parquet"])
def test_an_export_is_kept_only_when_it_was_checked(
    http: Asking, tmp_path: Path, name: str
) -> None:
    out = tmp_path / name
    with client(http, "detective") as records:
        assert records.export(out, **OWN) is None
        assert check_export(out, str(http.here.parts.log.verifier))["rows"] == 3
        with pytest.raises(BadUse, match="new file"):
            records.export(out, **OWN)
    with client(http, "ice") as records:
        refused = records.export(tmp_path / "no.zip", "ICE-ERO", "CIV-IMM", dataset="incident")
    assert refused is not None and refused.outcome == "refuse"
    with client(http, "detective", key=STRANGER) as records, pytest.raises(CheckFailed):
        records.export(tmp_path / "other.zip", **OWN)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_an_export_with_a_row_taken_out_is_found_out(http: Asking, tmp_path: Path) -> None:
    out, less = tmp_path / "rows.zip", tmp_path / "less.zip"
    with client(http, "detective") as records:
        records.export(out, **OWN)
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(less, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            lines = data.splitlines(keepends=True)
            new.writestr(name, b"".join(lines[:-1]) if name == "rows.csv" else data)
    with pytest.raises(CheckFailed, match="other rows"):
        check_export(less, str(http.here.parts.log.verifier))
    (tmp_path / "not.zip").write_bytes(b"PK")
    with pytest.raises(CheckFailed, match="no export"):
        check_export(tmp_path / "not.zip", STRANGER)


def test_an_answer_by_another_logs_key_is_not_handed_on(http: Asking) -> None:
    with client(http, key=STRANGER) as records, pytest.raises(CheckFailed):
        records.ask("search", **ASKED)


def test_what_is_wrong_with_a_request_names_its_field_and_number(http: Asking) -> None:
    with client(http) as records, pytest.raises(Problem) as fault:
        records.ask("search", "FBI", "C", dataset="nothing")
    said = fault.value
    assert (said.status, said.code) == (422, "field") and said.field and said.request


def test_a_credential_does_not_leave_this_machine_unencrypted(http: Asking) -> None:
    for url in ("http://records.example.gov", "records.example.gov", "ftp://x"):
        with pytest.raises(BadUse):
            Client(url, "cg_x", STRANGER)


def test_a_connection_that_the_server_closed_is_opened_again(http: Asking) -> None:
    with asking(http.here, serve=Serve(seconds=1)) as other, client(other) as records:
        assert records.ask("search", **ASKED).opens
        records._line.sock.recv(1)  # the server closes what is idle
        assert records.ask("search", **ASKED).opens


def test_a_server_that_is_not_there_is_said_in_one_sentence(http: Asking) -> None:
    with (
        client(http, url="http://127.0.0.1:9") as records,
        pytest.raises(Unavailable, match="no answer"),
    ):
        records.ask("search", **ASKED)


@contextmanager
def between(http: Asking, change: Callable[[dict[str, Any]], None]) -> Iterator[str]:
    """A server that changes what the real one says."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._pass(http.send("fbi", body))

        def do_GET(self) -> None:
            self._pass(http.get("fbi", self.path))

        def _pass(self, found: Any) -> None:
            said = found.json()
            change(said)
            data = json.dumps(said).encode()
            self.send_response(found.status_code)
            self.send_header("Content-Type", found.headers["content-type"])
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _of_answers(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    return lambda said: change(said) if "result" in said else None


LIES: dict[str, Callable[[dict[str, Any]], None]] = {
    "a row less": _of_answers(lambda said: said["result"]["rows"].pop()),
    "a row more": _of_answers(lambda said: said["result"]["rows"].append([None] * 22)),
    "another outcome": _of_answers(lambda said: said.update(outcome="require")),
    "another decision's leaf": _of_answers(lambda said: said.update(leaf=said["leaf"] - 1)),
    "another entry's receipt": _of_answers(
        lambda said: said.update(receipt=said["answered_receipt"], leaf=said["leaf"] + 1)
    ),
    "another book": _of_answers(lambda said: said.update(book="0" * 64)),
    "no receipt of the answer": _of_answers(lambda said: said.update(answered_receipt=None)),
    "a changed entry": lambda said: (
        said["decided"].update(entry=said["decided"]["entry"].replace("FBI", "DEA"))
        if "decided" in said else None
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_says_otherwise_than_its_log_is_found_out(http: Asking, lie: str) -> None:
    with (
        between(http, LIES[lie]) as url,
        client(http, url=url) as records,
        pytest.raises((CheckFailed, Problem, Unavailable)),
    ):
        records.prove(records.ask("search", **ASKED))


def test_a_log_that_was_put_back_is_found_out(http: Asking) -> None:
    kept: list[dict[str, Any]] = []

    def replay(said: dict[str, Any]) -> None:
        kept.append(dict(said))
        if len(kept) > 2:
            said.update(kept[0])

    with between(http, replay) as url, client(http, url=url) as records:
        for _ in range(2):
            records.ask("search", **ASKED)
        with pytest.raises(CheckFailed, match="put back"):
            records.ask("search", **ASKED)
