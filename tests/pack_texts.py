"""Packs written into a folder for one test, and every mistake that reading them finds."""

from __future__ import annotations

from pathlib import Path

from cleargate.law.book import read_book
from cleargate.law.check import check
from cleargate.model.errors import PackError

HEAD = 'title = "A state"\nmaker = "state"\nbinds = ["law-enforcement"]\n'
MARKS = '@id("r") @cite("1 Code 1") @summary("Must not …")'
WHEN = 'context.document.kind == "detainer"'
LINE = 3
"""On which line the first rule of ``rule()`` begins."""


def rule(
    extra: str = "",
    *,
    effect: str = "forbid",
    action: str = '== Action::"hold"',
    when: str = WHEN,
    marks: str = MARKS,
) -> str:
    """One rule as text, below a comment and an empty line."""
    return (
        f"// what this file is about\n\n{marks} {extra}\n"
        f"{effect} (principal, action {action}, resource)\nwhen {{ {when} }};\n"
    )


def write(
    library: Path,
    policies: str = "",
    head: str = HEAD,
    *,
    name: str = "us-xx",
    scenarios: str = "",
) -> Path:
    """A pack in ``library``, with one file of rules."""
    folder = library / name
    (folder / "policies").mkdir(parents=True)
    (folder / "pack.toml").write_text(head, "utf-8")
    (folder / "policies" / "rules.cedar").write_text(policies, "utf-8")
    (folder / "scenarios.toml").write_text(scenarios, "utf-8")
    return folder


def mistakes(*libraries: Path, name: str = "us-xx") -> list[str]:
    """What is wrong with the book of ``name``, whether reading it or checking it finds it."""
    try:
        return check(read_book([name], libraries))
    except PackError as fault:
        return fault.mistakes
