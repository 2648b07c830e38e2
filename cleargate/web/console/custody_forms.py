"""The desk's acts as forms: what each asks for, under the names that the gate and the command line
give to it, and the request that a filled-in form makes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from ...custody.dispositions import Disposition
from ...custody.parse import BOOK_FIELDS
from ...model.evidence import EVIDENCE_KINDS, FORMS, ISSUERS
from ...model.words import PURPOSES, Tri
from .visit import Visit

AGENCY, PURPOSE, FACILITY, PAPER = "agency", "purpose", "facility", "paper"
"""Fields whose choices are not the same everywhere."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Attributes:
        name: as the gate names it; its label is ``form.<name>`` of the catalogue of words.
        kind: ``text``, ``long``, ``time``, ``date``, or what its choices are: ``choice`` for
            ``options``, else one of the names above.
        words: the key below which the options have their words.
        subject: it stands in the request's subject; the others are fields of the request.
    """

    name: str
    kind: str = "text"
    options: tuple[str, ...] = ()
    words: str = ""
    required: bool = False
    subject: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One act of the desk.

    Attributes:
        action: what is asked of the gate.
        purpose: the purpose when the form does not ask for one.
    """

    action: str
    fields: tuple[Field, ...]
    purpose: str = "ADM"


def _tri(name: str) -> Field:
    return Field(name, "choice", tuple(Tri), "tri", subject=True)


_FOR: Final = Field("represented", AGENCY, required=True)
_ASKED: Final = (
    _FOR,
    Field("purpose", PURPOSE, required=True),
    Field("case"),
    Field("attention"),
)
_BASIS: Final = Field("basis", PAPER)
_REASON: Final = Field("reason", "long")

_BOOK: Final[Mapping[str, Field]] = {
    "facility": Field("facility", FACILITY, required=True, subject=True),
    "name": Field("name", required=True, subject=True),
    "born": Field("born", "date", subject=True),
    "charges": Field("charges", "long", subject=True),
    "booked_at": Field("booked_at", "time", subject=True),
    "release_scheduled": Field("release_scheduled", "time", subject=True),
}
BOOK: Final = Form("book", (
    Field("target"),
    *(_BOOK.get(n) or (_tri(n) if n in BOOK_FIELDS[9:] else Field(n, subject=True))
      for n in BOOK_FIELDS),
))  # fmt: skip

FORMS_OF: Final[Mapping[str, Form]] = {
    "hold": Form("hold", (*_ASKED, _BASIS, Field("otherwise_released", "time", subject=True),
                          _REASON)),
    "lodge": Form("lodge", (_FOR,
                            Field("purpose", PURPOSE, required=True),
                            Field("basis", required=True),
                            Field("supersedes", PAPER, subject=True), _REASON)),
    "serve-copy": Form("serve-copy", (Field("basis", PAPER, required=True), _REASON)),
    "withdraw": Form("withdraw", (
        Field("basis", PAPER, required=True),
        Field("disposition", "choice",
              (Disposition.WITHDRAWN, Disposition.NOT_THE_SAME_PERSON), "disposition",
              subject=True),
        _REASON,
    )),
    "transfer": Form("transfer", (*_ASKED, _BASIS, _REASON)),
}  # fmt: skip
"""The acts on a booking, each as ``cleargate custody`` has it."""

DOCUMENT: Final = Form("evidence:add", (
    Field("kind", "choice", tuple(EVIDENCE_KINDS), "paper", required=True, subject=True),
    Field("form", "choice", FORMS, "paper_form", subject=True),
    Field("issued_by", "choice", tuple(ISSUERS), "issuer", subject=True),
    Field("agency", AGENCY, subject=True),
    Field("asks", "choice", ("", "hold", "transfer", "release_date", "interview"), "asks",
          subject=True),
    _tri("complete"), _tri("served"), _tri("criminal"), _tri("probable_cause"),
    Field("expires", "time", subject=True),
    Field("title", subject=True),
))  # fmt: skip
"""A new document about a booking, as ``cleargate evidence add`` has it."""

VERIFY: Final = Form("evidence:verify", (Field("target", required=True),))


def request(form: Form, visit: Visit, zone: ZoneInfo, **given: Any) -> dict[str, Any]:
    """The request that a form makes; what was left blank is not said.

    Args:
        zone: of the times on the form, which have no offset.
        given: what the page knows, such as the booking.
    """
    person = visit.signed_in
    asked: dict[str, Any] = {
        "action": form.action,
        "represented": person.agency,
        "purpose": form.purpose,
        "subject": {},
    }
    for field in form.fields:
        value = visit.field(field.name)
        if field.kind == "time":
            value = with_offset(value, zone)
        if not value:
            continue
        if field.subject:
            asked["subject"][field.name] = value
        else:
            asked[field.name] = value.replace(",", " ").split() if field.name == "basis" else value
    subject = given.pop("subject", {})
    return asked | given | {"subject": asked["subject"] | subject}


def with_offset(typed: str, zone: ZoneInfo) -> str:
    """A time as browsers send it, ``2026-07-03T16:30``, with the offset of the office then.

    Of an hour that a clock set back has twice, the first is meant. What is no such time stays as it
    is, for the gate to say so.
    """
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        return typed
    return typed if at.tzinfo else at.replace(tzinfo=zone).isoformat()


def choices(
    field: Field, agencies: Mapping[str, str], facilities: Mapping[str, str], papers: Sequence[str]
) -> Mapping[str, str]:
    """What may be chosen: value → words where they are not of the catalogue."""
    match field.kind:
        case "agency":
            return agencies
        case "facility":
            return facilities
        case "paper":
            return {paper: paper for paper in papers}
        case "purpose":
            return dict.fromkeys(PURPOSES, "")
        case "choice":
            return dict.fromkeys(field.options, "")
    return {}
