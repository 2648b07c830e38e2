"""Receipts are taken by a second program that this project did not write: Sigstore's verifier, from
npm, by the hashes in ``requirements/foreign``. Where it is not there the test is skipped;
continuous integration has it. It checks signature and inclusion; Go's packages check consistency.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cleargate.log.read import receipt
from cleargate.log.receipts import receipt_to_proof
from cleargate.log.succession import Keyring
from cleargate.log.tiles import entry_tile, split_bundle, width
from tests.exported import SIZE, filled, write

HERE = Path(__file__).parent
MODULES = Path(sys.prefix) / "foreign" / "node_modules"
"""Where ``make foreign`` puts it."""
CHOSEN = (0, 1, 4, 5, 255, 256, 299, 300, 511, 512, SIZE - 1)
"""Entries at every kind of place, among them two whose values were expunged."""

if not (shutil.which("node") and (MODULES / "@sigstore/verify").is_dir()):
    if os.environ.get("CI"):
        pytest.fail("Node.js and @sigstore/verify are missing; .ci/run installs them.", False)
    pytest.skip("@sigstore/verify is not here; make foreign", allow_module_level=True)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Keyring]:
    """Entries out of an export, and their receipts."""
    folder = tmp_path_factory.mktemp("papers")
    log, note = filled(folder)
    out = write(log, folder / "auditor", note)
    for index in CHOSEN:
        n, place = divmod(index, 256)
        tile = (out / entry_tile(n, width(SIZE, 0, n))).read_bytes()
        (folder / f"{index}.entry").write_bytes(split_bundle(tile)[0][place])
        proof = receipt_to_proof(receipt(log, index))
        assert proof.endswith("\n\n" + (out / "checkpoint").read_text("utf-8"))
        (folder / f"{index}.proof").write_text(proof, "utf-8")
    log.close()
    return folder, log.keyring


def _run(vkey: str, *files: Path) -> subprocess.CompletedProcess[str]:
    line = ["node", str(HERE / "check_sigstore.cjs"), vkey, *map(str, files)]
    environment = {"PATH": os.environ["PATH"], "NODE_PATH": str(MODULES)}
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)


def test_sigstore_takes_the_receipts(papers: tuple[Path, Keyring]) -> None:
    folder, ring = papers
    files = [folder / f"{index}.{what}" for index in CHOSEN for what in ("entry", "proof")]
    done = _run(str(ring.newest), *files)
    assert (done.returncode, done.stdout) == (0, f"{len(CHOSEN)} receipts\n"), done.stderr


@pytest.mark.parametrize("index", [0, 299, SIZE - 1])
def test_sigstore_refuses_another_entry_or_a_changed_one(
    papers: tuple[Path, Keyring], tmp_path: Path, index: int
) -> None:
    folder, ring = papers
    changed = tmp_path / "changed"
    changed.write_bytes((folder / f"{index}.entry").read_bytes().replace(b'"v":1', b'"v":2'))
    for wrong in (changed, folder / "1.entry"):
        done = _run(str(ring.newest), wrong, folder / f"{index}.proof")
        assert done.returncode != 0
        assert "calculated root hash does not match" in done.stderr


@pytest.mark.parametrize(
    ("what", "line", "place"),
    [("index", 1, 6), ("first hash", 2, 3), ("last hash", -8, 3), ("size", -5, 1), ("root", -4, 3),
     ("signature", -2, -9)],
)  # fmt: skip
def test_sigstore_refuses_a_changed_proof(
    papers: tuple[Path, Keyring], tmp_path: Path, what: str, line: int, place: int
) -> None:
    folder, ring = papers
    lines = (folder / "300.proof").read_text("utf-8").split("\n")
    text = list(lines[line])
    text[place] = "4" if text[place] != "4" else "3"
    lines[line] = "".join(text)
    (tmp_path / "proof").write_text("\n".join(lines), "utf-8")
    done = _run(str(ring.newest), folder / "300.entry", tmp_path / "proof")
    assert done.returncode != 0, what
    assert "VerificationError" in done.stderr


def test_sigstore_refuses_another_key(papers: tuple[Path, Keyring]) -> None:
    folder, ring = papers
    done = _run(str(ring.keys[0]), folder / "1.entry", folder / "1.proof")
    assert done.returncode != 0
    assert "invalid checkpoint signature" in done.stderr
