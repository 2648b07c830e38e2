"""How many past decisions a second are made again, beside bare Cedar on the same requests.

Run it with ``python benchmarks/replay.py [DECISIONS]``. The log is real and made by the gate's own
parts; no two of its decisions rest on equal facts, so nothing is saved by knowing them already.
*Bare Cedar* gets the requests as ready Python values, the policies parsed, and does nothing but
parse the entities and ask, one request after the other in one process: it opens no log, checks no
digest, and makes no outcome of the rules that fired.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import islice, product
from pathlib import Path
from time import perf_counter

import cedarpy

from cleargate.gate import entries
from cleargate.gate.pinned import pin
from cleargate.gate.replay import OtherLaw
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
    """Seconds that bare Cedar takes."""
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


def worked() -> float:
    """Seconds that processors have worked for this process and those it has ended."""
    return sum(os.times()[:4])


def main() -> None:
    """Write the log, then make it again: in one process, in two, by the law of then and another."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        here = jurisdiction.found(Path(folder))
        asked = list(islice(requests(here), count))
        write(here, asked)
        opener = partial(open_log, here.folder)
        print(f"{len(asked)} decisions, no two on equal facts; {os.cpu_count()} processors")
        seconds = bare(here, asked)
        print(f"{'bare Cedar, one by one':<44} {len(asked) / seconds:9,.0f} a second")
        for words, law in (
            ("by the law of then", None),
            ("by us-tx", OtherLaw(("us-tx",), (PACKS,))),
        ):
            for processes in (1, 2):
                begin, used = perf_counter(), worked()
                found = replay_all(opener, law, processes=processes)
                seconds, busy = perf_counter() - begin, worked() - used
                assert found.made == found.decisions and (law or not found.differing)
                label = f"{words}, {processes} process{'es' * (processes > 1)}"
                print(f"{label:<44} {found.made / seconds:9,.0f} a second, "
                      f"{found.made / busy:9,.0f} for each second of a processor, "
                    f"{len(found.differing)} differ")  # fmt: skip


if __name__ == "__main__":
    main()
