"""Searching by a name: what is sought, and the dictionary of the names that are recorded.

The dictionary holds each surname and each word of a given name once, as ``spelling`` writes them,
with the numbers by which those that are alike are found (``spelling.keys``). A search looks the
sought words up in it, leaves those that are not alike, and hands the rest to the one statement as
values. So candidates are taken by distance and never by rank: who else is recorded, and whether law
shows them, changes nothing about whether a person is found. A superfluous word in the dictionary
(of a person who was expunged, until it is forgotten) finds nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ..storage.engine import Connection, Dialect
from . import spelling
from .catalogue import CATALOGUE, Type

if TYPE_CHECKING:
    from .conditions import Comparison

NOTICE: Final = (
    "A name that matches is not an identification: other persons bear it or one like it. Confirm "
    "who it is by other means before acting on it."
)
"""Stands with every answer to a search by name."""

MOST_PARTS: Final = 6

TABLES: Final = (
    """
CREATE TABLE name_text (
  id INTEGER PRIMARY KEY, part TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (part, text)
) STRICT
""",
    """
CREATE TABLE name_key (
  key INTEGER NOT NULL, word INTEGER NOT NULL, PRIMARY KEY (key, word)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE name_bears (
  word INTEGER NOT NULL, text INTEGER NOT NULL, PRIMARY KEY (word, text)
) STRICT, WITHOUT ROWID
""",
)
NAMES: Final = ("name_text", "name_key", "name_bears")

_SURNAME: Final = "surname"
_WORD: Final = "surname word"
_GIVEN: Final = "given word"
"""The parts: a whole surname as ``spelling.spelled`` writes it, its words, words of given names."""

_CHUNK: Final = 5_000
_TEXT: Final = sa.table("name_text", sa.column("id"), sa.column("text", sa.Text()))
_BEARS: Final = sa.table("name_bears", sa.column("word"), sa.column("text"))

Way = tuple[str, tuple[str, ...]]
"""A word as the surname, and the words of which one must stand beside it; none: whatever does."""


def sought(text: str) -> tuple[Way, ...]:
    """The ways in which a record may bear the name ``text``, one of which is enough.

    A comma parts surname and given names: ``GARCIA LOPEZ, MARIA``. They are looked for the other
    way round as well, since that is how they are mistaken on forms. Without a comma, each part may
    be the surname.

    Raises:
        ValueError: there is no word in it, or there are too many; the text says so.
    """
    surname, comma, given = text.partition(",")
    first, second = spelling.parts(surname), spelling.parts(given)
    if not first and not second:
        raise ValueError("holds no name; give one with letters")
    if len(first) + len(second) > MOST_PARTS:
        raise ValueError(f"has too many parts; give at most {MOST_PARTS}")
    if first and second:
        whole = (spelling.spelled(surname) or "").split()
        back = dict.fromkeys((w, tuple(chain(*first))) for w in chain(*second))
        return (*((w, tuple(chain(*second))) for w in whole), *back)
    every = first + second
    if comma or len(every) == 1:
        return tuple((w, ()) for w in (spelling.spelled(text) or "").split())
    return tuple(
        dict.fromkeys(
            (w, tuple(chain(*every[:i], *every[i + 1 :]))) for i, p in enumerate(every) for w in p
        )
    )


def values(text: str) -> tuple[str, ...]:
    """The sought name as parameters of ``condition``, before it was looked up."""
    ways = sought(text)
    made = [json.dumps([w for w, _ in ways])]
    if any(beside for _, beside in ways):
        for word, beside in ways:
            made += [json.dumps([word]), json.dumps(beside), "[]"]
    return tuple(made)


def looked_up(conn: Connection, where: Iterable[Comparison]) -> list[Comparison]:
    """``where`` with the recorded names in place of those that are sought."""
    return [replace(c, values=_values(conn, c)) if c.op == "alike" else c for c in where]


def _values(conn: Connection, comparison: Comparison) -> tuple[str, ...]:
    every, *ways = (json.loads(str(v)) for v in comparison.values)
    sought_beside = dict.fromkeys(chain(*ways[1::3]))
    words = {w: surname_words(conn, w) for w in {*every, *sought_beside}}
    forms = {w: given_forms(conn, w) for w in sought_beside}
    made = [json.dumps(sorted(set(chain(*(words[w] for w in every)))))]
    for (word,), others in zip(ways[::3], ways[1::3], strict=True):
        given = {f" {f} " for w in others for f in forms[w]}
        initials = {f" {w}" for w in others if len(w) == 1}
        parts = {t for w in others for t in words[w].values() if not spelling.alike(word, t)}
        made += [
            json.dumps(sorted(words[word])),
            json.dumps(sorted(given | initials)),
            json.dumps(sorted(f" {part} " for part in parts)),
        ]
    return tuple(made)


def surname_words(conn: Connection, word: str) -> dict[int, str]:
    """Which recorded words of surnames are alike to ``word``, by their numbers."""
    return {n: text for n, text in _candidates(conn, _WORD, word) if spelling.alike(word, text)}


def given_forms(conn: Connection, word: str) -> set[str]:
    """The words that may stand for ``word`` among given names: its initial is one."""
    if len(word) == 1:
        return {word}
    found = {t for _, t in _candidates(conn, _GIVEN, word) if spelling.alike(word, t)}
    return {word, word[0], *found, *spelling.short_forms(word)}


def _candidates(conn: Connection, part: str, word: str) -> list[tuple[int, str]]:
    keys = sorted(_keys(part, word))
    return conn.execute(
        f"""
        SELECT id, text FROM name_text
        WHERE id IN (SELECT word FROM name_key WHERE key IN ({", ".join("?" * len(keys))}))
        """,  # noqa: S608 - only as many marks as there are keys
        keys,
    ).fetchall()


def _keys(part: str, word: str) -> set[int]:
    """Other numbers for each part, so that a word is looked up among its own."""
    return spelling.keys(word, len(part))


def condition(
    surname: sa.ColumnElement[str],
    given: sa.ColumnElement[str],
    bound: list[sa.BindParameter[Any]],
    dialect: Dialect,
) -> sa.ColumnElement[bool]:
    """Whether the spelled columns bear a name that is sought.

    Where no given names are recorded, nothing speaks against a surname that is alike. What is
    sought beside it may be another part of a double surname as well.
    """
    every, *ways = bound
    found = _bears(surname, every, dialect)
    if not ways:
        return found
    each = (
        sa.and_(
            _bears(surname, words, dialect),
            sa.or_(given.is_(None), _holds(given, forms, dialect), _holds(surname, other, dialect)),
        )
        for words, forms, other in zip(ways[::3], ways[1::3], ways[2::3], strict=True)
    )
    return sa.and_(found, sa.or_(*each))


def _holds(
    text: sa.ColumnElement[str], listed: sa.BindParameter[Any], dialect: Dialect
) -> sa.ColumnElement[bool]:
    within = sa.func.instr if dialect == "sqlite" else sa.func.strpos
    every = _values_of(listed, dialect)
    return (
        sa.select(sa.literal_column("1"))
        .select_from(every)
        .where(within(text, every.c.value) > sa.literal_column("0"))
        .exists()
    )


def _bears(
    surname: sa.ColumnElement[str], words: sa.BindParameter[Any], dialect: Dialect
) -> sa.ColumnElement[bool]:
    """Whether a surname has one of ``words``.

    PostgreSQL is given an array, which it makes first and looks up in the index; of a set of rows
    it cannot tell how small it is, and walks the whole table in the order of the keys.
    """
    return _among(surname, _bearing(words, dialect), dialect)


def _among(
    value: sa.ColumnElement[Any], found: sa.Select[Any], dialect: Dialect
) -> sa.ColumnElement[bool]:
    if dialect == "sqlite":
        return value.in_(found)
    return value == sa.func.any(sa.func.array(found.scalar_subquery()))


def _bearing(words: sa.BindParameter[Any], dialect: Dialect) -> sa.Select[Any]:
    """The recorded surnames that have one of ``words``."""
    number: sa.ColumnElement[Any] = _values_of(words, dialect).c.value
    if dialect == "postgresql":
        number = sa.cast(number, sa.BigInteger())
    return (
        sa.select(_TEXT.c.text)
        .join_from(_TEXT, _BEARS, _BEARS.c.text == _TEXT.c.id)
        .where(_among(_BEARS.c.word, sa.select(number), dialect))
    )


def _values_of(bound: sa.BindParameter[Any], dialect: Dialect) -> sa.TableValuedAlias:
    if dialect == "sqlite":
        return sa.func.json_each(bound).table_valued("value")
    return sa.func.json_array_elements_text(sa.cast(bound, postgresql.JSON)).table_valued("value")


def learn_from(conn: Connection, table: str, surname: str, given: str) -> None:
    """Take the names of a table's two spelled columns into the dictionary.

    In the transaction that makes their rows visible, so that nobody is recorded and not found.

    Args:
        table: and the columns: this program's own names.
    """
    every = "SELECT DISTINCT {0} FROM {1} WHERE {0} IS NOT NULL"
    surnames = conn.execute(every.format(surname, table))
    learn(conn, [row[0] for row in surnames], [])
    givens = conn.execute(every.format(given, table))
    learn(conn, [], {word for row in givens for word in row[0].split()})


def learn(conn: Connection, surnames: Iterable[str | None], givens: Iterable[str | None]) -> None:
    """Take names, as ``spelling.spelled`` writes them, into the dictionary."""
    for texts in _chunks(sorted(filter(None, surnames))):
        new = _add(conn, _SURNAME, texts)
        words = {w for text in new for w in text.split()}
        _spell(conn, _WORD, _add(conn, _WORD, words))
        numbers = _numbers(conn, _WORD, words)
        pairs = {(numbers[w], n) for text, n in new.items() for w in text.split()}
        conn.load("name_bears", ("word", "text"), sorted(pairs))
    for texts in _chunks(sorted({w for given in filter(None, givens) for w in given.split()})):
        _spell(conn, _GIVEN, _add(conn, _GIVEN, texts))


def forget(conn: Connection, surname: str) -> None:
    """Take a surname out, and its words, unless another record bears them.

    Words of given names stay: one alone names nobody.
    """
    if _borne(conn, surname):
        return
    (number,) = _numbers(conn, _SURNAME, [surname]).values()
    for word, id in _numbers(conn, _WORD, surname.split()).items():
        conn.execute("DELETE FROM name_bears WHERE word = ? AND text = ?", (id, number))
        left = conn.execute("SELECT 1 FROM name_bears WHERE word = ?", (id,)).fetchone()
        if left is None:
            for key in _keys(_WORD, word):
                conn.execute("DELETE FROM name_key WHERE key = ? AND word = ?", (key, id))
            conn.execute("DELETE FROM name_text WHERE id = ?", (id,))
    conn.execute("DELETE FROM name_text WHERE id = ?", (number,))


def _borne(conn: Connection, surname: str) -> bool:
    for of in CATALOGUE.values():
        for column in of.columns:
            if column.type is Type.NAME:
                spelled = of.column(column.of[0]).spelling
                row = conn.execute(
                    f"""
                    SELECT 1 FROM {of.name} WHERE {spelled} = ?
                    AND custodian IN (SELECT custodian FROM provenance) LIMIT 1
                    """,  # noqa: S608 - names of the catalogue
                    (surname,),
                ).fetchone()
                if row is not None:
                    return True
    return False


def _add(conn: Connection, part: str, texts: Iterable[str]) -> dict[str, int]:
    """Those of ``texts`` that are new, with their numbers."""
    new = sorted(set(texts).difference(_numbers(conn, part, texts)))
    (last,) = conn.execute("SELECT coalesce(max(id), 0) FROM name_text").fetchone()
    numbers = {text: n for n, text in enumerate(new, last + 1)}
    conn.load("name_text", ("id", "part", "text"), ((n, part, t) for t, n in numbers.items()))
    return numbers


def _numbers(conn: Connection, part: str, texts: Iterable[str]) -> dict[str, int]:
    listed = "json_each(:texts)"
    if conn.dialect == "postgresql":
        listed = "json_array_elements_text(CAST(:texts AS JSON))"
    rows = conn.execute(
        f"""
        SELECT text, id FROM name_text
        WHERE part = :part AND text IN (SELECT value FROM {listed})
        """,  # noqa: S608
        {"part": part, "texts": json.dumps(sorted(texts))},
    )
    return dict(rows.fetchall())


def _spell(conn: Connection, part: str, words: dict[str, int]) -> None:
    """The numbers by which new words are found."""
    pairs = {(key, number) for word, number in words.items() for key in _keys(part, word)}
    conn.load("name_key", ("key", "word"), sorted(pairs))


def _chunks(texts: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(texts), _CHUNK):
        yield texts[at : at + _CHUNK]
