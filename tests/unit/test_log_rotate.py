"""Another key for the log: through the gate, for every process at once, and never half."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cleargate.gate.recover import recover
from cleargate.log import keys
from cleargate.log.append import append
from cleargate.log.keys import KeyFile
from cleargate.log.note import Checkpoint
from cleargate.log.store import Log, read_head
from cleargate.log.succession import Keyring, Succession
from cleargate.model.errors import CheckFailed, KeyUnusable, StoreRolledBack
from tests import jurisdiction
from tests.fakes import Dice, decided
from tests.jurisdiction import Jurisdiction


@pytest.fixture
def here(founded: Jurisdiction, tmp_path: Path) -> Jurisdiction:
    return jurisdiction.copy(founded, tmp_path / "here")


def _rotate(here: Jurisdiction) -> dict[str, object]:
    answer = here.ask("ada", "log:rotate-key")
    assert answer.opens, answer.decision
    return dict(answer.result)


def _notes(log: Log) -> list[str]:
    return [note for number, note in log.successions() if number]


def test_the_old_key_signs_for_the_new_one(here: Jurisdiction) -> None:
    log, old = here.parts.log, here.parts.log.verifier
    done = _rotate(here)
    assert done["before"] == str(old) != done["key"] == str(log.verifier)
    (note,) = _notes(log)
    found = Succession.open(note, old)
    assert (str(found.new), found.at.size) == (done["key"], done["size"])
    ring = Keyring.follow(old, [note])
    assert ring.open(log.checkpoint()).size > found.at.size
    with pytest.raises(CheckFailed):
        Checkpoint.open(log.checkpoint(), old)


def test_a_rotation_is_decided_and_logged(here: Jurisdiction) -> None:
    before = here.parts.log.head().size
    answer = here.ask("ada", "log:rotate-key")
    assert answer.answered is not None
    assert (answer.decided.index, answer.answered.index) == (before, before + 1)
    refused = here.ask("clerk", "log:rotate-key")
    assert not refused.opens
    assert len(_notes(here.parts.log)) == 1


def test_a_key_can_follow_again_and_again(here: Jurisdiction) -> None:
    first = here.parts.log.verifier
    for _ in range(3):
        _rotate(here)
    ring = Keyring.follow(first, _notes(here.parts.log))
    assert len(ring.keys) == 4
    assert ring.newest == here.parts.log.verifier


def test_another_process_signs_with_the_new_key(here: Jurisdiction) -> None:
    other = jurisdiction.open_parts(here.folder, here.clock, seed="other").log
    _rotate(here)
    now = other.versions()
    (receipt,) = append(other, [decided(now.book, now.epoch)])
    assert other.verifier == here.parts.log.verifier
    Checkpoint.open(receipt.checkpoint, here.parts.log.verifier)


def test_the_old_key_is_kept_beside_the_new_one(here: Jurisdiction) -> None:
    old = keys.load(here.folder / "log.key")
    done = _rotate(here)
    assert keys.load(Path(str(done["old_file"]))).verifier == old.verifier
    assert keys.load(here.folder / "log.key").verifier == here.parts.log.verifier


def test_a_log_is_opened_again_after_its_key_changed(here: Jurisdiction) -> None:
    _rotate(here)
    size = here.parts.log.head().size
    here.parts.log.close()
    again = jurisdiction.open_parts(here.folder, here.clock, seed="again").log
    assert again.head().size == size
    assert len(again.keyring.keys) == 2


def test_a_process_that_only_reads_knows_the_key_that_another_made(here: Jurisdiction) -> None:
    other = jurisdiction.open_parts(here.folder, here.clock, seed="other").log
    before = other.verifier
    _rotate(here)
    assert other.verifier == before
    Checkpoint.open(other.checkpoint(), here.parts.log.verifier)
    assert other.verifier == other.signer.verifier == here.parts.log.verifier != before
    other.close()


def test_what_was_read_before_the_key_changed_leads_to_no_older_key(here: Jurisdiction) -> None:
    log = here.parts.log
    with log.store.read() as conn:
        head = read_head(conn)
        with ThreadPoolExecutor(1) as another:
            another.submit(_rotate, here).result()
        now = log.verifier
        log.follow(conn, head)
    assert str(now) != head.vkey
    assert log.verifier == log.signer.verifier == now


def test_a_copy_from_before_the_key_changed_is_refused(here: Jurisdiction, tmp_path: Path) -> None:
    log = here.parts.log
    log.close()
    old = (here.folder / "data" / "log.db").read_bytes()
    open_ = jurisdiction.open_parts(here.folder, here.clock, seed="open")
    second = Jurisdiction(here.folder, type(here.gate)(open_), here.clock, here.tokens)
    _rotate(second)
    open_.log.close()
    (here.folder / "data" / "log.db").write_bytes(old)
    with pytest.raises(StoreRolledBack, match="before the key was changed"):
        Log.open(here.folder / "data" / "log.db", here.folder / "guard", random=Dice())


class _Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["key-made", "key-named", "key-signed", "key-in-place"])
def test_a_rotation_that_is_killed_is_finished_or_never_was(here: Jurisdiction, step: str) -> None:
    first = here.parts.log.verifier

    def kill(reached: str) -> None:
        if reached == step:
            raise _Killed

    here.parts.log.probe = kill
    with pytest.raises(_Killed):
        here.ask("ada", "log:rotate-key")
    here.clock.forward(minutes=5)
    parts = jurisdiction.open_parts(here.folder, here.clock, seed="again")
    committed = step in ("key-signed", "key-in-place")
    assert (parts.log.verifier != first) == committed
    assert Keyring.follow(first, _notes(parts.log)).newest == parts.log.verifier
    assert keys.load(here.folder / "log.key").verifier == parts.log.verifier
    found = recover(parts, 0)
    assert len(found.finished) == committed
    assert len(found.reported) == (not committed)
    parts.log.close()


def test_what_another_process_prepared_and_named_is_not_thrown_away(here: Jurisdiction) -> None:
    log = here.parts.log

    def kill(reached: str) -> None:
        if reached == "key-signed":
            raise _Killed

    log.probe = kill
    with pytest.raises(_Killed):
        here.ask("ada", "log:rotate-key")
    waiting = KeyFile(here.folder / "log.key").waiting
    named = keys.load(waiting).verifier
    other = jurisdiction.open_parts(here.folder, here.clock, seed="other")
    second = Jurisdiction(here.folder, type(here.gate)(other), here.clock, here.tokens)
    done = _rotate(second)
    assert done["before"] == str(named)


def test_a_log_opened_with_a_key_alone_does_not_change_it(here: Jurisdiction) -> None:
    here.parts.log.keyfile = None
    with pytest.raises(KeyUnusable, match="file of its key"):
        here.ask("ada", "log:rotate-key")
