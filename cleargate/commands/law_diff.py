"""``cleargate law diff``: what another law would change, over worked, past and all requests."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import click

from ..config import load, utc_now
from ..gate.answer import rule_json
from ..gate.replay import OtherLaw
from ..gate.replay_all import Progress, Report, replay_all
from ..law.check import check
from ..law.compare import GROUPS, Compared, Turn, compare
from ..law.pairs import Pair, comparing, pairs
from ..law.scenarios import read_requests, read_stage
from ..law.told import known_words
from ..law.worked import Worked, worked
from ..model.decision import Decision
from ..model.errors import BadUse, PackError
from ..opening import open_past
from ..show.blocks import Block
from ..show.differences import compared_blocks, past_block, worked_block
from .books import Found, find
from .library import CAST, packs_option
from .progress import bar
from .session import declare, tell

_FAULT: Final = 1


@dataclass(frozen=True, slots=True)
class _Difference:
    """Everything that was found for one custodian."""

    pair: Pair
    worked: list[Worked]
    compared: list[Compared]


@declare("diff", "cleargate law diff county our-county --packs ./packs --log county")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@packs_option
@click.option("--custodian", default="", metavar="NAME",
              help="This agency; between laws of no agency, this kind of custodian.")  # fmt: skip
@click.option("--action", "actions", multiple=True, metavar="NAME", help="Only these actions.")
@click.option("--all", "whole", is_flag=True, help="Each change with its conditions.")
@click.option("--groups", default=GROUPS, show_default=True, type=click.IntRange(1), metavar="N",
              help="With --all, groups of each change; the others are counted.")  # fmt: skip
@click.option("--log", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Also decide the past requests of this jurisdiction.")  # fmt: skip
@click.option("--at", metavar="TIME", help="The time of every request.  [default: now]")
def command(
    old: str,
    new: str,
    folders: tuple[Path, ...],
    custodian: str,
    actions: tuple[str, ...],
    whole: bool,
    groups: int,
    log: Path | None,
    at: str | None,
    as_json: bool,
) -> None:
    """What NEW would change of OLD: which worked requests, which past ones, and under which minimal
    conditions any request, in its outcome, its masks or what must be done. Each of the two is packs
    (PACK,PACK), a jurisdiction's folder (its book in force), or DIR@VERSION. An agency's own pack
    is taken along when the other law speaks of no agency. Every example is decided by Cedar under
    both; where that and the enumeration disagree, it is a fault, and the exit code is 1.
    """
    before, after = find(old, folders), find(new, folders)
    if mistakes := [m for f in (before, after) for m in check(f.book)]:
        raise PackError(list(dict.fromkeys(mistakes)))
    stage, matrix = read_stage(CAST), read_requests(CAST.with_name("matrix.toml"))
    chosen = pairs(before.named, after.named, stage, custodian)
    with bar("actions compared") as told:
        found = []
        for done, pair in enumerate(chosen):
            what = comparing(pair, stage, at=_time(at), groups=groups)
            compared = compare(what, actions, partial(_of_all, told, done, len(chosen)))
            found.append(_Difference(pair, worked(pair, what.cast, matrix), list(compared)))
    with bar("past entries") as told:
        past = _past(log, before, after, told) if log else None
    blocks = [b.done() for d in found for b in _blocks(d, before, after, whole=whole)]
    if past is not None:
        blocks.append(past_block(past).done())
    tell(as_json, _json(found, past), *blocks)
    wrong = any(c.wrong for d in found for c in d.compared)
    raise click.exceptions.Exit(_FAULT if wrong else 0)


def _of_all(told: Progress, before: int, pairs: int, done: int, of: int) -> None:
    """Progress over all custodians, each of which is asked for as many actions."""
    told(before * of + done, pairs * of)


def _time(said: str | None) -> datetime:
    if said is None:
        return utc_now().replace(microsecond=0)
    try:
        time = datetime.fromisoformat(said)
    except ValueError:
        raise BadUse(f"'{said}' is no time; write 2026-11-02T09:00-06:00.") from None
    if time.tzinfo is None:
        raise BadUse(f"'{said}' has no zone; write 2026-11-02T09:00-06:00.")
    return time


def _past(folder: Path, before: Found, after: Found, told: Progress) -> Report:
    laws = [OtherLaw(f.named.names, f.library) for f in (before, after)]
    opener = partial(open_past, load(folder))
    processes = len(os.sched_getaffinity(0))
    return replay_all(opener, laws[1], instead=laws[0], processes=processes, progress=told)


def _blocks(found: _Difference, before: Found, after: Found, *, whole: bool) -> Iterator[Block]:
    asked = found.pair.agency.name if found.pair.silent else found.pair.agency.id
    head = f"{before.named.words} → {after.named.words}, asked of {asked}"
    yield worked_block(head, found.pair, found.worked, whole=whole)
    yield from compared_blocks(found.compared, whole=whole)


# --- JSON ------------------------------------------------------------------------------------


def _json(found: Sequence[_Difference], past: Report | None) -> dict[str, object]:
    said: dict[str, object] = {"custodians": [_difference_json(d) for d in found]}
    if past is not None:
        said["past"] = {
            "made_again": past.made,
            "differ": [{"entry": d.index, "action": d.action, "then": d.then.outcome,
                        "now": d.now.outcome if d.now else None} for d in past.differing],
            "not_made": [{"why": w, "entries": e} for w, e in past.not_made.items()],
        }  # fmt: skip
    return said


def _difference_json(found: _Difference) -> dict[str, object]:
    return {
        "custodian": found.pair.says,
        "own_pack_known": not found.pair.silent,
        "worked": len(found.worked),
        "worked_differ": [
            {"source": w.source, "request": w.asked.name, "before": _decision_json(w.before),
             "after": _decision_json(w.after)}
            for w in found.worked if w.differs or w.other_duties
        ],
        "actions": [
            {"actions": list(c.actions), "exhaustive": not c.why_not, "why_not": c.why_not,
             "cases": c.requests, "changed": c.changed, "decided_by_cedar": c.checked,
             "faults": list(c.wrong), "turns": [_turn_json(t) for t in c.turns]}
            for c in found.compared
        ],
    }  # fmt: skip


def _turn_json(turn: Turn) -> dict[str, object]:
    return {
        "mask": turn.mask, "duty": turn.duty, "before": turn.before, "after": turn.after,
        "cases": turn.requests, "not_shown": turn.rest,
        "groups": [
            {"conditions": list(g.conditions), "cases": g.requests,
             "example": list(known_words(g.example)), "before": _decision_json(g.before),
             "after": _decision_json(g.after)}
            for g in turn.groups
        ],
    }  # fmt: skip


def _decision_json(decision: Decision) -> dict[str, object]:
    return {"outcome": decision.outcome, "rules": [rule_json(r) for r in decision.deciding],
            "masks": sorted(decision.masks), "why": decision.why,
            "duties": [{"duty": d.name, "to": d.to, "within": d.within, "rule": rule_json(d.rule)}
                       for d in decision.duties]}  # fmt: skip
