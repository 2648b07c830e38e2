"""A block of texts as rows for the staging table, and the rows of it that are wrong."""

from __future__ import annotations

from collections.abc import Callable

from . import checks
from .reader import Block
from .rejects import Reject
from .sources import Plan, Reading
from .spelling import spelled

Row = tuple[checks.Value, ...]


class Converter:
    """Converts the blocks of one extract by its plan.

    Attributes:
        columns: names of the staged values, in their order: each column that the extract has, and
            behind it what is kept beside it to search it by.
    """

    def __init__(self, plan: Plan, header: tuple[str, ...]) -> None:
        self._plan, self._header = plan, header
        self.columns = tuple(
            name
            for r in plan.readings
            for name in (r.column.name, r.column.words, r.column.spelling)
            if name
        )

    def __call__(self, block: Block) -> tuple[list[Row], list[Reject]]:
        """The rows that can be staged, and the block's rejects, by line."""
        wrong: dict[int, Reject] = {}
        by_column: list[list[checks.Value]] = []
        for reading in self._plan.readings:
            values = self._column(reading, block, wrong)
            by_column.append(values)
            if reading.column.words:
                by_column.append(_each(checks.words, values))
            if reading.column.spelling:
                by_column.append(_each(spelled, values))
        self._check_blanks(block, by_column, wrong)
        rows = list(zip(*by_column, strict=True))
        if wrong:
            rows = [row for i, row in enumerate(rows) if i not in wrong]
        return rows, sorted([*block.rejects, *wrong.values()], key=lambda r: r.line)

    def _column(
        self, reading: Reading, block: Block, wrong: dict[int, Reject]
    ) -> list[checks.Value]:
        texts = _texts(reading, block)
        if reading.plain and _mostly_differ(texts):
            whole = checks.whole(reading.column, texts)
            if whole is not None:
                return whole
        values: dict[str, checks.Value] = {}
        faults: dict[str, str] = {}
        for text in set(texts):
            try:
                values[text] = reading.convert(text)
            except ValueError as fault:
                values[text], faults[text] = None, str(fault)
        if faults:
            for i, text in enumerate(texts):
                if text in faults and i not in wrong:
                    wrong[i] = self._reject(block, i, reading, faults[text])
        return list(map(values.__getitem__, texts))

    def _check_blanks(
        self, block: Block, by_column: list[list[checks.Value]], wrong: dict[int, Reject]
    ) -> None:
        for reading in self._plan.readings:
            when = reading.column.blank_when
            if when is None or when.column not in self.columns:
                continue
            values = by_column[self.columns.index(reading.column.name)]
            others = by_column[self.columns.index(when.column)]
            for i, (value, other) in enumerate(zip(values, others, strict=True)):
                if value is not None and other in when.values and i not in wrong:
                    reason = f"must be blank where {when.column} is {other}"
                    wrong[i] = self._reject(block, i, reading, reason)

    def _reject(self, block: Block, i: int, reading: Reading, reason: str) -> Reject:
        row = tuple(block.rows[i])
        return Reject(block.lines[i], self._header[reading.place], reason, row)


def _texts(reading: Reading, block: Block) -> list[str]:
    place = reading.place
    if reading.year_place is None:
        return [row[place] for row in block.rows]
    year = reading.year_place
    return [f"{row[year].strip()[:4]}-{row[place].strip()}" for row in block.rows]


def _mostly_differ(texts: list[str]) -> bool:
    return len(set(texts[:64])) > 32


def _each(
    make: Callable[[checks.Value], checks.Value], values: list[checks.Value]
) -> list[checks.Value]:
    known = {value: make(value) for value in set(values)}
    return list(map(known.__getitem__, values))
