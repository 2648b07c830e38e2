"""Entries as a list and as counts: read by filters over their clear fields, newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from ..model.leaf import read
from .store import Log, entry_bytes

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LISTED: Final = (
    "SELECT idx, bytes FROM entries WHERE idx < ? AND at >= ?"
    " AND (? = '' OR instr(?, ',' || kind || ',') > 0)"
    " AND (? = '' OR instr(bytes, ?) > 0) AND (? = '' OR instr(bytes, ?) > 0)"
    " AND (? = '' OR instr(bytes, ?) > 0) AND (? = '' OR instr(bytes, ?) > 0)"
    " AND (? = '' OR instr(bytes, ?) > 0) ORDER BY idx DESC"
)
_COUNTED: Final = "SELECT bytes FROM entries WHERE at >= ? AND kind = 'decided' ORDER BY idx"
_OWN: Final = (
    "SELECT e.idx, e.bytes FROM entries e JOIN disclosures d ON d.idx = e.idx"
    " WHERE e.idx >= ? AND e.idx < ? AND e.kind = 'decided' AND d.name = 'person' AND d.value = ?"
    " ORDER BY e.idx DESC LIMIT ?"
)
OWN_REACH: Final = 200_000
"""Entries that are looked through for one person's own, from the newest back."""
_NAMED: Final = ("requester_agency", "represented", "agency")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; an empty field takes all.

    Attributes:
        agency: names it as requester's, represented, or the agency concerned.
        asked_by: decisions on this agency's own requests, and nothing else.
    """

    kinds: tuple[str, ...] = ()
    outcome: str = ""
    action: str = ""
    purpose: str = ""
    agency: str = ""
    asked_by: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in a list: what it says in the clear. Its salted values are not read."""

    index: int
    kind: str
    at: datetime
    via: str
    clear: dict[str, Any]


def lines(log: Log, wanted: Wanted, *, before: int | None = None, limit: int = 50) -> list[Line]:
    """Entries, newest first.

    Args:
        log: the log.
        wanted: which ones.
        before: only entries with a smaller index, for the next page.
        limit: how many at most.
    """
    found: list[Line] = []
    for line in _lines(log, wanted, before):
        if _fits(line, wanted):
            found.append(line)
            if len(found) == limit:
                break
    return found


def own(log: Log, person: str, *, before: int | None = None, limit: int = 50) -> list[Line]:
    """Decisions on what ``person`` asked, newest first, of the last ``OWN_REACH`` entries.

    Args:
        log: the log.
        person: who asked; whoever is shown this must be that person.
        before: only entries with a smaller index, for the next page.
        limit: how many at most.
    """
    end = log.head().size
    values = (max(0, end - OWN_REACH), end if before is None else before,
              msgspec.json.encode(person).decode(), limit)  # fmt: skip
    with log.store.read() as conn:
        rows = conn.execute(_OWN, values).fetchall()
    found = ((index, read(entry_bytes(raw))) for index, raw in rows)
    return [Line(index, leaf.kind, leaf.at, leaf.via, leaf.clear) for index, leaf in found]


class Counted(msgspec.Struct, frozen=True):
    """What is counted of a decision."""

    at: datetime
    outcome: str
    action: str
    purpose: str
    requester_agency: str
    represented: str
    rules: tuple[str, ...] = ()


def decisions(log: Log, since: datetime, asked_by: str = "") -> list[Counted]:
    """Every decision from ``since`` on (UTC), the oldest first; ``asked_by`` as in ``Wanted``."""
    decode = msgspec.json.Decoder(Counted).decode
    with log.store.read() as conn:
        found = [decode(raw) for (raw,) in conn.execute(_COUNTED, (_micros(since),))]
    return [d for d in found if asked_by in ("", d.requester_agency)]


def by_rule(found: list[Counted]) -> Counter[str]:
    """How many of these decisions rest on each rule."""
    return Counter(rule for one in found for rule in one.rules)


def _lines(log: Log, wanted: Wanted, before: int | None) -> Iterator[Line]:
    kinds = ("decided",) if wanted.asked_by else wanted.kinds
    named = f",{','.join(kinds)}," if kinds else ""
    end = 2**63 - 1 if before is None else before
    # Its text somewhere in the entry is a first sieve for each field; ``_fits`` looks closely.
    texts = (wanted.outcome, wanted.action, wanted.purpose, wanted.agency, wanted.asked_by)
    sieves = [part for text in texts for part in (text, msgspec.json.encode(text))]
    with log.store.read() as conn:
        rows = conn.execute(_LISTED, (end, -(2**63), named, named, *sieves))
        for index, raw in rows:
            leaf = read(entry_bytes(raw))
            yield Line(index, leaf.kind, leaf.at, leaf.via, leaf.clear)


def _fits(line: Line, wanted: Wanted) -> bool:
    clear = line.clear
    plain = (("outcome", wanted.outcome), ("action", wanted.action), ("purpose", wanted.purpose),
             ("requester_agency", wanted.asked_by))  # fmt: skip
    if any(value and clear.get(name) != value for name, value in plain):
        return False
    kinds = not wanted.asked_by or not wanted.kinds or line.kind in wanted.kinds
    return kinds and (not wanted.agency or wanted.agency in map(clear.get, _NAMED))


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
