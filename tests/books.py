"""Random books whose rules read rows, and what Cedar says of a row under one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from cleargate.law.book import Book
from cleargate.law.decide import decide
from cleargate.law.facts import Cast
from cleargate.law.filter import shows
from cleargate.model.actions import MASKS
from cleargate.model.request import Agency, Known, RowFacts
from cleargate.model.terms import FactType, RowFilter
from cleargate.model.words import Tri
from tests.law_texts import AGENCIES, book_of
from tests.policies import atoms, expressions, of_rows, on_records, requests

CAST = Cast(AGENCIES | {
    "ice": Agency("ice", "An agency whose id differs by its case alone", "other",
                  criminal_justice=Tri.YES),
})  # fmt: skip
ORIGINS = (*sorted(CAST.agencies), "NOBODY-KNOWS-IT")

_FORMS = ("forbid", "forbid", "@grant permit", "@must permit", "@protects permit",
          '@leave("rule-1, rule-2") permit', '@yields("must") forbid',
          '@disputed("why") @must permit')  # fmt: skip
_READS = 'Action::"search", Action::"read", Action::"export"'
_SECTIONS = (_READS, _READS, 'Action::"see:identity"', 'Action::"see:victim"',
             'Action::"see:sealed"', 'Action::"see:juvenile", Action::"see:expunged"')  # fmt: skip
_PART = st.sampled_from(("y", "Y", "n", "no", "o", "un", "know", "yes"))
_LIKE = st.builds(
    "resource.{} like {}".format,
    st.sampled_from(("sealed", "juvenile", "victim_registered")),
    st.one_of(*(_PART.map(form.format) for form in ('"{}*"', '"*{}"', '"*{}*"'))),
)
_ROW = st.one_of(atoms(10), atoms(10), of_rows, _LIKE, _LIKE.map("!({})".format))
_PAPER = st.builds(
    "context.document.{} && {}".format,
    st.sampled_from(('verified == "yes"', 'verified == "no"', 'kind == "detainer"')),
    _ROW,
)
_OPENED = st.one_of(st.just("true"), st.just("true"), _ROW, _PAPER)


@dataclass(frozen=True)
class Case:
    """A book, and one request to POLICE under it."""

    book: Book = field(repr=False)
    known: Known
    text: str


@st.composite
def _rule(draw: st.DrawFn) -> str:
    form, section = draw(st.sampled_from(_FORMS)), draw(st.sampled_from(_SECTIONS))
    when = draw(st.one_of(_ROW, _ROW, _PAPER, expressions))
    return f"{form} (principal, action in [{section}], resource) when {{ {when} }};"


@st.composite
def _opening(draw: st.DrawFn) -> str:
    """Grants of the custodian's own: of reading nearly always, of each mask half the time."""
    texts = []
    for section in (_READS, *(f'Action::"{mask}"' for mask in MASKS)):
        if section == _READS or draw(st.booleans()):
            texts.append(
                f"@grant permit (principal, action in [{section}], resource) "
                f"when {{ {draw(_OPENED)} }};"
            )
    return "\n".join(texts)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Three packs of a few rules each; the custodian's own opens some of everything."""
    texts = {
        pack: "\n".join(draw(st.lists(_rule(), max_size=2))) for pack in ("us", "state", "own")
    }
    texts["own"] += "\n" + draw(_opening())
    return Case(book_of(**texts), draw(requests(on_records)), str(texts))


def cedar_says(case: Case, law: RowFilter, row: RowFacts) -> frozenset[str] | None:
    """The masks that are open in ``row`` by Cedar's decision about it; None: it is not shown.

    An agency of origin that nobody knows makes a decision unavailable; where no rule reads the
    origin, the row is decided as the custodian's own, as it is after each page.
    """
    if not any(fact.type is FactType.AGENCY for fact in law.facts):
        row = replace(row, origin="")
    custodian = case.book.custodian("POLICE")
    decision = decide(case.book, custodian, CAST, replace(case.known, row=row))
    opened = shows(decision, row)
    return None if opened is None else opened
