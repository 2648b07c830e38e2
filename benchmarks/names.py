"""How well and how fast persons are found by a misspelled name, beside pg_trgm and FTS5.

Every person is invented, put together from syllables, with a distribution like that of surnames in
a county: few that many bear, and many that few do. A misspelling is made of a recorded name: one or
two slips of the finger, letters that sound alike, marks dropped or put in, a short form or an
initial for a given name, half of a double surname, surname and given name exchanged. All search the
same rows in the same run with the same questions:

- *cleargate*, on SQLite and PostgreSQL: ``name alike …`` through the one statement, with law;
- *pg_trgm*: ``name % question`` on surname and given names with a GIN index, as its manual says, at
  two thresholds;
- *FTS5*: SQLite's trigram index, the question's trigrams joined by OR, the best 50 or 500 by rank.

Recall: the share of questions whose person is found. Candidates: how many persons an answer has in
all (median, mean); precision against the one sought is recall divided by them. Time: one page of 50
for ours, the whole answer for the peers' (they must rank it), ms.

    python benchmarks/names.py [--persons N] [--questions N]
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from os import getloadavg
from pathlib import Path
from statistics import mean, median, quantiles

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cleargate.demo.people import (  # noqa: E402
    GIVEN_HEADS,
    GIVEN_TAILS,
    SURNAME_HEADS,
    SURNAME_MIDDLES,
    SURNAME_TAILS,
)
from cleargate.model.request import Request  # noqa: E402
from cleargate.records import conditions, names, spelling, statement, write  # noqa: E402
from cleargate.records.catalogue import FLAGS, dataset  # noqa: E402
from cleargate.records.narrow import narrow  # noqa: E402
from cleargate.records.store import open_store  # noqa: E402
from cleargate.storage.engine import Store  # noqa: E402
from tests.extracts import POLICE, law_of  # noqa: E402
from tests.fakes import NOON, ticket  # noqa: E402
from tests.postgres import as_admin, running  # noqa: E402

Person = tuple[str, str, str]
Find = Callable[[str], list[str]]
_MARKS = {"A": "Á", "E": "É", "I": "Í", "O": "Ó", "U": "Ü", "N": "Ñ", "C": "Ç"}
_SOUNDS = (("C", "K"), ("K", "C"), ("S", "Z"), ("Z", "S"), ("V", "B"), ("B", "V"), ("I", "Y"),
           ("Y", "I"), ("F", "PH"), ("LL", "L"), ("L", "LL"), ("EI", "IE"), ("T", "TT"), ("Q", "K"),
           ("NN", "N"), ("N", "NN"), ("W", "WH"), ("O", "OH"))  # fmt: skip
_KEYS = ("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")


def persons(count: int) -> Iterator[Person]:
    """Id, surname, given names."""
    dice = random.Random(11)
    surnames = sorted(
        {
            (dice.choice(SURNAME_HEADS) + dice.choice(SURNAME_MIDDLES)
             + dice.choice(("", "", dice.choice(SURNAME_HEADS)))
             + dice.choice(SURNAME_TAILS)).upper()
            for _ in range(max(2_000, count // 12))
        }
    )  # fmt: skip
    short = [w.split()[0] for w in _lines()]
    givens = short + sorted({(h + t).upper() for h in GIVEN_HEADS for t in GIVEN_TAILS})
    dice.shuffle(surnames)
    many = [1 / (i + 20) for i in range(len(surnames))]
    most = [1 / (i + 8) for i in range(len(givens))]
    firsts = dice.choices(surnames, many, k=count)
    seconds = dice.choices(surnames, many, k=count)
    for number in range(count):
        surname = firsts[number]
        if dice.random() < 0.12:
            surname += dice.choice("- ") + seconds[number]
        given = " ".join(dice.choices(givens, most, k=2 if dice.random() < 0.4 else 1))
        yield f"P{number:08}", surname, given


def _lines() -> list[str]:
    path = ROOT / "cleargate" / "records" / "nicknames.txt"
    lines = path.read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def slip(word: str, dice: random.Random) -> str:
    """One slip of the finger."""
    at = dice.randrange(len(word))
    match dice.randrange(4):
        case 0 if len(word) > 2:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + dice.choice((word[at], _beside(word[at], dice))) + word[at:]
        case 2 if at + 1 < len(word):
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case _:
            return word[:at] + _beside(word[at], dice) + word[at + 1 :]


def _beside(letter: str, dice: random.Random) -> str:
    row = next((r for r in _KEYS if letter in r), "AEIOU")
    at = row.find(letter)
    return dice.choice([row[i] for i in (at - 1, at + 1) if 0 <= i < len(row)] or ["A"])


def misspelled(person: Person, dice: random.Random) -> tuple[str, str]:
    """What kind of mistake, and the question that somebody types."""
    _, surname, given = person
    first = given.split()[0]
    parts = surname.replace("-", " ").split()
    kinds = ["slip"] * 8 + ["sound"] * 3 + ["given slip"] * 2 + ["short form", "initial", "marks"]
    kinds += ["exchanged"] + ["two slips"] * (2 if len(parts[0]) >= 8 else 0)
    kinds += ["half", "half", "joined"] if len(parts) > 1 else []
    kind = dice.choice(kinds)
    one = parts[0]
    match kind:
        case "slip":
            one = slip(one, dice)
        case "two slips":
            one = slip(slip(one, dice), dice)
        case "sound":
            fitting = [(a, b) for a, b in _SOUNDS if a in one]
            a, b = dice.choice(fitting or [(one[-1], one[-1] * 2)])
            one = one.replace(a, b, 1)
        case "given slip":
            first = slip(first, dice) if len(first) > 2 else first
        case "short form":
            first = dice.choice(sorted(spelling.short_forms(first)) or [first])
        case "initial":
            first = first[0]
        case "marks":
            one = "".join(_MARKS.get(c, c) for c in one)
        case "exchanged":
            return kind, f"{first}, {surname}"
        case "half":
            return kind, f"{dice.choice(parts)}, {first}"
        case "joined":
            return kind, f"{''.join(parts)}, {first}"
    return kind, f"{' '.join([one, *parts[1:]])}, {first}"


def cleargate(store: Store) -> tuple[Find, Find]:
    """All that a question finds, and one page of it."""
    law = law_of(("see:identity",))
    of = dataset("person")

    def find(question: str, limit: int) -> list[str]:
        request = Request(
            "search", POLICE, "C", POLICE, dataset="person", limit=limit,
            where=conditions.parse([f"name alike {question}"], of), columns=("id", "name"),
        )  # fmt: skip
        made = narrow(request, law, NOON.date())
        with store.read() as conn:
            where = names.looked_up(conn, statement.conditions(made))
            asked = statement.statement(made, where, store.dialect)
            return [r[0] for r in conn.execute(asked.sql, asked.values(made, where)).fetchall()]

    return (lambda q: find(q, 1_000_000)), (lambda q: find(q, 50))


def pg_trgm(url: str, rows: list[Person], threshold: float) -> Find:
    """The whole name beside the question, as pg_trgm's manual has it."""
    conn = psycopg.connect(url, autocommit=True)
    (there,) = conn.execute("SELECT to_regclass('trgm') IS NOT NULL").fetchone() or (False,)
    if not there:
        conn.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        conn.execute("CREATE TABLE trgm (id text PRIMARY KEY, name text)")
        with conn.cursor().copy("COPY trgm FROM STDIN") as copy:
            for id, surname, given in rows:
                copy.write_row((id, f"{surname}, {given}"))
        conn.execute("CREATE INDEX ON trgm USING gin (name gin_trgm_ops)")
        conn.execute("VACUUM ANALYZE trgm")
    conn.execute(f"SET pg_trgm.similarity_threshold = {threshold:f}")

    def find(question: str) -> list[str]:
        asked = "SELECT id FROM trgm WHERE name % %s ORDER BY similarity(name, %s) DESC"
        return [r[0] for r in conn.execute(asked.replace("% %s", "%% %s"), (question, question))]

    return find


