"""The evidence strip under every header: the law in force, since when, and the last log entry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from ...gate.gate import Gate
from ...log.read import entries
from ...model.errors import CleargateError
from ...model.words import Layer
from .words import Words


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the strip says.

    Attributes:
        law: the packs that the custodians' own ones are under, in words; empty when unreadable.
        version: the first digits of the book's hash.
    """

    law: str
    version: str
    layers: int
    since: str
    leaf: int
    signed: str


class Strip:
    """Reads the strip. What depends on the book alone is kept while that book is in force."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._book: tuple[str, str, int, datetime | None] = ("", "", 0, None)
        self._titles: dict[str, str] = {}

    def now(self, words: Words) -> Evidence | None:
        """The strip now; None when the log cannot be read."""
        log = self._gate.parts.log
        try:
            head = log.head()
            version = head.versions.book
            if self._book[0] != version:
                self._book = self._read(version)
            newest = entries(log, limit=1)
        except CleargateError:
            return None
        _, law, layers, since = self._book
        return Evidence(
            law=law,
            version=f"{version[:4]} {version[4:8]}",
            layers=layers,
            since=words.day(since) if since else "",
            leaf=head.size - 1,
            signed=words.clock(newest[0].leaf.at) if newest else "",
        )

    def title(self, pack: str) -> str:
        """Who made a pack of the book in force, in words; empty where that is not known.

        ``Illinois``, ``Marlow Police``: a title up to its first comma or colon.
        """
        return self._titles.get(pack, "")

    def _read(self, version: str) -> tuple[str, str, int, datetime | None]:
        changed = entries(self._gate.parts.log, kinds=("law",), limit=1)
        since = changed[0].leaf.at if changed else None
        try:
            book = self._gate.law.book(version)
        except CleargateError:
            return ("", "", 0, since)
        self._titles = {p.name: re.split("[,:]", p.title)[0] for p in book.packs.values()}
        own = [p for p in book.packs.values() if p.layer is Layer.AGENCY]
        above = dict.fromkeys(self._titles[u] for p in own for u in p.under)
        layers = len({p.layer for p in book.packs.values()})
        return (version, ", ".join(above), layers, since)
