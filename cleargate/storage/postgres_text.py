"""The one SQL text of the stores, as PostgreSQL reads it.

Statements are written with ``?`` or ``:name`` for values, and tables with the four types of
SQLite's STRICT tables. Both are translated here, once for each text, so that no store has a second
text that could come to mean something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from .engine import Parameters

# What is no place for a value: texts, quoted names, comments and casts are skipped whole.
_MARKS: Final = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | :: |"""
    r""" (?P<place>\?) | (?<![\w:]):(?P<name>[A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL,
)

# Text is compared byte by byte, as SQLite does it, whatever the database's own collation is.
_WORDS: Final = {
    "TEXT": 'TEXT COLLATE "C"',
    "INTEGER": "BIGINT",
    "REAL": "DOUBLE PRECISION",
    "BLOB": "BYTEA",
    "STRICT": "",
    "WITHOUT ROWID": "",
}
_WORD: Final = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\b(?P<word>""" + "|".join(_WORDS) + r")\b"
)


@lru_cache(maxsize=4096)
def query(sql: str) -> tuple[str, tuple[str, ...]]:
    """``sql`` with ``$1``, ``$2`` … and, where its values have names, their order."""
    names: list[str] = []
    places = 0

    def numbered(found: re.Match[str]) -> str:
        nonlocal places
        if found["place"]:
            places += 1
            return f"${places}"
        if (name := found["name"]) is None:
            return found[0]
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _MARKS.sub(numbered, sql), tuple(names)


def values(names: tuple[str, ...], given: Parameters) -> Sequence[Any]:
    """``given`` in the order in which ``query`` numbered it."""
    if isinstance(given, Mapping):
        return [given[name] for name in names]
    return given


def table(statement: str) -> str:
    """A ``CREATE`` statement with PostgreSQL's types."""
    return _WORD.sub(lambda found: _WORDS.get(found["word"], found[0]), statement).rstrip(" \n,")
