"""The values of an export: what is held of them at once."""

from __future__ import annotations

from collections.abc import Iterator

from cleargate.log.findings import Findings
from cleargate.log.values import MOST, Values, line
from cleargate.model.leaf import Disclosure

LONG = "x" * 1_000_000
COUNT = 64


def test_no_more_lines_are_held_than_have_room_and_all_are_opened() -> None:
    shown = Disclosure("target", "A" * 22, f'"{LONG}"')
    array = f'["{shown.salt}","target",{shown.value}]'.encode()
    given = 0

    def lines() -> Iterator[bytes]:
        nonlocal given
        for index in range(COUNT):
            given += 1
            yield line(index, [array])

    findings = Findings()
    values = Values(lines(), findings)
    names, digests = [("target",)] * COUNT, [(shown.digest,)] * COUNT
    assert values.open(0, names, digests) is None
    assert 0 < (given - 1) * len(LONG) < MOST + len(LONG)
    for index in range(COUNT):
        assert values.open(index, names[:1], digests[:1]) == 1
    values.finish(COUNT)
    assert (given, findings.count) == (COUNT, 0)
