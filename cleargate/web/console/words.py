"""One catalogue of the words of the pages, in English and Spanish.

``words.toml`` holds each word once as ``[English, Spanish]``; a word that depends on a number has
two keys, ``.one`` and ``.many``. What the law says (summaries, citations) and what the gate says of
a mistake is shown as it was written, marked as English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

LANGUAGES: Final = ("en", "es")


@cache
def catalogue() -> Mapping[str, tuple[str, ...]]:
    """Every key with its words, in the order of ``LANGUAGES``."""
    text = files(__package__).joinpath("words.toml").read_text("utf-8")
    return dict(_flat(tomllib.loads(text), ""))


class Words:
    """The catalogue in one language; ``zone`` is that of the times.

    Calling it gives a word: ``words("ask.title", number="3")``.
    """

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self.language, self.zone = language, zone
        self._place = LANGUAGES.index(language)

    def __call__(self, key: str, **values: object) -> str:
        return catalogue()[key][self._place].format(**values)

    def some(self, key: str, given: str, **values: object) -> str:
        """The word for ``given``, which may be one that no catalogue has: then as it is."""
        whole = f"{key}.{given}"
        return self(whole, **values) if whole in catalogue() else given.replace("_", " ")

    def count(self, key: str, number: int, **values: object) -> str:
        """A word with a number in it."""
        form = "one" if number == 1 else "many"
        return self(f"{key}.{form}", n=f"{number:,}", **values)

    def day(self, at: datetime) -> str:
        """``2 July 2026``."""
        local = at.astimezone(self.zone)
        return self("time.day", d=local.day, month=self(f"month.{local.month}"), y=local.year)

    def short_day(self, at: datetime) -> str:
        """``2 Jul``."""
        local = at.astimezone(self.zone)
        return f"{local.day} {self(f'month.{local.month}')[:3]}"

    def clock(self, at: datetime) -> str:
        """``10:42:07 CDT``."""
        return f"{at.astimezone(self.zone):%H:%M:%S %Z}"

    def moment(self, at: datetime) -> str:
        """``2 July 2026, 10:42:07 CDT``."""
        return f"{self.day(at)}, {self.clock(at)}"

    def weekday(self, at: datetime) -> str:
        """``Thursday 2 July 2026, 10:42 CDT``."""
        local = at.astimezone(self.zone)
        day = self(f"weekday.{local.isoweekday()}")
        return f"{day} {self.day(at)}, {local:%H:%M %Z}"

    def short_weekday(self, at: datetime) -> str:
        """``Thu 2 Jul 10:42 CDT``."""
        local = at.astimezone(self.zone)
        day = self(f"weekday.{local.isoweekday()}")[:3]
        return f"{day} {self.short_day(at)} {local:%H:%M %Z}"

    def short(self, at: datetime) -> str:
        """``2 Jul 10:42``; the zone stands in the head of the column."""
        return f"{self.short_day(at)} {at.astimezone(self.zone):%H:%M}"


def _flat(table: Mapping[str, Any], above: str) -> list[tuple[str, tuple[str, ...]]]:
    found: list[tuple[str, tuple[str, ...]]] = []
    for name, value in table.items():
        if isinstance(value, list):
            found.append((f"{above}{name}", tuple(value)))
        else:
            found += _flat(value, f"{above}{name}.")
    return found
