"""How names are written so that they can be compared, and when two of them are alike.

A pure module: no rank and no score comes out of it. Two words are alike or they are not, by a rule
of few lines, and what is alike is a reason to look at two records, never to take them for one
person. The steps, and where they come from:

* marks, case, hyphens and apostrophes are dropped (Unicode NFKD, combining marks left out);
* particles (``DE LA``, ``VAN DER``) are joined to what follows, and left out by themselves;
* words are alike when few edits part them (optimal string alignment: insertions, deletions,
  substitutions, neighbors transposed), or when they sound alike and are nearly so;
* given names are also alike by the short forms in ``nicknames.txt``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain
from typing import Final
from zlib import crc32

from rapidfuzz.distance import OSA

WHOLE: Final = "+"
"""Stands before several parts written as one word, which are alike only to the same letters."""

LONGEST: Final = 32
"""Letters of a word that count; no name that law enforcement meets is told apart behind them."""

_PLAIN: Final = str.maketrans(
    {"ß": "SS", "ẞ": "SS", "Æ": "AE", "Œ": "OE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH"}
)
_APOSTROPHES: Final = re.compile("['`\u2018\u2019\u00b4\u02bc]")
_WORD: Final = re.compile(r"[^\W_]+")
_PARTICLES: Final = frozenset(
    re.findall(
        r"\w+",
        "DE DEL LA LAS LOS Y VAN VON DER DEN TER ZU DI DA DO DOS DAS DU LE EL AL BIN BINT IBN ABU "
        "MC MAC SAN SANTA ST",
    )
)
_SUFFIXES: Final = frozenset(["JR", "SR", "II", "III", "IV"])
_ONE_EDIT: Final = 3
_TWO_EDITS: Final = range(8, 13)
"""Letters in the longer of two words, for so many edits. What is longer yet is mostly two names."""

_SOUND_EDITS: Final = 3
_LEAST_SOUND: Final = 3
_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"PH", "F"), (r"GH(?=T|$)", ""), (r"^KN", "N"), (r"^WR", "R"), (r"SCH", "S"),
        (r"SH", "S"), (r"C(?=[EIY])", "S"), (r"CK", "K"), (r"QU", "K"), (r"[CQ]", "K"),
        (r"[ZX]", "S"), (r"V", "B"), (r"LL", "L"), (r"G(?=[EIY])", "J"), (r"D(?=T)", ""),
        (r"(?<!^)[AEIOUYWH]", ""), (r"^[AEIOUYWH]+", "A"), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip


@lru_cache(maxsize=65_536)
def parts(text: str) -> tuple[tuple[str, ...], ...]:
    """The parts of a name as they are compared, each with its particles and without, in order.

    ``"de la Cruz-Núñez"`` gives ``(CRUZ, DELACRUZ)`` and ``(NUNEZ,)``.
    """
    found: list[tuple[str, ...]] = []
    before: list[str] = []
    for word in _words(text):
        if word in _PARTICLES:
            before.append(word)
            continue
        joined = ("".join((*before, word))[:LONGEST],) if before else ()
        found.append((word[:LONGEST], *joined))
        before = []
    if before:
        found.append(("".join(before)[:LONGEST],))
    return tuple(found)


@lru_cache(maxsize=65_536)
def spelled(text: object) -> str | None:
    """A recorded name as it is stored beside: its words, and all of it as one, parted by blanks.

    ``"García López"`` gives ``" GARCIA LOPEZ +GARCIALOPEZ "``, so that one half finds it, and the
    whole written as one word; that must be the very same. None where there is no name.
    """
    if not isinstance(text, str) or not (found := parts(text)):
        return None
    every = dict.fromkeys(chain(*found))
    whole = "".join(_words(text))[:LONGEST]
    return f" {' '.join(every if whole in every else (*every, WHOLE + whole))} "


def alike(one: str, other: str) -> bool:
    """Whether two words, as ``parts`` gives them, are alike."""
    if one == other:
        return True
    if one.startswith(WHOLE) or other.startswith(WHOLE):
        return one.removeprefix(WHOLE) == other.removeprefix(WHOLE)
    edits = OSA.distance(one, other, score_cutoff=_SOUND_EDITS)
    if edits <= _edits(max(len(one), len(other))):
        return True
    return edits <= _SOUND_EDITS and len(heard := sound(one)) >= _LEAST_SOUND and (
        heard == sound(other)
    )  # fmt: skip


def keys(word: str, seed: int = 0) -> set[int]:
    """Numbers of which two words that are alike share at least one.

    The word without any one letter, or any two where it is long: within so many edits, each word
    comes to the same rest (W. Garbe's symmetric deletion); and how it sounds. Two words may share a
    number and not be alike: ``alike`` says.
    """
    if word.startswith(WHOLE):
        return {crc32(word.removeprefix(WHOLE).encode(), seed)}
    rests = {word}
    last = rests
    for _ in range(_edits(len(word))):
        last = {rest[:i] + rest[i + 1 :] for rest in last for i in range(len(rest))}
        rests |= last
    made = {crc32(rest.encode(), seed) for rest in rests}
    if len(heard := sound(word)) >= _LEAST_SOUND:
        made.add(crc32(f"~{heard}".encode(), seed))
    return made


@lru_cache(maxsize=4_096)
def short_forms(word: str) -> frozenset[str]:
    """What may stand for a given name, or what it may stand for, besides what is alike."""
    table = _nicknames()
    near = (name for name in table if alike(word, name))
    return frozenset(form for name in near for form in table[name]) - {word}


@lru_cache(maxsize=65_536)
def sound(word: str) -> str:
    """The consonants of a word as English and Spanish speakers mistake them for one another."""
    for pattern, put in _SOUNDS:
        word = pattern.sub(put, word)
    return word


def _words(text: str) -> Iterator[str]:
    plain = _APOSTROPHES.sub("", text.upper().translate(_PLAIN))
    letters = unicodedata.normalize("NFKD", plain)
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    found = _WORD.findall(plain.upper())
    yield from (w for i, w in enumerate(found) if not i or w not in _SUFFIXES)


def _edits(letters: int) -> int:
    return 2 if letters in _TWO_EDITS else 1 if letters >= _ONE_EDIT else 0


@cache
def _nicknames() -> dict[str, frozenset[str]]:
    """Name → its short forms, and short form → its names and their other forms."""
    groups: dict[str, set[str]] = {}
    lines = files(__package__).joinpath("nicknames.txt").read_text("utf-8").splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            name, *short = line.split()
            for form in short:
                groups.setdefault(name, set()).add(form)
                groups.setdefault(form, set()).add(name)
    return {name: frozenset(forms) for name, forms in groups.items()}
