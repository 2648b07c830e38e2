"""What no file of the project may hold: one machine's paths, registries, unfinished work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

FOLDERS = (".ci", "benchmarks", "changelog.d", "cleargate", "docs", "requirements", "tests")
BINARY = {".gz", ".zip", ".png", ".ico", ".woff2", ".pdf", ".pyc"}

# Each pattern holds a character class so that this file does not match it.
BANNED = {
    "a path of one machine": re.compile(
        r"(?<![\w.~-])/(w[o]rk|far[m]|ro[o]t|home/[a-z]+|User[s]/[a-z]+)\b"
    ),
    "the address of a package registry": re.compile(
        r"pyp[i]\.org|pythonhoste[d]|registry\.np[m]js|--(extra-)?index-ur[l]|fil[e]:///"
    ),
    "unfinished work": re.compile(
        r"\b(TO[D]O|FIX[M]E|(?<!para. )XX[X]|HAC[K]|NotImplemente[d]Error)\b"
    ),
}


def files() -> Iterator[Path]:
    """Every text file that the project keeps, not the ``.git`` that a worktree has as a file."""
    folders = chain.from_iterable((ROOT / folder).rglob("*") for folder in FOLDERS)
    own = (path for path in ROOT.iterdir() if path.name != ".git")
    for path in chain(own, folders):
        if path.is_file() and path.suffix not in BINARY and not path.name.startswith(".coverage"):
            yield path


@pytest.mark.parametrize("what", BANNED)
def test_no_file_holds(what: str) -> None:
    pattern = BANNED[what]
    found = [
        f"{path.relative_to(ROOT)}:{number} {match.group()}"
        for path in files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if (match := pattern.search(line))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a path of one machine", "open('/ho" + "me/ann/x.csv')"),
        ("a path of one machine", "see /wo" + "rk/main"),
        ("the address of a package registry", "pip --index-" + "url https://example.org/simple"),
        ("unfinished work", "# TO" + "DO: later"),
    ],
)
def test_each_banned_word_is_seen(what: str, line: str) -> None:
    assert BANNED[what].search(line)
