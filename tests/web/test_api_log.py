"""The served log: whoever has its key can check it, and only auditors read entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleargate.log.append import append
from cleargate.log.export import export
from cleargate.log.law_texts import in_folder
from cleargate.log.tiles import entry_tile, hash_tile
from cleargate.log.verify import verify
from tests.fakes import decided
from tests.jurisdiction import found
from tests.web.asking import Asking, asking


def test_the_checkpoint_is_what_the_log_signed(http: Asking) -> None:
    response = http.get("", "/log/checkpoint")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text == http.here.parts.log.checkpoint()


def test_anyone_can_check_the_hashes_and_an_auditor_the_entries(http: Asking) -> None:
    key, where = str(http.here.parts.log.verifier), f"{http.server.url}/log"
    hashes = verify(where, key, hashes_only=True)
    whole = verify(where, key, headers=http.headers("auditor"))
    assert (hashes.findings, hashes.size) == ([], http.size)
    assert (whole.findings, whole.size, whole.entries_seen) == ([], http.size, True)


def test_a_log_of_many_tiles_is_served_as_it_is_exported(tmp_path: Path) -> None:
    here = found(tmp_path)
    now = here.parts.log.versions()
    append(here.parts.log, [decided(now.book, now.epoch)] * 300)
    with asking(here) as http:
        export(here.parts.log, tmp_path / "out", laws=in_folder(here.parts.law))
        for file in (tmp_path / "out" / "tile").rglob("*"):
            if file.is_file():
                path = file.relative_to(tmp_path / "out").as_posix()
                assert http.get("auditor", f"/log/{path}").content == file.read_bytes(), path
        report = verify(f"{http.server.url}/log", str(here.parts.log.verifier), hashes_only=True)
    assert report.findings == []


def test_a_tile_that_was_once_partial_can_still_be_had(http: Asking) -> None:
    small = http.get("", f"/log/{hash_tile(0, 0, 3)}")
    wide = http.get("", f"/log/{hash_tile(0, 0, http.size)}")
    assert small.content == wide.content[: 3 * 32]
    assert "immutable" in small.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",  # not full yet
        "tile/0/x001/234",
        "tile/0/x001/234.p/5",
        "tile/9/000.p/1",
        "tile/00/000.p/1",
        "tile/0/0",
        "tile/0/0000.p/1",
        "tile/0/x000/000.p/1",
        "tile/0/000.p/0",
        "tile/0/000.p/257",
        "tile/0/000.p/99999999999999999999",
        "tile/-1/000.p/1",
        "tile/0/999999999999999999999999.p/1",
        "tile/0/%78001/234",
        "tile/0/../0/001",
    ],
)
def test_a_tile_that_is_not_there_is_not_found(http: Asking, path: str) -> None:
    response = http.get("auditor", f"/log/{path}")
    assert (response.status_code, response.json()["status"]) == (404, 404)


def test_entry_tiles_need_an_auditor(http: Asking) -> None:
    path = f"/log/{entry_tile(0, 3)}"
    status = {p: http.get(p, path).status_code for p in ("", "public", "fbi", "ada", "auditor")}
    assert status == {"": 401, "public": 403, "fbi": 403, "ada": 403, "auditor": 200}


def test_only_an_auditor_is_told_which_entry_tiles_there_are(http: Asking) -> None:
    for path in (entry_tile(0), entry_tile(7), "tile/entries/nonsense"):
        assert http.get("", f"/log/{path}").status_code == 401
        assert http.get("fbi", f"/log/{path}").status_code == 403
        assert http.get("auditor", f"/log/{path}").status_code == 404


def test_an_entry_tile_is_kept_by_no_cache(http: Asking) -> None:
    response = http.get("auditor", f"/log/{entry_tile(0, 3)}")
    assert response.headers["cache-control"] == "no-store"
