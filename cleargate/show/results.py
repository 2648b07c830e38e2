"""What an answer brought: rows with their masked cells, the public table, values, what was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from ..gate.answer import Answer
from .blocks import Block, plain, table

_FEWER: Final = "fewer than {}"
_SECRETS: Final = ("token", "enrolment")


def result(block: Block, answer: Answer) -> None:
    """Add to the block what the answer brought."""
    said = answer.result
    if "rows" in said and "columns" in said:
        _rows(block, answer)
    elif "counts" in said:
        _counts(block, said)
    elif "values" in said:
        block.lines("answer", (f"{n}: {_cell(v)}" for n, v in said["values"].items()))
    elif "allowed" in said:
        block.line("answer", f"{said['allowed']} may be done; nothing was done by this.")
    else:
        block.lines("done", (f"{n}: {v}" for n, v in _flat(said)))


class Rows:
    """Rows as a table of the columns for which there is room; the others are named below it. One
    row alone, where it has no room, is written from top to bottom.

    Args:
        columns: names, in the order in which they were asked for.
        rows: texts, as wide as ``columns``.
    """

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
        self.columns, self.rows = columns, rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        count = len(self.columns)
        while count > 1 and _width(self._table(count), console, options) > options.max_width:
            count -= 1
        if count < len(self.columns) and len(self.rows) == 1:
            yield _record(self.columns, self.rows[0])
            return
        yield self._table(count)
        if left := self.columns[count:]:
            yield Text(
                f"No room for {', '.join(left)}: name what you need with --column, or say --json.",
                style="dim",
            )

    def _table(self, count: int) -> Table:
        made = table(*self.columns[:count])
        for row in self.rows:
            made.add_row(*row[:count])
        return made


def _rows(block: Block, answer: Answer) -> None:
    said = answer.result
    columns = said["columns"]
    if said["rows"]:
        block.add(Rows(columns, [[_shown(cell) for cell in row] for row in said["rows"]]))
    count = len(said["rows"])
    more = "; there are more" if said["next"] else ""
    block.line("rows", f"{count} row{'' if count == 1 else 's'}{more}")
    if said.get("count") is not None:
        block.line("in all", f"{said['count']:,} on all pages together")
    if said["withheld"] is not None:
        block.line("withheld", f"{said['withheld']} more that meet the conditions")
    for mask in dict.fromkeys((m["mask"], m["rows"]) for m in said["masked"]):
        names = [m["column"] for m in said["masked"] if (m["mask"], m["rows"]) == mask]
        where = "" if mask[1] == "all" else ", in some rows"
        block.line("masked", f"{mask[0]}: {', '.join(names)}{where}")
    closed = said["conditions_that_match_nothing"]
    block.lines("", (f"'{c}' matches nothing: its column is masked" for c in closed))
    partly = said["only_where_open"]
    block.lines("", (f"'{c}' reaches only rows in which its column is open" for c in partly))
    for facet in said.get("facets", ()):
        _facet(block, facet)
    block.line("next page", f"--cursor {said['next']}" if said["next"] else "")
    block.lines("notice", said["notices"])


def _facet(block: Block, facet: Mapping[str, Any]) -> None:
    """The numbers by one column, or what closes it."""
    if facet.get("rows") == "all":
        by = "; ".join(facet["by"]) or "no rule opens it"
        block.line("counted", f"not by {facet['column']}: masked, {facet['masked']}: {by}")
        return
    made = table(facet["column"], "rows")
    for value, number in facet["values"]:
        made.add_row(plain(_cell(value)), f"{number:,}")
    block.add(made)
    if facet["more"]:
        block.line("", f"{facet['column']} has more values; these are the most frequent")


def _record(columns: Sequence[str], row: Sequence[Text]) -> Table:
    """One row from top to bottom."""
    made = Table.grid(padding=(0, 2))
    for name, value in zip(columns, row, strict=True):
        made.add_row(Text(name, style="dim"), value)
    return made


def _shown(cell: Any) -> Text:
    if isinstance(cell, Mapping):
        return Text(f"masked: {cell['masked']}", style="dim italic")
    return plain(_cell(cell))


def _counts(block: Block, said: Mapping[str, Any]) -> None:
    made = table("area", *said["months"])
    few = _FEWER.format(said["threshold"])
    for area, counts in zip(said["areas"], said["counts"], strict=True):
        made.add_row(str(area), *(few if n is None else f"{n:,}" for n in counts))
    block.line("table", said["title"])
    block.add(made)
    block.line("note", said["note"])
    block.lines("notice", said["notices"])


def _flat(said: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """What was done as names and values, nothing nested; a secret is never shown."""
    for name, value in said.items():
        if name in _SECRETS or value in ("", None, [], ()):
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        elif isinstance(value, list | tuple) and isinstance(value[0], Mapping):
            for one in value:
                yield f"{above}{_words(name)}", "; ".join(f"{n}: {v}" for n, v in _flat(one))
        elif isinstance(value, list | tuple):
            yield f"{above}{_words(name)}", ", ".join(map(_cell, value))
        else:
            yield f"{above}{_words(name)}", _cell(value)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: object) -> str:
    match value:
        case None:
            return "–"
        case True | False:
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(_cell, value))
    return str(value)


def _width(table: Table, console: Console, options: ConsoleOptions) -> int:
    return Measurement.get(console, options.update(width=10_000), table).maximum
