"""A past entry as the ten steps: what was known, which rules, what was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..log.read import Entry, entries, entry, receipt
from ..model.decision import RuleRef
from ..model.errors import BadUse, PackError
from ..model.receipt import Receipt
from . import explain_filter
from .gate import Gate

_FOLLOWS = ("answered", "done", "failed")


@dataclass(frozen=True, slots=True)
class Explained:
    """One decision's entry, its rules as they read then, and the entry that followed.

    Attributes:
        filter: of a read of rows, the filter and the statements that ran.
    """

    decided: Entry
    rules: tuple[RuleRef, ...]
    followed: Entry | None
    receipt: Receipt
    filter: Mapping[str, Any] | None = None


def explain(gate: Gate, index: int) -> Explained:
    """Entry ``index``, or the decision that it followed.

    Raises:
        BadUse: there is no such entry, or it is neither a decision nor rests on one.
    """
    log = gate.parts.log
    found = entry(log, index)
    if found.leaf.kind != "decided":
        decision = found.leaf.clear.get("decision")
        if decision is None:
            raise BadUse(
                f"Entry {index} is of kind {found.leaf.kind}; 'cleargate log show' prints it."
            )
        found = entry(log, decision)
    return Explained(
        found,
        tuple(_rules(gate, found)),
        _follows(gate, found),
        receipt(log, found.index),
        explain_filter.again(found.values.get("search") or {}, gate.pinned),
    )


def _rules(gate: Gate, decided: Entry) -> Iterator[RuleRef]:
    """The rules as the book of that time has them; only their ids when its texts are gone."""
    try:
        book = gate.law.book(decided.leaf.under.book)
    except PackError:
        return
    for id in decided.leaf.clear["rules"]:
        if rule := book.rule(id):
            yield rule.ref


def _follows(gate: Gate, decided: Entry) -> Entry | None:
    """The entry after a decision that says what came of it; it is near."""
    size = gate.parts.log.head().size
    near = entries(
        gate.parts.log, kinds=_FOLLOWS, before=min(size, decided.index + 1_000), limit=1_000
    )
    return next((e for e in reversed(near) if e.leaf.clear.get("decision") == decided.index), None)


def steps(found: Explained) -> list[tuple[str, str]]:
    """The ten steps of a request as (name, what happened)."""
    said, values = found.decided.leaf.clear, found.decided.values
    facts: dict[str, Any] = values.get("facts") or {}
    opened = said["outcome"] in ("permit", "require")
    skipped = "skipped: the outcome opens nothing"
    rules = "; ".join(f"{r.cite} ({r.id})" for r in found.rules) or ", ".join(said["rules"])
    basis = ", ".join(
        f"{b['kind']} {'verified' if b['verified'] else 'not verified'}" for b in said["basis"]
    )
    after = found.followed
    return [
        ("Authenticate", f"{_shown(values, 'person')} of {said['requester_agency']}"),
        ("Parse", f"{said['action']} of {said['custodian']}, for {said['represented']}, "
                  f"purpose {said['purpose']}, case {_shown(values, 'case') or 'not given'}"),
        ("Facts", f"basis: {basis or 'none'}; {len(facts)} groups of facts pinned"),
        ("Decide", f"{said['outcome']} by book {found.decided.leaf.under.book[:12]}: "
                   f"{rules or _shown(values, 'reason')}"),
        ("Narrow", _narrowed(found) if opened else skipped),
        ("Log", f"entry {found.decided.index}, {found.decided.leaf.at:%Y-%m-%d %H:%M:%S} UTC"),
        ("Ticket", f"of entry {found.decided.index}" if opened else skipped),
        ("Act", _acted(after) if opened else skipped),
        ("Log the answer", f"entry {after.index}, {after.leaf.kind}" if after else
         ("not there: see start-up's report" if opened else skipped)),
        ("Answer", "given with its receipt" if after and after.leaf.kind != "failed" else
         ("nothing was answered" if opened else "the refusal, with its rules and its receipt")),
    ]  # fmt: skip


def _narrowed(found: Explained) -> str:
    """The masks that were open: of a search, in every row that it shows, and in some."""
    if found.filter is None:
        return f"masks open: {', '.join(found.decided.leaf.clear['masks']) or 'none'}"
    when: dict[str, str] = found.filter["masks"]
    everywhere = [mask for mask, words in when.items() if words == "always"]
    some = [mask for mask, words in when.items() if words not in ("always", "never")]
    rows = f"rows: {found.filter['rows']}; masks open: {', '.join(everywhere) or 'none'}"
    return rows + (f"; in some rows: {', '.join(some)}" if some else "")


def _shown(values: dict[str, Any], name: str) -> str:
    return str(values.get(name, "(expunged)"))


def _acted(after: Entry | None) -> str:
    if after is None:
        return "not known"
    said = after.leaf.clear
    if after.leaf.kind == "answered":
        return f"{said['rows']} rows, {len(said['columns'])} columns"
    return f"{said['act']} {after.leaf.kind}" + (f": {said['code']}" if "code" in said else "")
