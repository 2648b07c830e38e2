"""Only the gate decides, opens a store, or writes the log (DESIGN, section 3).

The import contracts in ``pyproject.toml`` hold the same for direct imports. A re-export, a borrowed
name or an import by string passes them; those are caught here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable

import pytest

from tests.architecture.source import ROOT, Module, modules, within

GATE = "cleargate.gate"
MAY_IMPORT_BY_STRING = {"cleargate.cli"}  # its commands are imported when they are called
NOT_BUILT: set[str] = set()
IMPORTS_BY_STRING = ("importlib.import_module", "importlib.util", "importlib.machinery", "runpy")


def _act_modules() -> tuple[str, ...]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (door,) = (c for c in contracts if c["id"] == "one-door")
    return tuple(door["protected_modules"])


ACTS = _act_modules()


def breaches(all_modules: Iterable[Module]) -> list[str]:
    """Every way in which one of these modules passes by the door, one sentence each."""
    found = set()
    lent = [
        f"{module.name}.{name}"
        for module in all_modules
        for name, full in module.imports.items()
        if _act(full)
    ]
    for module in all_modules:
        for name, line in module.reaches():
            act, where = _act(name), f"{module.name}:{line}"
            if act and module.package:
                found.add(f"{where} hands on {act} from a package's front door")
            elif act and not _may(module, act):
                found.add(f"{where} imports {act}")
            elif any(within(name, one) and not _may(module, name) for one in lent):
                found.add(f"{where} borrows {name} from a module that imported it")
            elif name.startswith(IMPORTS_BY_STRING) and module.name not in MAY_IMPORT_BY_STRING:
                found.add(f"{where} imports by string")
        for text, line in module.strings():
            if any(act in text for act in ACTS) and module.floor != GATE:
                found.add(f"{module.name}:{line} names an act module in a string")
        if "__import__" in module.text:
            found.add(f"{module.name} imports by string")
    return sorted(found)


def _act(name: str) -> str:
    return next((act for act in ACTS if within(name, act)), "")


def _may(module: Module, name: str) -> bool:
    return module.floor == GATE or within(name, module.floor)


def test_only_the_gate_and_its_own_floor_reach_an_act_module() -> None:
    assert breaches(modules()) == []


def test_every_act_module_that_is_listed_exists() -> None:
    """import-linter passes over a name that is none, so a renamed module would stand open."""
    there = {module.name for module in modules()}
    assert {act for act in ACTS if act not in there} == NOT_BUILT


LENDER = Module("cleargate.law.book", "from .decide import decide\n")

PLANTED = {
    "a direct import": [Module("cleargate.web.app", "from cleargate.law.decide import decide")],
    "a relative import": [Module("cleargate.demo.tour", "from ..records import search")],
    "a module import": [Module("cleargate.cli", "import cleargate.log.append")],
    "inside a function": [Module("cleargate.cli", "def f():\n    from .log import append")],
    "a sibling": [Module("cleargate.custody.desk", "from ..evidence.write import add")],
    "a re-export": [Module("cleargate.law", "from .decide import decide", package=True)],
    "the gate's own re-export": [Module(GATE, "from ..law import decide", package=True)],
    "an attribute": [Module("cleargate.web.app", "import cleargate.law as l\nl.decide.decide()")],
    "a borrowed name": [LENDER, Module("cleargate.cli", "from .law.book import decide")],
    "a borrowed attribute": [
        LENDER,
        Module("cleargate.cli", "from .law import book\nbook.decide()"),
    ],
    "a string": [Module("cleargate.cli", "LAZY = {'x': 'cleargate.records.search:search'}")],
    "importlib": [
        Module("cleargate.web.app", "from importlib import import_module\nimport_module(x)")
    ],
    "__import__": [Module("cleargate.web.app", "__import__(x)")],
}


@pytest.mark.parametrize("case", PLANTED)
def test_each_way_around_the_door_is_seen(case: str) -> None:
    assert breaches(PLANTED[case]) != []


def test_the_gate_and_a_floor_itself_may_use_act_modules() -> None:
    allowed = [
        LENDER,
        Module("cleargate.gate.gate", "from ..law.decide import decide\nfrom ..log import append"),
        Module("cleargate.law.matrix", "from .book import decide"),
        Module("cleargate.web.app", "from ..law.book import Book\nimport importlib.resources"),
    ]
    assert breaches(allowed) == []
