"""What an operator is told while it runs: JSON lines on stderr, one object each.

Never what was asked or answered, and no person: that is in the log, for those whom it concerns. A
line about a request carries the request's number, which its asker got as ``X-Request-Id``.
"""

from __future__ import annotations

import logging
import os
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import msgspec

REQUEST: Final[ContextVar[str]] = ContextVar("request", default="")
"""The number of the request that this task or thread works on."""

NAME: Final = "cleargate.diag"
FIELDS: Final = ("request", "code", "method", "route", "status", "ms", "worker", "booking")
"""What a line may carry beside its sentence; whoever writes one gives it as ``extra``."""

_SERVER: Final = "uvicorn.error"


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "of": record.name.removeprefix(f"{NAME}.") if record.name != _SERVER else "server",
            "process": os.getpid(),
            "request": REQUEST.get(),
        }
        said |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if message := record.getMessage():
            said["said"] = message
        return msgspec.json.encode({n: v for n, v in said.items() if v != ""}).decode()


def to(stream: TextIO, *, requests: bool = True) -> None:
    """Write every line to ``stream`` from now on.

    Args:
        requests: one for each request too.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    for name, level in ((NAME, logging.INFO), (_SERVER, logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(level)
        logger.propagate = False
    logging.getLogger(f"{NAME}.requests").disabled = not requests
