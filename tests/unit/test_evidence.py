"""Documents: what can be said of them, who may check them, and for whom a check counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from cleargate.evidence import parse, reader, write
from cleargate.evidence.store import open_store
from cleargate.model.errors import BadUse, CleargateError, FieldError, TicketRefused
from cleargate.model.evidence import Document
from cleargate.model.ids import CROCKFORD
from cleargate.model.request import Person
from cleargate.model.words import Tri
from cleargate.storage.engine import Store
from tests.fakes import NOON, Dice, ticket
from tests.places import Places

CLERK = Person("k.moss", "SHERIFF", "clerk")
SERGEANT = Person("s.diaz", "SHERIFF", "jail-desk")
OFFICER = Person("i.jones", "POLICE", "officer")
AGENT = Person("x.agent", "ICE-ERO", "officer")
SCAN = "ab" * 32
WARRANT = {
    "kind": "judicial-warrant",
    "issued_by": "federal-magistrate",
    "criminal": "yes",
    "complete": "yes",
    "asks": "hold, transfer",
    "agency": "FBI",
    "target": "B-26-3318",
    "sha256": SCAN,
    "expires": "2026-08-01T00:00-05:00",
    "title": "Arrest warrant 26-cr-118",
}


@pytest.fixture
def store(places: Places) -> Iterator[Store]:
    with closing(open_store(places("evidence"), create=True)) as opened:
        yield opened


def add(store: Store, leaf: int, fields: dict[str, str], person: Person = CLERK) -> str:
    return write.add(store, ticket("evidence:add", leaf, fields), person, NOON, Dice(str(leaf)))


def verify(
    store: Store,
    leaf: int,
    id: str,
    person: Person = SERGEANT,
    *,
    sha256: str = SCAN,
    at: datetime = NOON,
    custodian: str = "SHERIFF",
) -> write.Checked:
    asked = ticket("evidence:verify", leaf, {"sha256": sha256}, target=id, custodian=custodian)
    return write.verify(store, asked, person, at)


def one(store: Store, id: str, custodian: str = "SHERIFF") -> Document:
    return reader.documents(store, [id], custodian=custodian)[0]


def test_a_document_is_kept_as_it_was_described(store: Store) -> None:
    id = add(store, 1, WARRANT)
    assert one(store, id) == Document(
        id=id,
        kind="judicial-warrant",
        issued_by="federal-magistrate",
        criminal=Tri.YES,
        complete=Tri.YES,
        asks=frozenset({"hold", "transfer"}),
        agency="FBI",
        target="B-26-3318",
        sha256=SCAN,
        expires=datetime(2026, 8, 1, 5, tzinfo=UTC),
    )
    entry = reader.show(store, id, custodian="SHERIFF")
    assert (entry.added_by, entry.added_at) == ("k.moss", NOON)
    assert entry.document.title == "Arrest warrant 26-cr-118"


def test_an_id_can_be_read_aloud_and_typed_back(store: Store) -> None:
    id = add(store, 1, WARRANT)
    assert id[:2] == "E-"
    assert len(id) == 7
    assert set(id[2:]) <= set(CROCKFORD)
    assert one(store, id.lower().replace("1", "l").replace("0", "o")).id == id


def test_a_taken_id_is_not_given_twice(store: Store) -> None:
    rolls = iter([bytes(4), bytes(4), b"\xff" * 4])
    first = write.add(store, ticket("evidence:add", 1, WARRANT), CLERK, NOON, lambda _: next(rolls))
    second = write.add(
        store, ticket("evidence:add", 2, WARRANT), CLERK, NOON, lambda _: next(rolls)
    )
    assert (first, second) == ("E-00000", "E-ZZZZZ")
    with pytest.raises(CleargateError, match="repeats itself"):
        write.add(store, ticket("evidence:add", 3, WARRANT), CLERK, NOON, bytes)


def test_documents_come_in_the_order_of_the_basis_and_once(store: Store) -> None:
    a, b = add(store, 1, WARRANT), add(store, 2, {"kind": "consent"})
    found = reader.documents(store, [b, a, b], custodian="SHERIFF")
    assert [d.id for d in found] == [b, a]


def test_an_unknown_document_is_an_error_of_the_basis(store: Store) -> None:
    with pytest.raises(FieldError, match="no evidence 'E-00000'") as wrong:
        one(store, "e-00000")
    assert wrong.value.field == "basis"


def test_evidence_is_unverified_until_someone_looked(store: Store) -> None:
    id = add(store, 1, WARRANT)
    assert one(store, id).verified(NOON) is Tri.NO
    checked = verify(store, 2, id)
    assert (checked.id, checked.kind, checked.sha256) == (id, "judicial-warrant", SCAN)
    found = one(store, id)
    assert found.verified(NOON) is Tri.YES
    assert (found.verified_by, found.verified_at) == ("s.diaz", NOON)


def test_whoever_brought_a_document_does_not_verify_it(store: Store) -> None:
    id = add(store, 1, WARRANT, SERGEANT)
    with pytest.raises(BadUse, match=r"s\.diaz brought E-.*someone else must verify it"):
        verify(store, 2, id, SERGEANT)
    asked = ticket("evidence:verify", 3, {"sha256": SCAN}, target=id)
    write.verify(store, asked, SERGEANT, NOON, adder_may_verify=True)
    assert one(store, id).verified(NOON) is Tri.YES


def test_only_the_custodians_own_people_verify(store: Store) -> None:
    id = add(store, 1, WARRANT, AGENT)
    with pytest.raises(BadUse, match="Only SHERIFF's own people verify"):
        verify(store, 2, id, OFFICER)
    assert one(store, id).verified(NOON) is Tri.NO


def test_a_verification_counts_for_its_custodian_only(store: Store) -> None:
    id = add(store, 1, WARRANT)
    verify(store, 2, id, OFFICER, custodian="POLICE")
    assert one(store, id, "POLICE").verified(NOON) is Tri.YES
    assert one(store, id, "SHERIFF").verified(NOON) is Tri.NO
    verify(store, 3, id)
    assert one(store, id, "SHERIFF").verified_by == "s.diaz"
    assert one(store, id, "POLICE").verified_by == "i.jones"


@pytest.mark.parametrize("sha256", ["", "cd" * 32])
def test_what_was_looked_at_is_what_was_added(store: Store, sha256: str) -> None:
    id = add(store, 1, WARRANT)
    with pytest.raises(FieldError, match="not the digest") as wrong:
        verify(store, 2, id, sha256=sha256)
    assert wrong.value.field == "sha256"


def test_a_paper_that_nobody_scanned_takes_the_verifiers_digest(store: Store) -> None:
    id = add(store, 1, {"kind": "consent"})
    verify(store, 2, id, sha256=SCAN)
    assert one(store, id).sha256 == SCAN
    bare = add(store, 3, {"kind": "consent"})
    verify(store, 4, bare, sha256="")
    assert one(store, bare).verified(NOON) is Tri.YES


def test_a_document_is_verified_once(store: Store) -> None:
    id = add(store, 1, WARRANT)
    verify(store, 2, id)
    assert verify(store, 2, id).id == id
    with pytest.raises(BadUse, match=r"was verified by s\.diaz"):
        verify(store, 3, id)


def test_an_expired_document_counts_for_nothing_and_is_not_verified(store: Store) -> None:
    a, b = add(store, 1, WARRANT), add(store, 2, WARRANT)
    verify(store, 3, a)
    later = NOON + timedelta(days=31)
    assert one(store, a).verified(later) is Tri.NO
    with pytest.raises(BadUse, match="expired at 2026-08-01"):
        verify(store, 4, b, at=later)


def test_a_withdrawn_document_counts_for_nothing_with_anyone(store: Store) -> None:
    id = add(store, 1, WARRANT)
    verify(store, 2, id)
    write.withdraw(store, ticket("evidence:withdraw", 3, target=id), NOON)
    assert one(store, id).verified(NOON) is Tri.NO
    with pytest.raises(BadUse, match="was withdrawn at"):
        write.withdraw(store, ticket("evidence:withdraw", 4, target=id), NOON)
    with pytest.raises(BadUse, match="add the document anew"):
        verify(store, 5, id, OFFICER, custodian="POLICE")


def test_an_officers_decision_is_brought_by_the_custodian(store: Store) -> None:
    decision = {
        "kind": "officer-decision",
        "issued_by": "custodian-officer",
        "finds": "legitimate-law-enforcement-purpose",
        "accepts": "interview",
    }
    id = add(store, 1, decision)
    assert one(store, id).agency == "SHERIFF"
    with pytest.raises(BadUse, match="Only SHERIFF's own people bring"):
        add(store, 2, decision, AGENT)
    with pytest.raises(BadUse, match="Only SHERIFF's own people bring"):
        add(store, 3, {**decision, "agency": "POLICE"})


@pytest.mark.parametrize(
    ("fields", "named", "says"),
    [
        ({}, "kind", "missing"),
        ({"kind": "judical-warrant"}, "kind", "did you mean judicial-warrant"),
        ({"kind": "detainer", "form": "I-247B"}, "form", "not a value of 'form'"),
        ({"kind": "detainer", "form": "I-200"}, "form", "is not a detainer"),
        ({"kind": "consent", "form": "I-247A"}, "form", "is not a consent"),
        (
            {"kind": "judicial-warrant", "issued_by": "immigration-judge"},
            "issued_by",
            "is signed by",
        ),
        ({"kind": "officer-decision"}, "issued_by", "is signed by custodian-officer"),
        ({"kind": "detainer", "asks": "holt"}, "asks", "did you mean hold"),
        ({"kind": "detainer", "served": "maybe"}, "served", "not a value of 'served'"),
        ({"kind": "detainer", "sha256": "AB" * 32}, "sha256", "64 lower-case"),
        ({"kind": "detainer", "expires": "2026-08-01"}, "expires", "with its offset"),
        ({"kind": "detainer", "expires": "2026-13-01T00:00Z"}, "expires", "not a time"),
        ({"kind": "detainer", "expires": "0001-01-01T00:00+09:00"}, "expires", "not a time"),
        ({"kind": "detainer", "finds": "x"}, "kind", "decides no test"),
        ({"kind": "officer-decision", "finds": "Ä"}, "finds", "name of a test"),
        ({"kind": "detainer", "verified_by": "me"}, "verified_by", "not a field of this act"),
    ],
)
def test_a_document_that_is_not_well_described_is_refused_by_field(
    fields: dict[str, str], named: str, says: str
) -> None:
    with pytest.raises(FieldError, match=says) as wrong:
        parse.document(fields)
    assert wrong.value.field == named


def test_a_test_is_answered_one_way() -> None:
    fields = {
        "kind": "officer-decision",
        "issued_by": "custodian-officer",
        "finds": "a b",
        "finds_not": "b",
    }
    with pytest.raises(FieldError, match="'b' is answered with yes and with no"):
        parse.document(fields)


def test_the_same_entry_adds_once(store: Store) -> None:
    assert add(store, 1, WARRANT) == add(store, 1, WARRANT)
    with store.read() as conn:
        assert conn.execute("SELECT count(*) FROM document").fetchone() == (1,)


def test_a_spent_ticket_adds_nothing(store: Store) -> None:
    used = ticket("evidence:add", 1, WARRANT)
    write.add(store, used, CLERK, NOON, Dice())
    with pytest.raises(TicketRefused, match="spent"):
        write.add(store, used, CLERK, NOON, Dice())
