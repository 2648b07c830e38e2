"""Requests and conditions in the words of counsel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from ..model.evidence import EVIDENCE_KINDS, Document
from ..model.request import FAR, Agency, Known
from ..model.words import PURPOSES, Tri
from .changes import describe
from .facts import Cast
from .scenarios import Paper, Scenario, Stage
from .variables import (
    ALSO,
    ORIGIN,
    OWN_GRANT,
    PAPER,
    REPRESENTED,
    REQUESTER,
    SAME,
    Value,
    Variable,
)

_CUSTODY: Final = {
    "in_custody": "in custody",
    "sentenced": "sentenced",
    "secure": "held in a secure facility",
    "release_public": "the release date is public",
    "housed_for_immigration": "held for an immigration authority by contract",
    "victim_or_witness": "a victim or witness",
    "days_to_release": "days to the release",
}
_ISSUED: Final = {
    "federal-judge": "by a federal judge",
    "federal-magistrate": "by a federal magistrate",
    "state-judge": "by a state judge",
    "immigration-judge": "by an immigration judge",
    "immigration-officer": "by an immigration officer",
}
_FACTS: Final = {
    "principal.role": "the role of who asks",
    "principal.enforces_civil_immigration": "who asks enforces civil immigration law in person",
    "context.purpose": "the purpose",
    "context.assist_kind": "the help asked for",
    "context.agreement_kind": "the agreement",
    "context.facility_use": "the use",
    "context.inquiry_need": "the need to ask",
    "resource.dataset": "the data set",
    "resource.days_old": "days since it happened",
    f"{PAPER}kind": "the paper",
    f"{PAPER}form": "its form",
    f"{PAPER}issued_by": "its issuer",
    f"{PAPER}verified": "the paper is verified",
    f"{PAPER}complete": "the paper is complete",
    f"{PAPER}served": "it was served on the person",
    f"{PAPER}criminal": "it was issued in a criminal matter",
    f"{PAPER}probable_cause": "it states probable cause",
}
_OF_CUSTODY: Final = "context.custody."
_LISTED: Final = 6
"""Names in one phrase; beyond that the rest is counted."""


def request_words(asked: Scenario, stage: Stage) -> Iterator[str]:
    """A worked request, one sentence for each thing that is said of it."""
    yield _asks(asked.asker, asked.represented or asked.asker, asked.action, asked.kind,
                asked.purpose, asked.case, stage.agencies)  # fmt: skip
    for paper in asked.documents:
        yield f"Presented: {paper_words(paper, verified=paper.verified)}."
    if facts := "; ".join(_custody(name, value) for name, value in asked.custody.items()):
        yield f"Known of the person: {facts}."


def known_words(known: Known) -> Iterator[str]:
    """Any request, likewise; what is not known is left out."""
    request = known.request
    agencies = {a.id: a for a in (known.requester, known.represented)}
    yield _asks(known.requester.id, known.represented.id, request.action, request.kind,
                request.purpose, request.case, agencies)  # fmt: skip
    if known.person.role != "officer":
        yield f"Who asks is of the role {known.person.role}."
    for paper in known.documents:
        if paper.kind == "officer-decision":
            yield f"A named officer of the custodian decides: {_decided(paper)}."
        else:
            verified = paper.verified(known.at) is Tri.YES
            yield f"Presented: {paper_words(paper, verified=verified)}."
    facts = {n: getattr(known.custody, n) for n in _CUSTODY}
    said = [_custody(n, v) for n, v in facts.items() if v not in (Tri.UNKNOWN, FAR)]
    if said:
        yield f"Known of the person: {'; '.join(said)}."


def action_words(action: str) -> str:
    """An action's name as words."""
    return action.replace("see:", "see ").replace("_", " ").replace(":", " ")


def paper_words(paper: Paper | Document, *, verified: bool) -> str:
    """A document as it would be described at the counter."""
    words = [EVIDENCE_KINDS[paper.kind].partition(" (")[0]]
    if paper.form not in ("none", "other"):
        words.append(f"on form {paper.form}")
    if paper.issued_by in _ISSUED:
        words.append(_ISSUED[paper.issued_by])
    if paper.criminal is Tri.YES:
        words.append("in a criminal matter")
    if paper.asks:
        words.append(f"that asks for {', '.join(map(action_words, sorted(paper.asks)))}")
    return f"{' '.join(words)}, {'verified' if verified else 'not verified'}"


def agency_words(agency: Agency) -> str:
    """An agency's name, or its sort where it stands for all of that sort."""
    if agency.name:
        return agency.name
    does = {
        Tri.YES: "that enforces civil immigration law",
        Tri.NO: "that does not enforce civil immigration law",
        Tri.UNKNOWN: "of which it is not known whether it enforces civil immigration law",
    }
    kind = "" if agency.kind == "other" else f" of kind {agency.kind}"
    return f"an agency{kind} {does[agency.enforces_civil_immigration]}"


