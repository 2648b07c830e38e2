"""The export is taken by programs that this project did not write: Go's own packages for notes and
transparency logs. Where Go is not there the test is skipped; continuous integration has it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cleargate.log.succession import Keyring
from tests.exported import EVERYTHING, SIZE, filled, write

HERE = Path(__file__).parent
GO_CODE = Path("/usr/share/gocode")
"""Where Debian's golang-golang-x-mod-dev puts ``golang.org/x/mod``."""

if not (shutil.which("go") and (GO_CODE / "src/golang.org/x/mod/sumdb").is_dir()):
    if os.environ.get("CI"):
        pytest.fail("Go and golang-golang-x-mod-dev are missing; .ci/run installs them.", False)
    pytest.skip("Go and golang-golang-x-mod-dev are not here", allow_module_level=True)


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, compiled without a network."""
    folder = tmp_path_factory.mktemp("go")
    environment = {
        "PATH": os.environ["PATH"],
        "GOPATH": str(GO_CODE),
        "GO111MODULE": "off",
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
    }
    line = ["go", "build", "-o", str(folder / "check"), str(HERE / "check.go")]
    subprocess.run(line, env=environment, check=True)
    return folder / "check"


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Keyring]:
    folder = tmp_path_factory.mktemp("exports")
    log, note = filled(folder)
    write(log, folder / "auditor", note)
    write(log, folder / "public", note, EVERYTHING)
    log.close()
    return folder, log.keyring


def _run(check: Path, export: Path, key: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([check, export, key], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("audience", ["auditor", "public"])
def test_go_takes_the_export(check: Path, exports: tuple[Path, Keyring], audience: str) -> None:
    folder, ring = exports
    done = _run(check, folder / audience, str(ring.newest))
    assert (done.returncode, done.stdout) == (0, f"example.gov/log: {SIZE} entries\n"), done.stderr


def _cut(data: bytes) -> bytes:
    return data[:-1]


def _flip(data: bytes) -> bytes:
    return data[:40] + bytes([data[40] ^ 1]) + data[41:]


@pytest.mark.parametrize("damage", [_cut, _flip])
@pytest.mark.parametrize("name", ["checkpoint", "tile/0/001", "tile/entries/001", "tile/1/000.p/2"])
def test_go_refuses_what_was_damaged(
    check: Path,
    exports: tuple[Path, Keyring],
    tmp_path: Path,
    name: str,
    damage: Callable[[bytes], bytes],
) -> None:
    folder, ring = exports
    shutil.copytree(folder / "auditor", tmp_path / "copy")
    file = tmp_path / "copy" / name
    file.write_bytes(damage(file.read_bytes()))
    assert _run(check, tmp_path / "copy", str(ring.newest)).returncode != 0


def test_go_refuses_another_key(check: Path, exports: tuple[Path, Keyring]) -> None:
    folder, ring = exports
    first = ring.keys[0]
    assert _run(check, folder / "auditor", str(first)).returncode != 0
