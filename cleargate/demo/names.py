"""Names of people who never were, put together from syllables, and whatever else is said of them.

No list of real names is used, so a resemblance is an accident of syllables. Telephone numbers lie in
555-0100 to 555-0199, which is kept for fiction; the countries are in no atlas.
"""

from __future__ import annotations

from typing import Final

SURNAME_HEADS: Final = (
    "ald", "ben", "bor", "bra", "cal", "cor", "dal", "den", "dor", "ell", "fen", "gar", "gil",
    "hal", "hol", "jas", "kel", "kor", "lan", "lor", "mar", "mel", "mon", "nor", "oda", "pel",
    "pra", "quin", "ral", "ros", "sal", "sen", "sol", "tal", "tor", "ulm", "var", "ven", "wex", "yor",
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
