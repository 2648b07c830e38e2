"""Conflicts: what two laws leave undecided is opened for people, by an entry of the log.

A request that ends in ``conflict`` opens an item: which rules, who decides, by when. There is no
other record of it. Whether it is still open follows from the log and the law: the facts of its
decision are decided again by the book in force, and it is closed when they no longer conflict.
Meanwhile nothing is given and nobody is kept or handed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec

from ..law.book import Book
from ..law.decide import decide
from ..law.facts import Cast
from ..log import read as log
from ..log.append import append
from ..model.decision import Decision
from ..model.errors import BadUse
from ..model.evidence import Document
from ..model.receipt import Receipt
from ..model.request import Known
from ..model.words import Outcome, Tri
from . import entries
from .bench import Bench
from .pinned import cast_then, read_facts, rebuild

DECIDERS: Final = "two of its administrators or counsel"
_MOST: Final = 100_000  # items read for a list
_MEANWHILE: Final = {
    "hold": "Hold not permitted: release the person on the ordinary terms.",
    "transfer": "Transfer not permitted: nobody is handed over.",
}
_NOTHING: Final = "Nothing is given or done on this until it is settled."
_Key = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Item:
    """One conflict.

    Attributes:
        index: the entry that opened it.
        decision: the entry of the decision that ended in it.
        rules: those that contradict each other, and those that are disputed.
        times: how many entries opened it: a new process or another book opens it again.
        now: what the book in force makes of the same facts; None when they were expunged.
        settled_by: the rule of the custodian's own pack that settles it, cited.
    """

    index: int
    decision: int
    at: datetime
    custodian: str
    action: str
    rules: tuple[str, ...]
    decider: str
    by: datetime
    times: int = 1
    now: Outcome | None = Outcome.CONFLICT
    settled_by: str = ""

    @property
    def open(self) -> bool:
        """Whether it is still to be decided. What cannot be decided again counts as open."""
        return self.now in (None, Outcome.CONFLICT)

    @property
    def meanwhile(self) -> str:
        """What the desk does until it is settled."""
        return _MEANWHILE.get(self.action, _NOTHING)


class Conflicts:
    """Opens items, each once for a book while this process runs."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, _Key], Item] = {}

    def opened(
        self, bench: Bench, known: Known, decision: Decision, receipt: Receipt, via: str
    ) -> Item:
        """The item of a decision that ended in conflict, logged when it is new.

        Raises:
            Unavailable: the log cannot be written; then the request is not answered.
        """
        rules = tuple(sorted(r.id for r in decision.deciding))
        key = (decision.book, (decision.custodian, decision.action, rules))
        if key not in self._seen:
            self._seen[key] = _open(bench, known, decision, rules, receipt, via)
        return self._seen[key]


def _open(
    bench: Bench,
    known: Known,
    decision: Decision,
    rules: tuple[str, ...],
    receipt: Receipt,
    via: str,
) -> Item:
    due = (known.at + bench.parts.limits.conflict).replace(microsecond=0)
    decider = f"{decision.custodian}: {_decides(bench, decision)}"
    clear = {
        "what": decision.action,
        "rules": rules,
        "decider": decider,
        "by": due,
        "decision": receipt.index,
    }
    case = {"case": known.request.case}
    leaf = entries.entry("conflict", known.at, receipt.versions, via, clear, case)
    (opened,) = append(bench.parts.log, [leaf])
    return Item(opened.index, receipt.index, known.at, decision.custodian, decision.action, rules,
                decider, due)  # fmt: skip


def _decides(bench: Bench, decision: Decision) -> str:
    """Whom the law names, cited; where it names nobody, those who can sign a rule into force."""
    return bench.law.book(decision.book).decider(decision.custodian) or DECIDERS


def items(bench: Bench) -> list[Item]:
    """Every conflict that was ever opened, the oldest first, as the book in force leaves it."""
    found: dict[_Key, list[Item]] = {}
    for entry in reversed(log.entries(bench.parts.log, kinds=("conflict",), limit=_MOST)):
        one = _item(bench, entry.index, entry.leaf.at, entry.leaf.clear)
        found.setdefault((one.custodian, one.action, one.rules), []).append(one)
    return [_together([_as_of_now(bench, one) for one in alike]) for alike in found.values()]


def _together(alike: list[Item]) -> Item:
    """One item of all that opened it, open while the facts of any of them still conflict."""
    still = next((one for one in alike if one.open), alike[0])
    return replace(alike[0], now=still.now, settled_by=still.settled_by, times=len(alike))


def item(bench: Bench, index: int) -> Item:
    """The conflict that entry ``index`` opened.

    Raises:
        BadUse: no conflict was opened there.
    """
    for one in items(bench):
        if one.index == index:
            return one
    raise BadUse(f"Entry {index} opened no conflict; 'cleargate law conflicts DIR' lists them.")


def _item(bench: Bench, index: int, at: datetime, clear: Mapping[str, Any]) -> Item:
    decided = log.entry(bench.parts.log, clear["decision"]).leaf.clear
    return Item(index, clear["decision"], at, decided["custodian"], clear["what"],
                tuple(clear["rules"]), clear["decider"], clear["by"])  # fmt: skip


def _as_of_now(bench: Bench, one: Item) -> Item:
    decision = again(bench, one.decision, bench.book())
    if decision is None:
        return replace(one, now=None)
    own = bench.book().custodian(one.custodian).own_pack
    cites = [
        s.by.cite for s in decision.struck if s.how == "settled" and s.by.id.startswith(f"{own}/")
    ]
    return replace(one, now=decision.outcome, settled_by=next(iter(cites), ""))


def again(bench: Bench, index: int, book: Book) -> Decision | None:
    """The decision of entry ``index`` by ``book``; None when its facts were expunged."""
    entry = log.entry(bench.parts.log, index)
    if "facts" in entry.expunged:
        return None
    facts = read_facts(index, msgspec.json.encode(entry.values["facts"]).decode())
    known = rebuild(entry.leaf.clear, facts, entry.leaf.under.epoch)
    # By today's law, so what begins or ends by its date counts as of now; on the papers of then, so
    # that one which has expired since does not pass for a conflict that was settled.
    papers = tuple(_as_of(d, known.at) for d in known.documents)
    known = replace(known, at=bench.parts.clock(), documents=papers)
    cast = Cast(cast_then(facts, bench.parts.directory.all()))
    return decide(book, book.custodian(known.request.custodian), cast, known)


def _as_of(document: Document, at: datetime) -> Document:
    """The document as it was worth then, for good."""
    by = document.verified_by if document.verified(at) is Tri.YES else ""
    return replace(document, verified_by=by, expires=None, withdrawn_at=None)


def json(one: Item) -> dict[str, Any]:
    """An item as answers and ``--json`` show it."""
    return {
        "conflict": one.index,
        "decision": one.decision,
        "opened": one.at.isoformat(),
        "custodian": one.custodian,
        "action": one.action,
        "rules": list(one.rules),
        "decider": one.decider,
        "by": one.by.isoformat(),
        "meanwhile": one.meanwhile,
        "open": one.open,
        "now": one.now,
        "settled_by": one.settled_by,
    }
