"""What a stranger may count on: short modules, and a sentence at each public name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain

from tests.architecture.source import PACKAGE, ROOT, Module, modules

MOST_LINES = 500
ONE_FILE = "cleargate/log/check_log.py"
"""Goes out alone, with every export: whoever checks a log has one file to read."""
FOLDERS = ("cleargate", "tests", "benchmarks")


def test_no_module_has_more_than_500_lines() -> None:
    files = chain.from_iterable((ROOT / folder).rglob("*.py") for folder in FOLDERS)
    lines = {str(f.relative_to(ROOT)): len(f.read_text("utf-8").splitlines()) for f in files}
    assert {name: n for name, n in lines.items() if n > MOST_LINES and name != ONE_FILE} == {}


def test_the_law_in_the_search_is_read_in_one_sitting() -> None:
    files = ("law/lower.py", "law/terms.py", "records/print.py")  # lowering, simplifier, printer
    lines = [len((PACKAGE / file).read_text("utf-8").splitlines()) for file in files]
    assert sum(lines) < 1_000


def test_every_module_says_what_it_is_for() -> None:
    assert [m.name for m in modules() if not ast.get_docstring(m.tree)] == []


def test_every_folder_has_a_front_door() -> None:
    folders = {file.parent for file in PACKAGE.rglob("*.py")}
    assert [str(f.relative_to(ROOT)) for f in folders if not (f / "__init__.py").is_file()] == []


def test_every_public_function_and_class_has_a_docstring() -> None:
    assert [name for module in modules() for name in _undocumented(module)] == []


def _undocumented(module: Module) -> Iterator[str]:
    """Public names without a sentence, in their own docstring or in the module's."""
    said = (ast.get_docstring(module.tree) or "").split()
    for node in module.tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if not (node.name.startswith("_") or ast.get_docstring(node) or node.name in said):
            yield f"{module.name}.{node.name}"
