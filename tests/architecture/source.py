"""The source read as syntax: which modules there are, and which names each one reaches for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cleargate"


@dataclass(frozen=True)
class Module:
    """One module: its dotted name, whether it is a package's ``__init__``, and its text."""

    name: str
    text: str
    package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def floor(self) -> str:
        """The folder or module right under ``cleargate`` that it belongs to."""
        return ".".join(self.name.split(".")[:2])

    @cached_property
    def imports(self) -> dict[str, str]:
        """Each name that an import binds, anywhere in the module, with the full name behind it."""
        bound: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.split(".")[0]
                    bound[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    bound[alias.asname or alias.name] = f"{self._source(node)}.{alias.name}"
        return bound

    def reaches(self) -> Iterator[tuple[str, int]]:
        """Every full name that the module imports or reads through an import, with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                source = self._source(node)
                yield from ((f"{source}.{alias.name}", node.lineno) for alias in node.names)
            elif isinstance(node, ast.Attribute | ast.Name):
                dotted = self._dotted(node)
                if dotted is not None:
                    yield dotted, node.lineno

    def strings(self) -> Iterator[tuple[str, int]]:
        """Every literal of the module but docstrings, as text, with its line."""
        prose = {
            id(node.value)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and id(node) not in prose:
                yield str(node.value), node.lineno

    def _source(self, node: ast.ImportFrom) -> str:
        """The absolute name of the module that a ``from … import`` names."""
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        here = parts if self.package else parts[:-1]
        base = here[: len(here) - (node.level - 1)]
        return ".".join([*base, node.module] if node.module else base)

    def _dotted(self, node: ast.expr) -> str | None:
        """``a.b.c`` as a full name, when ``a`` was bound by an import."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id)
        if isinstance(node, ast.Attribute):
            left = self._dotted(node.value)
            return None if left is None else f"{left}.{node.attr}"
        return None


def modules() -> list[Module]:
    """Every module of the package."""
    return [_module(path) for path in sorted(PACKAGE.rglob("*.py"))]


def within(name: str, prefix: str) -> bool:
    """Whether a dotted name is ``prefix`` or lies in it."""
    return name == prefix or name.startswith(prefix + ".")


def _module(path: Path) -> Module:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    package = parts[-1] == "__init__"
    return Module(".".join(parts[:-1] if package else parts), path.read_text("utf-8"), package)
