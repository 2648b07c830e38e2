"""``log publish``, ``log receipt`` and the settings of witnesses, as typed."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from cleargate.config import load
from cleargate.log.cosign import Cosigner
from cleargate.log.note import Verifier
from cleargate.log.witness import WitnessBook
from cleargate.model.errors import BadUse
from cleargate.web.witness import WitnessServer
from tests import terminal
from tests.terminal import ADMIN, County, run, told

KEY = Cosigner.from_seed("witness.example/one", b"1" * 32)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    return terminal.found(tmp_path_factory.mktemp("witness"))


def _name_witness(county: County, url: str, key: str = str(KEY.witness)) -> None:
    settings = county.folder / "cleargate.toml"
    text = settings.read_text("utf-8").partition("\n[[witness]]")[0]
    settings.write_text(f'{text}\n[[witness]]\nkey = "{key}"\nurl = "{url}"\n', "utf-8")


def test_without_a_witness_there_is_nobody_to_ask(tmp_path: Path) -> None:
    county = terminal.found(tmp_path)
    result = county.run("log publish")
    assert result.exit_code == 2
    assert "[[witness]]" in result.stderr


def test_a_witness_of_the_settings_signs_and_its_signature_goes_out(
    county: County, tmp_path: Path
) -> None:
    book = WitnessBook(tmp_path / "seen", KEY, [Verifier.parse(county.vkey.read_text("utf-8"))])
    server = WitnessServer(("127.0.0.1", 0), book)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        _name_witness(county, server.url)
        assert "signed" in told(county.run("log publish"))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    told(county.run("log export", tmp_path / "out", "--public", by=ADMIN))
    arguments = ("--key", county.vkey, "--witness", str(KEY.witness))
    shown = told(run("log", "verify", tmp_path / "out", *arguments))
    assert "cosigned by 1 of 1 named witnesses" in shown
    silent = county.run("log publish")
    assert silent.exit_code == 4
    assert "SILENT since" in silent.stdout


@pytest.mark.parametrize(("url", "key"), [("ftp://x", str(KEY.witness)), ("http://x", "none")])
def test_a_witness_that_cannot_be_asked_is_a_mistake_in_the_settings(
    county: County, url: str, key: str
) -> None:
    _name_witness(county, url, key)
    with pytest.raises(BadUse, match="witness"):
        load(county.folder)
    _name_witness(county, "http://127.0.0.1:9")


def test_a_receipt_is_checked_offline(county: County, tmp_path: Path) -> None:
    paper = tmp_path / "receipt.json"
    told(county.run("log show", 1, "--receipt", paper))
    shown = told(run("log", "receipt", paper, "--key", county.vkey))
    assert shown.startswith("Entry 1 is in the log of ")
    said = json.loads(paper.read_text("utf-8"))
    paper.write_text(json.dumps({**said, "index": 2}), "utf-8")
    assert run("log", "receipt", paper, "--key", county.vkey).exit_code == 5
    assert county.run("log show", 1, "--receipt", paper).exit_code == 2


def test_a_witness_needs_logs_and_a_name(tmp_path: Path) -> None:
    assert run("log", "witness", tmp_path / "seen").exit_code == 2
    key = str(Cosigner.from_seed("a", b"2" * 32).witness)
    assert run("log", "witness", tmp_path / "seen", "--log", key).exit_code != 0
    assert not (tmp_path / "seen").exists()
