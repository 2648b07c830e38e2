"""What would change an outcome: the smallest sets of things an asker could add, tried one by one.

The candidates come from the book itself: every kind of evidence, named test and acceptance that a
rule for this action reads. Each set is decided like a request; nothing is guessed from the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from ..model.actions import ACTIONS, Family
from ..model.decision import Change, Decision
from ..model.evidence import EVIDENCE_KINDS, FORMS, Document
from ..model.request import Known
from ..model.words import Outcome, Tri
from . import cedar
from .book import Book, Custodian
from .decide import decide
from .facts import Cast

LARGEST = 3
_ORDERS = ("judicial-warrant", "court-order", "subpoena")
BUDGET = 96  # decisions tried for one answer; what is not tried is not claimed
LARGEST_OF_MASKS, BUDGET_OF_MASKS = 2, 24


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that an asker could add, in words, and how it changes what is known."""

    words: str
    apply: Callable[[Known], Known]


def what_would_change(
    book: Book,
    custodian: Custodian,
    cast: Cast,
    known: Known,
    decision: Decision,
    *,
    largest: int = LARGEST,
    budget: int = BUDGET,
) -> tuple[Change, ...]:
    """Minimal sets of candidates that would make ``decision`` open, smallest first.

    Args:
        largest: how many candidates a set may hold.
        budget: how many decisions may be tried; what is not tried is not claimed.

    Returns:
        Sets of candidates, none of which contains another; empty when nothing
        that was tried changes the outcome, or when it opens already.
    """
    if decision.outcome.opens or decision.outcome is Outcome.UNAVAILABLE:
        return ()
    options = list(candidates(book, custodian, cast, known))

    def outcome(changed: Known) -> Outcome | None:
        found = decide(book, custodian, cast, changed).outcome
        return found if found.opens else None

    return _ways(options, known, outcome, largest, budget)


def what_would_open(
    book: Book, custodian: Custodian, cast: Cast, known: Known, mask: str
) -> tuple[Change, ...]:
    """Minimal sets of candidates with which an answer that opens would open ``mask`` as well.

    Args:
        known: of a search, about a row that it shows.
        mask: such as ``see:victim``.
    """
    options = list(candidates(book, custodian, cast, known, mask))

    def outcome(changed: Known) -> Outcome | None:
        found = decide(book, custodian, cast, changed)
        return found.outcome if mask in found.masks else None

    return _ways(options, known, outcome, LARGEST_OF_MASKS, BUDGET_OF_MASKS)


def _ways(
    options: Sequence[Candidate],
    known: Known,
    outcome_of: Callable[[Known], Outcome | None],
    largest: int,
    budget: int,
) -> tuple[Change, ...]:
    """The sets of options, smallest first, that come to an outcome."""
    found: list[tuple[frozenset[str], Change]] = []
    tried = 0
    for size in range(1, largest + 1):
        for chosen in combinations(options, size):
            words = frozenset(c.words for c in chosen)
            if any(smaller <= words for smaller, _ in found):
                continue
            if tried == budget:
                return tuple(c for _, c in found)
            tried += 1
            changed = known
            for candidate in chosen:
                changed = candidate.apply(changed)
            outcome = outcome_of(changed)
            if outcome is not None:
                found.append((words, Change(tuple(c.words for c in chosen), outcome)))
    return tuple(c for _, c in found)


