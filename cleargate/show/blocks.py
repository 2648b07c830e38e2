"""The form of every block: a head line, and below it lines with a name in front."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..model.fields import printable

_NAME: Final = 9
"""Characters of the names in front."""


class Block:
    """A block while it is written, from top to bottom. Lines that say nothing are left out."""

    def __init__(self, head: str) -> None:
        self._head = Text(head, style="bold")
        self._parts: list[RenderableType] = []
        self._grid: Table | None = None

    def line(self, name: str, *said: str | Text) -> None:
        """The texts one below the other; the name stands before the first."""
        for text in said:
            if text:
                if self._grid is None:
                    self._grid = _grid()
                    self._parts.append(self._grid)
                self._grid.add_row(Text(name, style="dim"), plain(text))
                name = ""

    def lines(self, name: str, said: Iterable[str | Text]) -> None:
        """``line``, for many."""
        self.line(name, *said)

    def add(self, *parts: RenderableType) -> None:
        """Anything else; lines after it stand below it."""
        self._parts += parts
        self._grid = None

    def done(self) -> Group:
        """The block, and a blank line after it."""
        return Group(self._head, *(Padding(p, (0, 0, 0, 2)) for p in self._parts), Text())


def plain(text: str | Text) -> Text:
    """Text as it is: what comes from stores and papers is read neither as markup nor as control."""
    return text if isinstance(text, Text) else Text(printable(text))


def joined(*parts: str) -> str:
    """Those parts that are not empty, parted by semicolons."""
    return "; ".join(part for part in parts if part)


def two_lines(first: str, *second: str) -> Iterator[Text]:
    """A line, and below it what is said of it, dim."""
    yield plain(first)
    small = " · ".join(part for part in second if part)
    if small:
        yield Text(f"  {printable(small)}", style="dim")


def table(*columns: str) -> Table:
    """An empty table with a line under its head."""
    made = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in columns:
        made.add_column(Text(name), overflow="fold")
    return made


def _grid() -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=_NAME, no_wrap=True)
    grid.add_column(overflow="fold")
    return grid
