"""The proof inside an exported file, checked offline: is it in the log, and is it of these rows."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .log.receipts import check_receipt, receipt_from_json
from .log.succession import Keyring
from .model.errors import CheckFailed
from .records.sheets import CLOSED_IN, ROWS

_PAPERS = ("answer", "entry", "receipt")


def check_export(path: Path, key: str | Keyring) -> Mapping[str, Any]:
    """Check that the log has signed for what an exported file holds.

    That the log says how many rows were given, which columns and under which decision, and that the
    file has as many and no further column is shown. What stands in the cells is not: the log keeps
    a digest over the rows' keys only, salted.

    Args:
        path: ``.zip`` or ``.parquet``.
        key: the log's public key, from somewhere else than the file.

    Returns:
        The log's entry of what was given.

    Raises:
        CheckFailed: the file is no export, its proof is of another log, or it has other rows.
    """
    try:
        papers, columns, rows = _parquet(path) if path.suffix == ".parquet" else _zip(path)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as fault:
        raise CheckFailed(f"{path} is no export that can be read: {fault}.") from fault
    check_receipt(receipt_from_json(papers["receipt"].decode()), papers["entry"], key)
    said: dict[str, Any] = json.loads(papers["entry"])
    if (
        said.get("kind") != "answered"
        or said["rows"] != rows
        or not set(said["columns"]) <= columns
    ):
        raise CheckFailed(f"{path} holds other rows or columns than the log says were given.")
    if json.loads(papers["answer"])["leaf"] != said["decision"]:
        raise CheckFailed(f"{path} holds the answer to another decision.")
    return said


def _zip(path: Path) -> tuple[Mapping[str, bytes], set[str], int]:
    with zipfile.ZipFile(path) as archive:
        papers = {name: archive.read(f"{name}.json") for name in _PAPERS}
        with archive.open(ROWS) as file:
            lines = csv.reader(io.TextIOWrapper(file, "utf-8", newline=""))
            columns = set(next(lines))
            return papers, columns, sum(1 for _ in lines)


def _parquet(path: Path) -> tuple[Mapping[str, bytes], set[str], int]:
    from pyarrow import parquet

    found = parquet.read_metadata(path)
    kept = found.metadata or {}
    papers = {name: kept[f"cleargate.{name}".encode()] for name in _PAPERS}
    return papers, set(found.schema.to_arrow_schema().names) - {CLOSED_IN}, found.num_rows
