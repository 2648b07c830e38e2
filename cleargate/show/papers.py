"""Everything else that is read at a terminal: proposals, entries, checks of the log, releases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.console import Group
from rich.text import Text

from ..agencies.proposals import NEEDED, Proposal
from ..gate import explain as explained
from ..gate import explain_filter
from ..gate.explain import Explained
from ..gate.release import Release
from ..log.read import Entry
from ..log.report import Report
from ..model.fields import printable
from ..model.words import by_when
from .answers import rule
from .blocks import Block, plain


def proposal(proposal: Proposal) -> Group:
    """A proposal: what is to be done, who has signed, and how to sign."""
    block = Block(f"Proposal {proposal.id}: {proposal.action} of {proposal.custodian}")
    block.lines("what", (f"{name}: {value}" for name, value in sorted(proposal.arguments.items())))
    block.line("proposed", f"by {proposal.proposed_by}, {_time(proposal.proposed_at)}")
    block.lines("signed", (f"by {s.person}, {_time(s.at)}" for s in proposal.signatures))
    if proposal.executed_leaf is not None:
        block.line("done", f"by entry {proposal.executed_leaf}")
    else:
        missing = NEEDED - len({s.person for s in proposal.signatures})
        keys = "key" if missing == 1 else "keys"
        block.line("needs", f"{missing} more {keys}, until {_time(proposal.expires_at)}")
        block.line("sign", f"cleargate sign DIR {proposal.id} --key FILE")
    return block.done()


def entry(entry: Entry) -> Group:
    """An entry of the log: what it says in the clear, and what was sealed."""
    leaf = entry.leaf
    block = Block(f"Entry {entry.index}: {leaf.kind}")
    block.line("at", _time(leaf.at))
    block.line("book", f"{leaf.under.book[:12] or 'none'}, credential epoch {leaf.under.epoch}")
    for name, value in sorted(leaf.clear.items()):
        block.line("clear", f"{name}: {_value(value)}")
    for name in sorted(leaf.sealed):
        gone = name in entry.expunged
        block.line("sealed", f"{name}: {'(expunged)' if gone else _value(entry.values[name])}")
    return block.done()


def steps(found: Explained) -> Group:
    """A past request as its ten steps, and its rules as they read then."""
    block = Block(f"Entry {found.decided.index}: {found.decided.leaf.clear['action']}")
    for number, (name, what) in enumerate(explained.steps(found), 1):
        block.line(f"{number:2}", Text.assemble((f"{name}: ", "bold"), printable(what)))
    block.lines("rules", (line for r in found.rules for line in rule(r)))
    if found.filter is not None:
        _filter(block, found.filter)
    return block.done()


def filter(laid_open: Mapping[str, Any]) -> Group:
    """A search's filter: what is left of each rule, the SQL, what closed which column."""
    block = Block("The law as the database was asked")
    _filter(block, laid_open)
    return block.done()


def _filter(block: Block, laid_open: Mapping[str, Any]) -> None:
    for name, what in explain_filter.lines(laid_open):
        block.line(name, printable(what))
    block.lines("plan", map(printable, laid_open.get("plan", ())))


def report(report: Report) -> Text:
    """A check of the log, in its own words."""
    return plain("\n".join(report.lines()) + "\n")


def released(release: Release) -> Group:
    """A release: what was written down where, what is due, and what is left to do."""
    done = release.released
    block = Block(f"Released: {done.booking}, {_time(done.at)}")
    block.line("database", "" if done.recorded is None else "brought up to date")
    if release.receipt:
        block.line("log", f"entry {release.receipt.index}")
    if done.recorded:
        block.lines("was held", (f"on {document}" for document in done.recorded.ended))
        block.lines(
            "incident",
            (f"{i.what} since {_time(i.since)} ({i.rule})" for i in done.recorded.incidents),
        )
    block.lines(
        "due",
        (f"{d.name}, to {d.to}: {by_when(d.within)} ({d.rule.cite})" for d in release.duties),
    )
    block.lines("to do", done.later)
    block.lines("kept in", (str(path) for path in done.files))
    if release.form:
        block.add(plain("\n" + release.form))
    return block.done()


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