def _asks(
    asker: str, represented: str, action: str, kind: str, purpose: str, case: str,
    agencies: Mapping[str, Agency],
) -> str:  # fmt: skip
    def name(id: str) -> str:
        return agency_words(agencies[id]) if id in agencies else f"the {id}"

    who = name(asker)
    whom = "" if asker == represented else f" for {name(represented)}"
    act = action_words(action) + (f" ({kind})" if kind != "none" else "")
    about = f", case {case}" if case else ""
    return (
        f"{who[:1].upper()}{who[1:]} asks{whom}: {act}. Purpose {PURPOSES[purpose].words}{about}."
    )


def _decided(paper: Document) -> str:
    said = [f"accepts {action_words(a)}" for a in sorted(paper.accepts)]
    said += [f"finds {t}" for t in sorted(paper.finds)]
    return "; ".join((*said, *(f"finds not {t}" for t in sorted(paper.finds_not))))


def _custody(name: str, value: Tri | int) -> str:
    if name == "days_to_release":
        return "no release is scheduled" if value == FAR else f"released in {value} days"
    return f"{_CUSTODY[name]}: {value}"


# --- conditions ------------------------------------------------------------------------------


def condition_words(
    variables: Sequence[Variable], box: Sequence[set[int]], cast: Cast, tests: Mapping[str, str]
) -> Iterator[str]:
    """Each fact that may not have all its values, in words.

    Args:
        box: for each variable the values that it may have.
        cast: the agencies.
        tests: named tests of law in words.
    """
    for variable, allowed in zip(variables, box, strict=True):
        if len(allowed) < len(variable.values):
            yield _condition(variable, allowed, cast, tests)


def _condition(variable: Variable, allowed: set[int], cast: Cast, tests: Mapping[str, str]) -> str:
    name = variable.name
    words = [w for n in sorted(allowed) for w in variable.of[n]]
    if name in (REPRESENTED, REQUESTER):
        side = "for whom it is asked" if name == REPRESENTED else "who asks"
        return f"{side}: {_agencies(set(map(str, words)), cast)}"
    if name == ORIGIN and SAME in variable.values:
        return f"the row came from {_origin(variable, set(map(str, words)), cast)}"
    if name.startswith("found "):
        return _finding(tests.get(name[6:], name[6:]), set(words))
    if name == ALSO:
        return _other_paper(variable, allowed)
    if name.startswith(("context.accepted", "accepted ")):
        what = "it" if name.startswith("context.") else action_words(name[9:])
        return f"{'a' if True in words else 'no'} named officer accepts {what}"
    if name.startswith(OWN_GRANT):
        verb = "grants" if True in words else "does not grant"
        return f"the custodian's own pack {verb} {action_words(name[len(OWN_GRANT) + 1 :])}"
    if name.startswith("label "):
        return f"the row {'is' if True in words else 'is not'} marked {name[6:]}"
    if name.startswith("asks "):
        return (
            f"the paper {'asks' if True in words else 'does not ask'} for {action_words(name[5:])}"
        )
    if name == "context.case_given":
        return f"{'a' if True in words else 'no'} case is named"
    if name == f"{PAPER}kind" and words == ["none"]:
        return "no paper is presented"
    label = (
        _FACTS.get(name)
        or _CUSTODY.get(name.rpartition(".")[2])
        or (name.rpartition(".")[2].replace("_", " "))
    )
    if all(type(value) is int for value in variable.values):
        return f"{label}: {_numbers(variable, allowed)}"
    return f"{label}: {_among(variable, allowed, _word_of(name))}"


def _numbers(variable: Variable, allowed: set[int]) -> str:
    """Numbers of days, between the bounds that rules name."""
    found = sorted((int(w), n in allowed) for n, of in enumerate(variable.of) for w in of)
    runs: list[list[int]] = []
    before = False
    for number, inside in found:
        if inside and before:
            runs[-1].append(number)
        elif inside:
            runs.append([number])
        before = inside
    least, most = found[0][0], found[-1][0]
    said = [_run(run, least, most) for run in runs]
    if variable.name == f"{_OF_CUSTODY}days_to_release" and found[-1] == (FAR, True):
        said = [*said[:-1], *[said[-1]] * (runs[-1] != [FAR]), "none is scheduled"]
    return _or(iter(said))


def _run(run: Sequence[int], least: int, most: int) -> str:
    first, last = run[0], run[-1]
    if last == most:
        return f"{first} or more"
    if first == least:
        return f"at most {last}"
    return f"{first} to {last}" if first < last else f"{first}"


