"""Eight processes at one gate while an agency is cut off, a credential revoked, an agency changed.

Every asker is stopped with a decision made under the old law, which is then changed: so the race is
run at the one point that matters, each time, and not when chance has it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cleargate.gate import administer
from cleargate.log.note import Checkpoint
from cleargate.log.succession import Keyring
from tests import jurisdiction
from tests.jurisdiction import POLICE, Jurisdiction

ROOT = Path(__file__).parents[2]
ASKERS = 7  # and this process, which changes the law
ASKED = 6
CASE = {"represented": "ICE-HSI", "purpose": "C", "case": "JH1", "attention": "A. Agent"}


@dataclass
class Asker:
    """One process, and what it said."""

    child: subprocess.Popen[str]

    @classmethod
    def start(cls, here: Jurisdiction, number: int, token: str, raw: object, *more: str) -> Asker:
        command = [
            sys.executable, "-m", "tests.faults.race_child", str(here.folder),
            "--seed", f"asker {number}", "--token", token, "--raw", json.dumps(raw),
            "--count", str(ASKED), "--wait-at", str(1 + 2 * (number % 3)), *more,
        ]  # fmt: skip
        pipe = subprocess.PIPE
        return cls(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True))

    def until_it_waits(self) -> list[dict[str, Any]]:
        """Its answers up to the one that it now holds back."""
        said: list[dict[str, Any]] = []
        assert self.child.stdout is not None
        for line in self.child.stdout:
            said.append(json.loads(line))
            if "waiting" in said[-1]:
                return said[:-1]
        raise AssertionError(f"the asker ended with {self.child.wait()}: {said}")

    def go_on(self) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write("\n")
        self.child.stdin.flush()

    def the_rest(self) -> list[dict[str, Any]]:
        out, _ = self.child.communicate()
        assert self.child.returncode == 0
        return [json.loads(line) for line in out.splitlines()]


def _raw(here: Jurisdiction) -> list[dict[str, Any]]:
    """Every entry as it stands in the database, without asking whether it may stand there."""
    with here.parts.log.store.read() as conn:
        rows = conn.execute("SELECT bytes FROM entries ORDER BY idx")
        return [json.loads(row[0]) for row in rows]


def _answers_after(entries: list[dict[str, Any]], cut: int) -> list[int]:
    """Entries after ``cut`` that answer ICE or a part of it."""
    opening = {
        n
        for n, e in enumerate(entries)
        if e["kind"] == "decided"
        and e["outcome"] in ("permit", "require")
        and e["requester_agency"].startswith("ICE")
    }
    later = range(cut + 1, len(entries))
    answers = [n for n in later if n in opening]
    return answers + [
        n for n in later if entries[n]["kind"] == "answered" and entries[n]["decision"] in opening
    ]


@pytest.fixture
def here(founded: Jurisdiction, tmp_path: Path) -> Jurisdiction:
    return jurisdiction.copy(founded, tmp_path / "here")


def _race(
    here: Jurisdiction, *more: str, count: int = ASKERS
) -> tuple[list[int], list[list[dict[str, Any]]]]:
    """Cut ICE off while each asker holds a permit back; the answers after it, and what was said."""
    paper = here.evidence("hsi", "clerk", kind="criminal-case", target="JH1", agency="ICE-HSI")
    raw = CASE | {"action": "search", "basis": [paper]}
    ada = here.gate.authenticate(here.tokens["ada"], "cli")
    proposal = administer.propose_cut_off(here.gate, ada, POLICE, "ICE", [])
    here.sign(proposal.id, "ada")
    askers = [Asker.start(here, n, here.tokens["hsi"], raw, *more) for n in range(count)]
    before = [asker.until_it_waits() for asker in askers]
    assert any(before)
    assert all(a["outcome"] == "permit" for said in before for a in said)
    signing = here.sign(proposal.id, "sam")
    assert signing.answer is not None and signing.answer.answered is not None
    for asker in askers:
        asker.go_on()
    after = [asker.the_rest() for asker in askers]
    entries = _raw(here)
    (cut,) = (n for n, e in enumerate(entries) if e["kind"] == "agency" and e["what"] == "cut-off")
    return _answers_after(entries, cut), [a + b for a, b in zip(before, after, strict=True)]


def test_after_the_entry_that_cuts_an_agency_off_no_process_answers_it(here: Jurisdiction) -> None:
    answers, said = _race(here)
    assert answers == []
    _check_outcomes(said)
    _check_checkpoints(here, said)


def _check_outcomes(said: list[list[dict[str, Any]]]) -> None:
    for mine in said:
        outcomes = [a["outcome"] for a in mine]
        refused = outcomes.index("refuse")
        assert set(outcomes[:refused]) <= {"permit"}
        assert set(outcomes[refused:]) == {"refuse"}
        assert len(mine) == ASKED


def _check_checkpoints(here: Jurisdiction, said: list[list[dict[str, Any]]]) -> None:
    """The published checkpoint never runs backwards."""
    for mine in said:
        sizes = [a["size"] for a in mine]
        assert sizes == sorted(sizes)
        # What a process was given a receipt for is in every checkpoint that it sees afterwards.
        assert all(a["leaf"] < b["size"] for a, b in pairwise(mine))
    log = here.parts.log
    assert Checkpoint.open(log.checkpoint(), log.verifier).size == log.head().size
    kept = log.guard.last(Keyring.of(log.verifier))
    assert kept is not None and kept.size == log.head().size


def test_without_the_check_at_append_the_same_race_is_lost(here: Jurisdiction) -> None:
    answers, _ = _race(here, "--unchecked", count=3)
    assert len(answers) >= 3


def _overtaken(here: Jurisdiction, *more: str) -> tuple[int, int]:
    """The size that is published when one process has overtaken another, and after that goes on.

    The slower is stopped when the entry of its answer is committed, its last.
    """
    paper = here.evidence("hsi", "clerk", kind="criminal-case", target="JH1", agency="ICE-HSI")
    raw = CASE | {"action": "search", "basis": [paper]}
    slow = ("--count", "1", "--wait-at", "2", "--wait-step", "committed", *more)
    fast = ("--count", "3", "--wait-at", "1", *more)
    askers = []
    for number, how in enumerate((fast, slow)):
        askers.append(Asker.start(here, number, here.tokens["hsi"], raw, *how))
        assert askers[-1].until_it_waits() == []
    sizes = []
    for asker in askers:
        asker.go_on()
        assert {answer["outcome"] for answer in asker.the_rest()} == {"permit"}
        sizes.append(Checkpoint.claimed(here.parts.log.checkpoint()).size)
    return sizes[0], sizes[1]


def test_the_published_checkpoint_never_runs_backwards(here: Jurisdiction) -> None:
    before, after = _overtaken(here)
    assert before == after == here.parts.log.head().size


def test_signed_outside_the_transaction_it_runs_backwards(here: Jurisdiction) -> None:
    before, after = _overtaken(here, "--sign-outside")
    assert after < before


def _held_back(here: Jurisdiction, person: str, raw: object) -> Asker:
    asker = Asker.start(here, 0, here.tokens[person], raw)
    assert asker.until_it_waits() == []
    return asker


def test_a_credential_that_another_process_revoked_opens_nothing(here: Jurisdiction) -> None:
    raw = {
        "represented": "FBI",
        "purpose": "C",
        "case": "JH1",
        "attention": "A",
        "action": "search",
    }
    asker = _held_back(here, "fbi", raw)
    credential = here.tokens["fbi"].split("_")[1]
    assert here.ask("ada", "credential:revoke", target=credential).opens
    revoked = here.parts.log.head().size
    asker.go_on()
    assert {a["fault"] for a in asker.the_rest()} == {"not-authenticated"}
    later = _raw(here)[revoked:]
    assert [e["kind"] for e in later if e["kind"] in ("decided", "answered")] == []


def test_an_agency_that_another_process_changed_is_decided_as_it_now_is(
    here: Jurisdiction,
) -> None:
    raw = {
        "represented": "FBI",
        "purpose": "C",
        "case": "JH1",
        "attention": "A",
        "action": "search",
    }
    assert here.ask("fbi", **raw).opens
    asker = _held_back(here, "fbi", raw)
    subject = {"criminal_justice": "no"}
    assert here.ask("ada", "agency:narrow", target="FBI", custodian=POLICE, subject=subject).opens
    asker.go_on()
    assert "permit" not in {a["outcome"] for a in asker.the_rest()}
