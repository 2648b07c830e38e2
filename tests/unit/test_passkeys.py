"""Passkeys: made by whoever is signed in, answered once, by the device and for the page asked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cleargate.agencies import passkeys, store
from cleargate.agencies.accounts import Rules, Why
from cleargate.agencies.passkeys import LASTS, MOST, Challenge, Site
from cleargate.model.errors import FieldError
from cleargate.model.request import Person
from cleargate.storage.migrate import migrate_file
from tests.authenticator import PRESENT, Device
from tests.jurisdiction import POLICE, Jurisdiction, found

SITE = Site("pages.example", "https://pages.example", "Pages")
BROWSER = "a browser's own secret"
RULES = Rules()


@pytest.fixture
def here(tmp_path: Path) -> Jurisdiction:
    return found(tmp_path)


@pytest.fixture
def fbi(here: Jurisdiction) -> Person:
    return here.gate.authenticate(here.tokens["fbi"], "cli")


def challenge(here: Jurisdiction, use: str, browser: str = BROWSER) -> Challenge:
    return Challenge.make(here.parts.vault, use, browser, here.clock())


def made(here: Jurisdiction, person: Person, device: Device | None = None) -> Device:
    """A passkey of ``person`` on a device."""
    device = device or Device(SITE.origin)
    asked = challenge(here, "make")
    answer = device.make(passkeys.creation(SITE, person, [], asked))
    passkeys.add(here.parts.agencies, SITE, person, "desk", answer, asked, here.clock())
    return device


def sign_in(here: Jurisdiction, device: Device, asked: Challenge | None = None) -> Person | Why:
    asked = asked or challenge(here, "sign in")
    answer = device.sign(passkeys.asking(SITE, asked))
    return passkeys.sign_in(here.parts.agencies, SITE, answer, asked, here.clock(), RULES)


def test_a_passkey_signs_its_person_in_by_their_credential(here: Jurisdiction, fbi: Person) -> None:
    device = made(here, fbi)
    here.clock.forward(seconds=1)
    assert sign_in(here, device) == fbi
    (kept,) = passkeys.listed(here.parts.agencies, fbi)
    assert kept.last_at == here.clock() and kept.name == "desk"


def test_an_answer_is_good_once(here: Jurisdiction, fbi: Person) -> None:
    device, asked = made(here, fbi), challenge(here, "sign in")
    answer = device.sign(passkeys.asking(SITE, asked))
    at, store = here.clock(), here.parts.agencies
    assert passkeys.sign_in(store, SITE, answer, asked, at, RULES) == fbi
    assert passkeys.sign_in(store, SITE, answer, asked, at, RULES) is Why.WRONG
    device.uses += 5
    assert sign_in(here, device, asked) is Why.WRONG, "a newer answer to the same challenge"


def test_a_counter_that_goes_back_is_a_copy(here: Jurisdiction, fbi: Person) -> None:
    device = made(here, fbi)
    device.uses = 9
    assert sign_in(here, device) == fbi
    here.clock.forward(seconds=1)
    device.uses = 3
    assert sign_in(here, device) is Why.WRONG


@pytest.mark.parametrize("origin", ["https://pages.example.evil.example", "http://pages.example",
                                    "https://pages.example:8443", ""])  # fmt: skip
def test_another_origin_signs_nobody_in_and_makes_nothing(
    here: Jurisdiction, fbi: Person, origin: str
) -> None:
    device = made(here, fbi)
    device.origin = origin
    assert sign_in(here, device) is Why.WRONG
    with pytest.raises(FieldError):
        made(here, fbi, Device(origin, b"another"))


def test_a_device_must_verify_its_user(here: Jurisdiction, fbi: Person) -> None:
    device = made(here, fbi)
    device.flags = PRESENT
    assert sign_in(here, device) is Why.WRONG
    with pytest.raises(FieldError):
        made(here, fbi, Device(SITE.origin, b"another", flags=PRESENT))


def test_another_devices_key_under_the_same_id_is_wrong(here: Jurisdiction, fbi: Person) -> None:
    made(here, fbi)
    assert sign_in(here, Device(SITE.origin)) is Why.WRONG


def test_a_challenge_is_of_one_browser_one_use_and_some_minutes(
    here: Jurisdiction, fbi: Person
) -> None:
    device, now = made(here, fbi), here.clock()
    for other in (challenge(here, "sign in", "another browser"), challenge(here, "make")):
        answer = device.sign(passkeys.asking(SITE, other))
        mine = challenge(here, "sign in")
        found = passkeys.sign_in(here.parts.agencies, SITE, answer, mine, now, RULES)
        assert found is Why.WRONG
    asked = challenge(here, "sign in")
    assert asked.good(now + LASTS) and not asked.good(now + LASTS + timedelta(seconds=1))
    assert not asked.good(now - timedelta(seconds=1)), "a time that has not come"


def test_five_wrong_tries_stop_every_try_for_a_while(here: Jurisdiction, fbi: Person) -> None:
    device = made(here, fbi)
    wrong = Device(SITE.origin, device.id)
    for _ in range(RULES.tries):
        assert sign_in(here, wrong) is Why.WRONG
    assert sign_in(here, device) is Why.TOO_MANY
    here.clock.forward(seconds=RULES.window.total_seconds() + 1)
    assert sign_in(here, device) == fbi


def test_a_passkey_ends_with_its_credential(here: Jurisdiction, fbi: Person) -> None:
    device = made(here, fbi)
    assert here.ask("ada", "credential:revoke", custodian=POLICE, target=fbi.credential).opens
    assert sign_in(here, device) is Why.WRONG


def test_a_passkey_that_nobody_used_for_ninety_days_is_off(here: Jurisdiction, fbi: Person) -> None:
    device = made(here, fbi)
    with here.parts.agencies.write() as conn:  # a credential that lasts longer than the account
        conn.execute("UPDATE credential SET expires_at = '2099-01-01T00:00:00.000000Z'")
    here.clock.forward(days=RULES.idle.days + 1)
    assert sign_in(here, device) is Why.IDLE


def test_a_removed_passkey_is_none_and_only_its_person_removes_it(
    here: Jurisdiction, fbi: Person
) -> None:
    device = made(here, fbi)
    other = here.gate.authenticate(here.tokens["ice"], "cli")
    assert not passkeys.remove(here.parts.agencies, other, device.id)
    assert sign_in(here, device) == fbi
    assert passkeys.remove(here.parts.agencies, fbi, device.id)
    assert sign_in(here, device) is Why.WRONG


def test_a_person_has_so_many_passkeys_and_each_device_one(here: Jurisdiction, fbi: Person) -> None:
    device = made(here, fbi)
    here.clock.forward(seconds=1)
    with pytest.raises(FieldError, match="already"):
        made(here, fbi, Device(SITE.origin, device.id))
    for k in range(1, MOST):
        here.clock.forward(seconds=1)
        made(here, fbi, Device(SITE.origin, b"device %d" % k))
    here.clock.forward(seconds=1)
    with pytest.raises(FieldError, match="at most"):
        made(here, fbi, Device(SITE.origin, b"one more"))


@pytest.mark.parametrize(
    "said", ["", "{}", "[]", "null", '{"id": 1}', "x" * 9000, '{"id": "\\u0000"}']
)
def test_what_is_no_answer_signs_nobody_in(here: Jurisdiction, said: str) -> None:
    asked = challenge(here, "sign in")
    found = passkeys.sign_in(here.parts.agencies, SITE, said, asked, here.clock(), RULES)
    assert found is Why.WRONG


def _columns(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the tables of passkeys look like."""
    with closing(sqlite3.connect(path)) as conn:
        return {
            table: [c[1:4] + c[5:] for c in conn.execute(f"PRAGMA table_info({table})")]
            for table in ("passkey", "passkey_challenge")
        }


def test_an_older_store_is_brought_to_the_same_tables(tmp_path: Path) -> None:
    path = tmp_path / "agencies.db"
    store.open_store(path, create=True).close()
    new = _columns(path)
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript("DROP TABLE passkey; DROP TABLE passkey_challenge;"
                           "PRAGMA user_version = 2;")  # fmt: skip
    migrate_file(path, replace(store.SCHEMA, version=3))  # later versions have steps of their own
    assert _columns(path) == new
