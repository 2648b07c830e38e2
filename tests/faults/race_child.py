"""A process at the gate of a jurisdiction, one of several; run by ``test_race``.

It asks again and again, writes one line of JSON for each answer, and looks at the published
checkpoint between two answers. Told to, it stops with one decision made and not yet logged until a
line comes in: so that law can be made to change at exactly that point.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL

from cleargate.gate.gate import Gate
from cleargate.log import append
from cleargate.log.merkle import Edge
from cleargate.log.note import Checkpoint
from cleargate.log.store import Log, read_head
from cleargate.model.errors import CleargateError
from cleargate.model.receipt import Versions
from tests import jurisdiction
from tests.fakes import Clock


def say(**what: object) -> None:
    """One line to whoever started this process."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def take_the_check_out() -> None:
    """From now on this process appends whatever it has decided, under whichever law."""

    def unchecked(work: append._Work, now: Versions) -> object:
        for leaf, _ in work.entries:
            now = leaf.after(now)
        return work.entries, now

    append._fit = unchecked  # type: ignore[assignment]


def sign_outside() -> None:
    """From now on this process signs and publishes a checkpoint after its entries are committed."""

    def commit(log: Log, batch: list[append._Work]) -> None:
        with log.store.write() as conn:
            head = read_head(conn)
            edge = Edge.from_bytes(head.size, head.edge)
            growth = append._Growth(edge, head.versions, edge.nodes())
            for work in batch:
                append._place(work, growth)
            conn.load("entries", append._ENTRY, growth.entries)
            conn.load("disclosures", append._DISCLOSURE, growth.disclosures)
            conn.load("hashes", append._HASH, growth.hashes)
            size, root, now = edge.size, edge.root(), growth.versions
            grown = (size, root, edge.to_bytes(), now.book, now.epoch, head.checkpoint)
            conn.execute(append._SEQUENCER, grown)
        log.probe("committed")
        note = log.signer.sign(Checkpoint(log.origin, size, root).text)
        with log.store.write() as conn:
            conn.execute("UPDATE sequencer SET checkpoint = ? WHERE one = 1", (note,))
        new = {(level, index): node for level, index, node in growth.hashes}
        for work in batch:
            work.signed = append._Signed(note, size, growth.nodes | new)

    append._commit = commit


def stop_at(wanted: str, turn: int) -> Callable[[str], None]:
    """A probe that waits for a line, once, where the ``turn``-th append comes to a step."""
    left = turn

    def probe(step: str) -> None:
        nonlocal left
        left -= step == wanted
        if step == wanted and left == 0:
            say(waiting=True)
            sys.stdin.readline()

    return probe


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--raw", type=json.loads, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--wait-at", type=int, default=0)
    parser.add_argument("--wait-step", default="before-lock")
    parser.add_argument("--kill-at", default="")
    parser.add_argument("--unchecked", action="store_true")
    parser.add_argument("--sign-outside", action="store_true")
    args = parser.parse_args()
    if args.unchecked:
        take_the_check_out()
    if args.sign_outside:
        sign_outside()
    parts = jurisdiction.open_parts(args.folder, Clock(), seed=args.seed)
    gate, log = Gate(parts), parts.log
    if args.kill_at:
        log.probe = lambda step: os.kill(os.getpid(), SIGKILL) if step == args.kill_at else None
    if args.wait_at:
        log.probe = stop_at(args.wait_step, args.wait_at)
    for _ in range(args.count):
        shown = Checkpoint.open(log.checkpoint(), log.verifier)
        try:
            answer = gate.answer(args.token, args.raw, "api")
        except CleargateError as fault:
            say(fault=fault.code, size=shown.size)
            continue
        say(outcome=answer.decision.outcome, leaf=answer.decided.index, size=shown.size)
    parts.log.close()


if __name__ == "__main__":
    main()
