"""One request, one book, one time: what counts, what fires, and what the answer rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cleargate.law.book import Book
from cleargate.law.check import check
from cleargate.law.decide import STRENGTH, decide
from cleargate.law.facts import Cast
from cleargate.model.decision import Decision
from cleargate.model.evidence import SUPPORTING
from cleargate.model.request import CustodyFacts, Known
from cleargate.model.words import Outcome, Tri
from tests.law_texts import AGENCIES, CAST, NOON, book_of, known, paper

WARRANT = """
  @id("warrant") @must @limit("court") permit (principal, action == Action::"hold", resource)
  when { context.document.kind == "judicial-warrant" && context.document.verified == "yes" };
"""
DETAINER = """
  @id("detainer") forbid (principal, action == Action::"hold", resource)
  when { context.document.kind == "detainer" };
"""


def grant(action: str = "search", when: str = "true", marks: str = "") -> str:
    return f"""
      @id("grant") @grant @limit("court") {marks}
      permit (principal, action in Action::"{action}", resource) when {{ {when} }};
    """


def must_not(action: str = "search", when: str = "true", marks: str = "") -> str:
    return f"""
      @id("not") {marks} forbid (principal, action in Action::"{action}", resource)
      when {{ {when} }};
    """


def ask(book: Book, asked: Known, cast: Cast = CAST) -> Decision:
    return decide(book, book.custodian("POLICE"), cast, asked)


def fired(decision: Decision) -> set[str]:
    return {r.id for r in decision.fired}


# --- documents ----------------------------------------------------------------------------------


def test_a_document_counts_once_someone_verified_it() -> None:
    book = book_of(us=WARRANT)
    unread = paper("judicial-warrant", verified=False, issued_by="federal-magistrate")
    decision = ask(book, known("hold", documents=(unread,)))
    assert (decision.outcome, fired(decision)) == (Outcome.NO_AUTHORITY, set())
    assert "not verified and counts for nothing" in decision.why
    read = unread.as_verified("R. Ames", NOON)
    assert ask(book, known("hold", documents=(read,))).outcome is Outcome.REQUIRE


@pytest.mark.parametrize("ended", ["expires", "withdrawn_at"])
def test_a_document_that_expired_or_was_withdrawn_counts_for_nothing(ended: str) -> None:
    past = replace(paper("judicial-warrant"), **{ended: NOON})  # type: ignore[arg-type]
    assert ask(book_of(us=WARRANT), known("hold", documents=(past,))).outcome.opens is False


def test_an_unverified_document_is_not_among_the_verified_ones() -> None:
    book = book_of(own=grant(when='context.verified.contains("criminal-case")'))
    for verified in (True, False):
        asked = known("search", documents=(paper("criminal-case", verified=verified),))
        assert ask(book, asked).outcome.opens is verified


@pytest.mark.parametrize(
    ("rule", "mistaken"),
    [
        ('@must @limit("court") permit', True),
        ('@grant @limit("court") permit', True),
        ("@protects permit", True),
        ('@leave("rule-2") permit', True),
        ("@leave permit", False),
        ("forbid", False),
    ],
)
def test_no_rule_may_give_anything_by_an_unverified_document(rule: str, mistaken: bool) -> None:
    def mistakes(when: str) -> list[str]:
        text = f'{rule} (principal, action == Action::"hold", resource) when {{ {when} }};'
        other = 'forbid (principal, action == Action::"hold", resource);'
        return check(book_of(state=f"{text}\n{other}"))

    by_kind = 'context.document.kind == "judicial-warrant"'
    assert bool(mistakes(by_kind)) is mistaken
    assert mistakes(f'{by_kind} && context.document.verified == "yes"') == []


def test_each_document_is_decided_by_itself_and_the_strongest_decides() -> None:
    detainer, warrant = paper("detainer", "E-1"), paper("judicial-warrant", "E-2")
    book = book_of(us=WARRANT, state=DETAINER)
    decision = ask(book, known("hold", documents=(detainer, warrant)))
    assert [(d.document, d.outcome) for d in decision.documents] == [
        ("E-1", Outcome.REFUSE),
        ("E-2", Outcome.REQUIRE),
    ]
    assert decision.outcome is Outcome.REQUIRE
    assert [r.id for r in decision.deciding] == ["us/warrant"]
    assert fired(decision) == {"us/warrant", "state/detainer"}


def test_strength_holds_every_outcome_once_and_opening_ones_first() -> None:
    assert sorted(STRENGTH) == sorted(Outcome)
    assert [o for o in STRENGTH if o.opens] == list(STRENGTH[:2])


@pytest.mark.parametrize("kind", sorted(SUPPORTING))
def test_a_supporting_document_does_not_open_what_the_detainer_beside_it_may_not(
    kind: str,
) -> None:
    book = book_of(state=must_not(when='context.document.kind == "detainer"'), own=grant())
    support = paper(kind, "E-2", agency="POLICE", accepts=frozenset(("search",)))
    decision = ask(book, known("search", documents=(paper("detainer"), support)))
    assert decision.outcome is Outcome.REFUSE
    assert [d.outcome for d in decision.documents] == [Outcome.REFUSE, Outcome.NO_AUTHORITY]
    assert ask(book, known("search", documents=(support,))).outcome is Outcome.PERMIT


def test_an_unverified_document_does_not_open_what_another_document_may_not() -> None:
    book = book_of(state=must_not(when='context.document.kind == "detainer"'), own=grant())
    blank = paper("subpoena", "E-2", verified=False)
    for verified in (True, False):
        detainer = paper("detainer", verified=verified)
        decision = ask(book, known("search", documents=(detainer, blank)))
        assert decision.outcome is Outcome.REFUSE
    assert ask(book, known("search", documents=(blank,))).outcome is Outcome.PERMIT


# --- a named officer's decision -----------------------------------------------------------------


def officer(agency: str = "POLICE", verified: bool = True, accepts: str = "search") -> Known:
    decision = paper(
        "officer-decision", verified=verified, agency=agency, accepts=frozenset((accepts,))
    )
    return known("search", documents=(decision,))


def test_a_named_officer_of_the_custodian_may_choose() -> None:
    decision = ask(book_of(), officer())
    assert decision.outcome is Outcome.PERMIT
    assert decision.why.startswith("A named officer of the custodian")


@pytest.mark.parametrize(
    "asked", [officer(agency="ICE"), officer(verified=False), officer(accepts="read")]
)
def test_nobody_else_may_choose_and_nothing_else_is_chosen(asked: Known) -> None:
    assert ask(book_of(), asked).outcome is Outcome.NO_AUTHORITY


def test_accepting_a_search_opens_no_mask() -> None:
    assert ask(book_of(), officer()).masks == frozenset()
    decision = paper(
        "officer-decision", agency="POLICE", accepts=frozenset(("search", "see:victim"))
    )
    asked = known("search", documents=(decision,))
    assert ask(book_of(), asked).masks == {"see:victim"}


def test_findings_count_only_from_the_custodians_own_officers() -> None:
    book = book_of(own=grant(when='context.found.contains("doubtful")'))
    for agency, opens in (("POLICE", True), ("ICE", False)):
        finding = paper("officer-decision", agency=agency, finds=frozenset(("doubtful",)))
        assert ask(book, known("search", documents=(finding,))).outcome.opens is opens


# --- what cannot be decided ---------------------------------------------------------------------

ERRS = "context.custody.days_to_release + 9223372036854775807 > 0"


@pytest.mark.parametrize("rule", [grant("interview", ERRS), must_not("interview", ERRS)])
def test_a_rule_that_errs_makes_the_answer_unavailable(rule: str) -> None:
    book = book_of(us=grant("interview"), own=rule)
    decision = ask(book, known("interview"))
    assert decision.outcome is Outcome.UNAVAILABLE
    assert (decision.deciding, decision.fired, decision.masks) == ((), (), frozenset())
    assert "integer overflow" in decision.why


def test_an_error_in_the_rule_of_a_mask_makes_the_search_unavailable() -> None:
    book = book_of(own=grant(), state=must_not("see:victim", ERRS))
    assert ask(book, known("search")).outcome is Outcome.UNAVAILABLE


@pytest.mark.parametrize("who", ["requester", "represented"])
def test_a_rule_that_names_an_agency_nobody_knows_makes_the_answer_unavailable(who: str) -> None:
    book = book_of(own=grant() + must_not(when=f'context.{who} in Agency::"NOBODY"'))
    decision = ask(book, known("search"))
    assert decision.outcome is Outcome.UNAVAILABLE
    assert "NOBODY" in decision.why


@pytest.mark.parametrize("unknown", ["ICE-ERO", "ICE", "POLICE"])
def test_an_agency_of_the_request_that_nobody_knows_makes_the_answer_unavailable(
    unknown: str,
) -> None:
    """It would be in no group, and a must not on ICE would pass its unknown part by."""
    cast = Cast({id: a for id, a in AGENCIES.items() if id != unknown})
    book = book_of(own=grant() + must_not(when='context.requester.kind == "immigration"'))
    decision = ask(book, known("search"), cast)
    assert decision.outcome is Outcome.UNAVAILABLE
    assert unknown in decision.why


# --- which rules are in force, and whom they bind -----------------------------------------------


@pytest.mark.parametrize(
    ("marks", "applies"),
    [
        ('@from("2026-07-01")', True),
        ('@from("2026-07-02")', False),
        ('@until("2026-07-02")', True),
        ('@until("2026-07-01")', False),
        ('@stayed("N.D. Ill., 26 C 1, 2026-02-03")', False),
    ],
)
def test_a_rule_fires_only_while_it_is_in_force(marks: str, applies: bool) -> None:
    decision = ask(book_of(own=grant(), state=must_not(marks=marks)), known("search"))
    assert ("state/not" in fired(decision)) is applies
    assert decision.outcome is (Outcome.REFUSE if applies else Outcome.PERMIT)


def test_the_time_of_the_request_decides_which_law_is_in_force() -> None:
    book = book_of(own=grant(), state=must_not(marks='@until("2026-07-02")'))
    later = NOON + timedelta(days=1)
    assert ask(book, known("search")).outcome is Outcome.REFUSE
    assert ask(book, known("search", at=later)).outcome is Outcome.PERMIT


@pytest.mark.parametrize(
    ("binds", "applies"),
    [("sheriff", False), ("city-police", True), ("law-enforcement, !police", False)],
)
def test_a_rule_fires_only_for_the_custodians_that_it_binds(binds: str, applies: bool) -> None:
    book = book_of(own=grant(), state=must_not(marks=f'@binds("{binds}")'))
    assert ("state/not" in fired(ask(book, known("search")))) is applies


# --- inside and outside -------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["any", "database_access"])
@pytest.mark.parametrize(
    ("asker", "represented", "outside"),
    [
        ("ICE-ERO", "", True),
        ("POLICE", "", False),
        ("POLICE-LAB", "", False),
        ("POLICE-LAB", "POLICE", False),
        ("POLICE", "ICE-ERO", True),
        ("ICE-ERO", "POLICE", True),
    ],
)
def test_a_search_is_in_a_group_of_outsiders_when_it_is_by_or_for_another_agency(
    group: str, asker: str, represented: str, outside: bool
) -> None:
    book = book_of(own=grant(), state=must_not(group))
    decision = ask(book, known("search", asker, represented=represented))
    assert ("state/not" in fired(decision)) is outside


@pytest.mark.parametrize("action", ["lodge", "about_me", "complain", "agency:add", "release"])
def test_what_is_no_outsiders_request_is_not_in_any(action: str) -> None:
    book = book_of(own=grant(action), state=must_not("any"))
    assert ask(book, known(action)).outcome is Outcome.PERMIT


def test_a_rule_on_an_action_with_two_equals_signs_reaches_no_member_of_it() -> None:
    rule = 'forbid (principal, action == Action::"database_access", resource);'
    book = book_of(state=rule, own=grant("any"))
    assert ask(book, known("search")).outcome is Outcome.PERMIT
    assert ask(book, known("database_access")).outcome is Outcome.REFUSE


def test_asking_for_another_agency_is_asking_as_that_agency() -> None:
    book = book_of(own=grant() + must_not(when='context.represented in Agency::"ICE"'))
    assert ask(book, known("search", "FBI")).outcome is Outcome.PERMIT
    assert ask(book, known("search", "FBI", represented="ICE-ERO")).outcome is Outcome.REFUSE


def test_who_enforces_immigration_law_is_the_gravest_answer_of_person_agency_and_represented() -> (
    None
):
    book = book_of(own=must_not(when='context.asker_enforces_civil_immigration == "yes"'))
    federal = known("search", "FBI")
    assert fired(ask(book, federal)) == set()
    sworn = replace(federal.person, enforces_civil_immigration=Tri.YES)
    for asked in (
        replace(federal, person=sworn),
        known("search", "FBI", represented="ICE"),
        known("search", "ICE", represented="FBI"),
    ):
        assert fired(ask(book, asked)) == {"own/not"}


# --- masks --------------------------------------------------------------------------------------


def test_a_rule_in_release_date_reaches_its_mask_and_one_on_release_date_does_not() -> None:
    for scope, closed in (("in", True), ("==", False)):
        rule = f'@id("not") forbid (principal, action {scope} Action::"release_date", resource);'
        masks = '@grant permit (principal, action == Action::"see:release", resource);'
        decision = ask(book_of(state=rule, own=grant() + masks), known("search"))
        assert ("see:release" not in decision.masks) is closed
        said = {mask: [r.id for r in rules] for mask, rules in decision.mask_rules}
        assert said["see:release"] == (["state/not"] if closed else ["own/rule-2"])


def test_every_mask_is_closed_unless_a_rule_opens_it() -> None:
    masks = '@grant permit (principal, action == Action::"see:identity", resource);'
    decision = ask(book_of(own=grant("search") + masks), known("search"))
    assert decision.masks == {"see:identity"}


def test_no_mask_is_given_by_a_grant_on_all_that_outsiders_ask() -> None:
    """Other rules on "any" do reach see:release: they are about release dates wherever shown."""
    assert ask(book_of(own=grant("any")), known("search")).masks == frozenset()
    contact = '@grant permit (principal, action in Action::"contact_info", resource);'
    given = ask(book_of(own=grant("search") + contact), known("search"))
    assert given.masks == {"see:contact"}


def test_a_refused_search_opens_no_mask() -> None:
    masks = '@grant permit (principal, action == Action::"see:identity", resource);'
    decision = ask(book_of(state=must_not(), own=masks), known("search"))
    assert (decision.masks, decision.mask_rules) == (frozenset(), ())


# --- what an answer carries ---------------------------------------------------------------------


def test_the_limits_of_all_layers_are_collected_for_a_hold() -> None:
    book = book_of(
        us='@leave @limit("PT48H") permit (principal, action == Action::"hold", resource);',
        state='@must @limit("P3D") permit (principal, action == Action::"hold", resource);',
        own=grant("hold", marks='@limit_cite("own order 7")'),
    )
    decision = ask(book, known("hold"))
    assert {(x.text, x.cite) for x in decision.limits} == {
        ("PT48H", "us 1"),
        ("P3D", "state 1"),
        ("court", "own order 7"),
    }


def test_a_hold_that_does_not_open_has_no_limit() -> None:
    decision = ask(book_of(state=DETAINER, own=grant("hold")), known(
        "hold", documents=(paper("detainer"),)))  # fmt: skip
    assert (decision.outcome, decision.limits) == (Outcome.REFUSE, ())


def duty(event: str) -> str:
    return f"""
      @id("{event.replace("_", "-")}") @on("{event}") @within("24 hours") @to("the person")
      permit (principal, action == Action::"duty:{event.replace("_", "-")}", resource);
    """


EVENTS = ("request_received", "booked", "lodged", "decided", "held", "release_scheduled",
          "released")  # fmt: skip


@pytest.mark.parametrize(
    ("action", "asker", "due"),
    [
        ("release_date", "ICE", {"request_received", "decided"}),
        ("release_date", "POLICE", {"decided"}),
        ("book", "POLICE", {"booked", "decided"}),
        ("lodge", "ICE", {"lodged", "request_received", "decided"}),
        ("hold", "ICE", {"request_received", "decided"}),
        ("release", "POLICE", {"release_scheduled", "released", "decided"}),
    ],
)
def test_duties_arise_by_event_whatever_the_outcome(action: str, asker: str, due: set[str]) -> None:
    decision = ask(book_of(state="".join(map(duty, EVENTS))), known(action, asker))
    assert decision.outcome is Outcome.NO_AUTHORITY
    assert {d.name.replace("-", "_") for d in decision.duties} == due


def test_a_duty_to_tell_who_is_held_arises_when_someone_is() -> None:
    warrant = known("hold", documents=(paper("judicial-warrant"),))
    decision = ask(book_of(us=WARRANT, state=duty("held")), warrant)
    assert [(d.name, d.within, d.to) for d in decision.duties] == [
        ("held", "24 hours", "the person")
    ]


REVIEW = '@review("needed")'


@pytest.mark.parametrize(
    ("texts", "unreviewed"),
    [
        ({"own": grant()}, False),
        ({"own": grant(marks=REVIEW)}, True),
        ({"own": grant(), "state": must_not(marks=REVIEW)}, True),
        ({"us": must_not("interview", marks=REVIEW), "own": grant()}, False),
        ({"state": must_not() + f"""@leave("not") {REVIEW}
            permit (principal, action == Action::"search", resource);""", "own": grant()}, True),
        ({"own": grant() + '@grant @review("needed") '
            'permit (principal, action == Action::"see:birth", resource);'}, True),
    ],
    ids=["none", "the grant", "the must not", "a rule of another action", "a leave that struck",
         "a mask's grant"],
)  # fmt: skip
def test_an_answer_that_rests_on_an_unreviewed_rule_shows_it(
    texts: dict[str, str], unreviewed: bool
) -> None:
    assert ask(book_of(**texts), known("search")).unreviewed is unreviewed


def test_what_higher_law_overrides_is_listed() -> None:
    musts = '@id("must") @must permit (principal, action == Action::"search", resource);'
    decision = ask(book_of(state=musts, own=must_not()), known("search"))
    assert [(s.rule.id, s.by.id, s.how) for s in decision.struck] == [
        ("own/not", "state/must", "overridden")
    ]


# --- the caches ---------------------------------------------------------------------------------


def test_facts_of_one_request_never_reach_another() -> None:
    """Entities are kept between requests; each fact that they hold is part of their key."""
    book = book_of(
        own=grant("interview", 'context.custody.sentenced == "yes" && principal.role == "officer"')
    )
    cast = Cast(AGENCIES)
    yes = CustodyFacts(sentenced=Tri.YES)
    for _ in range(2):
        assert ask(book, known("interview", custody=yes), cast).outcome.opens
        assert not ask(book, known("interview"), cast).outcome.opens
        assert not ask(book, known("interview", role="clerk", custody=yes), cast).outcome.opens


def test_one_book_decides_anew_when_a_rule_or_a_paper_ends() -> None:
    book = book_of(
        us=WARRANT,
        own=grant(marks='@until("2026-07-02")') + must_not("read", marks='@from("2026-07-02")'),
    )
    day = timedelta(days=1)
    for at, opens in ((NOON, True), (NOON + day, False), (NOON, True)):
        assert ask(book, known("search", at=at)).outcome.opens is opens
    ends = replace(paper("judicial-warrant"), expires=NOON + timedelta(minutes=1))
    for at, opens in ((NOON, True), (NOON + timedelta(minutes=1), False)):
        assert ask(book, known("hold", documents=(ends,), at=at)).outcome.opens is opens


def test_a_question_asked_before_is_answered_as_by_a_book_just_read() -> None:
    texts = {
        "us": WARRANT + '@protects permit (principal, action == Action::"see:status", resource);',
        "state": must_not("any", 'context.requester.enforces_civil_immigration != "no"'),
        "own": grant() + grant("see:identity").replace('"grant"', '"names"'),
    }
    book = book_of(**texts)
    papers = ((), (paper("judicial-warrant"),), officer().documents)
    asked = [
        known(action, asker, documents=documents, at=at)
        for action in ("search", "hold", "read")
        for asker in ("FBI", "ICE-ERO", "POLICE")
        for documents in papers
        for at in (NOON, NOON + timedelta(days=1))
    ]
    for question in (*asked, *reversed(asked)):
        assert ask(book, question) == ask(book_of(**texts), question, Cast(AGENCIES))


def test_a_duty_may_read_which_action_was_asked_and_its_group() -> None:
    duty = """
      @id("tell") @within("P1D") @to("the person")
      permit (principal, action == Action::"duty:tell", resource) when { action in Action::"any" };
    """
    assert check(book_of(state=duty)) == []
    for action, arises in (("hold", True), ("lodge", False)):
        found = ask(book_of(state=duty), known(action)).duties
        assert bool(found) is arises


def test_a_decision_says_when_and_by_which_book_it_was_made() -> None:
    book = book_of(own=grant())
    at = datetime(2026, 3, 1, 4, 5, tzinfo=UTC)
    decision = ask(book, known("search", at=at))
    assert (decision.at, decision.book, decision.custodian) == (at, book.version, "POLICE")
