"""``cleargate serve``: the API, until it is stopped; and the watch over holds whose limit comes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..config import load
from ..custody.holds import Incident
from ..opening import opened
from ..web.app import make_app
from ..web.console.office import Office
from ..web.serve import serve
from ..web.watch import watching_holds
from .library import SHIPPED
from .session import declare, folder_argument


@declare("serve", "cleargate serve county --port 8470")
@folder_argument
@click.option("--host", default="", help="Address to listen at.  [default: of the settings]")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="0: any that is free.  [default: of the settings]"
)
def command(folder: Path, host: str, port: int | None, as_json: bool) -> None:
    """Answer requests over HTTP until Ctrl-C. It speaks plain HTTP: put a proxy in front of it that
    does the encryption.
    """
    settings = load(folder)
    office = Office.of(settings, SHIPPED)
    with opened(settings) as gate, watching_holds(gate, settings.serve.holds_seconds, page):
        app = make_app(
            gate, settings.serve, settings.limits, settings.cosigned, office, settings.data
        )
        serve(
            app,
            host or settings.serve.host,
            settings.serve.port if port is None else port,
            ready=lambda address: _ready(address, as_json),
        )


def _ready(address: str, as_json: bool) -> None:
    said = f'{{"serving": "{address}"}}' if as_json else f"Serving {address} until Ctrl-C."
    click.echo(said)


def page(found: Sequence[Incident], fault: str) -> None:
    """Say on stderr who must be released now, and what went wrong with the watch."""
    for incident in found:
        click.echo(
            f"{incident.booking}: {incident.what} since {incident.since:%Y-%m-%d %H:%M} UTC "
            f"({incident.rule}); release now.",
            err=True,
        )
    if fault:
        click.echo(fault, err=True)
