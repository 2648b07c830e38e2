"""People who never were: names put together from syllables, and whatever else is said of them.

No list of real names is used, so a resemblance is an accident of syllables. Telephone numbers lie
in 555-0100 to 555-0199, which is kept for fiction; the countries are in no atlas.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from .places import DIRECTIONS, STREETS

SURNAME_HEADS: Final = (
    "ald", "ben", "bor", "bra", "cal", "cor", "dal", "den", "dor", "ell", "fen", "gar", "gil",
    "hal", "hol", "jas", "kel", "kor", "lan", "lor", "mar", "mel", "mon", "nor", "oda", "pel",
    "pra", "quin", "ral", "ros", "sal", "sen", "sol", "tal", "tor", "ulm", "var", "ven", "wex",
    "yor",
)  # fmt: skip
SURNAME_MIDDLES: Final = ("", "", "", "a", "e", "i", "o", "an", "en", "ir", "ov")
SURNAME_TAILS: Final = (
    "ack", "ado", "am", "ano", "ard", "bek", "brook", "by", "cott", "dell", "der", "dry", "egan",
    "elo", "ez", "field", "ford", "grove", "ham", "ick", "ido", "ina", "ish", "kin", "lund", "mere",
    "mont", "na", "ner", "oku", "onde", "quist", "ridge", "ska", "sky", "stead", "ton", "ura",
    "vale", "ward", "wick", "zar",
)  # fmt: skip
GIVEN_HEADS: Final = (
    "ada", "al", "ami", "bela", "bri", "ca", "cori", "da", "deli", "e", "eli", "fa", "flo", "ga",
    "hani", "i", "jo", "ka", "keli", "la", "levi", "ma", "mira", "na", "noe", "o", "pe", "ra",
    "rosa", "sa", "selo", "ta", "teo", "u", "va", "wil", "xa", "yo", "za", "zeno",
)  # fmt: skip
GIVEN_TAILS: Final = (
    "bel", "bert", "bin", "da", "dan", "do", "fin", "gan", "ka", "lan", "lia", "lin", "lo", "mar",
    "men", "mi", "na", "nia", "nor", "ra", "ric", "rin", "ro", "sha", "son", "ta", "tin", "vin",
    "wen", "ya",
)  # fmt: skip

COUNTRIES: Final = ("ASTAVIA", "BORNMARK", "CALDERA", "DOVENIA", "ELMAR", "FARLAND", "NORVESK",
                    "OSTERA", "SANTERO", "TALMARCH")  # fmt: skip
STATUSES: Final = ("NOT ASKED", "PERMANENT RESIDENT", "VISA HOLDER", "APPLICATION PENDING",
                   "NOT KNOWN")  # fmt: skip
STATUS_WEIGHTS: Final = (70, 12, 8, 5, 5)

LAST_BIRTHDAY: Final = date(2012, 12, 31)
ADULT_SINCE: Final = date(2007, 12, 31)
"""Whoever was born later is a juvenile in the county's year, 2025."""

KNOWN: Final = 2_000
"""Persons who appear again and again."""

Flags = tuple[str, str, str]
"""Sealed, juvenile, expunged."""


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the persons' extract; ``values`` stand in the header's order, after the id."""

    id: str
    surname: str
    given_names: str
    born: date
    rest: tuple[str, ...]
    flags: Flags

    @property
    def listed_name(self) -> str:
        return f"{self.surname}, {self.given_names}"

    @property
    def row(self) -> tuple[str, ...]:
        """The row of the extract."""
        return (
            self.id, self.surname, self.given_names, self.born.isoformat(), *self.rest, *self.flags,
        )  # fmt: skip


class People:
    """Makes persons, and finds one again now and then: some appear in many incidents."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.all: list[Person] = []
        while len(self.all) < KNOWN:
            self._new()

    def someone(self, again: float, besides: Collection[str] = ()) -> Person:
        """A new person, or with chance ``again`` one of the known; none of the ids ``besides``."""
        rng = self._rng
        while rng.random() < again:
            # The square prefers the first ones, so that a few people appear often.
            known = self.all[int(rng.random() ** 2 * KNOWN)]
            if known.id not in besides:
                return known
        return self._new()

    def _new(self) -> Person:
        rng = self._rng
        surname = (
            rng.choice(SURNAME_HEADS) + rng.choice(SURNAME_MIDDLES) + rng.choice(SURNAME_TAILS)
        )
        if rng.random() < 0.03:
            surname += "-" + rng.choice(SURNAME_HEADS) + rng.choice(SURNAME_TAILS)
        given = rng.choice(GIVEN_HEADS) + rng.choice(GIVEN_TAILS)
        if rng.random() < 0.25:
            given += " " + rng.choice(GIVEN_HEADS) + rng.choice(GIVEN_TAILS)
        born = LAST_BIRTHDAY - timedelta(days=int(rng.betavariate(1.6, 2.8) * 29000))
        juvenile = "yes" if born > ADULT_SINCE else "no"
        person = Person(
            id=f"P{100_001 + len(self.all)}",
            surname=surname.upper(),
            given_names=given.upper(),
            born=born,
            rest=(self._address(), self._phone(), *self._origin(), self._updated()),
            flags=("yes" if rng.random() < 0.004 else "no", juvenile, "no"),
        )
        self.all.append(person)
        return person

    def _address(self) -> str:
        rng = self._rng
        if rng.random() < 0.04:
            return ""
        return f"{rng.randrange(1, 9900)} {rng.choice(DIRECTIONS)} {rng.choice(STREETS)}"

    def _phone(self) -> str:
        return f"555-01{self._rng.randrange(100):02}" if self._rng.random() < 0.8 else ""

    def _origin(self) -> tuple[str, str, str]:
        """Citizenship, country of birth, immigration status; mostly nobody wrote them down."""
        rng = self._rng
        if rng.random() < 0.6:
            return ("", "", "NOT ASKED" if rng.random() < 0.5 else "")
        if rng.random() < 0.75:
            return ("UNITED STATES", "UNITED STATES", "")
        country = rng.choice(COUNTRIES)
        return (country, country, rng.choices(STATUSES, STATUS_WEIGHTS)[0])

    def _updated(self) -> str:
        at = datetime(2025, 1, 1) + timedelta(minutes=self._rng.randrange(365 * 1440))  # noqa: DTZ001
        return at.isoformat()
