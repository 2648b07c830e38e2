"""``cleargate demo``: the invented county, a tour through it, and then it serves."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.text import Text

from .. import show
from ..agencies.secret import new_secret
from ..config import random_bytes
from ..demo import law as county_law
from ..demo.setting import County, Step, build
from ..demo.tour import PUBLIC_LOG, Tour
from ..demo.tour import Console as Told
from ..opening import close, desk
from .library import SHIPPED, split

_WIDTH: Final = 110

LINKS: Final = ("administrator", "clerk", "detective", "auditor", "desk", "fbi", "ice", "citizen")
"""Who gets a link into the pages, by their name in the tour: one of each role."""


@click.command("demo", epilog="\b\nExample:\n  cleargate demo --law us-tx --no-serve")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--law", "law", multiple=True, metavar="PACK,…",
              help="Law above both agencies, or the sheriff's and the police's.  "
              "[default: us-il-cook,us-il-chicago]")  # fmt: skip
@click.option("--no-serve", is_flag=True, help="End after the tour.")
@click.option("--port", default=0, metavar="N", help="Port to serve at.  [default: a free one]")
@click.option("--debug", is_flag=True, expose_value=False, help="Show where a fault arose.")
def command(folder: Path | None, law: tuple[str, ...], no_serve: bool, port: int) -> None:
    """Make an invented county in DIR (a new temporary folder unless it is named), ask some
    seventeen things of it under the law that is named, check its log, and serve it until Ctrl-C.
    """
    place = folder or Path(tempfile.mkdtemp(prefix="cleargate-demo-")) / "county"
    out = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, markup=False)
    chosen = split(law) or list(county_law.DEFAULT)
    out.print(Text(f"The invented county of Marlow, under {' and '.join(chosen)}.", "bold"))
    with _progress() as step:
        county = build(place, SHIPPED, chosen, step)
    try:
        told = _console(out)
        Tour(county.gate, county.people, told, place, county.vkey, desk(county.settings)).run()
        _where(out, place, county)
        if not no_serve:
            _serve(out, county, port)
    finally:
        close(county.gate.parts)


def _console(out: Console) -> Told:
    def say(*shown: RenderableType) -> None:
        for one in shown:
            out.print(one)

    def heading(number: int, sentence: str) -> None:
        out.print(Rule(Text(f" {number}. {sentence} ", "bold"), align="left", characters="─"))

    return Told(
        heading=heading,
        answer=lambda answer: say(show.answer(answer)),
        refused=lambda sentence: say(Text(f"  {sentence}\n")),
        say=lambda line: say(Text(f"  {line}")),
        form=lambda release: say(show.released(release)),
        effect=lambda effect: say(show.effect(effect)),
        checked=lambda report: say(show.report(report)),
    )


def _where(out: Console, place: Path, county: County) -> None:
    out.print(Rule(Text(" What is left here ", "bold"), align="left", characters="─"))
    out.print(Text(f"  county    {place}\n"
                   f"  check     cleargate log verify {place / PUBLIC_LOG} "
                   f"--key '{county.vkey}'\n"
                   f"  explain   cleargate explain {place} LEAF"), soft_wrap=True)  # fmt: skip


def _serve(out: Console, county: County, port: int) -> None:
    from ..web.app import make_app
    from ..web.console.office import Office
    from ..web.serve import serve
    from ..web.watch import watching_holds
    from .serve import page

    secrets = {who: new_secret(random_bytes) for who in LINKS}
    links = {secret: county.people.tokens[who] for who, secret in secrets.items()}
    office = Office.of(county.settings, SHIPPED, url="http://127.0.0.1", links=links)
    app = make_app(county.gate, county.settings.serve, county.settings.limits, office=office)

    def ready(address: str) -> None:
        out.print(Rule(Text(" The pages ", "bold"), align="left", characters="─"))
        for who, secret in secrets.items():
            person, agency = county.people.ids[who], county.people.agency(who)
            said = f"  {who:<14} {person}, {agency}\n{'':17}{address}/link/{secret}"
            out.print(Text(said), soft_wrap=True)
        said = f"{address}/law for everyone, {address}/openapi.json for programs"
        out.print(Text(f"\nServing {address} until Ctrl-C: {said}"), soft_wrap=True)

    watch = county.settings.serve
    with watching_holds(county.gate, watch.holds_seconds, page):
        serve(app, watch.host, port, ready=ready)


@contextmanager
def _progress() -> Iterator[Step]:
    """Bars on a terminal; elsewhere a line when something is done."""
    err = Console(stderr=True)
    bars = Progress(
        TextColumn("  {task.description:<22}"), BarColumn(), TimeElapsedColumn(), console=err,
        disable=not err.is_terminal,
    )  # fmt: skip
    tasks: dict[str, TaskID] = {}

    def step(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total)
        bars.update(tasks[what], completed=done, total=total)

    with bars:
        yield step
    if not err.is_terminal:
        for what in tasks:
            err.print(f"  {what}", highlight=False)
