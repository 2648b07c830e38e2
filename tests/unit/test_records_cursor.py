"""Cursors: sealed, and of use to their asker's own search only."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from cleargate.model.errors import FieldError
from cleargate.model.request import Condition, Request
from cleargate.records.cursor import bound_to, seal, unseal
from tests.fakes import Dice

KEY = bytes(range(32))
REQUEST = Request(
    "search", "PD", "C", "PD", dataset="incident", where=(Condition("beat", "=", "0301"),)
)
BOUND = bound_to("k.moss", REQUEST)


def sealed(position: tuple[str | int | float | None, ...] = ("2025-03-01T00:00:00", "7")) -> str:
    """A cursor of the first search."""
    return seal(position, key=KEY, random=Dice(), bound=BOUND)


@pytest.mark.parametrize("position", [("7",), (None, "7"), (1.5, "7"), (3, "ñ"), ()])
def test_a_cursor_gives_back_its_position(position: tuple[str | int | float | None, ...]) -> None:
    assert unseal(sealed(position), key=KEY, bound=BOUND) == position


def test_a_cursor_says_nothing() -> None:
    assert b"2025" not in base64.urlsafe_b64decode(sealed() + "==")
    assert sealed() != seal(("7",), key=KEY, random=Dice("other"), bound=BOUND)


@pytest.mark.parametrize(
    ("person", "request_"),
    [
        ("x.agent", REQUEST),
        ("k.moss", replace(REQUEST, represented="ICE")),
        ("k.moss", replace(REQUEST, custodian="SHERIFF")),
        ("k.moss", replace(REQUEST, dataset="person")),
        ("k.moss", replace(REQUEST, action="export")),
        ("k.moss", replace(REQUEST, sort="-beat")),
        ("k.moss", replace(REQUEST, where=())),
        ("k.moss", replace(REQUEST, where=(Condition("beat", "=", "0302"),))),
    ],
)
def test_a_cursor_of_another_search_or_person_is_refused(person: str, request_: Request) -> None:
    with pytest.raises(FieldError) as fault:
        unseal(sealed(), key=KEY, bound=bound_to(person, request_))
    assert fault.value.field == "cursor"
    assert "ask for the first page" in fault.value.sentence


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_a_cursor_with_any_byte_changed_is_refused(place: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(sealed() + "=="))
    raw[place % len(raw)] ^= 1
    with pytest.raises(FieldError):
        unseal(base64.urlsafe_b64encode(raw).decode(), key=KEY, bound=BOUND)


@pytest.mark.parametrize("forged", ["x", "AAAA", "é", "a b", "=" * 8, "A" * 5000, "A" * 40])
def test_what_is_no_cursor_is_refused(forged: str) -> None:
    with pytest.raises(FieldError):
        unseal(forged, key=KEY, bound=BOUND)


def test_a_cursor_under_another_key_is_refused() -> None:
    with pytest.raises(FieldError):
        unseal(sealed(), key=bytes(32), bound=BOUND)
