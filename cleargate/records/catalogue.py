"""The catalogue: which data sets there are, and each column's type, mask and operators.

It is read from ``catalogue.toml``, once; nothing else says what a column is or which mask it has.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final

from ..model.actions import MASKS
from ..model.errors import FieldError
from ..model.fields import near
from ..model.words import Tri


class Type(StrEnum):
    """What a column holds. Dates and times are ISO text, so that text order is time order."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    POINT = "point"
    NAME = "name"


_RANGE: Final = (">=", "<=", ">", "<", "between")
_ORDERED: Final = {Type.INTEGER, Type.NUMBER, Type.DATE, Type.DATETIME}
OPS: Final[Mapping[str, frozenset[Type]]] = {
    "=": frozenset(Type) - {Type.POINT, Type.NAME},
    "in": frozenset({Type.TEXT, Type.INTEGER}),
    "range": frozenset(_ORDERED),
    "prefix": frozenset({Type.TEXT}),
    "word": frozenset({Type.TEXT}),
    "within": frozenset({Type.POINT, Type.DATE}),
    "alike": frozenset({Type.NAME}),
}
"""The operators that a column may be given, and the types that each makes sense for."""


@dataclass(frozen=True, slots=True)
class BlankWhen:
    """A column must be blank in a row whose ``column`` holds one of ``values``."""

    column: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``catalogue.toml`` says what each attribute means."""

    name: str
    title: str
    type: Type
    mask: str = ""
    ops: tuple[str, ...] = ()
    required: bool = False
    upper: bool = False
    index: bool = False
    values: tuple[str, ...] = ()
    blank_when: BlankWhen | None = None
    of: tuple[str, ...] = ()
    spelled: bool = False

    @property
    def made(self) -> bool:
        """Whether it is made of two others, and neither stored nor sorted by."""
        return self.type in (Type.POINT, Type.NAME)

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators as they are typed: ``range`` is five of them."""
        return tuple(o for op in self.ops for o in (_RANGE if op == "range" else (op,)))

    @property
    def words(self) -> str:
        """The stored column beside this one that holds its words, parted by single blanks."""
        return f"{self.name}__words" if "word" in self.ops else ""

    @property
    def spelling(self) -> str:
        """The stored column beside this one that holds it as ``spelling`` writes names."""
        return f"{self.name}__spelled" if self.spelled else ""


FLAGS: Final = ("sealed", "juvenile", "expunged")
"""The row flags that every data set has and every extract states: law hides what is not ``no``."""

FLAG_COLUMNS: Final = tuple(
    Column(name, name.capitalize(), Type.TEXT, values=tuple(Tri)) for name in FLAGS
)
LABELS: Final = "labels"
ROW_COLUMNS: Final = (
    Column("victim_registered", "Victim registered", Type.TEXT, values=tuple(Tri)),
    Column("origin", "Agency of origin", Type.TEXT),
    Column(LABELS, "Labels", Type.TEXT),
)
"""What else law reads of a row, where an extract states it. Blank: not known; the custodian's own;
none."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One data set: its columns in the order in which they are shown."""

    name: str
    title: str
    key: str
    newer_by: str
    columns: tuple[Column, ...]
    happened: str = ""
    """The column that says when it happened, for rules that read how old a record is."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that the table has; a point or a name is made of two of them."""
        return tuple(c for c in self.columns if not c.made)

    @property
    def masks(self) -> dict[str, str]:
        """Column → mask, for the columns that have one."""
        return {c.name: c.mask for c in self.columns if c.mask}

    def column(self, name: str, field: str = "columns") -> Column:
        """The column ``name``.

        Raises:
            FieldError: there is none; ``field`` is the field of the request that named it.
        """
        found = next((c for c in self.columns if c.name == name), None)
        if found is None:
            raise FieldError(
                field,
                f"'{name}' is not a column of {self.name}{near(name, self.names)} "
                f"Its columns: {', '.join(self.names)}.",
                known=list(self.names),
            )
        return found

    def sorting(self, sort: str) -> tuple[Column, bool]:
        """The column that ``sort`` names, and whether it runs downwards (``-occurred_at``).

        Raises:
            FieldError: there is no such column, or it has no order.
        """
        column = self.column(sort.removeprefix("-"), "sort")
        if column.made:
            raise FieldError("sort", f"'{column.name}' has no order; sort by {self.key}.")
        return column, sort.startswith("-")


