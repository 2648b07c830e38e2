"""How long a search takes under law, beside its peers on the same rows in the same run.

Run it with ``python benchmarks/filter.py [rows]``; without, 2,000,000 persons on SQLite and on
PostgreSQL. A page has 50 rows; each figure is the median of many turns, in ms. They take turns,
so that what else the machine does meets them alike.

- *no policy*: the same page without any law, which is what one must not ask;
- *by hand*: the same law written as SQL by hand, without and with the four columns of facts that
  Cedar decides again after each page;
- *compiled*: the law of rows, compiled from a book (``law.filter``, ``records.statement``);
- *masked*: compiled, where names hang on the row, cell by cell;
- *row security*: PostgreSQL's row-level security, its policy a function of the row.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from os import getloadavg
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psycopg

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from cleargate.law.book import Book  # noqa: E402
from cleargate.law.facts import Cast  # noqa: E402
from cleargate.law.filter import row_filter  # noqa: E402
from cleargate.model.request import Known, Request  # noqa: E402
from cleargate.model.terms import RowFilter  # noqa: E402
from cleargate.records import conditions, statement  # noqa: E402
from cleargate.records.catalogue import dataset  # noqa: E402
from cleargate.records.narrow import narrow  # noqa: E402
from cleargate.records.store import schema, tables  # noqa: E402
from cleargate.storage import postgres_text  # noqa: E402
from cleargate.storage.engine import Dialect  # noqa: E402
from cleargate.storage.postgres import query  # noqa: E402
from tests.law_texts import AGENCIES, book_of, known  # noqa: E402
from tests.postgres import running  # noqa: E402

TURNS = 60
TODAY = date(2026, 7, 1)
CAST = Cast(AGENCIES)
COLUMNS = ("id", "surname", "given_names", "birth_date", "updated_at")
READS = 'action in [Action::"search", Action::"read", Action::"export"]'
OPEN = f"""
@grant permit (principal, {READS}, resource);
@grant permit (principal, action == Action::"see:birth", resource);
forbid (principal, {READS}, resource)
when {{ context.outside && resource.origin != resource.custodian &&
        !(context.represented in resource.origin) }};
"""
NAMES = '@grant permit (principal, action == Action::"see:identity", resource)'
PLAIN = OPEN + NAMES + ";"
MASKED = OPEN + NAMES + ' when { resource.victim_registered == "no" };'
SELECTIVE = f"""
@grant permit (principal, {READS}, resource) when {{ resource.origin == context.represented }};
@grant permit (principal, action in [Action::"see:identity", Action::"see:birth"], resource);
"""
HAND = """
SELECT id, surname, given_names, birth_date, updated_at FROM person
WHERE custodian = :custodian AND surname = :name
  AND sealed = 'no' AND juvenile = 'no' AND expunged = 'no'
  AND (origin IN ('POLICE', 'FBI') OR origin IS NULL)
