"""The documents match the code: commands parse, links lead somewhere, every page can be found."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from tests.architecture.commands import FENCE, fault, shown
from tests.architecture.source import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(<?([^)>\s]+)>?(?: \"[^\"]*\")?\)")
IMAGE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *#*$", re.MULTILINE)
EXTERNAL = re.compile(r"^[a-z]+:")


def _page(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _prose(path: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", path.read_text("utf-8"))


def _targets(path: Path) -> list[tuple[Path, str]]:
    """The files of this repository that a page links to, with the heading after ``#``."""
    links = LINK.findall(_prose(path)) + IMAGE.findall(_prose(path))
    inner = (link.partition("#") for link in links if not EXTERNAL.match(link))
    return [((path.parent / file).resolve() if file else path, to) for file, _, to in inner]


def _anchors(path: Path) -> set[str]:
    """The anchors that headings make: lower case, no punctuation, a hyphen for each space."""
    titles = (re.sub(r"[^\w\- ]", "", t.lower()) for t in HEADING.findall(_prose(path)))
    return {title.strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=_page)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = [
        f"{file.name}#{heading}" if heading else str(file)
        for file, heading in _targets(page)
        if not file.exists() or (heading and file.suffix == ".md" and heading not in _anchors(file))
    ]
    assert broken == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md" and page.is_file():
            reached.add(page)
            waiting += [file for file, _ in _targets(page)]
    assert [_page(page) for page in PAGES if page not in reached] == []


@pytest.mark.parametrize("page", PAGES, ids=_page)
def test_every_command_in_the_documents_is_one(page: Path) -> None:
    cli = pytest.importorskip("cleargate.cli")
    faults = {
        " ".join(arguments): said
        for arguments in shown(page.read_text("utf-8"))
        if (said := fault(cli.main, arguments))
    }
    assert faults == {}


@pytest.mark.parametrize("page", PAGES, ids=_page)
def test_every_make_target_in_the_documents_is_one(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = re.findall(r"(?:`|^(?:\$ )?)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
    assert set(named) <= targets


@click.group()
def _example() -> None:
    pass


@_example.command("ask")
@click.argument("folder", type=click.Path(exists=True))
@click.option("--for", "represented", required=True)
@click.option("--format", type=click.Choice(["text", "json"]))
@click.option("--where", multiple=True)
@click.option("--dry-run", is_flag=True)
def _ask(**_: object) -> None:
    pass


@pytest.mark.parametrize(
    "line",
    [
        "cleargate ask county --for FBI",
        "$ cleargate ask county --for FBI --where 'beat = 4' --where 'year > 2020' | less",
        ".venv/bin/cleargate ask county --for FBI --dry-run --format json > answer",
        "cleargate ask --help",
        "cleargate ask county \\\n    --for FBI",
    ],
)
def test_a_command_that_exists_is_taken(line: str) -> None:
    (arguments,) = shown(f"```sh\n{line}\n```\n")
    assert fault(_example, arguments) == ""


@pytest.mark.parametrize(
    "line",
    [
        "cleargate",
        "cleargate tell county",
        "cleargate ask county",
        "cleargate ask --for FBI",
        "cleargate ask county --for FBI --purpose C",
        "cleargate ask county --for FBI --format xml",
        "cleargate ask county other --for FBI",
    ],
)
def test_a_command_that_is_none_is_seen(line: str) -> None:
    (arguments,) = shown(f"```\n{line}\n```\n")
    assert fault(_example, arguments) != ""
