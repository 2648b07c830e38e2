"""Import on bad days: killed at every point, a full disk, a locked store, two at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cleargate.model.errors import StoreBusy, StoreFull
from cleargate.model.request import Request
from cleargate.records import write
from cleargate.records.store import open_store, schema
from cleargate.storage.database import Database
from cleargate.storage.engine import Store
from cleargate.storage.place import Place, open_at
from tests.extracts import POLICE, Records, clear, robbery
from tests.fakes import NOON, sqlite_of, ticket_of
from tests.places import Places

ROOT = Path(__file__).resolve().parents[2]
ROWS = 3_000  # three blocks

# Run by a process of its own, which is killed (SIGKILL) when it reaches the point.
VICTIM = """
import os, signal, sys
from pathlib import Path
from cleargate.model.request import Request
from cleargate.records import write
from cleargate.records.store import open_store
from cleargate.storage.database import Database
from tests.fakes import NOON, ticket_of

folder, point = Path(sys.argv[1]), sys.argv[2]
place = Database(sys.argv[3]) if sys.argv[3:] else folder / "records.db"

def probe(name):
    if name == point:
        os.kill(os.getpid(), signal.SIGKILL)

request = Request("records:import", "{police}", "ADM", "{police}",
                  subject={{"source": "clear-incidents"}})
write.import_extract(open_store(place), ticket_of(request, 7),
                     folder / "second.csv", at=NOON, rejects=folder / "rejects.csv", probe=probe)