def candidates(
    book: Book, custodian: Custodian, cast: Cast, known: Known, mask: str = ""
) -> Iterator[Candidate]:
    """What the rules for this action read that an asker could still bring, or who else may ask;
    or those for one of its masks.
    """
    action = mask or known.request.action
    read = sorted(_read(book, custodian, known.request.action, action))
    if _own_office(action):
        for role in (word for path, word in read if path == "principal.role"):
            yield Candidate(
                f"someone of {custodian.id} with the role {role} asks", _asked_by(cast, role)
            )
    for document in known.documents:
        if document.verified(known.at) is not Tri.YES and document.withdrawn_at is None:
            yield Candidate(
                f"{document.id} ({EVIDENCE_KINDS[document.kind]}) is verified", _verify(document)
            )
    yield Candidate(
        f"a named officer of {custodian.id} decides to accept it, recorded as evidence",
        _present(_officer(known, accepts=frozenset((action,)))),
    )
    tests = {name: words for p in book.packs.values() for name, words in p.tests.items()}
    seen = {t for d in known.documents for t in d.tokens()}
    for path, word in read:
        if path == "context.verified" and word not in seen:
            document = document_for(word, action)
            orders = " that orders this" if document.kind in _ORDERS else ""
            words = f"a verified {describe(word)}{orders} is presented"
            yield Candidate(words, _present(document))
        elif path == "context.found":
            officer = _officer(known, finds=frozenset((word,)))
            yield Candidate(f"a named officer finds: {tests.get(word, word)}", _present(officer))


def _asked_by(cast: Cast, role: str) -> Callable[[Known], Known]:
    def apply(known: Known) -> Known:
        own = cast.agencies[known.request.custodian]
        return replace(
            known,
            person=replace(known.person, agency=own.id, role=role),
            requester=own,
            represented=own,
            request=replace(known.request, represented=own.id),
        )

    return apply


def _own_office(action: str) -> bool:
    """Whether only the custodian's own people ever ask it; others are not told whom to send."""
    return ACTIONS[action].family in (Family.ADMIN, Family.CUSTODY) and not (
        ACTIONS[action].outside_groups
    )


def describe(token: str) -> str:
    """A token of verified evidence, such as ``judicial-warrant:federal:criminal``, in words."""
    kind, *rest = token.split(":")
    words = EVIDENCE_KINDS[kind]
    if "criminal" in rest:
        words += " in a criminal matter"
    courts = [r for r in rest if r != "criminal"]
    if courts and courts[0] in FORMS:
        return f"{words.partition(' (')[0]} on form {courts[0]}"
    return f"{words} ({courts[0]})" if courts else words


def document_for(token: str, action: str) -> Document:
    """A complete document that would be seen as ``token``, not yet verified."""
    kind, *rest = token.split(":")
    issuers = {
        "federal": "federal-magistrate",
        "state": "state-judge",
        "immigration": "immigration-officer",
    }
    issuer = next((issuers[r] for r in rest if r in issuers), "unknown")
    return Document(
        id=f"({token})",
        kind=kind,
        form=next((r for r in rest if r in FORMS), "none"),
        issued_by=issuer,
        criminal=Tri.YES if "criminal" in rest else Tri.UNKNOWN,
        complete=Tri.YES,
        asks=frozenset((action,)),
    )


def _officer(
    known: Known, accepts: frozenset[str] = frozenset(), finds: frozenset[str] = frozenset()
) -> Document:
    return Document(
        id=f"(officer {' '.join(sorted(accepts | finds))})",
        kind="officer-decision",
        issued_by="custodian-officer",
        agency=known.request.custodian,
        complete=Tri.YES,
        accepts=accepts,
        finds=finds,
    )


def _present(document: Document) -> Callable[[Known], Known]:
    def apply(known: Known) -> Known:
        verified = document.as_verified("(supposed)", known.at)
        return replace(known, documents=(*known.documents, verified))

    return apply


def _verify(document: Document) -> Callable[[Known], Known]:
    def apply(known: Known) -> Known:
        documents = tuple(
            d.as_verified("(supposed)", known.at) if d.id == document.id else d
            for d in known.documents
        )
        return replace(known, documents=documents)

    return apply


def _read(book: Book, custodian: Custodian, action: str, section: str) -> set[tuple[str, str]]:
    rules = book.compiled(custodian, action).rules
    return {
        literal
        for name, rule in rules.items()
        if name.startswith(f"{section}|")
        for literal in cedar.literals(rule.clauses)
    }
