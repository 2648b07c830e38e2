"""What needs two keys: two persons, two keys, the same bytes, once, in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from cleargate.agencies import proposals, write
from cleargate.agencies.proposals import Proposal
from cleargate.agencies.store import open_store
from cleargate.model.errors import BadUse, FieldError, TicketRefused
from cleargate.model.request import Agency, Person
from cleargate.storage.engine import Store
from tests.fakes import NOON, Dice, signing_key, ticket
from tests.places import Places, tampering

FIRST = Person("a.ortiz", "SHERIFF", "administrator")
DICE = Dice()
CUT = {"agency": "ICE", "except": "HSI"}


def public(name: str) -> bytes:
    return signing_key(name).public_key().public_bytes_raw()


def someone(name: str, role: str = "administrator") -> dict[str, str]:
    return {"person": name, "agency": "SHERIFF", "role": role, "public_key": public(name).hex()}


def issue(store: Store, leaf: int, fields: dict[str, str], proposal: str = "") -> write.Issued:
    asked = ticket("credential:issue", leaf, fields, target=proposal)
    return write.issue(store, asked, NOON, DICE)


@pytest.fixture
def store(places: Places) -> Iterator[Store]:
    with closing(open_store(places("agencies"), create=True)) as opened:
        agencies = [Agency("SHERIFF", "Sheriff", "jail")]
        write.first_administrator(opened, agencies, FIRST, public("a.ortiz"), NOON, Dice("init"))
        issue(opened, 1, someone("b.kim"))
        issue(opened, 2, someone("c.wong", "counsel"))
        yield opened


def propose(store: Store, action: str = "agency:cut-off") -> Proposal:
    return proposals.propose(store, FIRST, action, "SHERIFF", CUT, NOON)


def sign(store: Store, proposal: Proposal, name: str) -> Proposal:
    signature = signing_key(name).sign(proposal.message)
    return proposals.sign(store, proposal.id, name, signature, NOON)


def test_the_bytes_are_canonical_json(store: Store) -> None:
    assert propose(store).data == (
        b'{"action":"agency:cut-off","arguments":{"agency":"ICE","except":"HSI"},'
        b'"custodian":"SHERIFF","expires_at":"2026-07-08T17:00:00.000000Z",'
        b'"proposed_at":"2026-07-01T17:00:00.000000Z","proposed_by":"a.ortiz"}'
    )


def test_a_proposal_is_ready_when_two_have_signed(store: Store) -> None:
    proposal = propose(store)
    assert not proposal.ready
    assert not sign(store, proposal, "a.ortiz").ready
    ready = sign(store, proposal, "b.kim")
    assert ready.ready
    assert {s.person for s in ready.signatures} == {"a.ortiz", "b.kim"}


def test_one_person_does_not_count_twice(store: Store) -> None:
    proposal = propose(store)
    sign(store, proposal, "a.ortiz")
    assert not sign(store, proposal, "a.ortiz").ready


def test_two_keys_of_one_person_are_one_person(store: Store) -> None:
    # A second credential of b.kim with another key; it is an administrator's, so two must sign it.
    second = someone("b.kim") | {"public_key": public("b.kim-2").hex()}
    asked = proposals.propose(store, FIRST, "credential:issue", "SHERIFF", second, NOON)
    sign(store, asked, "a.ortiz")
    sign(store, asked, "b.kim")
    issue(store, 3, second, asked.id)
    proposal = propose(store)
    for name in ("b.kim", "b.kim-2"):
        signature = signing_key(name).sign(proposal.message)
        found = proposals.sign(store, proposal.id, "b.kim", signature, NOON)
    assert len(found.signatures) == 2
    assert not found.ready


def test_a_changed_byte_makes_the_signature_fail(store: Store) -> None:
    proposal = propose(store)
    for place in range(len(proposal.message)):
        changed = bytearray(proposal.message)
        changed[place] ^= 1
        signature = signing_key("a.ortiz").sign(bytes(changed))
        with pytest.raises(FieldError, match=r"not a\.ortiz's signature"):
            proposals.sign(store, proposal.id, "a.ortiz", signature, NOON)


def test_a_signature_over_the_bare_bytes_is_not_one(store: Store) -> None:
    proposal = propose(store)
    signature = signing_key("a.ortiz").sign(proposal.data)
    with pytest.raises(FieldError, match="sign its bytes"):
        proposals.sign(store, proposal.id, "a.ortiz", signature, NOON)


def test_another_persons_signature_is_refused(store: Store) -> None:
    proposal = propose(store)
    signature = signing_key("b.kim").sign(proposal.message)
    with pytest.raises(FieldError, match=r"not a\.ortiz's signature"):
        proposals.sign(store, proposal.id, "a.ortiz", signature, NOON)


def test_stored_bytes_that_were_changed_are_refused(store: Store) -> None:
    proposal = propose(store)
    with tampering(store) as conn:
        changed = proposal.data.replace(b"HSI", b"ERO")
        conn.execute("UPDATE proposal SET bytes = ?", (changed,))
    with pytest.raises(BadUse, match="were changed"):
        proposals.proposal(store, proposal.id)


def test_a_signature_that_was_changed_in_the_store_does_not_count(store: Store) -> None:
    proposal = propose(store)
    sign(store, proposal, "a.ortiz")
    sign(store, proposal, "b.kim")
    with tampering(store) as conn:
        conn.execute("UPDATE signature SET signature = ?", (bytes(64),))
    assert proposals.proposal(store, proposal.id).signatures == ()


def test_counsel_signs_law_and_nothing_else(store: Store) -> None:
    with pytest.raises(BadUse, match=r"c\.wong may not sign"):
        sign(store, propose(store), "c.wong")
    law = proposals.propose(store, FIRST, "law:put-in-force", "SHERIFF", {"pack": "us-il"}, NOON)
    assert len(sign(store, law, "c.wong").signatures) == 1


def test_an_expired_proposal_is_neither_signed_nor_executed(store: Store) -> None:
    proposal = propose(store)
    late = NOON + proposals.LIFETIME
    signature = signing_key("a.ortiz").sign(proposal.message)
    with pytest.raises(BadUse, match="expired at 2026-07-08"):
        proposals.sign(store, proposal.id, "a.ortiz", signature, late)
    sign(store, proposal, "a.ortiz")
    sign(store, proposal, "b.kim")
    with pytest.raises(BadUse, match="expired"):
        proposals.execute(store, ticket("agency:cut-off", 9, CUT, target=proposal.id), late)


def test_an_executed_proposal_is_refused_but_to_the_same_entry(store: Store) -> None:
    proposal = propose(store)
    sign(store, proposal, "a.ortiz")
    sign(store, proposal, "b.kim")

    def execute(leaf: int) -> Proposal:
        return proposals.execute(
            store, ticket("agency:cut-off", leaf, CUT, target=proposal.id), NOON
        )

    assert execute(9).executed_leaf == 9
    assert execute(9).executed_leaf == 9
    with pytest.raises(BadUse, match="was executed by entry 9"):
        execute(10)
    with pytest.raises(BadUse, match="was executed"):
        sign(store, proposal, "b.kim")


def test_what_is_executed_is_what_was_signed(store: Store) -> None:
    proposal = propose(store)
    sign(store, proposal, "a.ortiz")
    sign(store, proposal, "b.kim")
    more = {"agency": "ICE"}
    with pytest.raises(TicketRefused, match="ask exactly that"):
        proposals.execute(store, ticket("agency:cut-off", 9, more, target=proposal.id), NOON)
    elsewhere = ticket("agency:cut-off", 9, CUT, target=proposal.id, custodian="POLICE")
    with pytest.raises(TicketRefused, match="ask exactly that"):
        proposals.execute(store, elsewhere, NOON)


def test_a_lacking_signature_is_counted(store: Store) -> None:
    proposal = sign(store, propose(store), "a.ortiz")
    with pytest.raises(BadUse, match="lacks 1 of 2 signatures"):
        proposals.execute(store, ticket("agency:cut-off", 9, CUT, target=proposal.id), NOON)


@pytest.fixture
def empty(places: Places) -> Iterator[Store]:
    with closing(open_store(places("agencies"), create=True)) as opened:
        yield opened


def test_the_first_administrator_adds_the_second_alone(empty: Store) -> None:
    store = empty
    agencies = [Agency("SHERIFF", "Sheriff")]
    write.first_administrator(store, agencies, FIRST, public("a.ortiz"), NOON, Dice())
    assert not proposals.needs_two_keys(store, "credential:issue", "administrator")
    issue(store, 1, someone("b.kim"))
    assert proposals.needs_two_keys(store, "credential:issue", "administrator")
    assert not proposals.needs_two_keys(store, "credential:issue", "officer")
    assert proposals.needs_two_keys(store, "agency:cut-off")


def test_a_third_administrator_needs_two_keys(store: Store) -> None:
    third = someone("d.rao")
    with pytest.raises(FieldError, match="no proposal ''"):
        issue(store, 3, third)
    proposal = proposals.propose(store, FIRST, "credential:issue", "SHERIFF", third, NOON)
    sign(store, proposal, "a.ortiz")
    with pytest.raises(BadUse, match="lacks 1"):
        issue(store, 3, third, proposal.id)
    sign(store, proposal, "b.kim")
    assert issue(store, 3, third, proposal.id.lower()).person.role == "administrator"


def test_revoking_the_second_does_not_bring_back_the_time_of_one(store: Store) -> None:
    with store.read() as conn:
        (id,) = conn.execute("SELECT id FROM credential WHERE person = 'b.kim'").fetchone()
    revoked = write.revoke(store, ticket("credential:revoke", 3, target=id), NOON)
    assert proposals.needs_two_keys(store, "credential:issue", "administrator")
    assert revoked.key_remains
    # The second key still signs, so that a successor can be made.
    assert sign(store, propose(store), "b.kim").signatures != ()


def test_a_key_ends_with_its_credential_and_its_signatures_with_it(store: Store) -> None:
    law = proposals.propose(store, FIRST, "law:put-in-force", "SHERIFF", {"pack": "us-il"}, NOON)
    sign(store, law, "c.wong")
    sign(store, law, "a.ortiz")
    with store.read() as conn:
        (id,) = conn.execute("SELECT id FROM credential WHERE person = 'c.wong'").fetchone()
    assert not write.revoke(store, ticket("credential:revoke", 3, target=id), NOON).key_remains
    assert not proposals.proposal(store, law.id).ready
    with pytest.raises(FieldError, match="registered for nobody"):
        proposals.signer_of(store, public("c.wong"))


def test_what_waits_for_signatures_is_listed(store: Store) -> None:
    first = propose(store)
    done = propose(store, "log:expunge")
    sign(store, done, "a.ortiz")
    sign(store, done, "b.kim")
    proposals.execute(store, ticket("log:expunge", 9, CUT, target=done.id), NOON)
    assert [p.id for p in proposals.waiting(store, NOON)] == [first.id]
    assert proposals.waiting(store, NOON + proposals.LIFETIME) == ()


def test_a_key_tells_its_signer(store: Store) -> None:
    assert proposals.signer_of(store, public("b.kim")) == "b.kim"


@pytest.mark.parametrize("arguments", [{"a": "x\u202ey"}, {"a": "\ud800"}, {"A b": "x"}])
def test_what_cannot_be_shown_is_not_proposed(store: Store, arguments: dict[str, str]) -> None:
    with pytest.raises(FieldError):
        proposals.propose(store, FIRST, "agency:cut-off", "SHERIFF", arguments, NOON)


def test_an_unknown_action_is_not_proposed(store: Store) -> None:
    with pytest.raises(FieldError, match="not an action"):
        propose(store, "agency:delete")


def test_proposing_the_same_again_is_one_proposal(store: Store) -> None:
    assert propose(store).id == propose(store).id
    other = proposals.propose(
        store, FIRST, "agency:cut-off", "SHERIFF", CUT, NOON + timedelta(seconds=1)
    )
    assert other.id != propose(store).id
