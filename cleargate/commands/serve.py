"""``cleargate serve``: the API, until it is stopped; and the watch over holds whose limit comes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from ..config import load
from ..gate.gate import Gate
from ..gate.sweep import sweep
from ..model.errors import CleargateError
from ..opening import opened
from ..web.app import make_app
from ..web.serve import serve
from .session import declare, folder_argument

_EVERY: Final = 30.0
"""Seconds between two looks at the holds."""


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
    with opened(settings) as gate, _watching_holds(gate):
        app = make_app(gate, settings.serve, settings.limits, settings.cosigned)
        serve(
            app,
            host or settings.serve.host,
            settings.serve.port if port is None else port,
            ready=lambda address: _ready(address, as_json),
        )


def _ready(address: str, as_json: bool) -> None:
    said = f'{{"serving": "{address}"}}' if as_json else f"Serving {address} until Ctrl-C."
    click.echo(said)


@contextmanager
def _watching_holds(gate: Gate) -> Iterator[None]:
    """Ends holds whose limit has come, and says on stderr who must be looked after."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(_EVERY):
            try:
                found = sweep(gate.parts)
            except CleargateError as fault:
                click.echo(f"Holds could not be looked at: {fault.sentence}", err=True)
                continue
            for incident in found:
                click.echo(
                    f"{incident.booking}: {incident.what} since {incident.since:%Y-%m-%d %H:%M} "
                    f"UTC ({incident.rule}); release now.",
                    err=True,
                )

    thread = threading.Thread(target=watch, name="holds", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
