"""The command lines that the documents show, and whether the real command line takes them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click

FENCE = re.compile(
    r"^(?P<fence>```+|~~~+) *(?P<kind>\w*)[^\n]*\n(?P<body>.*?)^(?P=fence)", re.M | re.S
)
NOT_COMMANDS = {"text", "json", "toml", "python", "cedar", "sql", "html"}
COMMAND = re.compile(r"^(?:\$ +)?(?:\.venv/bin/)?cleargate(?: |$)")
ENDS_A_COMMAND = {"|", "||", "&&", ";", ">", ">>", "<", "&"}


def shown(markdown: str) -> Iterator[list[str]]:
    """The arguments of every ``cleargate`` command in the fenced blocks of a document."""
    for block in FENCE.finditer(markdown):
        if block["kind"] not in NOT_COMMANDS:
            for line in block["body"].replace("\\\n", " ").splitlines():
                if COMMAND.match(line):
                    yield _arguments(line)


def fault(command: click.Command, arguments: list[str], parent: click.Context | None = None) -> str:
    """What the command line would object to in these arguments; empty when nothing.

    Names, options and choices are checked; files need not exist: documents speak of the reader's.
    """
    context = click.Context(command, info_name=command.name, parent=parent)
    try:
        values, rest, _ = command.make_parser(context).parse_args(list(arguments))
        help_option = command.get_help_option(context)
        if help_option is not None and help_option.name in values:
            return ""
        for parameter in command.get_params(context):
            _check(parameter, values.get(str(parameter.name)), context)
        if isinstance(command, click.Group):
            if not rest:
                return "" if command.invoke_without_command else "names no command"
            _, inner, left = command.resolve_command(context, rest)
            return fault(inner, left, context) if inner else "names no command"
    except click.UsageError as error:
        return error.format_message()
    return f"has too much: {' '.join(rest)}" if rest else ""


def _check(parameter: click.Parameter, value: object, context: click.Context) -> None:
    """That a mandatory parameter is there, and that a choice is one of its words."""
    missing = not isinstance(value, str | bool | int | list | tuple) or value in ((), [])
    if missing and parameter.required:
        raise click.MissingParameter(ctx=context, param=parameter)
    if isinstance(parameter.type, click.Choice) and not missing:
        for one in value if isinstance(value, list | tuple) else [value]:
            parameter.type.convert(one, parameter, context)


def _arguments(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    end = next((i for i, word in enumerate(words) if word in ENDS_A_COMMAND), len(words))
    return words[words.index(next(w for w in words if w.endswith("cleargate"))) + 1 : end]
