"""Random well-typed policies of the small language, and random requests for them to be read in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cedarpy import pst
from hypothesis import strategies as st

from cleargate.law import cedar
from cleargate.model.actions import ACTIONS
from cleargate.model.evidence import EVIDENCE_KINDS, FORMS, ISSUERS, Document
from cleargate.model.request import CustodyFacts, Known, RowFacts
from cleargate.model.words import PURPOSES, Tri
from tests.law_texts import AGENCIES, NOON, known

TRI = tuple(Tri)
ODD = ("", "Yes", "yes ", "é", "*", "a_b%", "unknown")
"""Texts that are no word of the vocabulary, and that databases are known to trip over."""

TEXTS: Mapping[str, Sequence[str]] = {
    "principal.role": ("officer", "clerk"),
    "principal.enforces_civil_immigration": TRI,
    "principal.enforces_immigration_crimes": TRI,
    "context.purpose": ("C", "CIV-IMM"),
    "context.document.kind": tuple(EVIDENCE_KINDS)[:5],
    "context.document.issued_by": tuple(ISSUERS),
    "context.document.verified": TRI,
    "context.custody.in_custody": TRI,
    "context.asker_enforces_civil_immigration": TRI,
    "context.asker_enforces_immigration_crimes": TRI,
    "context.requester.kind": ("immigration", "law-enforcement"),
    "context.represented.sector": ("federal", "local"),
    "principal.agency.criminal_justice": TRI,
    "resource.custodian.kind": ("law-enforcement",),
    "resource.dataset": ("incident", "arrest"),
    "resource.sealed": TRI,
    "resource.juvenile": TRI,
}
SETS: Mapping[str, Sequence[str]] = {
    "context.verified": ("detainer", "judicial-warrant:federal"),
    "context.presented": ("detainer", "consent"),
    "context.found": ("doubtful",),
    "context.document.asks": ("hold", "transfer"),
}
TRUTHS = ("context.outside", "context.accepted", "context.case_given")
NUMBERS: Mapping[str, Sequence[int]] = {"context.custody.days_to_release": (0, 1, 7, 1_000_000)}
TIMES: Mapping[str, Sequence[str]] = {
    "context.at": ("2026-07-01", "2026-07-01T17:00:00Z", "2026-07-01T12:00:00.500-0500")
}
PARTIES = ("principal.agency", "context.requester", "context.represented", "resource.custodian")


def quote(text: str) -> str:
    """A text as a literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _pattern(text: str) -> str:
    return quote(text).replace("*", "\\*")[1:-1]


_ATOMS = ("text", "text", "text", "text", "like", "one of", "set", "truth", "number", "time",
          "party", "party", "name", "has", "is")  # fmt: skip


@st.composite
def atoms(draw: st.DrawFn) -> str:
    """One comparison."""
    kind = draw(st.sampled_from(_ATOMS))  # fmt: skip
    party, other = draw(st.sampled_from(PARTIES)), draw(st.sampled_from(PARTIES))
    agency = f'Agency::"{draw(st.sampled_from(sorted(AGENCIES)))}"'
    match kind:
        case "set":
            fact = draw(st.sampled_from(sorted(SETS)))
            return f"{fact}.contains({quote(draw(st.sampled_from((*SETS[fact], *ODD[:3]))))})"
        case "truth":
            return draw(st.sampled_from(TRUTHS))
        case "number":
            return _ordered(draw, NUMBERS, str)
        case "time":
            return _ordered(draw, TIMES, lambda t: f'datetime("{t}")')
        case "party":
            right = draw(st.sampled_from((agency, other, f"[{agency}, {other}]")))
            op = "in" if right[0] == "[" else draw(st.sampled_from(("in", "==", "!=")))
            return f"{party} {op} {right}"
        case "name":
            return f"[{agency}, {other}].contains({party})"
        case "has":
            return draw(st.sampled_from((f"{party} has kind", "context has document.kind")))
        case "is":
            return draw(st.sampled_from((f"{party} is Agency in {agency}", "resource is Record")))
    fact = draw(st.sampled_from(sorted(TEXTS)))
    words = draw(st.lists(st.sampled_from((*TEXTS[fact], *ODD)), min_size=1, max_size=3))
    if kind == "one of":
        return f"[{', '.join(map(quote, words))}].contains({fact})"
    if kind == "like":
        start, end = draw(st.sampled_from((("", "*"), ("*", ""), ("*", "*"), ("", ""))))
        return f'{fact} like "{start}{_pattern(words[0])}{end}"'
    op = draw(st.sampled_from(("==", "!=")))
    if draw(st.integers(0, 5)) == 0:
        return f"{fact} {op} {draw(st.sampled_from(sorted(TEXTS)))}"
    return f"{fact} {op} {quote(words[0])}"


