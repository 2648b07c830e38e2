"""Exports over HTTP: a file with its proof when law opens it, an answer as any other when not."""

from __future__ import annotations

import io
import zipfile

import httpx
import pytest
from pyarrow import parquet

from cleargate.log.receipts import check_receipt, receipt_from_json
from cleargate.records.sheets import CSV, PARQUET
from cleargate.settings import Serve
from cleargate.web.app import make_app
from cleargate.web.serve import listening
from tests.jurisdiction import Jurisdiction
from tests.web.asking import ICE, Asking

OWN = {"represented": "CHICAGO-POLICE", "purpose": "C", "dataset": "incident", "case": "JH-1",
       "attention": "A. Reed"}  # fmt: skip


def export(http: Asking, person: str, fields: object, accept: str = CSV) -> httpx.Response:
    headers = http.headers(person) | {"accept": accept}
    return http.client.post("/v1/exports", json=fields, headers=headers)


def test_an_export_is_a_file_whose_proof_is_of_this_log(http: Asking) -> None:
    before = http.size
    sent = export(http, "detective", OWN)
    assert (sent.status_code, sent.headers["content-type"]) == (200, CSV)
    leaf = sent.headers["cleargate-leaf"]
    assert sent.headers["content-disposition"] == f'attachment; filename="incident-{leaf}.zip"'
    assert http.kinds(http.size - before) == ["decided", "answered"]
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        assert len(archive.read("rows.csv").splitlines()) == 4
        receipt = receipt_from_json(archive.read("receipt.json").decode())
        check_receipt(receipt, archive.read("entry.json"), str(http.here.parts.log.verifier))


def test_who_accepts_parquet_gets_parquet(http: Asking) -> None:
    sent = export(http, "detective", OWN, f"{CSV};q=0.5, {PARQUET}")
    assert sent.headers["content-type"] == PARQUET
    assert parquet.read_table(io.BytesIO(sent.content)).num_rows == 3


def test_who_accepts_neither_is_told_what_there_is(http: Asking) -> None:
    before = http.size
    sent = export(http, "detective", OWN, "text/html")
    assert sent.status_code == 406 and PARQUET in sent.json()["detail"]
    assert http.size == before


def test_a_refused_export_is_an_answer_with_its_receipt(http: Asking) -> None:
    fields = {name: value for name, value in ICE.items() if name != "action"}
    sent = export(http, "ice", fields)
    assert sent.status_code == 403 and sent.json()["outcome"] == "refuse"
    assert sent.json()["receipt"]["index"] == sent.json()["leaf"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({**OWN, "limit": 5}, "limit"), ({**OWN, "action": "hold"}, "action"),
     ({**OWN, "columns": ["nobody"]}, "columns")],
)  # fmt: skip
def test_what_is_no_export_is_refused_by_field(
    http: Asking, fields: dict[str, object], field: str
) -> None:
    sent = export(http, "detective", fields)
    assert sent.status_code == 422 and sent.json()["field"] == field


def test_an_export_is_not_asked_for_among_pages(http: Asking) -> None:
    sent = http.ask("detective", {**OWN, "action": "export"})
    assert sent.status_code == 422 and "/v1/exports" in sent.json()["detail"]


def test_nobody_exports_without_a_credential(http: Asking) -> None:
    assert export(http, "", OWN).status_code == 401


def test_a_disk_without_room_for_an_export_is_unavailable(here: Jurisdiction) -> None:
    app = make_app(here.gate, Serve(), scratch=here.folder / "no-such-folder")
    with listening(app) as server, httpx.Client(base_url=server.url) as client:
        sent = client.post(
            "/v1/exports", json=OWN,
            headers={"authorization": f"Bearer {here.tokens['detective']}"},
        )  # fmt: skip
    assert sent.status_code == 503 and sent.json()["type"].endswith("store-full")