"""


def run_and_kill(folder: Path, point: str, place: Place | None = None) -> int:
    """Import ``second.csv`` in another process that is killed at ``point``."""
    arguments = [str(folder), point, *([place.url] if isinstance(place, Database) else [])]
    script = [sys.executable, "-c", VICTIM.format(police=POLICE), *arguments]
    done = subprocess.run(script, cwd=ROOT, check=False, timeout=120)
    return done.returncode


def second(records: Records) -> Path:
    """An extract that updates every stored row and brings as many new ones."""
    rows = [robbery(n, Block="NEW", Updated_On="2026-01-01T00:00:00") for n in range(ROWS)]
    return records.file(clear([*rows, robbery("bad", Ward="x")]), "second.csv")


def import_second(records: Records, leaf: int = 7) -> write.ImportResult:
    """The same import in this process, as after a restart."""
    request = Request(
        "records:import", POLICE, "ADM", POLICE, subject={"source": "clear-incidents"}
    )
    path = records.folder / "second.csv"
    return write.import_extract(records.store, ticket_of(request, leaf), path, at=NOON)


@pytest.mark.parametrize("point", write.POINTS)
def test_killed_at_any_point_an_import_is_there_whole_or_not_at_all(
    tmp_path: Path, places: Places, point: str
) -> None:
    place = places("records")
    records = Records(tmp_path, place)
    records.take(clear([robbery(n, Block="OLD") for n in range(ROWS // 2)]))
    second(records)
    before = records.rows()
    records.store.close()

    assert run_and_kill(tmp_path, point, place) == -signal.SIGKILL

    records.store = open_store(place)
    if not isinstance(place, Database):
        check = sqlite_of(records.store).execute("PRAGMA integrity_check")
        assert check.fetchone() == ("ok",)
    after = records.rows()
    if point == "committed":
        assert len(after) == ROWS
        assert {r["block"] for r in after} == {"NEW"}
    else:
        assert after == before
    # The gate meets the entry again at start-up, and runs the act again.
    result = import_second(records)
    assert (result.inserted, result.updated, result.rejected) == (ROWS // 2, ROWS // 2, 1)
    assert {r["block"] for r in records.rows()} == {"NEW"}
    assert import_second(records, leaf=8).unchanged == ROWS
    records.close()


def test_after_a_kill_resuming_passes_over_whole_files_and_imports_the_cut_one(
    tmp_path: Path, places: Places
) -> None:
    place = places("records")
    records = Records(tmp_path, place)
    first = records.file(clear([robbery(f"a{n}") for n in range(50)]), "first.csv")
    done = records.take(first)
    second(records)
    records.store.close()
    assert run_and_kill(tmp_path, "block-staged", place) == -signal.SIGKILL

    records.store = open_store(place)
    again = records.take(first, subject={"resume": "yes"})
    assert (again.imported_by, again.rows_read, again.file_digest) == (1, 0, done.file_digest)
    cut = records.take(tmp_path / "second.csv", subject={"resume": "yes"})
    assert (cut.imported_by, cut.inserted, cut.rejected) == (None, ROWS, 1)
    assert records.take(tmp_path / "second.csv", subject={"resume": "yes"}).imported_by == 3
    # Another custodian's, or another file, was not imported before; a trial run is none.
    assert records.take(first, custodian="SHERIFF", subject={"resume": "yes"}).inserted == 50
    third = records.file(clear([robbery("b")]), "third.csv")
    assert records.take(third, subject={"dry_run": "yes"}).inserted == 1
    assert records.take(third, subject={"resume": "yes"}).inserted == 1
    records.close()


def test_a_full_disk_is_named_and_nothing_is_left_behind(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.take(clear([robbery(1)]))
    second(records)
    before = records.rows()
    conn = sqlite_of(records.store)
    (pages,) = conn.execute("PRAGMA page_count").fetchone()
    conn.execute(f"PRAGMA max_page_count={pages + 20:d}")
    with pytest.raises(StoreFull, match="free some disk"):
        import_second(records)
    assert records.rows() == before
    conn.execute("PRAGMA max_page_count=1000000")
    assert import_second(records).inserted == ROWS - 1


@pytest.fixture
def records(tmp_path: Path, places: Places) -> Iterator[Records]:
    with closing(Records(tmp_path, places("records"))) as made:
        yield made


@pytest.fixture
def impatient(tmp_path: Path, places: Places) -> Iterator[Records]:
    """Records whose writers do not wait."""
    with closing(Records(tmp_path, places("records"))) as made:
        made.store.close()
        made.store = open_at(places("records"), schema(), busy_ms=1)
        yield made


@pytest.fixture
def other(impatient: Records, places: Places) -> Iterator[Store]:
    """The same store as another process has it, which does not wait."""
    with closing(open_at(places("records"), schema(), busy_ms=1)) as opened:
        yield opened


def test_a_store_that_another_process_holds_is_named(impatient: Records, other: Store) -> None:
    second(impatient)
    with other.write(), pytest.raises(StoreBusy, match="held by another process"):
        import_second(impatient)
    assert impatient.rows() == []
    assert import_second(impatient).inserted == ROWS


def test_reading_an_extract_keeps_no_other_writer_waiting(impatient: Records, other: Store) -> None:
    second(records := impatient)

    def write_meanwhile(point: str) -> None:
        if point in ("block-staged", "staged"):
            with other.write():
                pass

    request = Request(
        "records:import", POLICE, "ADM", POLICE, subject={"source": "clear-incidents"}
    )
    path = records.folder / "second.csv"
    write.import_extract(records.store, ticket_of(request, 7), path, at=NOON, probe=write_meanwhile)


def test_readers_see_the_old_rows_until_the_new_ones_are_whole(
    records: Records, places: Places
) -> None:
    records.take(clear([robbery(n, Block="OLD") for n in range(100)]))
    second(records)
    reader = open_store(places("records"))
    seen: list[tuple[str, int]] = []

    def look(point: str) -> None:
        count = "SELECT max(block), count(*) FROM incident"
        if point != "block-staged":
            with reader.read() as conn:
                seen.append(conn.execute(count).fetchone())

    request = Request(
        "records:import", POLICE, "ADM", POLICE, subject={"source": "clear-incidents"}
    )
    path = records.folder / "second.csv"
    write.import_extract(records.store, ticket_of(request, 7), path, at=NOON, probe=look)
    assert seen == [("OLD", 100)] * 5 + [("NEW", ROWS)]
    reader.close()


def test_two_imports_at_once_both_get_in(records: Records) -> None:
    faults: list[BaseException] = []

    def take(number: int) -> None:
        rows = [robbery(f"{number}-{n}") for n in range(500)]
        path = records.file(clear(rows), f"{number}.csv")
        request = Request(
            "records:import", POLICE, "ADM", POLICE, subject={"source": "clear-incidents"}
        )
        try:
            write.import_extract(records.store, ticket_of(request, number), path, at=NOON)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=take, args=(n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(records.rows()) == 1000


def test_a_killed_import_leaves_its_temporary_rows_to_nobody(tmp_path: Path) -> None:
    records = Records(tmp_path)
    second(records)
    records.store.close()
    assert run_and_kill(tmp_path, "staged") == -signal.SIGKILL
    files = {f.name for f in tmp_path.iterdir()}
    assert files <= {"records.db", "records.db-wal", "records.db-shm", "second.csv",
                     "extract.csv", "rejects.csv.part"}  # fmt: skip
    assert os.stat(tmp_path / "rejects.csv.part").st_mode & 0o077 == 0
