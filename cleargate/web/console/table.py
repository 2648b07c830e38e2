"""Rows as cells: masked neighbors merged into one bar, blanks said in words, masks counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...gate.answer import Answer
from ...model.decision import Change, RuleRef
from ...model.terms import Const, Left, in_words
from ...model.ticket import Filter
from ...model.words import RuleKind
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
    """One mask of an answer, and why some of its cells are closed.

    Attributes:
        cells: how many.
        rules: those that close it, else those that open it where they apply, each with when.
        where: in which rows it is open, in the law's words; empty where it is open in none.
        changes: what would open it, each way tried by the law.
    """

    mask: str
    cells: int
    rules: tuple[Left, ...]
    where: str
    changes: tuple[Change, ...]


Opening = Callable[[str], tuple[Change, ...]]
"""What would open a mask."""


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
    told_by: tuple[RuleRef, ...]
    notices: tuple[str, ...]

    @property
    def masked(self) -> int:
        """How many cells are masked."""
        return sum(c.cells for c in self.closed)


def table(answer: Answer, words: Words, opening: Opening) -> Table:
    """The rows of a permitted search, read or export.

    Args:
        opening: what would open a mask, such as ``see:victim``.
    """
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
    named = dict.fromkeys(m["mask"] for m in said["masked"] if m["column"] in order)
    closed = tuple(_closed(m, counted[m], answer.visible, opening) for m in named)
    return Table(
        heads=tuple(Cell(titles[n], number=n in numbers) for n in order),
        rows=tuple(rows),
        closed=closed,
        cells=len(rows) * len(order),
        more=said["next"],
        void=tuple(said["conditions_that_match_nothing"]),
        partly=tuple(said["only_where_open"]),
        withheld=said["withheld"],
        told_by=tuple(x.rule for x in _left(answer.visible, "see:withheld")),
        notices=tuple(said["notices"]),
    )


def _closed(mask: str, cells: int, made: Filter | None, opening: Opening) -> Closed:
    """Why the cells of ``mask`` are closed, and what would change it."""
    name = f"see:{mask}"
    said = _left(made, name)
    term = made.law.masks.get(name) if made else None
    never = term is None or (isinstance(term, Const) and not term.value)
    forbid = tuple(x for x in said if x.rule.kind is RuleKind.MUST_NOT)
    where = "" if term is None or never else in_words(term)
    return Closed(mask, cells, forbid or said, where, opening(name))


def _left(made: Filter | None, section: str) -> tuple[Left, ...]:
    """What is left of each rule that speaks to a mask, for rows of this request."""
    return tuple(x for x in made.law.left if x.section == section) if made else ()


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


def facts(values: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """What was answered about one booking, as names and texts."""
    return [(words.some("booking", name), _text(value, words)) for name, value in values.items()]