def _origin(variable: Variable, ids: set[str], cast: Cast) -> str:
    asking = SAME.strip("()")
    others = ids - {SAME}
    if not others:
        return asking
    if len(others) == sum(len(of) for of in variable.of) - 1:
        return f"any agency but {asking}"
    return f"{_agencies(others, cast)}, {'or from' if SAME in ids else 'not from'} {asking}"


def _word_of(name: str) -> Callable[[Value], str]:
    if name == f"{PAPER}kind":
        return lambda kind: EVIDENCE_KINDS.get(str(kind), "none").partition(" (")[0]
    if name == "context.purpose":
        return lambda code: PURPOSES[str(code)].words
    return str


def _among(variable: Variable, allowed: set[int], word: Callable[[Value], str]) -> str:
    """The words that it may be, or those that it may not, whichever are fewer."""
    inside = [w for n in sorted(allowed) for w in variable.of[n]]
    outside = [w for n, of in enumerate(variable.of) if n not in allowed for w in of]
    if (variable.whole or 0 not in allowed) and len(inside) <= len(outside) + 1:
        return _or(word(w) for w in inside)
    return f"not {_or(word(w) for w in outside)}"


def _or(words: Iterator[str]) -> str:
    said = list(dict.fromkeys(words))
    if len(said) > _LISTED:
        said = [*said[: _LISTED - 1], f"{len(said) - _LISTED + 1} more"]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"


def _finding(test: str, words: set[Value]) -> str:
    if words == {"yes"}:
        return f"a named officer finds: {test}"
    if words == {"no"}:
        return f"a named officer finds it is not so: {test}"
    if "yes" not in words:
        return f"no named officer finds: {test}"
    return (
        f"a named officer decides: {test}"
        if "" not in words
        else (f"no named officer finds it is not so: {test}")
    )


def _other_paper(variable: Variable, allowed: set[int]) -> str:
    tokens = [str(variable.values[n]) for n in sorted(allowed)]
    if "" not in tokens:
        return f"beside it, verified: {_or(describe(t) for t in tokens)}"
    missing = [str(v) for n, v in enumerate(variable.values) if n not in allowed]
    return f"beside it no verified {_or(describe(t) for t in missing)}"


_TRAITS: Final[tuple[tuple[str, Callable[[Agency], bool]], ...]] = (
    ("an agency that enforces civil immigration law",
     lambda a: a.enforces_civil_immigration is Tri.YES),
    ("an agency that may enforce civil immigration law (yes, or not known)",
     lambda a: a.enforces_civil_immigration is not Tri.NO),
    ("an agency that is known not to enforce civil immigration law",
     lambda a: a.enforces_civil_immigration is Tri.NO),
    ("an agency that is not known to enforce civil immigration law",
     lambda a: a.enforces_civil_immigration is not Tri.YES),
)  # fmt: skip


def _agencies(ids: set[str], cast: Cast) -> str:
    """A set of agencies by what they have in common, or by name."""
    known = cast.agencies
    rest = known.keys() - ids
    if len(rest) == 1:
        return f"any but {agency_words(known[next(iter(rest))])}"
    for words, has in _TRAITS:
        if ids == {a.id for a in known.values() if has(a)}:
            return words
    for up in sorted({a.parent for a in known.values()} - {""}):
        if ids == {id for id in known if cast.within(id, up)}:
            return f"{agency_words(known[up])} or a part of it"
    named = [agency_words(known[id]) for id in sorted(ids) if known[id].name]
    shared = " and ".join(chain(_shared(ids, cast)))
    if shared:
        few = f" ({_or(iter(named))})" if named and len(named) <= 3 else ""
        return f"an agency {shared}{few}"
    return _or(iter(named)) if named else f"agencies of {len(ids)} sorts"


def _shared(ids: set[str], cast: Cast) -> Iterator[str]:
    """Traits by which exactly these agencies are told from all others; nothing if none do."""
    agencies = cast.agencies
    traits: list[tuple[str, set[str]]] = []
    for attr, label in (("kind", "of kind"), ("sector", "of sector"),
                        ("enforces_civil_immigration", "that enforces civil immigration law:"),
                        ("criminal_justice", "that is a criminal justice agency:"),
                        ("state", "of state")):  # fmt: skip
        values = {str(getattr(agencies[id], attr)) for id in ids}
        has = {a.id for a in agencies.values() if str(getattr(a, attr)) in values}
        if len(has) < len(agencies):
            said = _or(v or "none" for v in sorted(values))
            traits.append((f"{label} {said}", has))
    found = set(agencies)
    for _, has in traits:
        found &= has
    if found == ids:
        yield from (words for words, _ in traits)
