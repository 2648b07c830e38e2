"""The form of a question: what it offers, what was filled in, and the request that it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...model.request import Person
from ...records.catalogue import CATALOGUE, Dataset
from .visit import Visit

ABOUT_RECORDS: Final = ("search", "read", "statistics")
ABOUT_A_PERSON: Final = ("custody_status", "release_date", "contact_info", "immigration_status")
ASKED_HERE: Final = (*ABOUT_RECORDS, *ABOUT_A_PERSON)
"""What the form offers; an export is asked for beside an answer, and acts on their own pages."""

FIRST: Final[Mapping[str, tuple[str, ...]]] = {
    "incident": ("case_number", "occurred_at", "primary_type", "description", "block",
                 "community_area", "arrest"),
    "person": ("id", "surname", "given_names", "birth_date", "address", "phone",
               "immigration_status"),
    "arrest": ("id", "person_id", "arrested_at", "charge", "facility", "released_at"),
    "involvement": ("incident_id", "role", "person_id", "victim_id", "victim_name"),
    "contact_card": ("id", "contacted_at", "kind", "person_id", "reason", "outcome", "block"),
    "warrant": ("id", "kind", "status", "issued_at", "charge", "surname", "given_names"),
    "vehicle": ("id", "status", "reported_at", "make", "model", "color", "plate"),
}  # fmt: skip
"""Columns that are ticked at first: what fits a page and is asked for most."""

_BLANK_ROWS: Final = 2
_MOST_ROWS: Final = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One condition as it stands in the form."""

    column: str = ""
    op: str = "="
    value: str = ""

    @property
    def text(self) -> str:
        """As the gate reads it."""
        return f"{self.column} {self.op} {self.value}"


@dataclass(frozen=True, slots=True)
class Question:
    """The form as it was filled in."""

    action: str
    dataset: Dataset
    represented: str
    purpose: str
    case: str
    attention: str
    basis: str
    target: str
    lines: tuple[Line, ...]
    columns: tuple[str, ...]
    sort: str
    cursor: str = ""

    @property
    def about_a_person(self) -> bool:
        """Whether it asks about someone in custody instead of records."""
        return self.action in ABOUT_A_PERSON

    @property
    def shown_lines(self) -> tuple[Line, ...]:
        """What was filled in and some that are blank."""
        filled = tuple(x for x in self.lines if x.column or x.value)
        return (*filled, *[Line()] * _BLANK_ROWS)[:_MOST_ROWS]

    def request(self, limit: int, action: str = "") -> dict[str, Any]:
        """The fields of the request, as the API would send them."""
        asked: dict[str, Any] = {
            "action": action or self.action,
            "represented": self.represented,
            "purpose": self.purpose,
            "case": self.case,
            "attention": self.attention,
            "basis": self.basis.replace(",", " ").split(),
        }
        if self.about_a_person:
            return asked | {"target": self.target}
        asked["dataset"] = self.dataset.name
        if self.action == "statistics":
            return asked
        asked |= {"columns": list(self.columns), "limit": limit, "cursor": self.cursor}
        if self.action == "read":
            return asked | {"target": self.target}
        where = [x.text for x in self.lines if x.column and x.value]
        return asked | {"where": where, "sort": self.sort}


def blank(visit: Visit, person: Person) -> Question:
    """The form before anything was filled in; a link may have chosen the data set."""
    dataset = _dataset(visit.query.get("dataset", ""))
    action = visit.query.get("action", "search")
    return Question(
        action=action if action in ASKED_HERE else "search",
        dataset=dataset,
        represented=person.agency,
        purpose="PUB" if person.role == "public" else "C",
        case="",
        attention="",
        basis="",
        target=visit.query.get("target", "")[:64],
        lines=(),
        columns=FIRST.get(dataset.name, dataset.names),
        sort="",
    )


def filled_in(visit: Visit) -> Question:
    """What was sent. A data set that was changed has other columns, so its conditions are new."""
    dataset = _dataset(visit.field("dataset"))
    action = visit.field("action")
    columns = tuple(c for c in visit.form.get("columns", []) if c in dataset.names)
    same = visit.field("before") == dataset.name
    return Question(
        action=action if action in ASKED_HERE else "search",
        dataset=dataset,
        represented=visit.field("represented"),
        purpose=visit.field("purpose"),
        case=visit.field("case"),
        attention=visit.field("attention"),
        basis=visit.field("basis"),
        target=visit.field("target"),
        lines=_lines(visit.form) if same else (),
        columns=(columns if same else ()) or FIRST.get(dataset.name, dataset.names),
        sort=visit.field("sort") if same else "",
        cursor=visit.field("cursor") if same else "",
    )


def _dataset(name: str) -> Dataset:
    return CATALOGUE.get(name) or CATALOGUE["incident"]


def _lines(form: Mapping[str, Sequence[str]]) -> tuple[Line, ...]:
    """The conditions, one from each row; a row with only its operator is none."""
    rows = zip(form.get("column", ()), form.get("op", ()), form.get("value", ()), strict=False)
    found = [Line(c.strip(), o.strip() or "=", v.strip()) for c, o, v in rows]
    return tuple(x for x in found if x.column or x.value)[:_MOST_ROWS]
