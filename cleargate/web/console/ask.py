"""Asking: the form, and the answer as rows with their why, or as a refusal's own page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from ...gate.access import opening
from ...gate.answer import Answer
from ...model.errors import BadUse, CleargateError, FieldError
from ...model.words import PURPOSES
from ...records.catalogue import CATALOGUE
from ...records.sheets import CSV
from ..incoming import AnyRequest
from ..requests import STATUS
from . import answering, question
from .pages import VIA, Pages
from .question import ASKED_HERE, Question
from .table import facts, table
from .tiles import tile_map
from .visit import Visit


def routes(pages: Pages) -> list[HTTPRouteHandler]:
    """``/ask``."""

    @get("/ask")
    async def form(request: AnyRequest) -> Response[Any]:
        return await pages.show(
            request, lambda v: show_form(pages, v, question.blank(v, v.signed_in))
        )

    @post("/ask")
    async def ask(request: AnyRequest) -> Response[Any]:
        return await pages.take(request, lambda v: _asked(pages, v))

    return [form, ask]


def show_form(
    pages: Pages, visit: Visit, asked: Question, fault: BadUse | None = None
) -> Response[Any]:
    """The form, with the sentence at the field that is wrong."""
    return pages.html(
        visit, "ask.html", status=fault.status if fault else 200,
        fault=fault_of(fault), answer=None, **_offered(pages, asked),
    )  # fmt: skip


def _asked(pages: Pages, visit: Visit) -> Response[Any]:
    asked = question.filled_in(visit)
    step = visit.field("step")
    if step == "form":  # another data set was chosen; nothing is asked
        return show_form(pages, visit, asked)
    try:
        if step == "export":
            return _exported(pages, visit, asked)
        answer = put(pages, visit, asked.request(pages.page_rows, asked.action))
    except BadUse as fault:
        return show_form(pages, visit, asked, fault)
    return show_answer(pages, visit, answer, asked)


def put(pages: Pages, visit: Visit, asked: Mapping[str, Any]) -> Answer:
    """Ask the gate as whoever is signed in.

    Raises:
        BadUse: it was no request; nothing was asked.
    """
    person = visit.signed_in
    try:
        answer = pages.gate.ask(person, pages.gate.parse(person, asked, VIA), VIA)
    except BadUse:
        raise
    except CleargateError as fault:
        pages.health.met(fault)
        raise
    pages.health.answered(answer)
    return answer


def around(pages: Pages, answer: Answer, section: str = "ask") -> dict[str, Any]:
    """What the page of any answer says beside what was asked for."""
    contact = pages.office.contacts.get(answer.request.custodian, "")
    return {
        "answer": answer,
        "said": answering.said(pages.gate, answer, contact),
        "agencies": pages.gate.parts.directory.all(),
        "section": section,
        "fault": None,
        "because": pages.outside(answer.decision.why),
    }


def show_refusal(pages: Pages, visit: Visit, answer: Answer, section: str = "ask") -> Response[Any]:
    """The page of an answer that opens nothing."""
    status = STATUS[answer.decision.outcome]
    values = around(pages, answer, section)
    return pages.html(visit, "refusal.html", status=status, **values)


def show_answer(pages: Pages, visit: Visit, answer: Answer, asked: Question) -> Response[Any]:
    """The page of an answer, with the form above it."""
    if not answer.opens:
        return show_refusal(pages, visit, answer)
    values = around(pages, answer)
    result = answer.result
    if "rows" in result and "columns" in result:
        values["table"] = table(answer, visit.words, lambda m: opening(pages.gate, answer, m))
        values |= {"tiles": _map_of_rows(answer), "map_of": ""}
    elif result.get("counts"):
        values |= {
            "tiles": tile_map(_last_month(result), result["threshold"]),
            "map_of": result["months"][-1],
        }
    elif "values" in result:
        values["told"] = facts(result["values"], visit.words)
    return pages.html(visit, "ask.html", **values | dict(_offered(pages, asked)))


def _offered(pages: Pages, asked: Question) -> Mapping[str, Any]:
    return {
        "section": "ask",
        "asked": asked,
        "actions": ASKED_HERE,
        "datasets": list(CATALOGUE.values()),
        "agencies": pages.gate.parts.directory.all(),
        "purposes": list(PURPOSES.values()),
        "operators": list(dict.fromkeys(o for c in asked.dataset.columns for o in c.operators)),
    }


def fault_of(fault: BadUse | None) -> Mapping[str, str] | None:
    """A mistake as a template shows it: at which field, in which sentence."""
    if fault is None:
        return None
    field = fault.field if isinstance(fault, FieldError) else str(fault.details.get("field", ""))
    return {"field": field, "sentence": fault.sentence}


def _exported(pages: Pages, visit: Visit, asked: Question) -> Response[Any]:
    raw = asked.request(pages.page_rows, "export")
    raw = {
        name: value
        for name, value in raw.items()
        if name not in ("limit", "cursor", "count", "facets")
    }
    answer, file = pages.exports.made(visit.signed_in, raw, VIA, CSV)
    return show_answer(pages, visit, answer, asked) if file is None else file


def _map_of_rows(answer: Answer) -> Any:
    """The rows of this page by area, where the area was asked for and may be seen."""
    columns = answer.result["columns"]
    if "community_area" not in columns:
        return None
    place = columns.index("community_area")
    counted: dict[int, int | None] = {}
    for row in answer.result["rows"]:
        area = row[place]
        if isinstance(area, int):  # neither blank nor masked
            counted[area] = (counted.get(area) or 0) + 1
    return tile_map(counted)


def _last_month(result: Mapping[str, Any]) -> dict[int, int | None]:
    lines = zip(result["areas"], result["counts"], strict=True)
    return {int(area): counts[-1] for area, counts in lines}
