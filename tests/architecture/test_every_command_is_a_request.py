"""Whatever a command asks or changes is decided and logged, or is listed with the reason why not.

Every command of the tree is walked. One that is in ``NOT_REQUESTS`` leaves no decision; every other
one is run here, and must leave one. A new command without a place in either fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from cleargate.agencies import quarantine
from cleargate.cli import main
from cleargate.commands import NOT_REQUESTS
from cleargate.config import load
from cleargate.opening import opened
from tests import terminal
from tests.terminal import ADMIN, JAIL, ON_A_CASE, POLICE, SECOND, SHERIFF, County


def commands(group: click.Group = main, above: str = "") -> Iterator[str]:
    """The whole name of every command."""
    for name in group.list_commands(click.Context(group)):
        found = group.get_command(click.Context(group), name)
        if isinstance(found, click.Group):
            yield from commands(found, f"{above}{name} ")
        else:
            yield f"{above}{name}"


EVERY = list(commands())


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    """A jurisdiction; each test only adds to it."""
    made = terminal.found(tmp_path_factory.mktemp("requests"))
    for number in range(6):
        made.said("custody book", "--facility", JAIL, "--name", "N", "--number", f"B-{number}",
                  by="desk")  # fmt: skip
    return made


def _consent(county: County, booking: str) -> str:
    added = county.said("evidence add", "--kind", "consent", "--target", booking, by="jail-clerk")
    return str(added["result"]["evidence"])


def _court_order(county: County) -> str:
    added = county.said("evidence add", "--kind", "court-order", by="jail-clerk")
    return str(added["result"]["evidence"])


def _lodged(county: County, booking: str) -> str:
    paper = _consent(county, booking)
    terminal.told(county.run("custody lodge", booking, "--basis", paper, by="desk"))
    return paper


def _file(county: County) -> Path:
    return terminal.extract(county.place / "robberies.csv")


def _record(county: County) -> str:
    county.said("records import", "--source", "clear-incidents", _file(county), by="clerk")
    return "7001"


def _corrected(county: County) -> tuple[object, ...]:
    changed = ("--dataset", "incident", "--set", "x = 1")
    return *changed, "--letters", county.place / "letters"


def _sealing(county: County) -> tuple[object, ...]:
    about = ("--kind", "court-order", "--target", "7001")
    added = county.said("evidence add", *about, by="detective")["result"]["evidence"]
    county.said("evidence verify", added, by="clerk")
    return "--basis", added, "--letters", county.place / "letters"


def _proposal(county: County) -> tuple[object, ...]:
    made = county.said("agency cut-off", "DATA-BROKER", by=SECOND)["proposal"]
    terminal.told(county.run("sign", made, "--key", county.key(SECOND)))
    return made, "--key", county.key(ADMIN)


def _conflict(county: County) -> str:
    asked = county.run("ask", *_ICE, "--action", "immigration_status", "--custodian", POLICE,
                       "--json", by="ice")  # fmt: skip
    return str(json.loads(terminal.told(asked, 4))["conflict"]["conflict"])


def _quarantined(county: County) -> tuple[object, ...]:
    with opened(load(county.folder)) as gate:
        store = gate.parts.agencies
        quarantine.set_aside(store, "0" * 64, POLICE, 0, gate.parts.clock())
    return "0", "--because", "mended", "--custodian", POLICE


def _signed_off(county: County) -> tuple[object, ...]:
    key = county.place / "c.lee.key"
    county.issue("c.lee", POLICE, "counsel", "--new-key", key, by=SECOND)
    return "us-il/assist", "--key", key


SOON = "2099-01-01T09:00-06:00"
_FBI = ("--agency", "FBI", "--role", "officer")
_ICE = ("--for", "ICE-ERO", "--purpose", "CIV-IMM")
Arguments = Callable[[County], tuple[object, ...]]

REQUESTS: dict[str, tuple[str, Arguments]] = {
    "ask": ("fbi", lambda c: ("--for", "FBI", *ON_A_CASE, "--action", "search")),
    "sign": ("", _proposal),
    "law sign-off": ("", _signed_off),
    "records import": ("clerk", lambda c: ("--source", "clear-incidents", _file(c))),
    "records correct": ("clerk", lambda c: (_record(c), *_corrected(c))),
    "records seal": ("clerk", lambda c: (_record(c), "--dataset", "incident", *_sealing(c))),
    "records lift-quarantine": (SECOND, _quarantined),
    "evidence add": ("jail-clerk", lambda c: ("--kind", "consent", "--target", "26-114")),
    "evidence verify": ("desk", lambda c: (_consent(c, "B-0"),)),
    "evidence withdraw": ("jail-clerk", lambda c: (_consent(c, "B-0"),)),
    "credential issue": (ADMIN, lambda c: ("--person", "n", *_FBI, "--show-token")),
    "credential revoke": (ADMIN, lambda c: (c.token("citizen").read_text().split("_")[1],)),
    "agency add": (ADMIN, lambda c: ("V", "--name", "V", "--state", "IL")),
    "agency narrow": (ADMIN, lambda c: ("USMS", "--criminal-justice", "unknown")),
    "custody book": ("desk", lambda c: ("--facility", JAIL, "--name", "N")),
    "custody lodge": ("desk", lambda c: ("B-1", "--basis", _consent(c, "B-1"))),
    "custody hold": ("desk", lambda c: ("B-2", *_ICE)),
    "custody serve-copy": ("desk", lambda c: ("B-3", "--basis", _lodged(c, "B-3"))),
    "custody withdraw": ("desk", lambda c: ("B-4", "--basis", _lodged(c, "B-4"))),
    "custody sentence": ("desk", lambda c: ("B-1",)),
    "custody schedule-release": ("desk", lambda c: ("B-1", "--release-scheduled", SOON)),
    "custody transfer": ("desk", lambda c: ("B-5", *_ICE)),
    "log rotate-key": (ADMIN, lambda c: ()),
    "log export": (ADMIN, lambda c: (c.place / "out",)),
}
"""Each command that is a request: who runs it, and with what."""


def test_every_command_is_a_request_or_says_why_not() -> None:
    assert sorted(EVERY) == sorted([*NOT_REQUESTS, *REQUESTS])
    assert all(why.strip() for why in NOT_REQUESTS.values())


@pytest.mark.parametrize("name", REQUESTS)
def test_a_command_that_asks_or_changes_leaves_a_decision(county: County, name: str) -> None:
    by, arguments = REQUESTS[name]
    given = arguments(county)  # may ask for something itself
    before = county.size()
    result = county.run(name, *given, by=by)
    assert result.exit_code in (0, 3), (result.exit_code, result.output, result.exception)
    decided = [e for e in county.entries(before) if e["kind"] == "decided"]
    assert len(decided) == 1
    assert decided[0]["via"] == "cli"


READS: dict[str, Arguments] = {
    "storage init": lambda c: (),
    "storage check": lambda c: (),
    "explain": lambda c: (_decided(c),),
    "agency list": lambda c: (),
    "agency show": lambda c: ("ICE",),
    "agency cut-off": lambda c: ("PUBLIC", "--custodian", SHERIFF, "--dry-run"),
    "credential renew": lambda c: ("--key", c.key(ADMIN), "--token-file", c.place / "x.token"),
    "evidence show": lambda c: (_consent(c, "B-0"),),
    "log show": lambda c: (0,),
    "backup": lambda c: (c.place / "backup",),
    "log recover": lambda c: ("--origin", "next/log", "--as", c.token(ADMIN)),
    "log expunge": lambda c: ("--entries", 0, "--order", _court_order(c), "--as", c.token(ADMIN)),
    "custody late": lambda c: ("--as", c.token("desk")),
    "law diff": lambda c: (c.folder, "--action", "hold", "--log", c.folder),
    "law replay": lambda c: ("--in-force",),
    "report due": lambda c: (),
    "records quarantine": lambda c: (),
    "law conflicts": lambda c: (),
    "law settle": lambda c: (
        _conflict(c), "--follow", "us-il-chicago/share-status", "--cite", "c. 1", "--as",
        c.token(SECOND),
    ),
    "law put-in-force": lambda c: (
        "us-il-cook-sheriff", "us-il-chicago-police", "--accept-unreviewed", "--as", c.token(ADMIN),
    ),
}  # fmt: skip


def _decided(county: County) -> int:
    return next(i for i, e in enumerate(county.entries()) if e["kind"] == "decided")


@pytest.mark.parametrize("name", READS)
def test_a_command_that_is_no_request_changes_nothing_in_the_log(county: County, name: str) -> None:
    given = READS[name](county)
    before = county.size()
    terminal.told(county.run(name, *given))
    assert county.size() == before
