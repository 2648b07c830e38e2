"""An export: the whole of a permitted search as one file, which carries its own proof.

It takes the ten steps once. Step 8 writes every page into the sheet, as of one moment; step 9 logs
how many rows there were; only then is the file sealed, and handed on by whoever asked for it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import msgspec

from ..log.read import raw
from ..log.receipts import receipt_to_json
from ..model.errors import BadUse, ExportTooLarge, FieldError, StoreFull
from ..model.request import Person
from ..records import search
from ..records.sheets import Sheet, sheet
from . import read

if TYPE_CHECKING:
    from .acts import Acting
    from .answer import Answer
    from .gate import Gate


@dataclass(frozen=True, slots=True)
class Copy:
    """The file that an export writes. It is not part of a request."""

    sheet: Sheet


def to_file(
    gate: Gate, person: Person, raw: Mapping[str, Any], via: str, file: IO[bytes], media_type: str
) -> Answer:
    """Steps 2 to 10 of an export, written to ``file``.

    The file is whole when this comes back with an answer that opens; whatever else happens, what is
    in it must be thrown away.

    Args:
        raw: the fields of the request as they came in; ``action`` may be left out.
        file: open to be written and read anywhere in it.
        media_type: one of ``records.sheets.SUFFIXES``.

    Raises:
        BadUse: this is no request for an export; the sentence names the field.
        ExportTooLarge: it has more rows than an export may have.
        StoreFull: the file cannot be written.
        Unavailable: as ``Gate.answer``.
    """
    try:
        fields = _fields(raw)
    except FieldError as fault:
        gate.turn_away(person, fault, via)
        raise
    copy = Copy(sheet(file, media_type))
    try:
        answer = gate.ask(person, gate.parse(person, fields, via), via, copy)
        if answer.opens:
            copy.sheet.seal(_papers(gate, answer))
    except OSError as fault:
        raise StoreFull(f"The export cannot be written: {fault.strerror}.") from fault
    finally:
        copy.sheet.drop()
    return answer


def _fields(raw: Mapping[str, Any]) -> dict[str, Any]:
    fields = {"action": "export", **raw}
    if fields["action"] != "export":
        raise FieldError("action", "This is where exports are asked for; leave 'action' out.")
    for name in ("limit", "cursor", "count", "facets"):
        if fields.pop(name, None):
            raise FieldError(name, f"An export is the whole search; leave '{name}' out.")
    return fields


def _papers(gate: Gate, answer: Answer) -> dict[str, bytes]:
    """What proves the file, to whoever has it and the log's public key."""
    assert answer.answered is not None  # what opens an export was answered
    return {
        "answer": msgspec.json.format(msgspec.json.encode(answer.as_json()), indent=2),
        "entry": raw(gate.parts.log, answer.answered.index),
        "receipt": receipt_to_json(answer.answered).encode(),
    }


def whole(acting: Acting, agree: Callable[[Sequence[search.Said]], None]) -> read.Seen:
    """Step 8: write every page, and decide each combination of facts in it again.

    Args:
        agree: has Cedar decide what was said of rows again.

    Raises:
        BadUse: there is no file to write to.
        ExportTooLarge: there are more rows than the settings allow; nothing is handed out.
        VersionMoved, TicketRefused: law moved meanwhile, or it took longer than a ticket lives.
        FilterDisagrees: as for a page.
    """
    copy, parts, ticket = acting.file, acting.bench.parts, acting.ticket
    if not isinstance(copy, Copy):
        raise BadUse("An export is a file; use 'cleargate ask --action export --out FILE', or POST "
                     "/v1/exports.")  # fmt: skip
    keys: list[str] = []  # as of a page: whoever has a record can be told of its correction
    agreed: set[search.Said] = set()
    told: dict[str, None] = {}
    first: search.Page | None = None
    with closing(search.whole(parts.records, ticket, parts.limits.export_page)) as pages:
        for page in pages:
            if first is None:
                first = page
                copy.sheet.begin(page.dataset, page.columns)
            acting.still_good()
            agree([said for said in page.said if said not in agreed])
            agreed.update(page.said)
            told.update(dict.fromkeys(page.notices))
            keys += page.keys
            if len(keys) > parts.limits.export_rows:
                raise ExportTooLarge(
                    f"More than {parts.limits.export_rows} rows match (limits.export_rows); ask "
                    "for less at once."
                )
            copy.sheet.add(page)
    assert first is not None
    result = read.about(first, ticket.filter)
    result |= {"row_count": len(keys), "notices": list(told)}
    return read.Seen(result, len(keys), read.shown(first), tuple(keys))
