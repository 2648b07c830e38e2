"""One key after another, and one log after another: which notes lead on, and which do not."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from cleargate.log.note import Checkpoint, Signer
from cleargate.log.succession import Keyring, Predecessor, Succession, cosigned, file_name
from cleargate.model.errors import CheckFailed, KeyUnusable

ORIGIN = "example.gov/log"


def _key(number: int, name: str = ORIGIN) -> Signer:
    return Signer.from_seed(name, hashlib.sha256(f"{name}{number}".encode()).digest())


def _state(size: int, name: str = ORIGIN) -> Checkpoint:
    return Checkpoint(name, size, hashlib.sha256(str(size).encode()).digest())


def _note(size: int, old: int, new: int) -> str:
    return Succession(_state(size), _key(new).verifier).sign(_key(old), _key(new))


NOTES = [_note(10, 0, 1), _note(10, 1, 2), _note(25, 2, 3)]


def _signed(size: int, *by: int) -> str:
    return cosigned(_state(size).text, *(_key(n) for n in by))


def test_a_succession_is_the_text_that_others_can_read() -> None:
    root = "Sks1D4w3jWRT8hcdSfQjfM8GRsHs3w0fPjDGs8Mq0dM="
    text = Succession(_state(10), _key(1).verifier).text
    lines = text.split("\n")
    assert lines[:3] == ["cleargate/succession v1", ORIGIN, "10"]
    assert len(lines[3]) == len(root)
    assert lines[4:] == [str(_key(1).verifier), ""]


def test_a_succession_is_read_as_it_was_signed() -> None:
    found = Succession.open(NOTES[0], _key(0).verifier)
    assert found == Succession(_state(10), _key(1).verifier)


def test_the_oldest_key_leads_to_the_newest() -> None:
    ring = Keyring.follow(_key(0).verifier, NOTES)
    assert ring.keys == tuple(_key(n).verifier for n in range(4))
    assert ring.since == (0, 10, 10, 25)
    assert ring.newest == _key(3).verifier


@pytest.mark.parametrize("given", range(4))
def test_every_key_accepts_the_newest_checkpoint(given: int) -> None:
    ring = Keyring.follow(_key(given).verifier, NOTES)
    assert ring.open(_signed(40, 3)) == _state(40)


def test_the_key_of_its_time_signs_each_checkpoint() -> None:
    ring = Keyring.follow(_key(0).verifier, NOTES)
    for size, by in ((0, 0), (9, 0), (10, 0), (10, 1), (10, 2), (11, 2), (25, 2), (25, 3), (26, 3)):
        assert ring.open(_signed(size, by)).size == size


@pytest.mark.parametrize(("size", "by"), [(11, 0), (11, 1), (26, 2), (9, 1), (24, 3)])
def test_a_key_signs_nothing_outside_its_time(size: int, by: int) -> None:
    ring = Keyring.follow(_key(0).verifier, NOTES)
    with pytest.raises(CheckFailed, match="another had followed"):
        ring.open(_signed(size, by))


def test_a_checkpoint_that_both_keys_signed_is_accepted_with_either() -> None:
    both = _signed(10, 0, 1)
    for given in (0, 1):
        assert Checkpoint.open(both, _key(given).verifier) == _state(10)


def test_a_strangers_checkpoint_is_named() -> None:
    ring = Keyring.follow(_key(0).verifier, NOTES)
    with pytest.raises(CheckFailed, match="did not sign this"):
        ring.open(_signed(30, 7))


@pytest.mark.parametrize(
    "notes",
    [
        [NOTES[0], NOTES[2]],  # one is missing
        [NOTES[0], NOTES[0]],
        [_note(10, 0, 1), _note(9, 1, 2)],  # goes back
        [NOTES[0].replace("\n10\n", "\n11\n")],
        [_key(0).sign(Succession(_state(10), _key(1).verifier).text)],  # the new key did not sign
        [cosigned(Succession(_state(10), _key(1).verifier).text, _key(0), _key(2))],
        [cosigned(_state(10).text, _key(0), _key(1))],
        [cosigned(Succession(_state(10), _key(1).verifier).text + "more\n", _key(0), _key(1))],
    ],
)
def test_notes_that_do_not_lead_on_are_refused(notes: list[str]) -> None:
    with pytest.raises(CheckFailed):
        Keyring.follow(_key(0).verifier, notes)


def test_a_key_is_followed_by_another_key_of_the_same_log_only() -> None:
    for new in (_key(0), _key(1, "other.gov/log")):
        with pytest.raises(KeyUnusable):
            Succession(_state(10), new.verifier).sign(_key(0), new)
        forged = cosigned(Succession(_state(10), new.verifier).text, _key(0))
        if new.name != ORIGIN:
            forged = cosigned(Succession(_state(10), new.verifier).text, _key(0), new)
        with pytest.raises(CheckFailed):
            Succession.open(forged, _key(0).verifier)


SUCCESSOR = _key(0, "example.gov/log2")


def test_a_predecessor_is_read_as_it_was_signed() -> None:
    before = Predecessor(SUCCESSOR.name, _signed(41, 0))
    found = Predecessor.open(before.sign(SUCCESSOR), SUCCESSOR.verifier)
    assert found == before
    assert found.last == _state(41)
    assert found.check(_key(0).verifier) == _state(41)
    with pytest.raises(CheckFailed):
        found.check(_key(1).verifier)


@pytest.mark.parametrize(
    "text",
    [
        Predecessor("example.gov/other", _signed(41, 0)).text,
        Predecessor(SUCCESSOR.name, SUCCESSOR.sign(_state(41, SUCCESSOR.name).text)).text,
        Predecessor(SUCCESSOR.name, "no checkpoint").text,
        f"cleargate/predecessor v1\n{SUCCESSOR.name}\n****\n",
        f"cleargate/predecessor v1\n{SUCCESSOR.name}\n",
        _state(41, SUCCESSOR.name).text,
    ],
)
def test_what_names_no_other_log_is_refused(text: str) -> None:
    with pytest.raises(CheckFailed):
        Predecessor.open(SUCCESSOR.sign(text), SUCCESSOR.verifier)


def test_a_successor_has_another_name() -> None:
    with pytest.raises(KeyUnusable, match="name and a key of its own"):
        Predecessor(ORIGIN, _signed(41, 0)).sign(_key(1))
    with pytest.raises(KeyUnusable):
        replace(Predecessor(SUCCESSOR.name, _signed(41, 0)), origin="x").sign(SUCCESSOR)


def test_the_notes_lie_in_order() -> None:
    assert [file_name(n) for n in (0, 1, 12)] == ["keys/0000", "keys/0001", "keys/0012"]
