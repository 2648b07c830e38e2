"""No clock, environment or random source is read below ``config.py``; they are passed in.

So a decision can be replayed, and a test can say what time it is.
"""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import Module, modules, within

MAY_READ = ("cleargate.cli", "cleargate.config", "cleargate.web", "cleargate.demo")

HIDDEN = (
    # clocks
    "time",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    # the environment
    "os.environ",
    "os.environb",
    "os.getenv",
    "os.getlogin",
    "getpass",
    "socket.gethostname",
    "pathlib.Path.cwd",
    "pathlib.Path.home",
    "os.getcwd",
    # randomness
    "os.urandom",
    "os.getrandom",
    "random",
    "secrets",
    "uuid.uuid1",
    "uuid.uuid4",
)

HIDDEN_IN_SQL = re.compile(
    r"\bCURRENT_(TIMESTAMP|TIME|DATE)\b|\bLOCALTIME(STAMP)?\b|'now'"
    r"|\b(now|random|randomblob|unixepoch|gen_random_uuid|clock_timestamp)\(",
    re.IGNORECASE,
)
SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|DEFAULT|VALUES)\b")


def hidden(module: Module) -> list[str]:
    """What a module reads of clock, environment or chance, one entry for each place."""
    found = [
        f"{module.name}:{line} reads {name}"
        for name, line in module.reaches()
        if any(within(name, one) for one in HIDDEN) or _makes_a_key(name)
    ]
    found += [
        f"{module.name}:{line} asks the database for time or chance"
        for text, line in module.strings()
        if SQL.search(text) and HIDDEN_IN_SQL.search(text)
    ]
    return found


def _makes_a_key(name: str) -> bool:
    """Key generation of ``cryptography`` draws on the system's random source by itself."""
    return name.startswith("cryptography.") and name.endswith((".generate", ".generate_key"))


def test_nothing_below_config_reads_clock_environment_or_chance() -> None:
    below = (m for m in modules() if not any(within(m.name, one) for one in MAY_READ))
    assert [place for module in below for place in hidden(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "from time import monotonic",
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "from datetime import datetime as d\ndef f(clock=d.now): ...",
        "import os\nos.environ['HOME']",
        "from os import urandom",
        "def f():\n    import secrets",
        "from uuid import uuid4",
        "from cryptography.hazmat.primitives.asymmetric import ed25519\n"
        "ed25519.Ed25519PrivateKey.generate()",
        "SQL = 'INSERT INTO t VALUES (CURRENT_TIMESTAMP)'",
        "SQL = 'SELECT randomblob(16)'",
    ],
)
def test_each_hidden_source_is_seen(text: str) -> None:
    assert hidden(Module("cleargate.gate.gate", text)) != []


@pytest.mark.parametrize(
    "text",
    [
        "def f(clock, random, time):\n    return clock(), random(16), time.now",
        "from datetime import datetime\ndatetime.fromisoformat(x)",
        "import os\nos.fsync(fd)",
        "TEXT = 'Ask again now.'",
    ],
)
def test_what_was_passed_in_is_not_a_hidden_source(text: str) -> None:
    assert hidden(Module("cleargate.gate.gate", text)) == []