ORDER BY id LIMIT 51
"""
CHECKED = HAND.replace("updated_at FROM", "updated_at, expunged, juvenile, origin, sealed FROM")
"""By hand as well, with the facts that Cedar decides again after each page."""

BARE = """
SELECT id, surname, given_names, birth_date, updated_at FROM person
WHERE custodian = :custodian AND surname = :name ORDER BY id LIMIT 51
"""
SECURED = """
SELECT id, surname, given_names, birth_date, updated_at FROM person
WHERE custodian = :custodian ORDER BY id LIMIT 51
"""
POLICY = """
CREATE FUNCTION may_see(sealed text, juvenile text, expunged text, origin text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$ BEGIN
  RETURN sealed = 'no' AND juvenile = 'no' AND expunged = 'no' AND origin = 'FBI';
END $$;
CREATE ROLE asker; GRANT SELECT ON person TO asker;
CREATE POLICY law ON person FOR SELECT TO asker
  USING (may_see(sealed, juvenile, expunged, origin));
"""
"""Row security is switched on after the other statements were measured."""


def persons(count: int) -> Iterator[tuple[Any, ...]]:
    """Rows of the table ``person``, in the order of its columns, the same in every run."""
    dice = random.Random(7)
    for number in range(count):
        born = f"19{dice.randrange(40, 99)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"
        said = {
            "custodian": "POLICE", "id": f"P{number:08}", "surname": f"NAME{dice.randrange(2000)}",
            "given_names": "A B", "given_names__words": " A B ", "birth_date": born,
            "updated_at": "2026-01-01T00:00:00", "leaf": 1,
            "sealed": "yes" if dice.random() < 0.01 else "no",
            "juvenile": "yes" if dice.random() < 0.02 else "no",
            "expunged": "no",
            "victim_registered": "yes" if dice.random() < 0.03 else "no",
            "origin": "FBI" if dice.random() < 0.001 else None,
        }  # fmt: skip
        yield tuple(said.get(c.name) for c in tables()["person"].c)


def law_of(text: str) -> RowFilter:
    """What is left of that book for the FBI."""
    book = book_of(own=text)
    return row_filter(book, book.custodian("POLICE"), CAST, known("search", "FBI"))


def asked(text: str, dialect: Dialect, *where: str) -> tuple[str, dict[str, Any]]:
    """The compiled statement and its parameters."""
    request = Request("search", "FBI", "C", "POLICE", dataset="person", columns=COLUMNS, limit=50,
                      where=conditions.parse(where, dataset("person")))  # fmt: skip
    made = narrow(request, law_of(text), TODAY)
    compared = statement.conditions(made)
    built = statement.statement(made, compared, dialect)
    return built.sql, built.values(made, compared)


Run = Callable[[str, dict[str, Any]], Any]


def compare(run: Run, statements: dict[str, tuple[str, dict[str, Any]]]) -> dict[str, float]:
    """The median of each, in ms, after a first turn that counts for nothing."""
    took: dict[str, list[float]] = {name: [] for name in statements}
    for turn in range(TURNS + 3):
        turned = list(statements.items())
        shift = turn % len(turned)  # whoever asks first for a name finds its pages cold
        for name, (sql, values) in turned[shift:] + turned[:shift]:
            if ":name" in sql:
                values = values | {"name": f"NAME{turn}"}
            elif "v0" in values:
                values = values | {"v0": f"NAME{turn}"}
            begin = perf_counter()
            run(sql, values)
            if turn > 2:
                took[name].append((perf_counter() - begin) * 1000)
    return {name: median(times) for name, times in took.items()}


def measure(run: Run, dialect: Dialect) -> dict[str, float]:
    """The pages by name, and the selective one."""
    one = {"custodian": "POLICE", "name": ""}
    found = compare(run, {
        "no policy": (BARE, one),
        "by hand": (HAND, one),
        "by hand, with the facts": (CHECKED, one),
        "compiled": asked(PLAIN, dialect, "surname = X"),
        "masked": asked(MASKED, dialect, "surname = X"),
    })  # fmt: skip
    return found | compare(run, {"selective, compiled": asked(SELECTIVE, dialect)})


def on_sqlite(count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        conn = sqlite3.connect(Path(folder) / "records.db", isolation_level=None)
        for sql in schema().statements:
            conn.execute(sql)
        marks = ", ".join("?" * len(tables()["person"].c))
        conn.execute("BEGIN")
        conn.executemany(f"INSERT INTO person VALUES ({marks})", persons(count))  # noqa: S608
        conn.execute("COMMIT")
        conn.execute("ANALYZE")
        found = measure(lambda sql, values: conn.execute(sql, values).fetchall(), "sqlite")
        conn.close()
        return found


def on_postgres(count: int) -> dict[str, float]:
    with running(["shared_buffers=512MB", "fsync=off"]) as server:
        where = f"postgresql://postgres@/postgres?host={server.folder}"
        with psycopg.connect(where, autocommit=True, cursor_factory=psycopg.RawCursor) as conn:
            for sql in schema().statements:
                if "person" in sql:
                    conn.execute(postgres_text.table(sql) if "CREATE TABLE" in sql else sql)
            names = ", ".join(tables()["person"].c.keys())
            with conn.cursor().copy(f"COPY person ({names}) FROM STDIN") as copy:
                for row in persons(count):
                    copy.write_row(row)
            conn.execute("VACUUM ANALYZE person")

            def run(sql: str, values: dict[str, Any]) -> Any:
                text, parameters = query(sql)
                return conn.execute(text, [values[p] for p in parameters]).fetchall()

            found = measure(run, "postgresql")
            conn.execute(POLICY)
            conn.execute("ALTER TABLE person ENABLE ROW LEVEL SECURITY")
            conn.execute("SET ROLE asker")
            secured = {"selective, row security": (SECURED, {"custodian": "POLICE"})}
            return found | compare(run, secured)


def compiling() -> float:
    """Making the filter of a book of 100 rules on rows, in ms, the book being read."""
    whens = (
        ("forbid", 'context.outside && resource.labels.contains("a{}")'),
        ("forbid", 'resource.sealed == "yes" && resource.days_old > {}'),
        ("@grant permit", "resource.origin == context.represented && resource.days_old < {}"),
        (
            '@leave("rule-1") permit',
            'resource.victim_registered != "no" && resource.days_old >= {}',
        ),
    )
    shapes = [f"{how} (principal, {READS}, resource) when {{{{ {when} }}}};" for how, when in whens]
    book: Book = book_of(own="\n".join(shapes[n % 4].format(n) for n in range(100)))
    asker: Known = known("search", "FBI")
    custodian = book.custodian("POLICE")
    book.compiled(custodian, "search")
    took = []
    for _ in range(20):
        begin = perf_counter()
        row_filter(book, custodian, CAST, asker)
        took.append((perf_counter() - begin) * 1000)
    return median(took)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    print(f"a filter of 100 rules on rows: {compiling():.1f} ms (bound: 20)")
    for name, work in (("SQLite", on_sqlite), ("PostgreSQL", on_postgres)):
        found = work(count)
        print(f"\n{name}, {count:,} persons, a page of 50; load {getloadavg()[0]:.1f}")
        for what, ms in found.items():
            print(f"  {what:24} {ms:9.3f} ms")
        print(f"  compiled / by hand    {found['compiled'] / found['by hand']:6.2f} (bound 1.10)")
        checked = found["by hand, with the facts"]
        print(f"  compiled / by hand, with the facts {found['compiled'] / checked:.2f}")
        print(f"  compiled / no policy  {found['compiled'] / found['no policy']:6.2f} (bound 1.5)")
        print(f"  masked / compiled     {found['masked'] / found['compiled']:6.2f} (bound 1.4)")
        if secured := found.get("selective, row security"):
            ratio = secured / found["selective, compiled"]
            print(f"  row security / compiled, selective {ratio:6.1f} (bound 10)")


if __name__ == "__main__":
    main()
