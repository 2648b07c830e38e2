"""Turns the texts of an extract into values, column by column, and says what is wrong with a text.

Each column has one converter: text in, value out, or ``ValueError`` with the reason. A block's
column is converted once for each distinct text, since most columns of an extract repeat a few
(a month of 22,912 incidents has 23 districts and 30 types).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from math import inf, isfinite
from typing import Final

from ..model.words import Tri
from .catalogue import Column, Type

Value = str | int | float | None
Converter = Callable[[str], Value]

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DIGITS: Final = "0123456789"
_TO_ZERO: Final = str.maketrans(_DIGITS, "0" * 10)
_INTEGER: Final = re.compile(r"([+-]?[0-9]{1,18})(?:\.0*)?")
_ISO: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?)?"
)
_US: Final = re.compile(
    r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})"
    r"(?: ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))? ([AP])M)?"
)
FORMS: Final = {"iso": "2024-09-01T00:12:00", "us": "09/01/2024 12:12:00 AM"}
"""The forms of date that a source may write, each by an example."""

_WORD: Final = re.compile(r"[^\W_]+")
_TRUTH: Final = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), 1),
    **dict.fromkeys(("false", "f", "no", "n", "0"), 0),
}
_TRI: Final = {"true": Tri.YES, "y": Tri.YES, "false": Tri.NO, "n": Tri.NO} | {t: t for t in Tri}


def converter(column: Column, dates: tuple[str, ...] = ("iso",)) -> Converter:
    """The converter of ``column``.

    Args:
        column: as the catalogue has it.
        dates: the forms of date that the source writes, ``iso`` or ``us``.
    """
    by_type: dict[Type, Converter] = {
        Type.TEXT: _texts(column),
        Type.INTEGER: _integer,
        Type.NUMBER: _number,
        Type.BOOLEAN: _boolean,
        Type.DATE: lambda text: moment(text, dates)[:10],
        Type.DATETIME: lambda text: moment(text, dates),
    }
    make, required = by_type[column.type], column.required

    def convert(text: str) -> Value:
        text = text.strip()
        if text:
            return make(text)
        if required:
            raise ValueError("is blank; every row needs it")
        return None

    return convert


_LABEL: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


def flag(text: str) -> Value:
    """A row flag. A blank is ``unknown``, and a row that is not known to be open is not shown."""
    text = text.strip().lower()
    if text and text not in _TRI:
        raise ValueError("is not yes, no or unknown")
    return _TRI.get(text, Tri.UNKNOWN).value


def is_label(text: str) -> bool:
    """Whether a record can have that label."""
    return bool(_LABEL.fullmatch(text))


def labels(text: str) -> Value:
    """Handling marks parted by blanks, as ``" juvenile-court grand-jury "``; None for none.

    Raises:
        ValueError: one is not of small letters, digits and hyphens.
    """
    found = sorted(set(text.split()))
    if not all(map(is_label, found)):
        raise ValueError("has a label that is not of small letters, digits and hyphens")
    return f" {' '.join(found)} " if found else None


def moment(text: str, dates: tuple[str, ...] = ("iso",)) -> str:
    """A date, with or without a time, as ``2024-09-01T00:12:00``; fractions of a second are cut.

    Raises:
        ValueError: it has none of the forms, or is not in the calendar.
    """
    if "iso" in dates and (m := _ISO.fullmatch(text)):
        return _calendar(f"{m[1]}T{m[2] or '00:00'}:{m[3] or '00'}")
    if "us" in dates and (m := _US.fullmatch(text)):
        return _calendar(_us_as_iso(m))
    raise ValueError(f"is not a date of the form {' or '.join(FORMS[d] for d in dates)}")


def words(text: Value) -> str | None:
    """The words of a text in capitals, parted and surrounded by single blanks: ``" HANDS FISTS "``.

    So a whole word is found by ``LIKE '% WORD %'``; and as no other character is left, neither
    ``%`` nor ``_`` can be in it.
    """
    if not isinstance(text, str):
        return None
    return f" {' '.join(_WORD.findall(text.upper()))} "


def whole(column: Column, texts: list[str]) -> list[Value] | None:
    """A whole column at once, where nearly all its texts differ and all are in plain form.

    Each check is one call on the joined texts, so that the cost per text is that of ``float`` or
    ``str.strip`` alone: half the time of an import's checks.

    Returns:
        what the column's ``converter`` makes of each text, or None where it must be asked.
    """
    joined = "".join(texts)
    match column.type:
        case Type.NUMBER:
            values = _whole_numbers(texts, joined)
        case Type.DATETIME:
            values = _whole_times(texts, joined)
        case Type.TEXT if not column.values:
            plain = joined.isprintable() and not (column.upper and joined != joined.upper())
            values = [text.strip() or None for text in texts] if plain else None
        case _:
            return None
    return None if values is None or (column.required and None in values) else values


def _whole_numbers(texts: list[str], joined: str) -> list[Value] | None:
    # What float() takes beyond plain decimals has one of these in it, or is very long.
    if not joined.isascii() or any(odd in joined for odd in "_nNeE"):
        return None
    if max(map(len, texts), default=0) > 30:
        return None
    try:
        return [float(text) if text else None for text in texts]
    except ValueError:
        return None


def _whole_times(texts: list[str], joined: str) -> list[Value] | None:
    for form in ("0000-00-00T00:00:00", "0000-00-00T00:00:00.000"):
        if joined.translate(_TO_ZERO) == form * len(texts):
            try:
                for text in texts:
                    datetime.fromisoformat(text)
            except ValueError:
                return None
            return [text[:19] for text in texts]
    return None


def _texts(column: Column) -> Converter:
    upper, values = column.upper, column.values

    def convert(text: str) -> str:
        if not text.isprintable() and _CONTROL.search(text):
            raise ValueError("holds a control character")
        if upper:
            text = text.upper()
        if values and text not in values:
            raise ValueError(f"is none of {', '.join(values)}")
        return text

    return convert


def _integer(text: str) -> int:
    if len(text) <= 18 and text.isascii() and text.isdigit():
        return int(text)
    m = _INTEGER.fullmatch(text)
    if m is None:
        raise ValueError("is not a whole number")
    return int(m[1])


def _number(text: str) -> float:
    # float() alone would also take "nan", "infinity", "1_000" and other scripts' digits.
    try:
        value = float(text) if not text.strip(_DIGITS + "+-.eE") else inf
    except ValueError:
        value = inf
    if not isfinite(value):
        raise ValueError("is not a number")
    return value


def _boolean(text: str) -> int:
    value = _TRUTH.get(text.lower())
    if value is None:
        raise ValueError("is not true or false")
    return value


def _us_as_iso(m: re.Match[str]) -> str:
    hour = int(m[4] or 12)
    if not 1 <= hour <= 12:
        raise ValueError("is not a time of day")
    hour = hour % 12 + (12 if m[7] == "P" else 0)
    return f"{m[3]}-{m[1]:0>2}-{m[2]:0>2}T{hour:02}:{m[5] or '00'}:{m[6] or '00'}"


def _calendar(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is a date or time that does not exist") from None
    return text
