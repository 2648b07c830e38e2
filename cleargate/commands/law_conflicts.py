"""``cleargate law conflicts`` and ``settle``: what two laws leave undecided, and a rule for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Group
from rich.text import Text

from .. import show
from ..gate import conflicts, settling
from ..gate.conflicts import Item
from ..law.book import Book
from ..law.rules import Rule
from ..law.show import rule_lines
from ..show.blocks import Block
from .credential import proposal_json
from .session import acting, acting_as, declare, folder_argument, reading, tell


@declare("conflicts", "cleargate law conflicts county")
@folder_argument
@click.option("--all", "closed_too", is_flag=True, help="Those that were settled as well.")
def list_(folder: Path, closed_too: bool, as_json: bool) -> None:
    """Requests that ended in conflict: which rules, who decides, by when, and what the desk does
    meanwhile. One is over when the same facts no longer conflict by the book in force.
    """
    with reading(folder) as (_, gate):
        found = [i for i in conflicts.items(gate) if closed_too or i.open]
        book, now = gate.book(), gate.parts.clock()
    none = [] if found else [Block("No conflict is open.").done()]
    data = [conflicts.json(i) | {"times": i.times, "overdue": i.open and i.by < now} for i in found]
    tell(as_json, data, *none, *(_block(i, book, overdue=i.by < now) for i in found))


def _block(item: Item, book: Book, *, overdue: bool) -> Group:
    state = "open" if item.open else f"over: {item.now}"
    block = Block(f"Conflict {item.index}: {item.action} of {item.custodian}, {state}")
    block.line("opened", f"{item.at:%Y-%m-%d %H:%M} UTC, by the decision of entry {item.decision}")
    block.lines("rules", _rules(item, book))
    if item.open:
        late = ", which is past" if overdue else ""
        block.line("decides", f"{item.decider}, by {item.by:%Y-%m-%d %H:%M} UTC{late}")
        block.line("meanwhile", item.meanwhile)
        block.line("to settle", f"cleargate law settle DIR {item.index} --follow RULE --cite WORDS")
    block.line("settled", item.settled_by)
    if item.now is None:
        block.line("", "Its facts were expunged, so nothing tells whether it is over.")
    return block.done()


def _rules(item: Item, book: Book) -> Iterator[str | Text]:
    for id in item.rules:
        rule = book.rule(id)
        yield from show.rule(rule.ref) if rule else (f"{id}, which is no longer in force",)


@declare(
    "settle",
    "cleargate law settle county 118 --follow us-il-chicago/share-status \\\n"
    "      --cite 'decision of the corporation counsel, 1 December 2026'",
)
@acting_as
@click.argument("conflict", type=int, metavar="CONFLICT")
@click.option("--follow", required=True, metavar="PACK/RULE", help="The rule that is followed.")
@click.option("--cite", required=True, metavar="WORDS", help="By whose decision, in words.")
def settle(
    folder: Path, credential: Path | None, conflict: int, follow: str, cite: str, as_json: bool
) -> None:
    """Draft the rule that settles a conflict, in the custodian's own pack, and propose it; two must
    sign. It is tried first on the facts that opened the conflict.
    """
    with acting(folder, credential) as session:
        made = settling.propose(session.gate, session.person, conflict, follow, cite)
        rule = settling.drafted(session.gate, made)
    tell(as_json, proposal_json(made), *drafted(rule), show.proposal(made))


def drafted(rule: Rule | None) -> list[Group]:
    """The rule that is to be signed, as it will stand."""
    if rule is None:
        return []
    block = Block(f"{rule.id} would say")
    block.lines("", (line.removeprefix("  ") for line in rule_lines(rule, cedar=True)))
    return [block.done()]
