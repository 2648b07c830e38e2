"""An answer as a page needs it: law by layer, what would change it, what may still be asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ...gate import access
from ...gate.answer import Answer, receipt_json
from ...gate.gate import Gate
from ...model.actions import ACTIONS, Family
from ...model.decision import Change, RuleRef
from ...model.request import Request
from ...model.words import Layer, Outcome

_STILL = tuple(
    a.name for a in ACTIONS.values()
    if a.family in (Family.RECORDS, Family.CUSTODY) and a.name not in ("hold", "transfer")
    and not a.changes
)  # fmt: skip
_WAYS = 4
"""Ways to change an outcome that are shown; the API gives all."""


@dataclass(frozen=True, slots=True)
class Said:
    """What stands beside or instead of the rows.

    Attributes:
        layers: how many layers of law have a rule that decides, and of which.
        changes: ways to another outcome, the smallest first.
        still: what the same asker may ask by the same law, without more papers.
        paper: the receipt as a file.
    """

    layers: tuple[Layer, ...]
    silent: tuple[Layer, ...]
    deciding: tuple[RuleRef, ...]
    others: tuple[RuleRef, ...]
    changes: tuple[Change, ...]
    more_changes: int
    still: tuple[str, ...]
    paper: str
    vkey: str
    origin: str
    contact: str


def said(gate: Gate, answer: Answer, contact: str) -> Said:
    """Everything that a page says of an answer."""
    decision = answer.decision
    deciding = sorted(decision.deciding, key=lambda r: (r.layer, r.id))
    known = {r.id for r in deciding}
    layers = tuple(dict.fromkeys(r.layer for r in deciding))
    return Said(
        layers=layers,
        silent=tuple(x for x in Layer if x not in {r.layer for r in decision.fired}),
        deciding=tuple(deciding),
        others=tuple(r for r in decision.fired if r.id not in known),
        changes=answer.changes[:_WAYS],
        more_changes=max(0, len(answer.changes) - _WAYS),
        still=() if decision.outcome.opens else tuple(still(gate, answer)),
        paper=_json(answer),
        vkey=str(gate.parts.log.signer.verifier),
        origin=answer.decided.checkpoint.partition("\n")[0],
        contact=contact,
    )


def still(gate: Gate, answer: Answer) -> Sequence[str]:
    """Actions that would open for this asker, for the same agency and purpose, with no paper.

    It tells a requester nothing that asking would not tell, and of no person or record.
    """
    if answer.decision.outcome is Outcome.UNAVAILABLE or answer.asker is None:
        return []
    asked = answer.request
    plain = Request("search", asked.represented, asked.purpose, asked.custodian,
                    dataset=asked.dataset or "incident", case=asked.case)  # fmt: skip
    found = access.tried(gate, answer.asker, plain, [a for a in _STILL if a != asked.action])
    return [action for action, decision in found.items() if decision.outcome.opens]


def _json(answer: Answer) -> str:
    return json.dumps(receipt_json(answer.decided))