def _ordered(draw: st.DrawFn, facts: Mapping[str, Sequence[object]], literal: object) -> str:
    assert callable(literal)
    fact = draw(st.sampled_from(sorted(facts)))
    op = draw(st.sampled_from(("==", "!=", "<", "<=", ">", ">=")))
    sides = [fact, literal(draw(st.sampled_from(facts[fact])))]
    if draw(st.booleans()):
        sides.reverse()
    return f"{sides[0]} {op} {sides[1]}"


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(("&&", "||")), inner).map(lambda t: f"({' '.join(t)})"),
        inner.map(lambda t: f"!({t})"),
        st.tuples(inner, inner, inner).map(lambda t: f"(if {t[0]} then {t[1]} else {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"(({t[0]}) == ({t[1]}))"),
    )


expressions = st.recursive(atoms(), _compound, max_leaves=6)


@st.composite
def policies(draw: st.DrawFn) -> pst.Template:
    """One permit on any action, of up to two clauses."""
    clauses = draw(
        st.lists(st.tuples(st.sampled_from(("when", "unless")), expressions), max_size=2)
    )
    text = "permit (principal, action, resource)" + "".join(f" {w} {{ {e} }}" for w, e in clauses)
    return replace(cedar.parse(text + ";"), id="it")


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Any paper, verified or not."""
    made = Document(
        id=f"E-{draw(st.integers(1, 9))}",
        kind=draw(st.sampled_from(sorted(EVIDENCE_KINDS))),
        form=draw(st.sampled_from(FORMS)),
        issued_by=draw(st.sampled_from(sorted(ISSUERS))),
        asks=draw(st.frozensets(st.sampled_from(("hold", "transfer", "search")))),
        accepts=draw(st.frozensets(st.sampled_from(("search", "hold")))),
        finds=draw(st.frozensets(st.just("doubtful"))),
        agency=draw(st.sampled_from(("", "POLICE"))),
    )
    return made.as_verified("R. Ames", NOON) if draw(st.booleans()) else made


@st.composite
def requests(draw: st.DrawFn, action: st.SearchStrategy[str]) -> Known:
    """Any request to POLICE as step 3 leaves it."""
    tri = st.sampled_from(TRI)
    made = known(
        draw(action),
        draw(st.sampled_from(sorted(AGENCIES))),
        represented=draw(st.sampled_from(sorted(AGENCIES))),
        purpose=draw(st.sampled_from(sorted(PURPOSES))),
        role=draw(st.sampled_from(("officer", "clerk", "public"))),
        documents=tuple(draw(st.lists(documents(), max_size=2, unique_by=lambda d: d.id))),
        custody=CustodyFacts(
            in_custody=draw(tri), days_to_release=draw(st.sampled_from((0, 1, 7, 1_000_000)))
        ),
        row=RowFacts(sealed=draw(tri), juvenile=draw(tri)),
    )
    return replace(
        made,
        person=replace(
            made.person,
            enforces_civil_immigration=draw(tri),
            enforces_immigration_crimes=draw(tri),
        ),
        request=replace(made.request, case=draw(st.sampled_from(("", "26-1")))),
    )


any_action = st.sampled_from(sorted(ACTIONS))
on_records = st.sampled_from(("search", "read", "export"))
