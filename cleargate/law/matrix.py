"""The same requests under several laws, side by side; every cell is decided now."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs

from ..model.decision import Decision
from ..model.errors import PackError
from ..model.words import Layer
from .book import Book, read_book
from .decide import decide
from .scenarios import Scenario, Stage, as_known, place, read_requests


@dataclass(frozen=True, slots=True)
class Law:
    """One column: a pack with all above it, and who answers under it.

    Attributes:
        custodian: an agency, or a kind of custodian in plain words.
        own: it is an agency with a pack of its own; any other's is taken to be silent.
    """

    name: str
    title: str
    version: str
    custodian: str
    own: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """Requests × laws.

    Attributes:
        asked: the worked requests of ``matrix.toml``.
        columns: the laws.
        cells: for each request a decision under each law.
    """

    asked: tuple[Scenario, ...]
    columns: tuple[Law, ...]
    cells: tuple[tuple[Decision, ...], ...]

    @property
    def requests(self) -> tuple[str, ...]:
        return tuple(s.name for s in self.asked)

    @property
    def laws(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    def as_csv(self) -> str:
        """A line for each request: under each law the outcome and the first rule that decides."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["request", *self.laws])
        for request, row in zip(self.requests, self.cells, strict=True):
            writer.writerow([request, *(cell_words(d) for d in row)])
        return out.getvalue()


def matrix(names: Sequence[str], library: Sequence[Path], stage: Stage, requests: Path) -> Matrix:
    """Decide every request of the file ``requests`` under each named pack and all above it.

    An agency's own pack answers as itself. Any other answers as a kind of custodian that it binds
    (``custodian_for``), whose own pack is silent.

    Raises:
        PackError: a pack or the file of requests has mistakes.
    """
    asked = read_requests(requests)
    books = {name: read_book([name], library) for name in names}
    rows = tuple(
        tuple(_decide(books[name], name, stage, scenario) for name in names) for scenario in asked
    )
    columns = tuple(_column(books[name], name, stage) for name in names)
    return Matrix(asked, columns, rows)


def _column(book: Book, name: str, stage: Stage) -> Law:
    who = custodian_for(book, name, stage.custodians)
    pack = book.packs[name]
    own = pack.layer is Layer.AGENCY
    return Law(name, pack.title, book.version, who if own else stage.words[who], own)


def cell_words(decision: Decision) -> str:
    """A cell in words: the outcome, the first deciding rule, and whether it awaits counsel."""
    rule = f" ({decision.deciding[0].cite})" if decision.deciding else ""
    return f"{decision.outcome}{rule}{', not reviewed' if decision.unreviewed else ''}"


def custodian_for(book: Book, name: str, kinds: Mapping[str, frozenset[str]]) -> str:
    """Who answers under the pack ``name``: its own agency, else a sheriff, else the first it binds.

    Raises:
        PackError: it binds no custodian that the cast knows.
    """
    pack = book.packs[name]
    if pack.layer is Layer.AGENCY:
        return pack.custodian
    for word in ("sheriff", "city-police", *kinds):
        if word in kinds and set(pack.binds) & kinds[word]:
            return word
    raise PackError([f"{name} binds no custodian of cast.toml; add one of its kinds there."])


def _decide(book: Book, name: str, stage: Stage, scenario: Scenario) -> Decision:
    who = custodian_for(book, name, stage.custodians)
    custodian, cast = place(book, name, stage, structs.replace(scenario, custodian=who))
    return decide(book, custodian, cast, as_known(scenario, custodian, cast))
