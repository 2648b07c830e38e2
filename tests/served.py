"""``cleargate serve`` as it is run: a command, its processes, its port, and real signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.terminal import County

COMMAND = [sys.executable, "-c", "from cleargate.cli import main; main()"]


def free_port() -> int:
    """A port that was free just now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@dataclass
class Served:
    """A running server.

    Attributes:
        admin: the address of metrics and full health.
        lines: what it wrote to stderr, line by line, read.
    """

    county: County
    process: subprocess.Popen[str]
    url: str
    admin: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    told: threading.Condition = field(default_factory=threading.Condition)

    def client(self, person: str = "") -> httpx.Client:
        """Someone with a credential."""
        headers = {}
        if person:
            headers["authorization"] = f"Bearer {self.county.token(person).read_text().strip()}"
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def workers(self) -> list[int]:
        """The processes that answer."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def line(self, **wanted: object) -> dict[str, Any]:
        """The next line, or the last one, that says what is wanted."""
        with self.told:
            self.told.wait_for(lambda: self._found(wanted), timeout=60)
            found = self._found(wanted)
        assert found, self.lines[-5:]
        return found[-1]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def _found(self, wanted: dict[str, object]) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.items() >= wanted.items()]

    def _read(self) -> None:
        assert self.process.stderr is not None
        for text in self.process.stderr:
            with self.told:
                self.lines.append(json.loads(text))
                self.told.notify_all()


@contextmanager
def serving(county: County, processes: int = 2, **settings: object) -> Iterator[Served]:
    """Serve ``county`` for as long as the block runs.

    Args:
        settings: of ``[serve]``.
    """
    admin = free_port()
    set_serve(county, admin_port=admin, **settings)
    command = [*COMMAND, "serve", str(county.folder), "--port", "0", "--processes", str(processes)]
    process = subprocess.Popen(
        [*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    served = Served(county, process, "", f"http://127.0.0.1:{admin}")
    reader = threading.Thread(target=served._read)
    reader.start()
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said, served.lines[-5:]
        served.url = json.loads(said)["serving"]
        yield served
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(60)
        reader.join()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def set_serve(county: County, **settings: object) -> None:
    """Write settings of ``[serve]`` into the jurisdiction's file."""
    path = county.folder / "cleargate.toml"
    said = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    head, _, rest = path.read_text().partition("[serve]\n")
    rest = "\n".join(line for line in rest.split("\n") if line.partition(" =")[0] not in settings)
    path.write_text(f"{head}[serve]\n{said}{rest}")
