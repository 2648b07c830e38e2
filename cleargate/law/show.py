"""The book as people read it: by layer, each rule as summary, citation, marks and Cedar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model.errors import BadUse
from ..model.fields import near
from ..model.words import Layer
from .book import Book
from .rules import Rule


def chosen(book: Book, wanted: Sequence[str] = ()) -> list[Rule]:
    """The rules that are named, by ``pack/rule`` or ``rule``; every rule when none is.

    Raises:
        BadUse: the book has no such rule.
    """
    rules = [r for p in book.packs.values() for r in p.rules]
    for id in wanted:
        if not any(_is(r, id) for r in rules):
            near_ = near(id, [r.id for r in rules] + [r.id.partition("/")[2] for r in rules])
            raise BadUse(f"No rule of this book is called '{id}'{near_}")
    return [r for r in rules if not wanted or any(_is(r, id) for id in wanted)]


def _is(rule: Rule, id: str) -> bool:
    return id in (rule.id, rule.id.partition("/")[2])


def show(book: Book, rules: Sequence[Rule] | None = None, *, cedar: bool = True) -> Iterator[str]:
    """The lines of the book, the highest law first.

    Args:
        book: which law.
        rules: only these.
        cedar: with each rule's text as written.
    """
    kept = chosen(book) if rules is None else rules
    for layer in Layer:
        packs = [
            p for p in book.packs.values()
            if p.layer is layer and any(r.pack == p.name for r in kept)
        ]  # fmt: skip
        if not packs:
            continue
        yield f"{layer.word} law"
        for pack in sorted(packs, key=lambda p: p.name):
            bound = pack.custodian or ", ".join(pack.binds)
            yield f"  {pack.name}: {pack.title}. Binds {bound}."
            if pack.conflicts:
                yield f"    What laws leave in conflict is decided by {pack.conflicts.words}."
            for rule in (r for r in kept if r.pack == pack.name):
                yield from (f"    {line}" for line in rule_lines(rule, cedar))
                yield ""


def rule_lines(rule: Rule, cedar: bool) -> Iterator[str]:
    """One rule: what it says, where that stands, and what marks it."""
    yield rule.summary
    yield f"  {rule.cite}"
    yield f"  {' · '.join((rule.id, rule.kind, *marks(rule)))}"
    if cedar:
        yield from (f"  | {line}" for line in rule.text.splitlines())


def marks(rule: Rule) -> Iterator[str]:
    """What else is to be known of a rule, in words."""
    if rule.duty:
        yield f"duty {rule.duty} on {rule.on}, within {rule.within}, to {rule.to}"
    if rule.strikes:
        yield f"strikes {', '.join(sorted(rule.strikes))}"
    if rule.binds:
        yield f"binds {', '.join(rule.binds)}"
    if rule.limit:
        yield f"limit {rule.limit} ({rule.limit_cite})"
    if rule.yields:
        yield "yields to a must"
    if rule.in_force_from:
        yield f"from {rule.in_force_from}"
    if rule.in_force_until:
        yield f"until {rule.in_force_until}"
    if rule.stayed:
        yield f"stayed: {rule.stayed}"
    if rule.disputed:
        yield f"disputed: {rule.disputed}"
    if rule.reviewed:
        yield rule.reviewed
    if rule.review:
        yield "not yet reviewed by counsel"
