"""How many past decisions a second are made again, beside bare Cedar on the same requests.

Run it with ``python benchmarks/replay.py [DECISIONS]``. The log is real and made by the gate's own
parts. Its requests are the worst case of a log: no two of them have equal facts. Three figures:

- *each asked*: every decision is asked of Cedar; nothing is kept.
- *alike once*: requests that agree in everything that the rules for them read are asked once,
  which is how ``law replay`` works (``law/alike.py`` says why that is sound). How many were asked
  is said.
- the same on a log like an office's, in which the same few hundred requests come again.

*Bare Cedar* gets the requests as ready Python values, the policies parsed, and does nothing but
parse the entities and ask: it opens no log, checks no digest, and makes no outcome of the rules
that fired. It asks once one by one, and once in batches whose entities are parsed together.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import cycle, islice, product
from pathlib import Path
from time import perf_counter

import cedarpy

from cleargate.gate import entries
from cleargate.gate.pinned import pin
from cleargate.gate.replay import KEEP, OtherLaw
from cleargate.gate.replay_all import replay_all
from cleargate.law import facts
from cleargate.law.cedar import schema
from cleargate.law.decide import decide
from cleargate.log.append import append
from cleargate.model.evidence import NO_DOCUMENT, Document
from cleargate.model.request import CustodyFacts, Known, Person, Request
from cleargate.model.words import Tri
from tests import jurisdiction
from tests.jurisdiction import PACKS, SHERIFF, Jurisdiction
from tests.unit.test_replay import open_log

ACTIONS = ("hold", "transfer", "release_date", "custody_status", "contact_info", "interview",
           "immigration_status", "search")  # fmt: skip
AGENCIES = ("ICE-ERO", "ICE-HSI", "FBI", "USMS", "NEIGHBOR-SHERIFF", "DATA-BROKER")
KINDS = ("detainer", "administrative-warrant", "judicial-warrant", "court-order", "subpoena")
BATCH = 500
OFTEN = 300
"""Requests that an office's log repeats."""


def requests(here: Jurisdiction) -> Iterator[Known]:
    """Requests of which no two have the same facts, as ``gather`` would give them."""
    now, tri = here.clock(), tuple(Tri)
    known = here.parts.directory.all()
    combinations = product(range(100), tri, tri, tri, KINDS, AGENCIES, ACTIONS)
    for days, custody, sentenced, complete, kind, agency, action in combinations:
        paper = Document(
            "E-1",
            kind,
            issued_by="immigration-officer",
            complete=complete,
            verified_by="R. Ames",
            verified_at=now,
            asks=frozenset((action,)),
        )
        yield Known(
            at=now + timedelta(days=days),
            person=Person("p", agency, "officer"),
            requester=known[agency],
            represented=known[agency],
            request=Request(action, agency, "CIV-IMM", SHERIFF, dataset="incident"),
            documents=(paper,),
            custody=CustodyFacts(in_custody=custody, sentenced=sentenced, days_to_release=days),
        )


def write(here: Jurisdiction, asked: list[Known]) -> None:
    """Decide and log them as the gate does."""
    book, cast, versions = here.gate.book(), here.gate.cast(), here.parts.log.versions()
    custodian = book.custodian(SHERIFF)
    for start in range(0, len(asked), BATCH):
        leaves = [
            entries.decided(k, decide(book, custodian, cast, k), pin(k, cast), versions, "api")
            for k in asked[start : start + BATCH]
        ]
        append(here.parts.log, leaves)


def bare(here: Jurisdiction, asked: list[Known]) -> float:
    """Seconds that bare Cedar takes, one request after the other."""
    book, cast = here.gate.book(), here.gate.cast()
    custodian, total = book.custodian(SHERIFF), 0.0
    for known in asked:
        compiled = book.compiled(custodian, known.request.action)
        documents = known.documents or (NO_DOCUMENT,)
        ask = facts.questions(known, cast, documents)
        # A person of another name is parsed anew, so that no entities are at hand.
        named = replace(known, person=replace(known.person, id=f"p{total}"))
        begin = perf_counter()
        entities = cast.entities(named, documents)
        cedarpy.is_authorized_batch(ask, compiled.policies, entities, schema())
        total += perf_counter() - begin
    return total


def batched(here: Jurisdiction, asked: list[Known]) -> float:
    """Seconds that bare Cedar takes when requests for one action are asked together."""
    book, cast = here.gate.book(), here.gate.cast()
    custodian, total = book.custodian(SHERIFF), 0.0
    for action in ACTIONS:
        compiled = book.compiled(custodian, action)
        these = [k for k in asked if k.request.action == action]
        for start in range(0, len(these), BATCH):
            batch = these[start : start + BATCH]
            ask = [facts.questions(k, cast, k.documents)[0] for k in batch]
            papers = tuple(k.documents[0] for k in batch)
            begin = perf_counter()
            entities = cast.entities(batch[0], papers)
            cedarpy.is_authorized_batch(ask, compiled.policies, entities, schema())
            total += perf_counter() - begin
    return total


def worked() -> float:
    """Seconds that processors have worked for this process and those it has ended."""
    return sum(os.times()[:4])


def measure(here: Jurisdiction, what: str, law: OtherLaw | None, keep: int) -> None:
    """One line for each number of processes."""
    for processes in (1, 2):
        begin, used = perf_counter(), worked()
        opener = partial(open_log, here.folder)
        found = replay_all(opener, law, processes=processes, keep=keep, alone=0)
        seconds, busy = perf_counter() - begin, worked() - used
        assert found.made == found.decisions and (law or not found.differing)
        label = f"{what}, {processes} process{'es' * (processes > 1)}"
        print(f"{label:<44} {found.made / seconds:9,.0f} a second, "
              f"{found.made / busy:9,.0f} for each second of a processor; "
              f"{found.asked:,} asked, {len(found.differing)} differ")  # fmt: skip


def main() -> None:
    """Write the log, then make it again: in one process, in two, by the law of then and another."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        here, office = jurisdiction.found(Path(one)), jurisdiction.found(Path(two))
        asked = list(islice(requests(here), count))
        write(here, asked)
        few = asked[:: max(1, count // OFTEN)][:OFTEN]
        write(office, list(islice(cycle(few), count)))
        print(f"{len(asked):,} decisions, no two on equal facts; {os.cpu_count()} processors; "
              f"load of the machine {os.getloadavg()[0]:.1f}")  # fmt: skip
        for what, ask in (("bare Cedar, one by one", bare), ("bare Cedar, in batches", batched)):
            print(f"{what:<44} {len(asked) / ask(here, asked):9,.0f} a second")
        texas = OtherLaw(("us-tx",), (PACKS,))
        measure(here, "by the law of then, each asked", None, 0)
        measure(here, "by the law of then, alike once", None, KEEP)
        measure(here, "by us-tx, each asked", texas, 0)
        measure(here, "by us-tx, alike once", texas, KEEP)
        measure(office, f"an office's log of {len(few)} requests", None, KEEP)
        print(f"load of the machine {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
