"""The desk's acts by page: book, lodge, hold, serve, withdraw, hand over, verify; and the release.

Each is a request through the gate, under the names that ``cleargate custody`` has for it, and comes
back with its receipt. A release asks nobody: whoever stands at the desk of a custodian can write
one down, by its number, whether or not anything else answers.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ...custody.held import Held
from ...gate import custody_list
from ...gate.answer import Answer
from ...gate.release import release
from ...model.errors import BadUse, FieldError, NotEntitled, NotFound
from ..incoming import AnyRequest
from . import ask, custody_forms, custody_pages
from .custody_forms import BOOK, DOCUMENT, FORMS_OF, VERIFY, Form
from .pages import VIA, Pages, redirect
from .visit import Visit

_FORMS: Final = {**FORMS_OF, "document": DOCUMENT}
_NAMES: Final = {id(form): name for name, form in (*_FORMS.items(), ("verify", VERIFY))}


def routes(pages: Pages) -> list[HTTPRouteHandler]:
    """What is done, below ``/custody`` and beside it."""

    @get("/custody-book")
    async def book_form(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: _form(pages, v, BOOK, None))

    @post("/custody-book")
    async def book(request: AnyRequest) -> Response[Any]:
        return await pages.take(request, lambda v: _act(pages, v, BOOK, None))

    @get("/custody/{booking:str}/{act:str}")
    async def form(
        request: AnyRequest, booking: FromPath[str], act: FromPath[str]
    ) -> Response[Any]:
        return await pages.show(request, lambda v: _of(pages, v, booking, act, _form))

    @post("/custody/{booking:str}/{act:str}")
    async def done(
        request: AnyRequest, booking: FromPath[str], act: FromPath[str]
    ) -> Response[Any]:
        return await pages.take(request, lambda v: _of(pages, v, booking, act, _act))

    @post("/custody-release")
    async def let_go(request: AnyRequest) -> Response[Any]:
        return await pages.take(request, lambda v: _release(pages, v))

    @get("/verify")
    async def verify_form(request: AnyRequest) -> Response[Any]:
        return await pages.show(request, lambda v: _verify_form(pages, v))

    @post("/verify")
    async def verify(request: AnyRequest) -> Response[Any]:
        return await pages.take(request, lambda v: _act(pages, v, VERIFY, None))

    return [book_form, book, form, done, verify_form, verify, let_go]


def _of(pages: Pages, visit: Visit, booking: str, act: str, page: Any) -> Response[Any]:
    """``page`` for one act on one booking, for those who may see the booking."""
    look = custody_pages.look(pages, visit)
    if act not in _FORMS:
        raise NotFound("No act is called that.")
    if look is None or not look.opens:
        return custody_pages.inbox(pages, visit)
    held = custody_list.booking(pages.gate, look, booking)
    if held is None:
        raise NotFound("There is no booking of this number in your custody.")
    made: Response[Any] = page(pages, visit, _FORMS[act], held)
    return made


def _verify_form(pages: Pages, visit: Visit, fault: BadUse | None = None) -> Response[Any]:
    """Whoever verifies need not see who is in custody, so this asks for a number alone."""
    _ = visit.signed_in
    return pages.html(
        visit, "act.html", status=fault.status if fault else 200, section="custody", form=VERIFY,
        act="verify", to="/verify", held=None, fault=ask.fault_of(fault), choices={}.get,
    )  # fmt: skip


def _form(
    pages: Pages, visit: Visit, form: Form, held: Held | None, fault: BadUse | None = None
) -> Response[Any]:
    """The form of an act, with the sentence at the field that is wrong."""
    if form is VERIFY:
        return _verify_form(pages, visit, fault)
    look = custody_pages.look(pages, visit)
    if look is None or not look.opens:
        return custody_pages.inbox(pages, visit)
    known = {id: agency.name for id, agency in pages.gate.parts.directory.all().items()}
    facilities = custody_list.facilities(pages.gate, look)
    papers = [p.document for p in held.papers] if held else []
    return pages.html(
        visit, "act.html", status=fault.status if fault else 200, section="custody",
        form=form, act=_name(form), held=held, fault=ask.fault_of(fault),
        to=f"/custody/{held.id}/{_name(form)}" if held else "/custody-book",
        choices=lambda field: custody_forms.choices(field, known, facilities, papers),
    )  # fmt: skip


def _name(form: Form) -> str:
    """How the form's act is called in addresses and words."""
    return _NAMES.get(id(form), form.action)


def _act(pages: Pages, visit: Visit, form: Form, held: Held | None) -> Response[Any]:
    """Ask the gate for the act; what the law permits is done, and comes back with its receipt."""
    given: dict[str, Any] = {"custodian": visit.signed_in.agency}
    if form is DOCUMENT and held:
        given["subject"] = {"target": held.id}
    elif held:
        given["target"] = held.id
    try:
        answer = ask.put(pages, visit, custody_forms.request(
            form, visit, pages.office.zone, **given))  # fmt: skip
    except BadUse as fault:
        return _form(pages, visit, form, held, fault)
    if not answer.opens:
        return ask.show_refusal(pages, visit, answer, "custody")
    if form is DOCUMENT and held:
        return redirect(f"/custody/{held.id}/lodge?basis={answer.result['evidence']}")
    return _acted(pages, visit, _name(form), held, answer)


def _acted(
    pages: Pages, visit: Visit, act: str, held: Held | None, answer: Answer
) -> Response[Any]:
    said = answer.result
    until = said.get("until")
    return pages.html(
        visit, "acted.html", act=act, booking=held.id if held else str(said.get("booking", "")),
        documents=", ".join(said.get("documents") or answer.request.basis) or answer.request.target,
        until=datetime.fromisoformat(until) if until else None,
        **ask.around(pages, answer, "custody"),
    )  # fmt: skip


def _release(pages: Pages, visit: Visit) -> Response[Any]:
    person = visit.signed_in
    if not custody_pages.at_the_desk(pages, person):
        raise NotEntitled("Releases are written down by the desk of the custodian.")
    booking = visit.field("booking")
    if not booking or len(booking) > 64:
        raise BadUse("Enter the number of the booking.")
    parts = pages.gate.parts
    at = _left_at(custody_forms.with_offset(visit.field("at"), pages.office.zone), parts.clock())
    done = release(pages.gate, parts.custody, booking, at, pages.office.desk, by=person, via=VIA)
    return pages.html(visit, "released.html", section="custody", done=done)


def _left_at(typed: str, now: datetime) -> datetime:
    """When the person left: now, unless an earlier time is given."""
    if not typed:
        return now
    try:
        at = datetime.fromisoformat(typed).astimezone(UTC)
    except (ValueError, OverflowError):
        raise FieldError("at", "This is not a time; choose the day and the hour.") from None
    if at > now:
        raise FieldError("at", "This time has not come; write a release down when it is done.")
    return at
