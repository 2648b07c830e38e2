"""The command line as a whole: quick help, one sentence for each fault, stable exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cleargate.cli import COMMANDS, main, tell
from cleargate.model import errors
from cleargate.model.errors import CleargateError, PackError
from tests.architecture.commands import fault, shown
from tests.terminal import County, run, told


def commands(group: click.Group = main, above: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its whole name."""
    for name in group.list_commands(click.Context(group)):
        found = group.get_command(click.Context(group), name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from commands(found, f"{above}{name} ")
        else:
            yield f"{above}{name}", found


EVERY = dict(commands())


def test_help_lists_every_command_and_imports_none() -> None:
    heavy = (
        "sorted(m for m in sys.modules if m.startswith(('cleargate.commands', 'cedarpy', 'rich')))"
    )
    code = f"""
import sys
from click.testing import CliRunner
from cleargate.cli import main
print(CliRunner().invoke(main, ["--help"]).output)
print("imported", {heavy})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(f"  {name} " in done.stdout for name in COMMANDS)
    assert done.stdout.splitlines()[-1] == "imported []"


@pytest.mark.parametrize("name", EVERY)
def test_every_command_has_help_with_an_example_that_is_one(name: str) -> None:
    help = told(run(*name.split(), "--help"))
    example = "\n".join(help.partition("Example:\n")[2].splitlines())
    (arguments,) = shown(f"```\n{_unindented(example)}\n```\n")
    assert " ".join(arguments).startswith(name)
    assert fault(main, arguments) == ""


def _unindented(example: str) -> str:
    return "\n".join(line.strip() for line in example.splitlines())


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"demo"}))
def test_every_command_but_the_tour_can_answer_in_json(name: str) -> None:
    assert "--json" in {o for p in EVERY[name].params for o in p.opts}


def test_a_command_that_is_none_brings_the_one_that_was_meant() -> None:
    result = run("agncy")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "'agncy' is not a command; did you mean agency? See 'cleargate --help'.\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask",),
        ("ask", "county", "--for", "FBI"),
        ("ask", "county", "--fro", "FBI"),
        ("explain", "county", "soon"),
        ("agency", "cut"),
        ("log", "verify", "county"),
        ("custody", "book", "county", "--facility", "X", "--name", "N", "--sentenced", "maybe"),
    ],
)
def test_bad_use_is_one_sentence_that_names_the_help(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "See 'cleargate " in result.stderr and "--help'." in result.stderr


def test_a_folder_that_is_no_jurisdiction_says_what_to_do(tmp_path: Path) -> None:
    result = run("agency", "list", tmp_path)
    assert result.exit_code == 2
    assert (
        result.stderr == f"{tmp_path}/cleargate.toml is missing; run 'cleargate init {tmp_path}'.\n"
    )


def test_a_fault_in_json_is_a_problem_document(tmp_path: Path) -> None:
    result = run("agency", "list", tmp_path, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    problem = json.loads(result.stderr)
    assert problem["type"] == "urn:cleargate:error:bad-use"
    assert problem["status"] == 400 and problem["detail"].endswith(f"'cleargate init {tmp_path}'.")


def test_where_a_fault_arose_is_shown_only_on_demand(tmp_path: Path) -> None:
    assert "Traceback" not in run("agency", "list", tmp_path).stderr
    assert "Traceback" in run("agency", "list", tmp_path, "--debug").stderr
    assert "Traceback" in run("--debug", "agency", "list", tmp_path).stderr


def test_a_mistake_of_this_program_is_a_sentence_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(ZeroDivisionError("division by zero"), as_json=False) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("A mistake in this program: ZeroDivisionError") and "--debug" in line


def test_every_mistake_of_a_pack_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(PackError(["a.cedar:1: one.", "a.cedar:9: two."]), as_json=False) == 2
    assert capsys.readouterr().err == "a.cedar:1: one.\na.cedar:9: two.\n"


def test_each_class_of_fault_has_its_exit_code() -> None:
    classes = [c for c in vars(errors).values() if isinstance(c, type)]
    codes = {c.exit_code for c in classes if issubclass(c, CleargateError)}
    assert codes == {1, 2, 4, 5}


def test_a_store_that_is_missing_is_unavailable(county: County) -> None:
    (county.folder / "data" / "records.db").unlink()
    result = county.run("agency list")
    assert result.exit_code == 4
    assert "records.db is missing" in result.stderr
