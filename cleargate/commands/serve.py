"""``cleargate serve``: the API, until it is stopped; and the watch over holds whose limit comes."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from ..config import Settings, environment, load
from ..custody.holds import Incident
from ..gate.gate import Gate
from ..model.errors import CleargateError
from ..opening import opened, start
from .library import SHIPPED
from .session import declare, folder_argument

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

diag = logging.getLogger("cleargate.diag.serve")


@declare("serve", "cleargate serve county --port 8470 --processes 2")
@folder_argument
@click.option("--host", default="", help="Address to listen at.  [default: of the settings]")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="0: any that is free.  [default: of the settings]"
)
@click.option(
    "--processes", type=click.IntRange(1), metavar="N",
    help="Processes that answer.  [default: of the settings]",
)  # fmt: skip
@click.option("--worker", type=int, hidden=True)
def command(
    folder: Path,
    host: str,
    port: int | None,
    processes: int | None,
    worker: int | None,
    as_json: bool,
) -> None:
    """Answer requests over HTTP until Ctrl-C. It speaks plain HTTP: put a proxy in front of it that
    does the encryption. What goes on is told on stderr, as lines of JSON.
    """
    from ..web import diag as told

    settings = load(folder)
    told.to(sys.stderr, requests=settings.serve.diag_requests)
    if worker is not None:
        _work(settings, worker)
        return
    at = (host or settings.serve.host, settings.serve.port if port is None else port)
    with opened(settings) as gate, _watching(settings, gate):
        if (processes or settings.serve.processes) > 1:
            _several(settings, gate, at, processes or settings.serve.processes, as_json)
        else:
            _alone(settings, gate, at, as_json)


def _alone(settings: Settings, gate: Gate, at: tuple[str, int], as_json: bool) -> None:
    """Answer in this process."""
    from ..web import admin
    from ..web.metrics import Metrics
    from ..web.serve import serve

    metrics = Metrics()
    app = _app(settings, gate, metrics)

    def numbers() -> CollectorRegistry:
        return admin.with_log(metrics.registry, gate, 1)

    with admin.listening(settings.serve.admin_port, numbers, lambda: admin.health(gate, 1)):
        serve(app, *at, limits=settings.serve, ready=lambda url: _ready(url, as_json))


def _several(
    settings: Settings, gate: Gate, at: tuple[str, int], count: int, as_json: bool
) -> None:
    """Watch over processes that answer."""
    from ..web import admin
    from ..web.serve import bound, url_of
    from ..web.workers import Workers

    with bound(*at) as listener, TemporaryDirectory(prefix="cleargate-metrics-") as shared:
        workers = Workers(
            command=[sys.executable, "-c", "from cleargate.cli import main; main()", "serve",
                     str(settings.folder), "--worker"],
            count=count,
            listener=listener,
            environment=environment(PROMETHEUS_MULTIPROC_DIR=shared),
            seconds=settings.serve.seconds,
            ready=lambda: _ready(url_of(listener), as_json),
            ended=lambda pid: admin.forget(shared, pid),
            died=lambda: _settle_later(settings, gate),
        )  # fmt: skip

        def numbers() -> CollectorRegistry:
            return admin.with_log(admin.of_all(shared), gate, workers.answering)

        def health() -> Mapping[str, Any]:
            return admin.health(gate, workers.answering)

        with admin.listening(settings.serve.admin_port, numbers, health):
            workers.run()


def _work(settings: Settings, listener: int) -> None:
    """Be one of several: nothing is settled, watched or published here, the supervisor does that.
    Its end is the end of this process's standard input.
    """
    from ..web.metrics import Metrics
    from ..web.serve import serve
    from ..web.workers import READY

    def ready(url: str) -> None:
        sys.stdout.buffer.write(READY)
        sys.stdout.buffer.flush()

    with opened(settings, settle=False) as gate:
        app = _app(settings, gate, Metrics())
        serve(
            app, "", 0, limits=settings.serve, shared=listener, ready=ready,
            until=lambda: os.read(sys.stdin.fileno(), 1),  # unbuffered: a lock would outlive us
        )  # fmt: skip


def _app(settings: Settings, gate: Gate, metrics: Any) -> Any:
    from ..web.app import make_app
    from ..web.console.office import Office

    office = Office.of(settings, SHIPPED)
    return make_app(
        gate, settings.serve, settings.limits, settings.cosigned, office, settings.data, metrics
    )


def _settle_later(settings: Settings, gate: Gate) -> None:
    """What a process that died had decided is accounted for when no ticket of it can live."""

    def settle() -> None:
        try:
            found = start(settings, gate.parts)
        except CleargateError as fault:
            diag.error("%s", fault.sentence, extra={"code": fault.code})
            return
        if found.reported or found.finished:
            diag.warning(
                "Decisions of a process that died: %d were done and are logged, %d were not.",
                len(found.finished), len(found.reported),
            )  # fmt: skip

    timer = threading.Timer(settings.limits.ticket_seconds + 1, settle)
    timer.daemon = True
    timer.start()


@contextmanager
def _watching(settings: Settings, gate: Gate) -> Iterator[None]:
    from ..web.watch import watching_holds

    with watching_holds(gate, settings.serve.holds_seconds, page):
        yield


def _ready(address: str, as_json: bool) -> None:
    said = f'{{"serving": "{address}"}}' if as_json else f"Serving {address} until Ctrl-C."
    click.echo(said)


def page(found: Sequence[Incident], fault: str) -> None:
    """Say who must be released now, and what went wrong with the watch."""
    for incident in found:
        diag.critical(
            "%s: %s since %s UTC (%s); release now.", incident.booking, incident.what,
            f"{incident.since:%Y-%m-%d %H:%M}", incident.rule,
            extra={"booking": incident.booking, "code": "release-now"},
        )  # fmt: skip
    if fault:
        diag.error("%s", fault)
