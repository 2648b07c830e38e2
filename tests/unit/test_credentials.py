"""Tokens: shown once, bound to one person and agency, expiring, revocable; one answer outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from cleargate.agencies import reader, write
from cleargate.agencies.credentials import Reason, Rejected, authenticate, listed, new_token
from cleargate.agencies.store import open_store
from cleargate.model.errors import BadUse, FieldError
from cleargate.model.request import Agency, Person
from cleargate.model.words import Tri
from cleargate.storage.engine import Store
from tests.fakes import NOON, Clock, Dice, signing_key, ticket
from tests.places import Places, by_index, everything

DICE = Dice()
DETECTIVE = {"person": "d.lee", "agency": "POLICE", "role": "officer"}


def key(name: str) -> str:
    return signing_key(name).public_key().public_bytes_raw().hex()


@pytest.fixture
def store(places: Places) -> Iterator[Store]:
    with closing(open_store(places("agencies"), create=True)) as opened:
        write.first_administrator(
            opened,
            [Agency("SHERIFF", "Sheriff", "jail"), Agency("POLICE", "Police", "law-enforcement")],
            Person("a.ortiz", "SHERIFF", "administrator"),
            bytes.fromhex(key("a.ortiz")),
            NOON,
            Dice("init"),
        )
        yield opened


def issue(store: Store, leaf: int, **fields: str) -> write.Issued:
    return write.issue(store, ticket("credential:issue", leaf, fields), NOON, DICE)


def revoke(store: Store, leaf: int, credential: str) -> write.Revoked:
    return write.revoke(store, ticket("credential:revoke", leaf, target=credential), NOON)


def reason(found: Person | Rejected) -> Reason:
    assert isinstance(found, Rejected)
    return found.reason


def test_a_token_names_its_person_and_agency(store: Store) -> None:
    issued = issue(store, 1, **DETECTIVE, enforces_civil_immigration="unknown")
    person = authenticate(store, issued.token, NOON)
    assert person == Person("d.lee", "POLICE", "officer", Tri.UNKNOWN, issued.credential)
    assert person == issued.person


def test_a_token_holds_256_random_bits_beside_its_id() -> None:
    asked: list[int] = []

    def random(count: int) -> bytes:
        asked.append(count)
        return bytes(count)

    token = new_token(random)
    assert asked[1] * 8 == 256
    assert token.text == f"cg_{token.id}_{'a' * 52}"


def test_a_token_is_not_stored_and_not_printed(store: Store) -> None:
    issued = issue(store, 1, **DETECTIVE)
    secret = issued.token.rpartition("_")[2]
    assert secret not in everything(store)
    assert secret not in repr(new_token(Dice()))


def test_each_failure_has_its_private_reason_and_all_one_sentence(store: Store) -> None:
    clock = Clock()
    gone = issue(store, 1, **DETECTIVE)
    revoke(store, 2, gone.credential)
    good = issue(store, 3, **DETECTIVE, days="30")
    stranger = new_token(Dice("stranger")).text
    other = good.token.replace(good.token[-5:], "aaaaa")
    found = {
        why: authenticate(store, token, clock())
        for why, token in [
            (Reason.MALFORMED, "Bearer"),
            (Reason.UNKNOWN, stranger),
            (Reason.WRONG_SECRET, other),
            (Reason.REVOKED, gone.token),
        ]
    }
    clock.forward(days=30)
    found[Reason.EXPIRED] = authenticate(store, good.token, clock())
    assert {why: reason(rejected) for why, rejected in found.items()} == {r: r for r in Reason}
    outside = {str(r.error().problem()) for r in found.values() if isinstance(r, Rejected)}
    (sentence,) = outside
    assert not any(why.value in sentence for why in Reason)


@pytest.mark.parametrize("token", ["", "cg_", "cg__", "cg_\n_", "cg_" + "a" * 10, "é" * 66])
def test_what_is_no_token_is_malformed(store: Store, token: str) -> None:
    assert authenticate(store, token, NOON) == Rejected(Reason.MALFORMED)


def test_a_made_up_id_is_counted_for_nobody(store: Store) -> None:
    assert authenticate(store, new_token(Dice("x")).text, NOON) == Rejected(Reason.UNKNOWN)


def test_a_credential_is_found_by_its_id_without_a_search(store: Store) -> None:
    statement = "SELECT c.hash FROM credential c JOIN person p ON p.id = c.person WHERE c.id = ?"
    assert by_index(store, statement, ("x",))


def test_a_credential_lasts_to_the_instant_before_its_end(store: Store) -> None:
    issued = issue(store, 1, **DETECTIVE, days="1")
    end = NOON + timedelta(days=1)
    assert issued.expires_at == end
    assert isinstance(authenticate(store, issued.token, end - timedelta(microseconds=1)), Person)
    assert reason(authenticate(store, issued.token, end)) is Reason.EXPIRED


def test_the_token_is_shown_once_even_when_the_entry_is_run_again(store: Store) -> None:
    first = issue(store, 1, **DETECTIVE)
    again = issue(store, 1, **DETECTIVE)
    assert again.credential == first.credential
    assert again.token == ""
    assert isinstance(authenticate(store, first.token, NOON), Person)


def test_issue_and_revoke_move_the_credential_epoch(store: Store) -> None:
    start = reader.epoch(store)
    issued = issue(store, 1, **DETECTIVE)
    revoke(store, 2, issued.credential)
    assert reader.epoch(store) == start + 2


def test_narrowing_an_agency_shortens_what_its_people_hold(store: Store) -> None:
    issued, epoch = issue(store, 1, **DETECTIVE), reader.epoch(store)
    fields = {"until": "2026-07-02T12:00-05:00"}
    write.narrow(store, ticket("agency:narrow", 2, fields, target="POLICE"), NOON)
    assert isinstance(authenticate(store, issued.token, NOON), Person)
    assert reason(authenticate(store, issued.token, NOON + timedelta(days=1))) is Reason.EXPIRED
    assert reader.epoch(store) == epoch + 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"agency": "POLICE", "role": "officer"}, "person"),
        ({"person": "d.lee", "role": "officer"}, "agency"),
        ({"person": "d.lee", "agency": "POLICE"}, "role"),
        ({**DETECTIVE, "role": "boss"}, "role"),
        ({**DETECTIVE, "agency": "FBI"}, "agency"),
        ({**DETECTIVE, "days": "0"}, "days"),
        ({**DETECTIVE, "days": "366"}, "days"),
        ({**DETECTIVE, "days": "soon"}, "days"),
        ({**DETECTIVE, "public_key": "00" * 32}, "public_key"),
        ({**DETECTIVE, "role": "counsel", "public_key": "00"}, "public_key"),
        ({**DETECTIVE, "role": "administrator"}, "public_key"),
        ({"person": "a.ortiz", "agency": "SHERIFF", "role": "clerk"}, "person"),
    ],
)
def test_a_credential_that_is_not_well_described_is_refused_by_field(
    store: Store, fields: dict[str, str], named: str
) -> None:
    with pytest.raises(FieldError) as wrong:
        issue(store, 1, **fields)
    assert wrong.value.field == named


def test_credentials_are_listed_with_what_became_of_them(store: Store) -> None:
    issued = issue(store, 1, **DETECTIVE, days="1")
    revoke(store, 2, issued.credential)
    other = issue(store, 3, **DETECTIVE, days="1")
    states = {c.id: c.in_force(NOON) for c in listed(store)}
    assert (states[issued.credential], states[other.credential]) == (False, True)
    assert not any(c.in_force(NOON + timedelta(days=90)) for c in listed(store))


def test_a_person_is_known_by_id(store: Store) -> None:
    issue(store, 1, **DETECTIVE)
    assert reader.person(store, "d.lee") == Person("d.lee", "POLICE", "officer")
    with pytest.raises(FieldError, match=r"No person is called 'd\.leigh'"):
        reader.person(store, "d.leigh")


def test_the_first_person_is_an_administrator(places: Places) -> None:
    clerk = Person("x", "SHERIFF", "clerk")
    with (
        closing(open_store(places("agencies"), create=True)) as empty,
        pytest.raises(BadUse, match="must be an administrator"),
    ):
        write.first_administrator(empty, [], clerk, bytes(32), NOON, Dice())


def test_a_key_lives_while_a_credential_carries_it(store: Store) -> None:
    counsel = {"person": "c.wong", "agency": "SHERIFF", "role": "counsel"}
    counsel["public_key"] = key("c.wong")
    old, new = issue(store, 1, **counsel), issue(store, 2, **counsel)
    assert revoke(store, 3, old.credential).key_remains
    assert not revoke(store, 4, new.credential).key_remains
    with pytest.raises(FieldError, match="was used before"):
        issue(store, 5, **counsel)


def test_a_signing_key_belongs_to_one_person(store: Store) -> None:
    with pytest.raises(FieldError, match="was used before"):
        issue(
            store,
            1,
            person="c.wong",
            agency="SHERIFF",
            role="counsel",
            public_key=key("a.ortiz"),
        )


def test_a_secret_given_as_an_id_is_not_repeated(store: Store) -> None:
    issued = issue(store, 1, **DETECTIVE)
    with pytest.raises(FieldError) as wrong:
        revoke(store, 2, issued.token)
    assert issued.token not in str(wrong.value)


def test_revoking_what_is_not_there_says_so(store: Store) -> None:
    with pytest.raises(FieldError, match="no credential 'aaaaaaaaaa'"):
        revoke(store, 1, "aaaaaaaaaa")
