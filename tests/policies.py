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
}
ROW_TEXTS: Mapping[str, Sequence[str]] = {
    "resource.sealed": TRI,
    "resource.juvenile": TRI,
    "resource.expunged": TRI,
    "resource.victim_registered": TRI,
    "resource.origin.kind": ("immigration", "law-enforcement"),
}
SETS: Mapping[str, Sequence[str]] = {
    "context.verified": ("detainer", "judicial-warrant:federal"),
    "context.presented": ("detainer", "consent"),
    "context.found": ("doubtful",),
    "context.document.asks": ("hold", "transfer"),
}
ROW_SETS: Mapping[str, Sequence[str]] = {"resource.labels": ("a", "ab", "b", "a ab", "ab b", "A")}
ROW_NUMBERS: Mapping[str, Sequence[int]] = {"resource.days_old": (-1, 0, 1, 7, 8, 1_000_000)}
TRUTHS = ("context.outside", "context.accepted", "context.case_given")
NUMBERS: Mapping[str, Sequence[int]] = {"context.custody.days_to_release": (0, 1, 7, 1_000_000)}
TIMES: Mapping[str, Sequence[str]] = {
    "context.at": ("2026-07-01", "2026-07-01T17:00:00Z", "2026-07-01T12:00:00.500-0500")
}
ORIGIN = "resource.origin"
PARTIES = ("principal.agency", "context.requester", "context.represented", "resource.custodian")


def quote(text: str) -> str:
    """A text as a literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _pattern(text: str) -> str:
    return quote(text).replace("*", "\\*")[1:-1]


_ATOMS = ("text", "text", "text", "text", "like", "one of", "set", "truth", "number", "time",
          "party", "party", "name", "has", "is")  # fmt: skip


@st.composite
def atoms(draw: st.DrawFn, of_rows: int = 3) -> str:
    """One comparison; of ten of them ``of_rows`` are of a row."""
    kind, row = draw(st.sampled_from(_ATOMS)), draw(st.integers(0, 9)) < of_rows
    party = ORIGIN if row else draw(st.sampled_from(PARTIES))
    other = draw(st.sampled_from(PARTIES))
    agency = f'Agency::"{draw(st.sampled_from(sorted(AGENCIES)))}"'
    match kind:
        case "set":
            sets = ROW_SETS if row else SETS
            fact = draw(st.sampled_from(sorted(sets)))
            return f"{fact}.contains({quote(draw(st.sampled_from((*sets[fact], *ODD[:3]))))})"
        case "truth" if not row:
            return draw(st.sampled_from(TRUTHS))
        case "number" | "truth":
            return _ordered(draw, ROW_NUMBERS if row else NUMBERS, str)
        case "time" if not row:
            return _ordered(draw, TIMES, lambda t: f'datetime("{t}")')
        case "party":
            right = draw(st.sampled_from((agency, other, f"[{agency}, {other}]")))
            op = "in" if right[0] == "[" else draw(st.sampled_from(("in", "==", "!=")))
            if right == other and draw(st.booleans()):
                return f"{other} {op} {party}"
            return f"{party} {op} {right}"
        case "name":
            return f"[{agency}, {other}].contains({party})"
        case "has":
            return draw(st.sampled_from((f"{party} has kind", "context has document.kind")))
        case "is":
            return draw(st.sampled_from((f"{party} is Agency in {agency}", "resource is Record")))
    return _text(draw, kind, ROW_TEXTS if row else TEXTS)


def _text(draw: st.DrawFn, kind: str, texts: Mapping[str, Sequence[str]]) -> str:
    fact = draw(st.sampled_from(sorted(texts)))
    words = draw(st.lists(st.sampled_from((*texts[fact], *ODD)), min_size=1, max_size=3))
    if kind == "one of":
        return f"[{', '.join(map(quote, words))}].contains({fact})"
    if kind == "like":
        start, end = draw(st.sampled_from((("", "*"), ("*", ""), ("*", "*"), ("", ""))))
        return f'{fact} like "{start}{_pattern(draw(_part(words[0])))}{end}"'
    op = draw(st.sampled_from(("==", "!=")))
    if draw(st.integers(0, 5)) == 0:
        return f"{fact} {op} {draw(st.sampled_from(sorted(texts)))}"
    return f"{fact} {op} {quote(words[0])}"


def _part(word: str) -> st.SearchStrategy[str]:
    """The word, or a piece of it, in its own case or another."""
    return st.sampled_from((word, word[:1], word[-1:], word[:1].upper(), word.upper()))


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
of_rows = st.recursive(atoms(8), _compound, max_leaves=4)
"""Expressions that mostly read the row."""


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
def rows(draw: st.DrawFn, origins: Sequence[str]) -> RowFacts:
    """Any row."""
    tri = st.sampled_from(TRI)
    return RowFacts(
        sealed=draw(tri),
        juvenile=draw(tri),
        expunged=draw(tri),
        victim_registered=draw(tri),
        origin=draw(st.sampled_from(origins)),
        days_old=draw(st.sampled_from((-1, 0, 1, 6, 7, 8, 400))),
        labels=draw(st.frozensets(st.sampled_from(("a", "ab", "b")))),
    )


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
        row=draw(rows(sorted(AGENCIES))),
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
