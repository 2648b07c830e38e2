"""What is installed is what was locked: every file pinned by its hash, from any registry."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.source import ROOT

REQUIREMENTS = ROOT / "requirements"
USES = ("build", "run", "test", "dev")
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def _blocks(use: str) -> list[str]:
    """The requirements of a lock, each with the lines that continue it."""
    text = (REQUIREMENTS / f"{use}.txt").read_text("utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [block for block in lines.replace("\\\n", " ").splitlines() if block.strip()]


def _pins(use: str) -> dict[str, str]:
    return {m["name"]: m["version"] for b in _blocks(use) if (m := PIN.match(b))}


def _wanted(use: str) -> list[str]:
    """The requirements that a person wrote for a use, without those it builds on."""
    lines = (REQUIREMENTS / f"{use}.in").read_text("utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and line[0] not in "#-"]


@pytest.mark.parametrize("use", USES)
def test_every_requirement_is_pinned_and_hashed(use: str) -> None:
    blocks = _blocks(use)
    assert blocks
    assert [b for b in blocks if not (PIN.match(b) and HASH.search(b))] == []


@pytest.mark.parametrize("use", USES)
def test_a_lock_names_no_address_and_no_option(use: str) -> None:
    text = (REQUIREMENTS / f"{use}.txt").read_text("utf-8")
    assert "://" not in text
    assert [b for b in _blocks(use) if b.lstrip().startswith("-")] == []


@pytest.mark.parametrize("use", USES)
def test_a_lock_holds_everything_that_was_asked_for(use: str) -> None:
    names = {re.split(r"[=<>!~ ;\[]", line)[0].lower().replace("_", "-") for line in _wanted(use)}
    assert names <= _pins(use).keys()


@pytest.mark.parametrize(
    ("smaller", "larger"), [("run", "test"), ("test", "dev"), ("build", "dev")]
)
def test_what_is_tested_is_what_runs(smaller: str, larger: str) -> None:
    assert _pins(smaller).items() <= _pins(larger).items()


def test_the_package_asks_for_what_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["dependencies"] == _wanted("run")
    (builder,) = project["build-system"]["requires"]
    assert builder.replace(" ", "") == _wanted("build")[0].replace(" ", "")
