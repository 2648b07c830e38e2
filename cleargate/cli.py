"""The command line: which commands there are, and how a fault is told.

A command's module in ``commands`` is imported when the command is called, so that ``--help``
answers at once. Exit codes: 0 done, 1 fault, 2 bad use, 3 refuse or no authority, 4 conflict or
unavailable, 5 checked and found wrong.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, NoReturn

import click

from . import __version__
from .model.errors import BadUse, CleargateError, PackError
from .model.fields import near, printable

COMMANDS: Final = {
    "demo": "An invented county: a tour through it, then its pages.",
    "init": "Make a jurisdiction: settings, stores, key, law in force.",
    "serve": "Answer requests over HTTP.",
    "backup": "Copy everything but the keys.",
    "restore": "Put a backup back, and declare what is lost.",
    "ask": "Ask for something, and get an answer or a refusal.",
    "explain": "A past request, step by step.",
    "sign": "Sign what needs two keys.",
    "storage": "The databases: make ready, check.",
    "records": "Records: import extracts, see the catalogue.",
    "evidence": "Documents: add, verify, withdraw, show.",
    "credential": "Credentials: issue, revoke.",
    "agency": "Agencies: list, add, narrow, cut off.",
    "law": "Law: packs, scenarios, the book in force.",
    "custody": "Custody: book, lodge, hold, release.",
    "report": "Reports: what is due, by when.",
    "log": "The log: show, export, verify, and its key.",
}
"""Each command with its line in ``--help``; its module in ``commands`` has the same name."""


class Root(click.Group):
    """The commands by name, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, from its module."""
        if cmd_name not in COMMANDS:
            return None
        found = import_module(f"{__package__}.commands.{cmd_name}").command
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion for a name that is none."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"'{args[0]}' is not a command{near(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in ``--help``, without importing what is listed."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, args: Sequence[str] | None = None, *given: Any, **extra: Any) -> NoReturn:
        """Run a command; tell a fault in one sentence, and leave with its code."""
        arguments = sys.argv[1:] if args is None else list(args)
        extra["standalone_mode"] = False
        try:
            code = super().main(arguments, *given, **extra)
        except BrokenPipeError:  # the reader has seen enough, as ``head`` has
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
        except Exception as fault:
            if "--debug" in arguments:
                traceback.print_exc()
            code = tell(fault, as_json="--json" in arguments)
        sys.exit(code if isinstance(code, int) else 0)


def tell(fault: Exception, *, as_json: bool) -> int:
    """Write a fault to stderr: one sentence, or its problem document. Returns the exit code."""
    problem = _ours(fault)
    if as_json:
        click.echo(json.dumps(problem.problem(), ensure_ascii=False), err=True)
    else:
        lines = problem.mistakes if isinstance(problem, PackError) else [problem.sentence]
        click.echo(printable("\n".join(lines)), err=True)
    return problem.exit_code


def _ours(fault: Exception) -> CleargateError:
    """Any fault as one of ours."""
    match fault:
        case CleargateError():
            return fault
        case click.UsageError():
            where = fault.ctx.command_path if fault.ctx else "cleargate"
            said = fault.format_message().rstrip(".")
            stop = "" if said.endswith("?") else "."
            return BadUse(f"{said}{stop} See '{where} --help'.")
        case click.ClickException():
            return BadUse(fault.format_message())
        case click.Abort():
            return CleargateError("Stopped; nothing more was done.")
        case OSError() if fault.filename:
            return CleargateError(f"{fault.filename}: {fault.strerror}; see that path.")
    return CleargateError(
        f"A mistake in this program: {type(fault).__name__}: {fault}. Say --debug to see where, "
        "and report it."
    )


@click.group(
    "cleargate",
    cls=Root,
    epilog="Begin with 'cleargate demo', or 'cleargate init county --book us-il-cook'.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="cleargate")
@click.option("--debug", is_flag=True, expose_value=False, help="Show where a fault arose.")
def main() -> None:
    """The one door between a jurisdiction's law-enforcement records and custody and everyone who
    asks: decides each request by the law in force, cites it, and writes proof before it answers.
    """
