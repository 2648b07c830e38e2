"""``cleargate law matrix``: the same requests under several laws, as text, CSV or a page."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
from rich.text import Text

from .. import show
from ..law.check import check
from ..law.matrix import Matrix, matrix
from ..law.scenarios import read_stage
from ..model.decision import Decision
from ..model.errors import BadUse, PackError
from ..show.blocks import table
from ..show.matrix_page import matrix_page
from .library import CAST, book, library, packs_option, split
from .session import FILE, declare, tell

_SHIPPED: Final = CAST.with_name("matrix.toml")


@declare("matrix", "cleargate law matrix us-il-cook us-il-chicago us-tx --html matrix.html")
@click.argument("names", nargs=-1, required=True, metavar="PACK…")
@packs_option
@click.option("--requests", "asked", type=FILE, metavar="FILE", default=_SHIPPED,
              help="Worked requests of your own, in the form of scenarios.toml.")  # fmt: skip
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--html", "page", type=FILE, metavar="FILE",
              help="Write one HTML page that stands alone, with each cell's rules.")  # fmt: skip
def command(
    names: tuple[str, ...],
    folders: tuple[Path, ...],
    asked: Path,
    as_csv: bool,
    page: Path | None,
    as_json: bool,
) -> None:
    """The same requests under several laws, side by side. Every cell is decided now: outcome, the
    first rule that decides, and whether that rule still awaits counsel.
    """
    laws = split(names)
    if mistakes := [m for name in laws for m in check(book([name], folders))]:
        raise PackError(list(dict.fromkeys(mistakes)))
    stage = read_stage(CAST)
    found = matrix(laws, library(folders), stage, asked)
    if page is not None:
        try:
            page.write_text(matrix_page(found, stage), "utf-8")
        except OSError as fault:
            raise BadUse(f"{page} cannot be written: {fault.strerror}.") from None
    if as_csv:
        click.echo(found.as_csv(), nl=False)
        return
    made = table("request", *found.laws)
    for request, row in zip(found.requests, found.cells, strict=True):
        made.add_row(request, *(_cell(d) for d in row))
    tell(as_json, _json(found), made)


def _json(found: Matrix) -> list[dict[str, object]]:
    return [
        {"request": request, **{
            law: {"outcome": d.outcome, "rules": [r.id for r in d.deciding],
                  "unreviewed": d.unreviewed, "why": d.why}
            for law, d in zip(found.laws, row, strict=True)}}
        for request, row in zip(found.requests, found.cells, strict=True)
    ]  # fmt: skip


def _cell(decision: Decision) -> Text:
    said = Text(show.glyph(decision.outcome))
    if decision.deciding:
        said.append(f"\n{decision.deciding[0].cite}", style="dim")
    if decision.unreviewed:
        said.append("\nnot yet reviewed", style="dim")
    return said
