"""Processes that are really killed while they change the log's key, or forget by order."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cleargate.agencies import proposals
from cleargate.gate import administer
from cleargate.gate.parts import Parts
from cleargate.gate.recover import recover
from cleargate.log import keys
from cleargate.log.export import export
from cleargate.log.law_texts import in_folder
from cleargate.log.order import Order
from cleargate.log.read import entries
from cleargate.log.scrub import scrub
from cleargate.log.succession import Keyring
from cleargate.log.verify import verify
from tests import jurisdiction
from tests.jurisdiction import POLICE, Jurisdiction

ROOT = Path(__file__).parents[2]
NAME = "Invented Unforgettable Name"


@pytest.fixture
def here(founded: Jurisdiction, tmp_path: Path) -> Jurisdiction:
    return jurisdiction.copy(founded, tmp_path / "here")


def _killed(here: Jurisdiction, step: str, raw: dict[str, Any]) -> None:
    """A process that asks for ``raw`` as the administrator, and is killed at ``step``."""
    fields = {"represented": POLICE, "purpose": "ADM", "custodian": POLICE} | raw
    command = [
        sys.executable, "-m", "tests.faults.race_child", str(here.folder), "--seed", "killed",
        "--token", here.tokens["ada"], "--raw", json.dumps(fields), "--count", "1",
        "--kill-at", step,
    ]  # fmt: skip
    child = subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    assert child.returncode == -signal.SIGKILL, child


def _verified(parts: Parts, out: Path) -> None:
    export(parts.log, out, laws=in_folder(parts.law))
    assert verify(out, str(parts.log.verifier)).findings == []


@pytest.mark.parametrize("step", ["key-made", "key-named", "key-signed", "key-in-place"])
def test_a_key_is_changed_or_it_is_not(here: Jurisdiction, tmp_path: Path, step: str) -> None:
    first = here.parts.log.verifier
    here.parts.log.close()
    _killed(here, step, {"action": "log:rotate-key"})
    here.clock.forward(minutes=5)
    parts = jurisdiction.open_parts(here.folder, here.clock, seed="again")
    changed = step in ("key-signed", "key-in-place")
    assert (parts.log.verifier != first) == changed
    notes = [note for number, note in parts.log.successions() if number]
    assert Keyring.follow(first, notes).newest == parts.log.verifier
    assert keys.load(here.folder / "log.key").verifier == parts.log.verifier
    found = recover(parts, 0)
    assert (len(found.finished), len(found.reported)) == (changed, not changed)
    _verified(parts, tmp_path / "out")


@pytest.mark.parametrize("step", ["values-deleted", "scrubbed"])
def test_what_was_ordered_to_be_forgotten_is(here: Jurisdiction, tmp_path: Path, step: str) -> None:
    case = {"purpose": "C", "case": "JH1", "attention": NAME}
    which = here.ask("fbi", "search", **case).decided.index
    order = here.evidence("clerk", "carl", kind="court-order", issued_by="state-judge")
    ada = here.gate.authenticate(here.tokens["ada"], "cli")
    asked = Order.parse(order, str(which))
    made = administer.propose_expunging(here.gate, ada, POLICE, asked)
    for person in ("ada", "sam"):
        signature = here.signing[person].sign(made.message)
        proposals.sign(here.parts.agencies, made.id, person, signature, here.clock())
    here.parts.log.close()
    raw = {"action": "log:expunge", "target": made.id, "basis": [order]}
    _killed(here, step, raw | {"subject": dict(made.arguments)})
    here.clock.forward(minutes=5)
    parts = jurisdiction.open_parts(here.folder, here.clock, seed="again")
    assert scrub(parts.log)
    files = (here.folder / "data").glob("log.*")
    assert NAME.encode() not in b"".join(path.read_bytes() for path in files)
    assert len(recover(parts, 0).finished) == 1
    (said,) = entries(parts.log, kinds=("expunged",))
    assert list(said.leaf.clear["entries"]) == [which]
    _verified(parts, tmp_path / "out")
