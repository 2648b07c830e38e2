"""Starting processes that append, and what must be true of the log whatever became of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from cleargate.log.append import append
from cleargate.log.export import export
from cleargate.log.merkle import range_root
from cleargate.log.read import entry
from cleargate.log.receipts import check_receipt, receipt_from_json, receipt_to_json
from cleargate.log.store import read_node
from cleargate.log.verify import verify
from cleargate.model.receipt import Receipt
from tests.fakes import decided, log_signer, open_log

ROOT = Path(__file__).parents[2]
VERIFIER = log_signer().verifier


def start(
    folder: Path, *options: object, env: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.append_child", str(folder), *map(str, options)],
        cwd=ROOT,
        env=os.environ | (env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def acknowledged(child: subprocess.Popen[str]) -> tuple[list[Receipt], str]:
    out, err = child.communicate()
    # A line that the kill cut short was not acknowledged.
    return [receipt_from_json(line) for line in out.splitlines() if line.endswith("}")], err


def check(folder: Path, receipts: list[Receipt]) -> int:
    """The log is whole and holds what was acknowledged; it can be appended to. Gives its size."""
    log = open_log(folder)
    for receipt in receipts:
        check_receipt(receipt, entry(log, receipt.index).leaf.raw, str(VERIFIER))
    size = log.head().size
    ring, roots = log.keyring, {}
    for receipt in receipts:  # every checkpoint that was handed out is a state of this very log
        signed = ring.open(receipt.checkpoint)
        roots[signed.size] = signed.root
    with log.store.read() as conn:
        read = read_node(conn)
        assert all(range_root(0, at, read) == root for at, root in roots.items())
    (more,) = append(log, [decided(log.versions().book, log.versions().epoch)])
    assert more.index == size
    export(log, folder / "out")
    log.close()
    since = folder / "since.json"
    if receipts:
        since.write_text(receipt_to_json(max(receipts, key=lambda r: r.tree_size)), "utf-8")
    report = verify(folder / "out", str(VERIFIER), since=since if receipts else None)
    assert report.findings == []
    return size
