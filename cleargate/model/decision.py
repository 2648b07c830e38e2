"""A decision, and everything that a person may ask of it: which rules, what was struck, until
when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .words import Layer, Outcome, RuleKind


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A rule as it is shown: id, citation, plain words, and whether counsel has reviewed it."""

    id: str
    cite: str
    summary: str
    kind: RuleKind
    layer: Layer
    review: bool = False
    disputed: str = ""
    reviewed: str = ""


@dataclass(frozen=True, slots=True)
class Struck:
    """A rule that fired and was set aside: by which rule, and why (``leave``, ``yields``, …)."""

    rule: RuleRef
    by: RuleRef
    how: str


@dataclass(frozen=True, slots=True)
class Limit:
    """Until when a required or permitted hold may last, with its own citation.

    ``text`` is ``PT48H``, ``PT48H excluding weekends and federal holidays``, ``end of day`` or
    ``court``.
    """

    rule: RuleRef
    text: str
    cite: str


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to be done by a time because a law said so, whatever the outcome was."""

    rule: RuleRef
    name: str
    within: str
    to: str


@dataclass(frozen=True, slots=True)
class Change:
    """One minimal set of changes, each in words, that would make the outcome open the request."""

    together: tuple[str, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class DocumentDecision:
    """What one presented document decides by itself, with the others as facts."""

    document: str
    kind: str
    outcome: Outcome
    deciding: tuple[RuleRef, ...]
    struck: tuple[Struck, ...]
    fired: tuple[RuleRef, ...]
    limits: tuple[Limit, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of a request, by the book in force, at one time.

    Attributes:
        documents: one entry for each presented document, or one for none.
        deciding: the rules that the outcome rests on.
        fired: every rule that fired, struck or not.
        masks: masks that the answer opens.
        why: one sentence, for outcomes that no rule decides.
        unreviewed: some rule that it rests on has not been signed by counsel.
    """

    outcome: Outcome
    action: str
    custodian: str
    at: datetime
    book: str
    documents: tuple[DocumentDecision, ...]
    deciding: tuple[RuleRef, ...]
    fired: tuple[RuleRef, ...]
    struck: tuple[Struck, ...]
    limits: tuple[Limit, ...] = ()
    duties: tuple[Duty, ...] = ()
    changes: tuple[Change, ...] = ()
    masks: frozenset[str] = frozenset()
    mask_rules: tuple[tuple[str, tuple[RuleRef, ...]], ...] = ()
    why: str = ""

    @property
    def unreviewed(self) -> bool:
        """Whether counsel has not signed some rule that the outcome or a mask rests on."""
        masks = (rule for _, rules in self.mask_rules for rule in rules)
        rests = (*self.deciding, *(s.by for s in self.struck), *masks)
        return any(r.review for r in rests)
