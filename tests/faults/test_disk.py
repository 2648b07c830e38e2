"""Disks that fail as real ones do: full, read-only, and with syncs that report an error.

The failing is done by the operating system's own calls, in a library that is compiled here and
loaded before the C library into a process that appends. Nothing in the product knows of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest

from cleargate.log.append import append
from cleargate.log.export import export
from cleargate.log.law_texts import in_folder
from cleargate.log.read import entries
from cleargate.log.verify import verify
from tests import jurisdiction
from tests.conftest import IN_CI
from tests.fakes import decided, new_log
from tests.faults.appending import acknowledged, check, start
from tests.jurisdiction import Jurisdiction

SOURCE = Path(__file__).with_name("faulty_disk.c")
COUNT = 40  # appends of one process when nothing fails


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        if IN_CI:
            pytest.fail("CI needs a C compiler; .ci/run installs it.", pytrace=False)
        pytest.skip("no C compiler: no disk can be made to fail")
    library = tmp_path_factory.mktemp("faulty") / "faulty_disk.so"
    flags = ("-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror")
    subprocess.run([compiler, *flags, "-o", library, SOURCE, "-ldl"], check=True)
    return library


def _env(faulty: Path, kind: str, file: str, begin: int, count: int) -> dict[str, str]:
    return {
        "LD_PRELOAD": str(faulty),
        "FAULT_KIND": kind,
        "FAULT_FILE": file,
        "FAULT_FROM": str(begin),
        "FAULT_COUNT": str(count),
    }


def _run(folder: Path, env: dict[str, str], *more: object) -> tuple[int, int, str]:
    """Append under the fault and check; how many were acknowledged, the exit code, the words."""
    child = start(folder, "--count", COUNT, *more, env=env)
    receipts, said = acknowledged(child)
    # What failed after its commit frame was written may be found committed at the next start: it
    # was not acknowledged, and nothing else was signed in its place.
    assert check(folder, receipts) >= len(receipts)
    return len(receipts), child.returncode, said


@pytest.mark.parametrize(
    ("kind", "begin", "sentence"),
    [
        ("fsync", 20, "see that its disk has room and may be written"),
        ("full", 60, "free some disk"),
        ("read-only", 1, "see that its disk has room and may be written"),
    ],
)
def test_a_disk_that_fails_is_named_and_loses_nothing(
    tmp_path: Path, faulty: Path, kind: str, begin: int, sentence: str
) -> None:
    new_log(tmp_path).close()
    told, code, said = _run(tmp_path, _env(faulty, kind, "log.db", begin, 0))
    assert code == 4
    assert sentence in said
    assert (told > 0) == (kind != "read-only")


@pytest.mark.parametrize("kind", ["fsync", "full"])
def test_a_disk_that_fails_once_goes_on(tmp_path: Path, faulty: Path, kind: str) -> None:
    """The fault ends one request; a second process appends meanwhile and after."""
    new_log(tmp_path).close()
    busy = start(tmp_path, "--count", COUNT, "--threads", 2)
    child = start(tmp_path, "--count", COUNT, env=_env(faulty, kind, "log.db", 30, 1))
    told = [*acknowledged(child)[0], *acknowledged(busy)[0]]
    assert (child.returncode, busy.returncode) == (4, 0)
    assert check(tmp_path, told) >= len(told)


def test_a_guard_whose_disk_is_full_for_a_moment_is_caught_up(tmp_path: Path, faulty: Path) -> None:
    new_log(tmp_path).close()
    told, code, _ = _run(tmp_path, _env(faulty, "full", "/guard", 5, 1))
    assert (code, told) == (0, 80)


def test_a_guard_whose_disk_stays_full_stops_the_log(tmp_path: Path, faulty: Path) -> None:
    new_log(tmp_path).close()
    told, code, said = _run(tmp_path, _env(faulty, "full", "/guard", 5, 0))
    assert code == 4
    assert "make the file writable, with room on its disk" in said
    assert 0 < told < 80


def test_a_clock_that_goes_back_changes_no_order(founded: Jurisdiction, tmp_path: Path) -> None:
    """Entries stand in the order in which they came; their times are what the clock said."""
    here = jurisdiction.copy(founded, tmp_path / "here")
    before = here.parts.log.head().size
    for days in (0, -30, 20, -2):
        here.clock.forward(days=days)
        here.ask("public", "statistics", purpose="PUB")
    log = here.parts.log
    times = [e.leaf.at for e in entries(log, limit=500)[::-1] if e.index >= before]
    assert times != sorted(times)
    export(log, tmp_path / "out", laws=in_folder(here.parts.law))
    assert verify(tmp_path / "out", str(log.verifier)).ok


def test_what_is_no_request_is_counted_on_after_the_clock_went_back(
    founded: Jurisdiction, tmp_path: Path
) -> None:
    here = jurisdiction.copy(founded, tmp_path / "here")
    for days in (0, -400):
        here.clock.forward(days=days)
        size = here.parts.log.head().size
        with pytest.raises(Exception, match="case"):
            here.ask("fbi", "search", purpose="C", attention="A")
        assert here.parts.log.head().size == size + 1


@pytest.mark.long
@pytest.mark.parametrize(("kind", "begin"), list(product(("fsync", "full"), range(2, 102, 2))))
def test_a_disk_that_fails_anywhere_loses_nothing(
    tmp_path: Path, faulty: Path, kind: str, begin: int
) -> None:
    new_log(tmp_path).close()
    env = _env(faulty, kind, "log.db", begin, 1 + begin % 3)
    _run(tmp_path, env, "--threads", 1 + begin % 4, "--law-every", 5)


def test_nothing_fails_without_a_fault(tmp_path: Path, faulty: Path) -> None:
    """The library itself changes nothing: what is seen above is the fault."""
    log = new_log(tmp_path)
    append(log, [decided()])
    log.close()
    told, code, _ = _run(tmp_path, _env(faulty, "fsync", "no such file", 1, 0))
    assert (code, told) == (0, 80)
    assert os.environ.get("LD_PRELOAD", "") != str(faulty)