def dataset(name: str) -> Dataset:
    """The data set ``name``.

    Raises:
        FieldError: there is none.
    """
    found = CATALOGUE.get(name)
    if found is None:
        raise FieldError(
            "dataset",
            f"'{name}' is not a data set{near(name, CATALOGUE)} Use {', '.join(CATALOGUE)}.",
            known=list(CATALOGUE),
        )
    return found


def read(text: str) -> dict[str, Dataset]:
    """The data sets that the TOML ``text`` describes.

    Raises:
        ValueError: a column, type, mask or operator in it makes no sense.
    """
    return {name: _dataset(name, table) for name, table in tomllib.loads(text).items()}


def _dataset(name: str, table: dict[str, Any]) -> Dataset:
    made = Dataset(
        name=name,
        title=table["title"],
        key=table["key"],
        newer_by=table.get("newer_by", ""),
        columns=tuple(_column(name, c) for c in table["columns"]),
        happened=table.get("happened", ""),
    )
    by_name = {c.name: c for c in made.columns}
    _need(len(by_name) == len(made.columns), name, "names a column twice")
    of_rows = {c.name for c in (*FLAG_COLUMNS, *ROW_COLUMNS)}
    _need(not by_name.keys() & of_rows, name, "names a fact of each row as a column")
    happened = by_name.get(made.happened)
    _need(
        not made.happened or (happened is not None and happened.type in (Type.DATE, Type.DATETIME)),
        name,
        "happened by a column that is no time",
    )
    key = by_name.get(made.key)
    _need(
        key is not None and key.type is Type.TEXT and key.required and not key.mask,
        name,
        "needs a key that is text, required and without a mask",
    )
    newer = by_name.get(made.newer_by)
    _need(
        not made.newer_by or (newer is not None and newer.type in (Type.DATE, Type.DATETIME)),
        name,
        "is newer by a column that is no time",
    )
    for column in made.columns:
        parts = [by_name.get(p) for p in column.of]
        _need(
            all(p is not None and p.mask == column.mask for p in parts),
            f"{name}.{column.name}",
            "is made of a column that is missing or has another mask",
        )
        _need(
            column.type is not Type.NAME or all(p is not None and p.spelled for p in parts),
            f"{name}.{column.name}",
            "is a name of columns that are not spelled",
        )
        when = column.blank_when
        _need(
            when is None or when.column in by_name,
            f"{name}.{column.name}",
            "is blank by a column that is missing",
        )
    return made


def _column(dataset_name: str, table: dict[str, Any]) -> Column:
    where = f"{dataset_name}.{table['name']}"
    when = table.pop("blank_when", None)
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    given["type"] = Type(table["type"])
    made = Column(
        **given,
        blank_when=BlankWhen(when["column"], frozenset(when["values"])) if when else None,
    )
    _need(made.name.isidentifier() and made.name.islower(), where, "is not a plain lower-case name")
    _need(not made.mask or made.mask in MASKS, where, f"has an unknown mask, {made.mask}")
    for op in made.ops:
        _need(op in OPS and made.type in OPS[op], where, f"cannot be searched by {op}")
    _need(made.made == (len(made.of) == 2), where, "needs two parts if a point or a name")
    _need(not made.spelled or made.type is Type.TEXT, where, "is spelled and no text")
    return made


def _need(holds: bool, where: str, fault: str) -> None:
    if not holds:
        raise ValueError(f"catalogue: {where} {fault}")


CATALOGUE: Final[Mapping[str, Dataset]] = read(
    files(__package__).joinpath("catalogue.toml").read_text("utf-8")
)
