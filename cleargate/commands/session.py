"""What commands share: how one is declared, gets the gate, acts as a credential, and ends.

A command that asks or changes opens a ``Session`` with ``acting`` and ends with ``finish``, whose
exit code is the outcome's. One that only reads the stores uses ``reading``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import click
import msgspec
from rich.console import Console, RenderableType

from .. import show
from ..config import CREDENTIAL_VARIABLE, Settings, credential_file, load
from ..gate.acts import File
from ..gate.answer import Answer
from ..gate.export import to_file
from ..gate.gate import Gate
from ..model.errors import BadUse, CleargateError, NotAuthenticated, StoreFull
from ..model.request import Person
from ..model.words import Outcome
from ..opening import opened
from ..storage import private

EXIT: Final[Mapping[Outcome, int]] = {
    Outcome.PERMIT: 0,
    Outcome.REQUIRE: 0,
    Outcome.REFUSE: 3,
    Outcome.NO_AUTHORITY: 3,
    Outcome.CONFLICT: 4,
    Outcome.UNAVAILABLE: 4,
}
_NO_TERMINAL: Final = 120
"""Columns of what is written to a file or pipe."""

FILE: Final = click.Path(path_type=Path, dir_okay=False)
Function = Callable[..., Any]


def declare(
    name: str, example: str, group: click.Group | None = None
) -> Callable[[Function], click.Command]:
    """Declare a command, with ``--json``, ``--debug`` and an example in its help."""

    def make(function: Function) -> click.Command:
        options = [
            click.option("--json", "as_json", is_flag=True, help="Print JSON."),
            click.option("--debug", is_flag=True, expose_value=False,
                         help="Show where a fault arose."),
        ]  # fmt: skip
        for option in options:
            function = option(function)
        made = click.command(name, epilog=f"\b\nExample:\n  {example}")(function)
        if group is not None:
            group.add_command(made)
        return made

    return make


def folder_argument(function: Function) -> Function:
    """The jurisdiction's folder, as DESIGN section 10 names it: DIR."""
    kind = click.Path(path_type=Path, file_okay=False)
    return click.argument("folder", metavar="DIR", type=kind)(function)


def acting_as(function: Function) -> Function:
    """DIR, and the credential to act as."""
    says = f"File that holds the credential to act as; else {CREDENTIAL_VARIABLE} names it."
    option = click.option("--as", "credential", type=FILE, metavar="FILE", help=says)
    return folder_argument(option(function))


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody at the gate."""

    settings: Settings
    gate: Gate
    person: Person

    def ask(
        self,
        action: str,
        *,
        represented: str = "",
        purpose: str = "ADM",
        file: File | None = None,
        **fields: Any,
    ) -> Answer:
        """One request, through all its steps. Fields that are empty are left out."""
        raw = {
            "action": action,
            "represented": represented or self.person.agency,
            "purpose": purpose,
            **{n: value for n, value in fields.items() if value not in ("", None, (), {})},
        }
        request = self.gate.parse(self.person, raw, "cli")
        return self.gate.ask(self.person, request, "cli", file)

    def export(self, out: Path, media_type: str, **fields: Any) -> Answer:
        """One export to the new file ``out``, which is there when it is whole."""
        raw = {n: value for n, value in fields.items() if value not in ("", None, (), {})}
        part = out.with_name(f"{out.name}.part")
        try:
            with open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
                answer = to_file(self.gate, self.person, raw, "cli", file, media_type)
                os.fsync(file.fileno())
            if answer.opens:
                part.rename(out)
        except OSError as fault:
            raise StoreFull(f"{out} cannot be written: {fault.strerror}.") from fault
        finally:
            part.unlink(missing_ok=True)
        return answer

    def custodian(self, named: str = "") -> str:
        """Whose administration a command is about: the one named, or the asker's own agency."""
        return self.settings.custodian(named or self.person.agency).id


@contextmanager
def acting(folder: Path, credential: Path | None) -> Iterator[Session]:
    """The gate, and who asks.

    Raises:
        NotAuthenticated: no credential is named, or it is not in force.
    """
    token = read_token(credential)
    settings = load(folder)
    with opened(settings) as gate:
        yield Session(settings, gate, gate.authenticate(token, "cli"))


@contextmanager
def reading(folder: Path) -> Iterator[tuple[Settings, Gate]]:
    """The stores, for a command that asks for nothing and changes nothing."""
    settings = load(folder)
    with opened(settings) as gate:
        yield settings, gate


def read_token(named: Path | None) -> str:
    """The token in the file that the command names, or the environment."""
    path = credential_file(named)
    if path is None:
        raise NotAuthenticated(
            f"Say who asks: --as FILE, or {CREDENTIAL_VARIABLE}=FILE, a file that holds the token."
        )
    try:
        return private.read(path).strip()
    except OSError as fault:
        raise NotAuthenticated(f"The credential {path} cannot be used: {fault.strerror}.") from None


def tell(as_json: bool, data: object, *shown: RenderableType) -> None:
    """Print a result: as JSON, or as what is ``shown`` of it."""
    if as_json:
        text = msgspec.json.format(msgspec.json.encode(data), indent=2)
        click.echo(text.decode())
        return
    out = Console(
        width=None if sys.stdout.isatty() else _NO_TERMINAL, highlight=False, markup=False
    )
    with out.capture() as captured:
        for one in shown:
            out.print(one)
    # What pads a line to the width of a table is of no use in a file.
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def finish(
    answer: Answer,
    as_json: bool,
    *more: RenderableType,
    laid_open: Mapping[str, Any] | None = None,
) -> NoReturn:
    """Print an answer and leave with its outcome's exit code.

    Args:
        laid_open: its filter, where that was asked for.
    """
    said = answer.as_json()
    if laid_open:
        said["filter"] = laid_open
        more = (*more, show.filter(laid_open))
    tell(as_json, said, show.answer(answer), *more)
    raise click.exceptions.Exit(EXIT[answer.decision.outcome])


def subject(pairs: Mapping[str, object]) -> dict[str, str]:
    """Options as the further fields of a changing act, without those that were not given."""
    return {name: str(value) for name, value in pairs.items() if value not in (None, "", ())}


def keep_secret(path: Path, text: str) -> Path:
    """Write a token or key to a new file that only its owner can read.

    Raises:
        BadUse: there is a file already.
        CleargateError: it cannot be written.
    """
    try:
        private.write_new(path, text)
    except FileExistsError:
        raise BadUse(f"{path} is there already; name another file.") from None
    except OSError as fault:
        raise CleargateError(f"{path} cannot be written: {fault.strerror}.") from None
    return path
