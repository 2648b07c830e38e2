"""What a request comes back with: outcome, rules, what may be seen, proof."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..log.receipts import receipt_to_json
from ..model.decision import Change, Decision, RuleRef
from ..model.receipt import Receipt
from ..model.request import Person, Request
from ..model.ticket import Filter
from ..model.words import PURPOSES
from . import conflicts


@dataclass(frozen=True, slots=True)
class Answer:
    """Step 10. A refusal has no ``result`` and no ``answered``.

    Attributes:
        decided: receipt of the decision's entry.
        answered: receipt of the answer's or act's entry.
        result: rows, values or what was done, ready for JSON.
        asker: who asked, by its credential.
        conflict: what people must settle, where law left it undecided.
        visible: of a read of rows, the filter that went with it.
    """

    request: Request
    decision: Decision
    decided: Receipt
    answered: Receipt | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    asker: Person | None = None
    conflict: conflicts.Item | None = None
    visible: Filter | None = None

    @property
    def opens(self) -> bool:
        return self.decision.outcome.opens

    def as_json(self) -> dict[str, Any]:
        """The answer as the API and ``--json`` give it."""
        d, r = self.decision, self.request
        return {
            "outcome": d.outcome,
            "why": d.why,
            "request": {
                "action": r.action,
                "custodian": r.custodian,
                "requester": self.asker.agency if self.asker else "",
                "represented": r.represented,
                "purpose": f"{r.purpose} {PURPOSES[r.purpose].words}",
                "dataset": r.dataset,
                "target": r.target,
                "basis": list(r.basis),
            },
            "rules": [rule_json(x) for x in d.deciding],
            "struck": [
                {"rule": rule_json(s.rule), "by": rule_json(s.by), "how": s.how} for s in d.struck
            ],
            "documents": [
                {"id": x.document, "kind": x.kind, "outcome": x.outcome, "why": x.why}
                for x in d.documents
            ],
            "limits": [{"limit": x.text, "cite": x.cite} for x in d.limits],
            "duties": [
                {"duty": x.name, "within": x.within, "to": x.to, "rule": rule_json(x.rule)}
                for x in d.duties
            ],
            "unreviewed": d.unreviewed,
            "what_would_change_it": [
                {"together": list(c.together), "outcome": c.outcome} for c in self.changes
            ],
            "conflict": conflicts.json(self.conflict) if self.conflict else None,
            "book": d.book,
            "leaf": self.decided.index,
            "receipt": receipt_json(self.decided),
            "answered_leaf": self.answered.index if self.answered else None,
            "answered_receipt": receipt_json(self.answered) if self.answered else None,
            "result": dict(self.result),
        }


def rule_json(rule: RuleRef) -> dict[str, Any]:
    """A rule with its citation, and whether counsel has reviewed it."""
    return {
        "id": rule.id,
        "cite": rule.cite,
        "says": rule.summary,
        "kind": rule.kind,
        "layer": rule.layer.word,
        "review_needed": rule.review,
        "reviewed": rule.reviewed,
        "disputed": rule.disputed,
    }


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """A receipt in the form that the offline verifier reads."""
    paper: dict[str, Any] = json.loads(receipt_to_json(receipt))
    return paper
