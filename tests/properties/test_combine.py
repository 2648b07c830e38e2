"""What holds of ``combine`` and ``decide`` whatever the rules are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from cleargate.law.combine import OUTCOMES, TRUTH, Algebra, Fired, Question, Verdict, combine
from cleargate.law.decide import STRENGTH, decide
from cleargate.model.evidence import EVIDENCE_KINDS, ISSUERS, SUPPORTING, Document
from cleargate.model.request import Known
from cleargate.model.words import Layer, Outcome, RuleKind, Tri
from tests.law_model import OWN, Asked, Said, outcome, questions
from tests.law_texts import CAST, NOON, book_of, known

PACKS = {
    Layer.FEDERAL: ("us",),
    Layer.STATE: ("state",),
    Layer.LOCAL: ("city", "county"),
    Layer.AGENCY: (OWN, "other"),
}
RULES = tuple(
    (layer, pack, kind, number)
    for layer, packs in PACKS.items()
    for pack in packs
    for kind in RuleKind
    if kind is not RuleKind.DUTY
    for number in (1, 2)
)
IDS = [f"{pack}/{kind.name.lower()}-{number}" for _, pack, kind, number in RULES]
ASKED = list(questions())


@st.composite
def says(draw: st.DrawFn) -> Said:
    """Any rule that a pack could hold; its id says its pack and kind."""
    at = draw(st.integers(0, len(RULES) - 1))
    layer, pack, kind, _ = RULES[at]
    must_not, leave = kind is RuleKind.MUST_NOT, kind is RuleKind.LEAVE
    own = [i for i in IDS if i.startswith(f"{pack}/")]
    return Said(
        id=IDS[at],
        layer=layer,
        kind=kind,
        strikes=draw(st.frozensets(st.sampled_from(own), max_size=2)) if leave else frozenset(),
        yields=must_not and draw(st.booleans()),
        disputed=draw(st.sampled_from(("", "", "why"))),
        settles=draw(st.tuples(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS))) | st.just(()))
        if pack == OWN
        else (),
        names=draw(st.frozensets(st.sampled_from(("release_date", "agreement", "hold")))),
    )


books = st.lists(says(), max_size=10, unique_by=lambda r: r.id)


def fires(rules: Iterable[Said]) -> list[tuple[Said, bool]]:
    return [(r, True) for r in rules]


def question(asked: Asked) -> Question[bool]:
    return Question(asked.action, OWN, asked.lowest, asked.stands_in, asked.officer)


def decided(verdict: Verdict[bool]) -> Outcome:
    (found,) = (o for o, holds in verdict.outcome.items() if holds)
    return found


def outcome_of(fired: Fired[bool], asked: Asked) -> Outcome:
    return decided(combine(fired, question(asked), TRUTH))


@given(books, st.sampled_from(ASKED))
def test_exactly_one_outcome_holds_and_it_is_that_of_the_six_steps(
    rules: list[Said], asked: Asked
) -> None:
    verdict = combine(fires(rules), question(asked), TRUTH)
    assert set(verdict.outcome) == set(OUTCOMES)
    assert decided(verdict) is outcome(frozenset(rules), asked)


@given(books, st.sampled_from(ASKED), st.data())
def test_the_order_of_rules_never_matters(
    rules: list[Said], asked: Asked, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(rules))
    first = combine(fires(rules), question(asked), TRUTH)
    second = combine(fires(shuffled), question(asked), TRUTH)
    assert first.outcome == second.outcome
    assert set(first.standing) == set(second.standing)
    assert set(first.choosing) == set(second.choosing)
    assert set(first.strikes) == set(second.strikes)


@given(books, st.sampled_from(ASKED), says())
def test_adding_a_grant_never_turns_a_refusal_into_a_permit(
    rules: list[Said], asked: Asked, extra: Said
) -> None:
    grant = replace(extra, id=f"{extra.pack}/new", kind=RuleKind.GRANT, settles=())
    if outcome_of(fires(rules), asked) is Outcome.REFUSE:
        # A disputed rule may put the outcome in doubt; a doubt opens nothing.
        assert outcome_of(fires([*rules, grant]), asked) in (Outcome.REFUSE, Outcome.CONFLICT)
        undisputed = replace(grant, disputed="")
        assert outcome_of(fires([*rules, undisputed]), asked) is Outcome.REFUSE


@given(books, st.booleans())
def test_no_grant_and_no_must_below_state_law_opens_a_hold(
    rules: list[Said], officer: bool
) -> None:
    asked = Asked("hold", Layer.STATE, False, officer)
    giving = (RuleKind.GRANT, RuleKind.MUST)
    low = [r for r in rules if r.layer > Layer.STATE or r.kind not in giving]
    assert not outcome_of(fires(low), asked).opens


@given(books, st.sampled_from(ASKED))
def test_an_officer_never_overrides_what_law_decides(rules: list[Said], asked: Asked) -> None:
    without = outcome_of(fires(rules), replace(asked, officer=False))
    if without in (Outcome.REQUIRE, Outcome.REFUSE):
        assert outcome_of(fires(rules), replace(asked, officer=True)) is without


@given(books, st.sampled_from(ASKED))
def test_a_rule_that_does_not_fire_is_as_good_as_absent(rules: list[Said], asked: Asked) -> None:
    half = [(r, at % 2 == 0) for at, r in enumerate(rules)]
    assert outcome_of(half, asked) is outcome_of([(r, b) for r, b in half if b], asked)


@dataclass(frozen=True)
class Tables:
    """Truth tables as whole numbers: bit ``i`` is the value under the ``i``-th assignment.

    Python takes every table but 0 for true, so a ``combine`` that looked at a value would err.
    """

    variables: int

    @property
    def false(self) -> int:
        return 0

    @property
    def true(self) -> int:
        return (1 << (1 << self.variables)) - 1

    def variable(self, number: int) -> int:
        return sum(1 << row for row in range(1 << self.variables) if row >> number & 1)

    def all(self, xs: Iterable[int]) -> int:
        total = self.true
        for x in xs:
            total &= x
        return total

    def any(self, xs: Iterable[int]) -> int:
        total = 0
        for x in xs:
            total |= x
        return total

    def neg(self, x: int) -> int:
        return self.true & ~x


@given(st.lists(says(), max_size=5, unique_by=lambda r: r.id), st.sampled_from(ASKED[::2]))
def test_over_any_algebra_each_assignment_gives_what_truth_gives(
    rules: list[Said], asked: Asked
) -> None:
    algebra = Tables(len(rules) + 1)
    tables: Algebra[int] = algebra
    officer = algebra.variable(len(rules))
    ask = Question(asked.action, OWN, asked.lowest, asked.stands_in, officer)
    whole = combine([(r, algebra.variable(n)) for n, r in enumerate(rules)], ask, tables)
    for row in range(1 << algebra.variables):
        fired = [(r, True) for n, r in enumerate(rules) if row >> n & 1]
        here = replace(asked, officer=bool(row >> len(rules) & 1))
        point = combine(fired, question(here), TRUTH)
        at_row = {o: bool(table >> row & 1) for o, table in whole.outcome.items()}
        assert at_row == point.outcome
        for part in ("standing", "choosing"):
            assert {r for r, t in getattr(whole, part) if t >> row & 1} == {
                r for r, holds in getattr(point, part) if holds
            }
        assert {(s.rule, s.by, s.how) for s in whole.strikes if s.when >> row & 1} == {
            (s.rule, s.by, s.how) for s in point.strikes if s.when
        }


# --- through decide: documents ------------------------------------------------------------------

LAW = book_of(
    us="""
      @must @limit("court") permit (principal, action == Action::"hold", resource)
      when { context.document.kind == "judicial-warrant" && context.document.verified == "yes" };
      @protects @disputed("why")
      permit (principal, action in Action::"immigration_status", resource);
    """,
    state="""
      forbid (principal, action in [Action::"hold", Action::"release_date"], resource)
      when { ["detainer", "administrative-warrant"].contains(context.document.kind) };
      @grant @limit("PT48H") permit (principal, action == Action::"hold", resource)
      when { context.verified.contains("final-order") };
      @must permit (principal, action == Action::"transfer", resource)
      when { context.document.kind == "court-order" && context.document.verified == "yes" };
    """,
    city="""
      @yields("must") forbid (principal, action in Action::"any", resource)
      when { context.purpose == "CIV-IMM" && !context.verified.contains("criminal-case") };
    """,
    own="""
      @grant @limit("PT12H") permit (principal, action in Action::"any", resource)
      when { !context.found.contains("doubtful") };
    """,
)
POLICE = LAW.custodian("POLICE")
actions = st.sampled_from(("hold", "release_date", "transfer", "immigration_status", "interview"))


@st.composite
def papers(draw: st.DrawFn) -> Document:
    kind = draw(st.sampled_from(sorted(EVIDENCE_KINDS)))
    document = Document(
        id="",
        kind=kind,
        issued_by=draw(st.sampled_from(sorted(ISSUERS))),
        criminal=draw(st.sampled_from(Tri)),
        agency="POLICE" if kind == "officer-decision" else "",
        accepts=draw(st.frozensets(actions, max_size=2)),
        finds=draw(st.frozensets(st.just("doubtful"))),
    )
    return document.as_verified("R. Ames", NOON) if draw(st.booleans()) else document


def numbered(documents: Iterable[Document]) -> tuple[Document, ...]:
    return tuple(replace(d, id=f"E-{n}") for n, d in enumerate(documents))


documents = st.lists(papers(), max_size=4).map(numbered)
requests = st.builds(
    lambda action, purpose, documents: known(action, purpose=purpose, documents=documents),
    actions,
    st.sampled_from(("CIV-IMM", "C")),
    documents,
)


@given(requests, st.data())
def test_the_order_of_documents_never_matters(asked: Known, data: st.DataObject) -> None:
    other = replace(asked, documents=tuple(data.draw(st.permutations(asked.documents))))
    first, second = decide(LAW, POLICE, CAST, asked), decide(LAW, POLICE, CAST, other)
    assert first.outcome is second.outcome
    assert set(first.documents) == set(second.documents)
    for part in ("deciding", "fired", "struck", "limits", "duties"):
        assert set(getattr(first, part)) == set(getattr(second, part))
    assert (first.masks, first.unreviewed) == (second.masks, second.unreviewed)


@given(requests, papers())
def test_an_unverified_document_never_opens_what_was_shut(asked: Known, paper: Document) -> None:
    blank = replace(paper, id="E-new", verified_by="", verified_at=None)
    more = replace(asked, documents=(*asked.documents, blank))
    if not decide(LAW, POLICE, CAST, asked).outcome.opens:
        assert not decide(LAW, POLICE, CAST, more).outcome.opens


@given(requests, st.sampled_from(sorted(SUPPORTING)))
def test_no_document_that_asks_for_nothing_lifts_a_refusal(asked: Known, kind: str) -> None:
    """But by a rule that reads it: here the city's, of a criminal case."""
    paper = Document("E-new", kind, agency="POLICE", accepts=frozenset((asked.request.action,)))
    more = replace(asked, documents=(*asked.documents, paper.as_verified("R. Ames", NOON)))
    refused = decide(LAW, POLICE, CAST, asked).outcome is Outcome.REFUSE
    asks = any(d.kind not in SUPPORTING for d in asked.documents)
    if refused and asks and kind != "criminal-case":
        assert decide(LAW, POLICE, CAST, more).outcome is Outcome.REFUSE


@given(requests)
def test_the_strongest_of_the_documents_decides(asked: Known) -> None:
    decision = decide(LAW, POLICE, CAST, asked)
    strength = [STRENGTH.index(d.outcome) for d in decision.documents]
    assert decision.outcome is STRENGTH[min(strength)]
    assert len(decision.documents) == max(1, len(asked.documents))
