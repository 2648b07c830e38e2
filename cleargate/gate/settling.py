"""Settling a conflict: the rule is drafted, tried on the facts that opened it, and proposed."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from ..agencies.proposals import Proposal
from ..law import settle
from ..law.amend import amended
from ..law.put_in_force import install
from ..law.rules import Rule
from ..model.errors import BadUse
from ..model.request import Person
from ..model.words import Outcome
from . import administer, conflicts
from .gate import Gate


def drafted(gate: Gate, proposal: Proposal) -> Rule | None:
    """The rule that a proposal would put in force to settle a conflict; None for any other."""
    if "conflict" not in proposal.arguments:
        return None
    book = gate.law.book(proposal.arguments["book"])
    own = book.custodian(proposal.custodian).own_pack
    return book.rule(f"{own}/{settle.rule_id(int(proposal.arguments['conflict']))}")


def propose(gate: Gate, person: Person, index: int, winner: str, cite: str) -> Proposal:
    """Draft the rule that settles a conflict, and write it down for two to sign.

    Raises:
        BadUse: it is settled already, the rule cannot settle it, or its facts were expunged.
    """
    one = conflicts.item(gate, index)
    if not one.open:
        raise BadUse(f"Conflict {index} is closed: the same facts now end in {one.now}.")
    book = gate.book()
    custodian = book.custodian(one.custodian)
    name = settle.rule_id(index)
    if book.rule(f"{custodian.own_pack}/{name}") is not None:
        raise BadUse(f"{custodian.own_pack}/{name} is in force, and the conflict is not over; "
                     "change the pack, and put it in force.")  # fmt: skip
    text = settle.draft(book, custodian, index, one.action, one.rules, winner, cite)
    with TemporaryDirectory() as folder:
        after = amended(book, custodian.own_pack, name, text, Path(folder))
        decision = conflicts.again(gate, one.decision, after)
        if decision is not None and decision.outcome is Outcome.CONFLICT:
            rests = ", ".join(r.id for r in decision.deciding)
            raise BadUse(f"With {winner} the same facts still conflict ({rests}); choose another.")
        install(gate.parts.law, after)
    arguments = {
        "book": after.version,
        "from": gate.parts.log.versions().book,
        "accept_unreviewed": "yes",
        "conflict": str(index),
    }
    return administer.propose(gate, person, "law:put-in-force", one.custodian, arguments)
