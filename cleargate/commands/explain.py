"""``cleargate explain``: a past request as its ten steps."""

from __future__ import annotations

from pathlib import Path

import click

from .. import show
from ..gate.answer import receipt_json, rule_json
from ..gate.explain import explain, steps
from .session import declare, folder_argument, reading, tell


@declare("explain", "cleargate explain county 41")
@folder_argument
@click.argument("leaf", type=click.IntRange(min=0), metavar="LEAF")
def command(folder: Path, leaf: int, as_json: bool) -> None:
    """What became of a request, step by step: LEAF is an entry of the log, as answers name it."""
    with reading(folder) as (_, gate):
        found = explain(gate, leaf)
    data = {
        "leaf": found.decided.index,
        "steps": [{"step": name, "what": what} for name, what in steps(found)],
        "clear": found.decided.leaf.clear,
        "sealed": found.decided.values,
        "filter": found.filter,
        "expunged": sorted(found.decided.expunged),
        "rules": [rule_json(r) for r in found.rules],
        "followed_by": None if found.followed is None else found.followed.index,
        "receipt": receipt_json(found.receipt),
    }
    tell(as_json, data, show.steps(found))