def fts5(path: Path, rows: list[Person]) -> sqlite3.Connection:
    """SQLite's own trigram index."""
    conn = sqlite3.connect(path)
    conn.execute("CREATE VIRTUAL TABLE t USING fts5(id UNINDEXED, name, tokenize='trigram')")
    conn.executemany("INSERT INTO t VALUES (?, ?)", ((i, f"{s}, {g}") for i, s, g in rows))
    conn.execute("INSERT INTO t(t) VALUES ('optimize')")
    conn.commit()
    return conn


def by_trigrams(conn: sqlite3.Connection, most: int) -> Find:
    """The best by rank of those that share a trigram."""

    def find(question: str) -> list[str]:
        grams = {question[i : i + 3] for i in range(len(question) - 2)}
        either = " OR ".join(f'"{g}"' for g in sorted(grams))
        asked = "SELECT id FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?"
        return [r[0] for r in conn.execute(asked, (either, most))]

    return find


def load(store: Store, path: Path, count: int) -> None:
    """Import the persons as anybody does."""
    began = time.perf_counter()
    made = ticket("records:import", 1, {"source": "catalogue"}, custodian=POLICE)
    write.import_extract(store, made, path, at=NOON)
    rate = count / (time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"imported into {store.dialect}: {rate:,.0f} persons/s; memory so far {peak} MB")


