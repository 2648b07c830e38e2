"""Bookings, papers, holds and their ends: only a ticket keeps anyone, and never past the limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from cleargate.custody import facts, read, write
from cleargate.custody.dispositions import Disposition, of
from cleargate.custody.holds import Incident
from cleargate.custody.store import Facility, open_store
from cleargate.custody.sweep import sweep
from cleargate.model.decision import Decision, DocumentDecision, Duty, Limit, RuleRef
from cleargate.model.errors import BadUse, FieldError, TicketRefused
from cleargate.model.request import FAR, CustodyFacts, Request
from cleargate.model.ticket import Ticket
from cleargate.model.words import Layer, Outcome, RuleKind, Tri
from cleargate.storage.engine import Store
from tests.fakes import NOON, Dice, decision, receipt, ticket
from tests.places import Places

JAIL = Facility("DIV-5", "SHERIFF", "Division 5", "America/Chicago")
LOCKUP = Facility("DIST-1", "POLICE", "District 1", "America/Chicago")
PERSON = {"facility": "DIV-5", "name": "Jordan Doe", "charges": "theft"}
FORM = "PT48H"
REGULATION = "PT48H excluding weekends and federal holidays"
HOUR = timedelta(hours=1)
B = "B-26-3318"


def rule(id: str, kind: RuleKind = RuleKind.MUST) -> RuleRef:
    return RuleRef(id, "cite", "summary", kind, Layer.STATE)


def paper(
    id: str, *limits: str, outcome: Outcome = Outcome.REQUIRE, kind: str = "detainer"
) -> DocumentDecision:
    """One presented document, decided: opens with these limits, or is refused by a rule."""
    refused = (rule("us-il/no-detainer", RuleKind.MUST_NOT),)
    return DocumentDecision(
        document=id,
        kind=kind,
        outcome=outcome,
        deciding=() if outcome.opens else refused,
        struck=(),
        fired=(),
        limits=tuple(Limit(rule(f"us-tx/{text}"), text, "8 CFR 287.7(d)") for text in limits),
    )


@pytest.fixture
def store(places: Places) -> Iterator[Store]:
    with closing(open_store(places("custody"), [JAIL, LOCKUP], create=True)) as opened:
        write.book(opened, ticket("book", 1, PERSON, target=B), NOON, Dice())
        yield opened


def hold(
    store: Store, leaf: int, *papers: DocumentDecision, at: datetime = NOON, **subject: str
) -> write.Held:
    asked = ticket("hold", leaf, subject, target=B, represented="ICE", documents=papers)
    return write.hold(store, asked, at)


def act(
    store: Store, action: str, leaf: int, *basis: str, at: datetime = NOON, **subject: str
) -> write.Changed:
    do = {
        "lodge": write.lodge,
        "serve-copy": write.serve_copy,
        "withdraw": write.withdraw,
        "transfer": write.transfer,
    }[action]
    opened = tuple(paper(id) for id in basis)
    asked = ticket(
        action, leaf, subject, target=B, represented="ICE", basis=basis, documents=opened
    )
    return do(store, asked, at)


def became(store: Store, document: str) -> Disposition:
    return {d.document: d.disposition for d in facts.lodged(store, B)}[document]


# --- booking ---------------------------------------------------------------------------------


def test_a_booking_gets_the_jails_number_or_one_of_its_own(store: Store) -> None:
    given = write.book(store, ticket("book", 2, PERSON, target="26-000417"), NOON, Dice())
    made = write.book(store, ticket("book", 3, PERSON), NOON, Dice())
    assert given == "26-000417"
    assert made.startswith("B-26-")
    assert len(made) == 10


def test_the_same_entry_books_once(store: Store) -> None:
    first = write.book(store, ticket("book", 2, PERSON), NOON, Dice("a"))
    assert write.book(store, ticket("book", 2, PERSON), NOON, Dice("b")) == first


@pytest.mark.parametrize(
    ("target", "fields", "named"),
    [
        (B, PERSON, "target"),
        ("B 26", PERSON, "target"),
        ("", {"name": "X"}, "facility"),
        ("", {"facility": "DIV-5"}, "name"),
        ("", PERSON | {"facility": "DIV-9"}, "facility"),
        ("", PERSON | {"born": "23 April 1991"}, "born"),
        ("", PERSON | {"born": "1991-02-30"}, "born"),
        ("", PERSON | {"sentenced": "perhaps"}, "sentenced"),
        ("", PERSON | {"release_scheduled": "tomorrow"}, "release_scheduled"),
        ("", PERSON | {"nationality": "X"}, "nationality"),
    ],
)
def test_a_booking_that_is_not_well_described_is_refused_by_field(
    store: Store, target: str, fields: dict[str, str], named: str
) -> None:
    with pytest.raises(FieldError) as wrong:
        write.book(store, ticket("book", 2, fields, target=target), NOON, Dice())
    assert wrong.value.field == named


def test_law_binds_the_custodian_of_the_facility(store: Store) -> None:
    elsewhere = PERSON | {"facility": "DIST-1"}
    with pytest.raises(TicketRefused, match="DIST-1 is POLICE's"):
        write.book(store, ticket("book", 2, elsewhere), NOON, Dice())
    asked = ticket("hold", 3, target=B, custodian="POLICE", documents=(paper("E-1", FORM),))
    with pytest.raises(TicketRefused, match="in SHERIFF's custody, not POLICE's"):
        write.hold(store, asked, NOON)


def test_a_facility_does_not_change_hands(store: Store, places: Places) -> None:
    place = places("custody")
    renamed = Facility("DIV-5", "SHERIFF", "Division Five", "America/Chicago")
    open_store(place, [renamed]).close()
    with pytest.raises(BadUse, match="is SHERIFF's"):
        open_store(place, [Facility("DIV-5", "POLICE", "Division 5", "America/Chicago")])


# --- holds -----------------------------------------------------------------------------------


def test_both_clocks_start_together_and_the_shorter_binds(store: Store) -> None:
    friday = NOON + timedelta(days=1)  # Thursday 2 July; 3 July is a holiday as observed
    held = hold(store, 2, paper("E-1", FORM, REGULATION), at=friday)
    assert held.since == friday
    assert held.until == friday + 48 * HOUR
    assert held.rules == ("us-tx/PT48H",)


def test_a_refusal_cannot_hold() -> None:
    refused = decision("hold", outcome=Outcome.REFUSE)
    request = Request(action="hold", represented="ICE", purpose="CIV-IMM", custodian="SHERIFF")
    with pytest.raises(TicketRefused):
        Ticket(request, refused, receipt(2), None)


def test_a_hold_without_a_limit_is_not_made(store: Store) -> None:
    with pytest.raises(BadUse, match="nobody is held without one"):
        hold(store, 2, paper("E-1"))
    with pytest.raises(BadUse, match="is not a limit"):
        hold(store, 3, paper("E-1", "a while"))
    assert sweep(store, NOON + timedelta(days=99)) == ()


def test_the_clock_starts_when_the_person_would_otherwise_be_released(store: Store) -> None:
    held = hold(store, 2, paper("E-1", FORM), otherwise_released="2026-07-01T09:00-05:00")
    assert held.since == NOON - 3 * HOUR
    assert held.until == NOON + 45 * HOUR


def test_a_later_start_than_now_is_not_believed(store: Store) -> None:
    held = hold(store, 2, paper("E-1", FORM), otherwise_released="2026-07-09T09:00-05:00")
    assert held.since == NOON


def test_asking_again_starts_no_clock_anew(store: Store) -> None:
    first = hold(store, 2, paper("E-1", FORM))
    again = hold(store, 3, paper("E-1", FORM), at=NOON + 40 * HOUR)
    other = hold(store, 4, paper("E-2", FORM), at=NOON + 47 * HOUR)
    assert again.until == first.until == other.until
    with pytest.raises(FieldError, match="is over; release"):
        hold(store, 5, paper("E-3", FORM), at=NOON + 48 * HOUR)


def test_the_same_entry_holds_once(store: Store) -> None:
    first = hold(store, 2, paper("E-1", FORM))
    assert hold(store, 2, paper("E-1", FORM), at=NOON + HOUR) == first
    with store.read() as conn:
        assert conn.execute("SELECT count(*) FROM hold").fetchone() == (1,)


def test_each_document_is_decided_by_itself(store: Store) -> None:
    act(store, "lodge", 2, "E-1", "E-2")
    held = hold(
        store,
        3,
        paper("E-1", outcome=Outcome.REFUSE),
        paper("E-2", "court", kind="judicial-warrant"),
    )
    assert (held.documents, held.until) == (("E-2",), None)
    assert became(store, "E-1") is Disposition.DECLINED
    assert became(store, "E-2") is Disposition.NONE_RECORDED
    with store.read() as conn:
        rules = conn.execute("SELECT rules FROM lodged WHERE document = 'E-1'").fetchone()
    assert rules == ("us-il/no-detainer",)


def test_a_court_holds_until_it_says_otherwise(store: Store) -> None:
    hold(store, 2, paper("E-1", "court"))
    assert sweep(store, NOON + timedelta(days=3650)) == ()


# --- the end of a hold -----------------------------------------------------------------------


def test_a_hold_past_its_limit_ends_and_is_an_incident_once(store: Store) -> None:
    hold(store, 2, paper("E-1", FORM))
    limit = NOON + 48 * HOUR
    assert sweep(store, limit) == ()
    late = limit + HOUR
    assert sweep(store, late) == (
        Incident(B, "E-1", "held past the limit", limit, late, "us-tx/PT48H", 2),
    )
    assert sweep(store, late + HOUR) == ()
    assert became(store, "E-1") is Disposition.EXPIRED


def test_a_person_kept_on_another_document_is_no_incident(store: Store) -> None:
    hold(store, 2, paper("E-1", FORM), paper("E-2", "court"))
    assert sweep(store, NOON + 50 * HOUR) == ()
    assert became(store, "E-1") is Disposition.EXPIRED
    withdrawn = act(store, "withdraw", 3, "E-2", at=NOON + 51 * HOUR)
    assert not withdrawn.held_still


def test_an_act_does_not_hide_that_a_hold_had_run_out(store: Store) -> None:
    hold(store, 2, paper("E-1", FORM))
    held = hold(store, 3, paper("E-2", "court"), at=NOON + 50 * HOUR)
    assert [i.document for i in held.incidents] == ["E-1"]
    assert sweep(store, NOON + 51 * HOUR) == ()


def test_a_withdrawn_paper_holds_nobody(store: Store) -> None:
    hold(store, 2, paper("E-1", FORM))
    assert not act(store, "withdraw", 3, "E-1").held_still
    assert became(store, "E-1") is Disposition.WITHDRAWN
    assert sweep(store, NOON + 99 * HOUR) == ()
    with pytest.raises(FieldError, match="E-1 is withdrawn; nobody is held on it"):
        hold(store, 4, paper("E-1", FORM))


def test_not_the_same_person_ends_the_hold(store: Store) -> None:
    hold(store, 2, paper("E-1", FORM))
    changed = act(store, "withdraw", 3, "E-1", disposition="not the same person")
    assert not changed.held_still
    assert became(store, "E-1") is Disposition.NOT_THE_SAME_PERSON


def test_a_paper_that_supersedes_another_ends_its_hold(store: Store) -> None:
    hold(store, 2, paper("E-1", FORM))
    changed = act(store, "lodge", 3, "E-2", supersedes="E-1")
    assert not changed.held_still
    assert became(store, "E-1") is Disposition.SUPERSEDED


def test_a_transfer_honors_the_papers_that_opened_it(store: Store) -> None:
    act(store, "lodge", 2, "E-1", "E-2")
    hold(store, 3, paper("E-1", FORM))
    act(store, "transfer", 4, "E-1")
    assert became(store, "E-1") is Disposition.HONORED
    assert became(store, "E-2") is Disposition.NONE_RECORDED
    assert facts.custody_facts(store, B, NOON).in_custody is Tri.NO
    assert sweep(store, NOON + 99 * HOUR) == ()
    with pytest.raises(FieldError, match="was transferred at"):
        hold(store, 5, paper("E-2", FORM))


def test_blank_is_never_honored() -> None:
    assert of("") is Disposition.NONE_RECORDED
    assert of("honored") is Disposition.HONORED


# --- papers and duties -----------------------------------------------------------------------


def refusal(*papers: DocumentDecision, outcome: Outcome = Outcome.REFUSE) -> Decision:
    duties = (
        Duty(rule("us-ca/serve-copy"), "serve-copy", "PT4H", "the person"),
        Duty(rule("us-ca/tell"), "notify", "as soon as practicable", "the person"),
    )
    return decision("hold", outcome=outcome, documents=papers, duties=duties)


def test_a_refused_hold_declines_the_paper_with_the_rule_and_leaves_its_duties(
    store: Store,
) -> None:
    act(store, "lodge", 2, "E-1")
    refused = refusal(paper("E-1", outcome=Outcome.REFUSE))
    for _ in range(2):
        write.decline(store, B, refused, receipt(3), NOON)
    assert became(store, "E-1") is Disposition.DECLINED
    with store.read() as conn:
        duties = conn.execute("SELECT name, due_at, within FROM duty ORDER BY name").fetchall()
    assert duties == [
        ("notify", None, "as soon as practicable"),
        ("serve-copy", "2026-07-01T21:00:00.000000Z", "PT4H"),
    ]
    act(store, "serve-copy", 4, "E-1", at=NOON + HOUR)
    with store.read() as conn:
        done = conn.execute("SELECT name FROM duty WHERE done_at IS NOT NULL").fetchall()
    assert done == [("serve-copy",)]
    assert facts.lodged(store, B)[0].served_at == NOON + HOUR


@pytest.mark.parametrize("outcome", [Outcome.CONFLICT, Outcome.UNAVAILABLE])
def test_what_could_not_be_decided_declines_nothing(store: Store, outcome: Outcome) -> None:
    act(store, "lodge", 2, "E-1")
    write.decline(
        store, B, refusal(paper("E-1", outcome=outcome), outcome=outcome), receipt(3), NOON
    )
    assert became(store, "E-1") is Disposition.NONE_RECORDED


def test_a_declined_paper_may_be_decided_anew_at_release(store: Store) -> None:
    act(store, "lodge", 2, "E-1")
    refused = refusal(paper("E-1", outcome=Outcome.REFUSE))
    write.decline(store, B, refused, receipt(3), NOON)
    hold(store, 4, paper("E-1", FORM))
    assert became(store, "E-1") is Disposition.NONE_RECORDED


def test_what_opens_is_not_declined(store: Store) -> None:
    with pytest.raises(TicketRefused, match="not permitted is declined"):
        write.decline(store, B, decision("hold"), receipt(3), NOON)


def test_duties_hang_on_events_and_are_written_once(store: Store) -> None:
    for _ in range(2):
        write.owe(store, B, refusal(outcome=Outcome.NO_AUTHORITY), receipt(9), NOON)
    with store.read() as conn:
        assert conn.execute("SELECT count(*) FROM duty").fetchone() == (2,)


def test_papers_that_are_not_there_are_named(store: Store) -> None:
    with pytest.raises(FieldError, match="No document is named"):
        act(store, "lodge", 2)
    with pytest.raises(FieldError, match="E-9 is not lodged"):
        act(store, "withdraw", 3, "E-9")
    with pytest.raises(FieldError, match="E-9 is not lodged"):
        act(store, "lodge", 4, "E-1", supersedes="E-9")
    act(store, "lodge", 5, "E-1")
    with pytest.raises(FieldError, match="already"):
        act(store, "lodge", 6, "E-1")


# --- what is known, and what is answered -----------------------------------------------------


def test_a_booking_tells_its_custodian(store: Store) -> None:
    assert facts.keeper(store, B) == facts.Keeper("SHERIFF", "DIV-5", "America/Chicago")
    with pytest.raises(FieldError, match="no booking 'B-0'"):
        facts.keeper(store, "B-0")


def test_what_is_not_known_is_unknown(store: Store) -> None:
    assert facts.custody_facts(store, B, NOON) == CustodyFacts(in_custody=Tri.YES)


@pytest.mark.parametrize(
    ("scheduled", "days"),
    [
        ("2026-07-13T12:00-05:00", 12),
        ("2026-07-13T12:01-05:00", 13),
        ("2026-07-01T12:01-05:00", 1),
        ("2026-07-01T12:00-05:00", 0),
        ("2026-06-01T12:00-05:00", 0),
        ("", FAR),
    ],
)
def test_days_to_release_are_rounded_up(store: Store, scheduled: str, days: int) -> None:
    fields = PERSON | {"release_scheduled": scheduled, "sentenced": "yes", "secure": "no"}
    id = write.book(store, ticket("book", 2, fields), NOON, Dice())
    found = facts.custody_facts(store, id, NOON)
    assert (found.days_to_release, found.sentenced, found.secure) == (days, Tri.YES, Tri.NO)


def test_an_answer_holds_what_was_asked_and_nothing_beside_it(store: Store) -> None:
    fields = PERSON | {
        "address": "12 Elm St",
        "phone": "555-0100",
        "immigration_status": "not asked",
        "release_scheduled": "2026-07-13T12:00-05:00",
    }
    id = write.book(store, ticket("book", 2, fields), NOON, Dice())
    answers = {
        action: read.answer(store, ticket(action, 3, target=id))
        for action in ("release_date", "custody_status", "contact_info", "immigration_status")
    }
    scheduled = "2026-07-13T17:00:00.000000Z"
    assert answers == {
        "release_date": {"booking": id, "release_scheduled": scheduled, "released_at": None},
        "custody_status": {
            "booking": id,
            "status": "in custody",
            "facility": "Division 5",
            "booked_at": "2026-07-01T17:00:00.000000Z",
            "ended_at": None,
        },
        "contact_info": {"booking": id, "address": "12 Elm St", "phone": "555-0100"},
        "immigration_status": {"booking": id, "immigration_status": "not asked"},
    }


def test_an_answer_spends_its_ticket(store: Store) -> None:
    used = ticket("release_date", 2, target=B)
    read.answer(store, used)
    with pytest.raises(TicketRefused, match="spent"):
        read.answer(store, used)
    with pytest.raises(TicketRefused, match="hold is not a question"):
        read.answer(store, ticket("hold", 3, target=B))
    with pytest.raises(TicketRefused, match="SHERIFF's custody"):
        read.answer(store, ticket("release_date", 4, target=B, custodian="POLICE"))
