"""A process that appends to a log until it is killed, stopped or done; run by ``test_append*``.

It writes each receipt to standard output once it has it: what was written there is acknowledged.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import threading
from pathlib import Path
from typing import NoReturn

from cleargate.log.append import append
from cleargate.log.receipts import receipt_to_json
from cleargate.log.store import Log
from cleargate.model.errors import CleargateError, VersionMoved
from cleargate.model.leaf import Leaf
from cleargate.model.receipt import Versions
from tests.fakes import decided, law, open_log


class Killer:
    """Kills this process the n-th time that a step is reached."""

    def __init__(self, step: str, turn: int) -> None:
        self._step, self._left, self._lock = step, turn, threading.Lock()

    def __call__(self, step: str) -> None:
        with self._lock:
            self._left -= step == self._step
            if step == self._step and self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def run(log: Log, count: int, law_every: int) -> None:
    """Append ``count`` times under the versions in force; put a law in force now and then."""
    for turn in range(1, count + 1):
        now = log.versions()
        try:
            receipts = append(log, _leaves(now, turn, law_every))
        except VersionMoved:
            continue
        lines = [receipt_to_json(r).replace("\n", "") for r in receipts]
        os.write(1, "".join(f"{line}\n" for line in lines).encode())


def tell(fault: CleargateError) -> NoReturn:
    """Say what is wrong and leave with its code."""
    os.write(2, f"{type(fault).__name__}: {fault}\n".encode())
    raise SystemExit(fault.exit_code) from fault


def _leaves(now: Versions, turn: int, law_every: int) -> list[Leaf]:
    if law_every and turn % law_every == 0:
        return [law(f"law-{os.getpid()}-{turn}", now.book, now.epoch)]
    return [decided(now.book, now.epoch)] * (1 + turn % 3)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kill-at", default="never")
    parser.add_argument("--turn", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--law-every", type=int, default=0)
    parser.add_argument("--most-bytes", type=int, default=0)
    args = parser.parse_args()
    if args.most_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (args.most_bytes, args.most_bytes))
    try:
        log = open_log(args.folder, probe=Killer(args.kill_at, args.turn))
    except CleargateError as fault:
        tell(fault)
    others = [
        threading.Thread(target=run, args=(log, args.count, args.law_every))
        for _ in range(args.threads - 1)
    ]
    for thread in others:
        thread.start()
    try:
        run(log, args.count, args.law_every)
    except CleargateError as fault:
        tell(fault)
    finally:
        for thread in others:
            thread.join()


if __name__ == "__main__":
    main()