def extract(path: Path, rows: Iterator[Person]) -> None:
    """The rows as a file."""
    header = (*(c.name for c in dataset("person").stored), *FLAGS)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(header)
        blank = [""] * (len(header) - 3 - len(FLAGS))
        out.writerows([*p, *blank, *["no"] * len(FLAGS)] for p in rows)


def measure(
    name: str, find: Find, questions: list[tuple[str, str, str]], page: Find | None = None
) -> None:
    """One line."""
    found, sizes, times = 0, [], []
    missed: dict[str, int] = {}
    for id, kind, question in questions:
        began = time.perf_counter()
        (page or find)(question)
        times.append((time.perf_counter() - began) * 1000)
        ids = find(question)
        sizes.append(len(ids))
        found += id in ids
        if id not in ids:
            missed[kind] = missed.get(kind, 0) + 1
    recall = found / len(questions)
    print(
        f"{name:<24} recall {recall:6.1%}  candidates {median(sizes):6.0f} / {mean(sizes):7.0f}  "
        f"precision {recall / max(mean(sizes), 1):.4f}  "
        f"ms median {median(times):6.1f}  95 % {quantiles(times, n=20)[-1]:7.1f}"
        + (f"  missed {missed}" if missed else "")
    )


def main() -> None:
    """Measure all, in turn."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    options.add_argument("--persons", type=int, default=2_000_000)
    options.add_argument("--questions", type=int, default=400)
    given = options.parse_args()
    dice = random.Random(5)
    print(f"{given.persons:,} invented persons; load {getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder, running() as server:
        file = Path(folder) / "persons.csv"
        extract(file, persons(given.persons))
        database = server.new()
        stores = [open_store(Path(folder) / "records.db", create=True), open_store(database)]
        for store in stores:
            load(store, file, given.persons)
        with psycopg.connect(as_admin(database).url, autocommit=True) as admin:
            admin.execute("ANALYZE")
        file.unlink()
        rows = list(persons(given.persons))
        asked = [(p[0], *misspelled(p, dice)) for p in dice.sample(rows, given.questions)]
        for store in stores:
            every, page = cleargate(store)
            measure(f"cleargate, {store.dialect}", every, asked, page)
        for threshold in (0.3, 0.5):
            find = pg_trgm(as_admin(database).url, rows, threshold)
            measure(f"pg_trgm, from {threshold}", find, asked)
        conn = fts5(Path(folder) / "fts.db", rows)
        for most in (50, 500):
            measure(f"FTS5 trigram, best {most}", by_trigrams(conn, most), asked)


if __name__ == "__main__":
    main()
