"""An answer as a short block: who asks whom for whom, what, why; outcome and its law; proof."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group
from rich.text import Text

from ..gate.answer import Answer
from ..model.decision import Decision, DocumentDecision, RuleRef
from ..model.evidence import EVIDENCE_KINDS
from ..model.request import Request
from ..model.words import PURPOSES, Outcome, by_when
from ..records.catalogue import CATALOGUE
from .blocks import Block, joined, two_lines
from .results import result

_GLYPHS: Final = {
    Outcome.PERMIT: "○",
    Outcome.REQUIRE: "●",
    Outcome.REFUSE: "■",
    Outcome.NO_AUTHORITY: "□",
    Outcome.CONFLICT: "◧",
    Outcome.UNAVAILABLE: "◇",
}
_STRUCK: Final = {
    "leave": "that law itself leaves it open",
    "yields": "it yields to a duty of the same or higher law",
    "protects": "higher law protects it",
    "settled": "the custodian's own pack settles it so",
    "overridden": "higher law decides otherwise",
}
_LONGEST: Final = 5
"""Ways to change an outcome that are shown; ``--json`` has all."""


def glyph(outcome: Outcome) -> str:
    """The outcome with its sign, such as ``■ refuse``."""
    return f"{_GLYPHS[outcome]} {outcome}"


def answer(answer: Answer) -> Group:
    """The block of one answer."""
    request, decision = answer.request, answer.decision
    block = Block(glyph(decision.outcome))
    block.line("who", _who(answer))
    block.line("what", _what(request))
    block.line("why", _why(request))
    if request.basis or len(decision.documents) > 1:
        block.lines("papers", (_paper(d) for d in decision.documents if d.document))
    law(block, decision, request.dataset)
    if answer.conflict:
        item = answer.conflict
        block.line("conflict", f"{item.index}, to be settled by {item.decider}, by "
                   f"{item.by:%Y-%m-%d %H:%M} UTC. {item.meanwhile}")  # fmt: skip
    _changes(block, answer)
    if answer.opens:
        result(block, answer)
    block.line("receipt", _receipt(answer))
    return block.done()


def law(block: Block, decision: Decision, dataset: str = "") -> None:
    """What a decision rests on, what was set aside, and what follows from it."""
    block.lines("rules", (line for r in decision.deciding for line in rule(r)))
    block.line("because", decision.why)
    block.lines(
        "struck",
        (
            f"{s.rule.cite} ({s.rule.id}), by {s.by.cite} ({s.by.id}): {_STRUCK.get(s.how, s.how)}"
            for s in decision.struck
        ),
    )
    block.lines("opened", _masks(decision, dataset))
    block.lines("until", (f"{limit.text} ({limit.cite})" for limit in decision.limits))
    block.lines(
        "due",
        (f"{d.name}, to {d.to}: {by_when(d.within)} ({d.rule.cite})" for d in decision.duties),
    )


def rule(rule: RuleRef) -> Iterator[Text]:
    """A rule with its citation, and whether counsel has reviewed it."""
    review = "not yet reviewed by counsel" if rule.review else rule.reviewed
    disputed = f"disputed: {rule.disputed}" if rule.disputed else ""
    yield from two_lines(
        f"{rule.cite}: {rule.summary}",
        rule.id, f"{rule.kind}, {rule.layer.word} law", review, disputed,
    )  # fmt: skip


def _who(answer: Answer) -> str:
    request, asker = answer.request, answer.asker
    agency = asker.agency if asker else ""
    who = f"{asker.id} of {agency}, {asker.role}," if asker else "somebody"
    whom = "itself" if request.represented == agency else request.represented
    return f"{who} asks {request.custodian}, for {whom}"


def _what(request: Request) -> str:
    of = request.target or request.dataset
    kind = request.kind if request.kind != "none" else ""
    where = " and ".join(f"{c.column} {c.op} {_value(c.value)}" for c in request.where)
    said = [request.action, f"of {of}" if of else "", kind, f"where {where}" if where else ""]
    return " ".join(part for part in said if part)


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _why(request: Request) -> str:
    return joined(
        f"{request.purpose} {PURPOSES[request.purpose].words}",
        f"case {request.case}" if request.case else "",
        f"attention {request.attention}" if request.attention else "",
        request.reason,
    )


def _paper(document: DocumentDecision) -> str:
    kind = EVIDENCE_KINDS.get(document.kind, document.kind)
    rests = ", ".join(r.cite for r in document.deciding)
    said = f"{document.document}, {kind}: {glyph(document.outcome)}"
    return said + (f" ({rests})" if rests else f". {document.why}" if document.why else "")


def _masks(decision: Decision, dataset: str) -> Iterator[str]:
    """Masks that the answer opens, where the data set has such columns."""
    there = CATALOGUE[dataset].masks.values() if dataset in CATALOGUE else ()
    for mask, rules in decision.mask_rules:
        if mask in decision.masks and mask in there:
            cites = ", ".join(dict.fromkeys(r.cite for r in rules))
            yield f"{mask.removeprefix('see:')} ({cites})"


def _changes(block: Block, answer: Answer) -> None:
    ways = [f"{' and '.join(c.together)} → {glyph(c.outcome)}" for c in answer.changes]
    block.lines("would be", ways[:_LONGEST])
    if len(ways) > _LONGEST:
        block.line("", f"and {len(ways) - _LONGEST} other ways; --json lists them")


def _receipt(answer: Answer) -> str:
    decided = answer.decided
    origin = decided.checkpoint.partition("\n")[0]
    after = f", then entry {answer.answered.index}" if answer.answered else ""
    return (
        f"entry {decided.index} of {origin}, signed at {decided.tree_size} entries{after}. "
        f"To see it again: cleargate explain DIR {decided.index}. To check it: cleargate log "
        "verify EXPORT --key KEY"
    )
