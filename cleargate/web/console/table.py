"""Rows as cells: masked neighbors merged into one bar, blanks said in words, masks counted."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...gate.answer import Answer
from ...model.decision import RuleRef
from ...records.catalogue import CATALOGUE, Type
from .words import Words


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, or several masked neighbors in one.

    Attributes:
        title: of the column, for pages where columns have no heads.
        text: what is recorded; empty when nothing is.
        mask: why it is closed; empty when it is open.
        span: how many columns it covers.
    """

    title: str
    text: str = ""
    mask: str = ""
    span: int = 1
    number: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """One mask of an answer: how many cells, and by which rules."""

    mask: str
    cells: int
    rules: tuple[RuleRef, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What an answer shows."""

    heads: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    closed: tuple[Closed, ...]
    cells: int
    more: str
    void: tuple[str, ...]
    partly: tuple[str, ...]
    withheld: int | None
    notices: tuple[str, ...]

    @property
    def masked(self) -> int:
        """How many cells are masked."""
        return sum(c.cells for c in self.closed)


def table(answer: Answer, words: Words) -> Table:
    """The rows of a permitted search, read or export."""
    said = answer.result
    dataset = CATALOGUE[said["dataset"]]
    order = said["columns"]
    titles = {c.name: c.title for c in dataset.columns}
    numbers = {c.name for c in dataset.columns if c.type in (Type.INTEGER, Type.NUMBER)}
    counted: Counter[str] = Counter()
    rows = []
    for row in said["rows"]:
        cells = []
        for name, value in zip(order, row, strict=True):
            mask = _mask(value)
            counted[mask] += bool(mask)
            text = "" if mask else _text(value, words)
            cells.append(Cell(titles[name], text, mask, 1, name in numbers))
        rows.append(tuple(_merged(cells)))
    by_mask = dict(answer.decision.mask_rules)
    closed = tuple(
        Closed(m, counted[m], by_mask.get(f"see:{m}", ()))
        for m in dict.fromkeys(m["mask"] for m in said["masked"] if m["column"] in order)
    )
    return Table(
        heads=tuple(Cell(titles[n], number=n in numbers) for n in order),
        rows=tuple(rows),
        closed=closed,
        cells=len(rows) * len(order),
        more=said["next"],
        void=tuple(said["conditions_that_match_nothing"]),
        partly=tuple(said["only_where_open"]),
        withheld=said["withheld"],
        notices=tuple(said["notices"]),
    )


def as_csv(answer: Answer, words: Words) -> bytes:
    """The same as a file. A masked cell says so; a formula of a spreadsheet is made text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(answer.result["columns"])
    for row in answer.result["rows"]:
        writer.writerow(
            f"masked: {mask}" if (mask := _mask(value)) else _harmless(_text(value, words))
            for value in row
        )
    return out.getvalue().encode()


def _mask(value: object) -> str:
    """The mask that closes a cell; no other cell is an object."""
    return str(value["masked"]) if isinstance(value, Mapping) else ""


def _merged(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Neighbors with the same mask as one."""
    waiting: Cell | None = None
    for cell in cells:
        if waiting and cell.mask and cell.mask == waiting.mask:
            waiting = Cell(waiting.title, "", cell.mask, waiting.span + 1)
            continue
        if waiting:
            yield waiting
        waiting = cell
    if waiting:
        yield waiting


def _text(value: object, words: Words) -> str:
    match value:
        case None | "":
            return ""
        case True | False:
            return words("yes" if value else "no")
        case list() | tuple():
            return ", ".join(_text(v, words) for v in value)
        case float():
            return f"{value:g}" if value.is_integer() else f"{value:.6f}".rstrip("0")
    return str(value).replace("T", " ") if _is_time(str(value)) else str(value)


def _is_time(text: str) -> bool:
    return len(text) >= 16 and text[4:5] == text[7:8] == "-" and text[10:11] == "T"


def _harmless(text: str) -> str:
    """No formula: a spreadsheet runs what begins like one (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def facts(values: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """What was answered about one booking, as names and texts."""
    return [(words.some("booking", name), _text(value, words)) for name, value in values.items()]
