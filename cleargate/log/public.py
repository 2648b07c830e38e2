"""Which entries the public may read: by kind, and by what a decision was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

PUBLIC_KINDS: Final = frozenset({"law", "agency", "lost", "report"})
"""Kinds that tell of the law, of who has access and of the log itself, not of a request."""

_FOLLOW: Final = frozenset({"answered", "done", "failed"})
"""Kinds that are published when the decision is that they followed from."""


class Public:
    """Tells entry by entry, in their order, which may be published.

    Memory is one bit for each entry: what followed from a decision may come long after it.

    Args:
        purposes: a decision for one of these is public.
        until: entries from here on are not, whatever they say.
    """

    def __init__(self, purposes: Iterable[str], until: int) -> None:
        self._purposes, self._until = frozenset(purposes), until
        self._shown = bytearray()

    def may_show(self, index: int, entry: Any) -> bool:
        """Whether the public may read this entry; ``entry`` is decoded (``model.leaf.decode``)."""
        if index >= self._until:
            return False
        kind = entry.kind
        if kind == "decided":
            shown = entry.purpose in self._purposes
            if shown:
                self._remember(index)
            return shown
        if kind in _FOLLOW:
            return self._was_shown(entry.decision)
        return kind in PUBLIC_KINDS

    def _remember(self, index: int) -> None:
        byte = index >> 3
        if byte >= len(self._shown):
            self._shown.extend(bytes(byte + 1 - len(self._shown) + 4_096))
        self._shown[byte] |= 1 << (index & 7)

    def _was_shown(self, index: int) -> bool:
        byte = index >> 3
        return byte < len(self._shown) and bool(self._shown[byte] >> (index & 7) & 1)
