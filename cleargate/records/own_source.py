"""A source that somebody wrote: read with care, and tried on a file before anything is imported.

It comes as text, with the request that imports by it, so that what was decided and logged is what
is read. Nothing of it is run: it names headers, forms of date, and few words beside.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..model.errors import FieldError
from ..model.fields import near
from . import checks
from .catalogue import CATALOGUE
from .convert import Converter
from .reader import Extract, Limits
from .rejects import FIRST, Reject
from .sources import Source, plan, read, sources

LONGEST: Final = 20_000
"""Characters of a source's text."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_TABLE: Final[Mapping[str, type]] = {
    "title": str, "dataset": str, "dates": list, "timezone": str, "notice": str, "columns": dict,
}  # fmt: skip
_ORIGIN: Final[Mapping[str, type]] = {
    "from": str, "absent": str, "pad": int, "prefix": str, "year_of": str,
}  # fmt: skip
_ROWS_SHOWN: Final = 3


def own(name: str, text: str) -> Source:
    """The source ``name`` that ``text`` describes in TOML.

    Raises:
        FieldError: it is none; the sentence says what is wrong in it.
    """
    if not _NAME.fullmatch(name) or name in sources():
        raise _wrong(name, "needs a name of its own, of small letters, digits and hyphens")
    if len(text) > LONGEST:
        raise _wrong(name, f"is longer than {LONGEST:,} characters")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise _wrong(name, f"is not TOML: {fault}") from None
    _check(name, "", table, _TABLE, ("title", "dataset", "columns"))
    if table["dataset"] not in CATALOGUE:
        raise _wrong(
            name, f"names no data set{near(table['dataset'], CATALOGUE)} Use {', '.join(CATALOGUE)}"
        )
    for column, origin in table["columns"].items():
        if isinstance(origin, dict):
            _check(name, f"{column}.", origin, _ORIGIN, ("from",))
        elif not isinstance(origin, str):
            raise _wrong(name, f"gives {column} neither a header nor a table")
    try:
        return read(name, text)
    except ValueError as fault:
        raise FieldError("source", f"{str(fault).capitalize()}.") from None


def _check(
    name: str,
    where: str,
    table: Mapping[str, Any],
    known: Mapping[str, type],
    need: tuple[str, ...],
) -> None:
    for key, value in table.items():
        if key not in known:
            raise _wrong(
                name, f"has '{where}{key}', which is nothing of a source{near(key, known)}"
            )
        if not isinstance(value, known[key]) or isinstance(value, bool):
            raise _wrong(name, f"has a value of the wrong type at '{where}{key}'")
    for key in need:
        if key not in table:
            raise _wrong(name, f"lacks '{where}{key}'")
    if not all(isinstance(form, str) for form in table.get("dates", ())):
        raise _wrong(name, "has a value of the wrong type at 'dates'")


def _wrong(name: str, what: str) -> FieldError:
    return FieldError("source", f"The source {name} {what.rstrip('.')}.")


@dataclass(frozen=True, slots=True)
class Trial:
    """What an import would read, and nothing more: no store was opened.

    Attributes:
        columns: of each shown row; column → the header that it is read from.
        absent: columns of the data set that stay blank.
        ignored: headers that are not read.
        shown: the first rows, in the order of ``columns``.
        reasons: how many rows were rejected for which column and reason.
    """

    source: str
    dataset: str
    rows: int
    rejected: int
    columns: Mapping[str, str]
    absent: tuple[str, ...]
    ignored: tuple[str, ...]
    shown: tuple[tuple[checks.Value, ...], ...]
    reasons: tuple[tuple[str, str, int], ...]
    first_rejects: tuple[Reject, ...]


def tried(path: Path, source: Source, limits: Limits) -> Trial:
    """Read the whole file as ``source`` says, and count.

    Raises:
        ImportRefused: it cannot be read, or lacks columns.
        LimitReached: it holds more than ``limits`` allow.
    """
    rows, shown, wrong = 0, list[tuple[checks.Value, ...]](), list[Reject]()
    reasons: Counter[tuple[str, str]] = Counter()
    with Extract(path, limits) as extract:
        made = plan(source, extract.header)
        convert = Converter(made, extract.header)
        places = [convert.columns.index(r.column.name) for r in made.readings]
        for block in extract.blocks():
            taken, rejects = convert(block)
            rows += len(taken)
            more = taken[: _ROWS_SHOWN - len(shown)]
            shown += [tuple(row[place] for place in places) for row in more]
            reasons.update((r.column, r.reason) for r in rejects)
            wrong += rejects[: FIRST - len(wrong)]
    read_here = {r.column.name: extract.header[r.place] for r in made.readings}
    return Trial(
        source=made.source.name,
        dataset=made.dataset.name,
        rows=rows,
        rejected=reasons.total(),
        columns=read_here,
        absent=tuple(c.name for c in made.dataset.stored if c.name not in read_here),
        ignored=made.ignored,
        shown=tuple(shown),
        reasons=tuple((c, r, n) for (c, r), n in reasons.most_common()),
        first_rejects=tuple(wrong),
    )
