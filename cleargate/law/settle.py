"""How a custodian settles a conflict: a rule of its own pack, which says whom it follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ..model.errors import BadUse
from ..model.fields import near
from ..model.words import Layer, RuleKind
from .book import Book, Custodian
from .rules import Rule

_TEMPLATE: Final = """// Settles a conflict, signed by two. Undone only by a version that two sign.

@id("{id}")
@cite("{cite}")
@summary("{summary}")
@leave
@settles("{pairs}")
permit (principal, action in Action::"{action}", resource);
"""
_OTHER_SIDE: Final = {
    RuleKind.MUST: (RuleKind.MUST_NOT,),
    RuleKind.MUST_NOT: (RuleKind.MUST, RuleKind.PROTECTS),
    RuleKind.PROTECTS: (RuleKind.MUST_NOT,),
}


def settles(a: Rule, b: Rule) -> bool:
    """Whether these two can be settled: one is disputed, or one layer says must and must not."""
    if a.disputed or b.disputed:
        return True
    return a.layer is b.layer and {a.kind, b.kind} == {RuleKind.MUST, RuleKind.MUST_NOT}


def rule_id(conflict: int) -> str:
    """The name of the rule that settles the conflict of that entry."""
    return f"settles-conflict-{conflict}"


def draft(
    book: Book,
    custodian: Custodian,
    conflict: int,
    action: str,
    rules: Iterable[str],
    winner: str,
    cite: str,
) -> str:
    """The rule that follows ``winner`` against those rules of the conflict that stand against it.

    Args:
        conflict: index of the entry that opened it.
        rules: ids of the rules that contradict each other.
        winner: the one that is to be followed.
        cite: by whose decision.

    Raises:
        BadUse: the winner is not among the rules, or none of them can be settled with it.
    """
    named = {r.id: r for id in rules if (r := book.rule(id)) is not None}
    if winner not in named:
        known = ", ".join(sorted(named))
        raise BadUse(f"{winner} is no rule of this conflict{near(winner, named)} They are {known}.")
    losers = sorted(_against(named[winner], named.values()))
    if not losers:
        raise BadUse(f"Nothing in this conflict stands against {winner}; name another rule.")
    over = " and ".join(dict.fromkeys(named[x].cite for x in losers))
    return _TEMPLATE.format(
        id=rule_id(conflict),
        cite=_plain(f"Own pack: {cite}"),
        summary=_plain(
            f"Where they contradict each other, {custodian.id} follows {named[winner].cite} and "
            f"not {over}"
        ),
        pairs=", ".join(f"{winner} over {loser}" for loser in losers),
        action=action,
    )


def _against(winner: Rule, rules: Iterable[Rule]) -> Iterator[str]:
    kinds = _OTHER_SIDE.get(winner.kind, ())
    return (r.id for r in rules if r.kind in kinds and settles(winner, r) and _below(r))


def _below(loser: Rule) -> bool:
    """An agency's own rule is changed, not settled."""
    return loser.layer is not Layer.AGENCY


def _plain(text: str) -> str:
    return " ".join(text.replace("\\", " ").replace('"', "'").split())
