"""Reads the further fields of a changing act one by one, and names the field that is wrong.

A store takes what it writes from the request that was decided and logged, never from an argument
beside it; so each store has a ``parse`` module that turns ``Request.subject`` into its own type
with these readers. The gate calls the same ``parse`` at step 2, so that a mistake is answered
before anything is decided.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from .errors import FieldError
from .words import Tri

HEX_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def near(word: str, known: Iterable[str]) -> str:
    """``"; did you mean X?"`` when one of ``known`` is close to ``word``, else ``"."``."""
    lower = {k.lower(): k for k in sorted(known)}
    close = difflib.get_close_matches(word.lower(), lower, n=1)
    return f"; did you mean {lower[close[0]]}?" if close else "."


def printable(text: str) -> str:
    """``text`` with everything but line feeds replaced that a terminal would act on or hide: what
    comes from requests, stores and papers must not move a cursor or turn a line around.
    """
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


class Fields:
    """The fields of one act.

    Args:
        subject: as the request brought them; an empty text counts as not given.
        known: the names that this act reads.

    Raises:
        FieldError: a field that the act does not read, or a text that no field may hold.
    """

    def __init__(self, subject: Mapping[str, str], known: Collection[str]) -> None:
        for name, value in subject.items():
            if name not in known:
                raise FieldError(name, f"'{name}' is not a field of this act{near(name, known)}")
            if _CONTROL.search(value):
                raise FieldError(name, f"'{name}' holds a control character; leave it out.")
        self._given = {name: value.strip() for name, value in subject.items() if value.strip()}

    def text(self, name: str, *, longest: int = 200, default: str = "") -> str:
        """Free text of at most ``longest`` characters, or ``default`` when not given."""
        value = self._given.get(name, default)
        if len(value) > longest:
            raise FieldError(name, f"'{name}' is longer than {longest} characters; shorten it.")
        return value

    def required(self, name: str, *, longest: int = 200) -> str:
        """Free text that must be given."""
        value = self.text(name, longest=longest)
        if not value:
            raise FieldError(name, f"'{name}' is missing; give it.")
        return value

    def matching(self, name: str, form: re.Pattern[str], like: str) -> str:
        """A text of the form ``form``, shown by the example ``like``; empty when not given."""
        value = self.text(name)
        if value and not form.fullmatch(value):
            raise FieldError(name, f"'{name}' is not of the right form; write it like {like}.")
        return value

    def choice(self, name: str, among: Collection[str], *, default: str | None = None) -> str:
        """One of ``among``; required when there is no ``default``."""
        value = self._given.get(name, default)
        if value is None:
            raise FieldError(name, f"'{name}' is missing; give one of {', '.join(among)}.")
        if value not in among:
            raise FieldError(
                name, f"'{value}' is not a value of '{name}'{near(value, among)}", known=list(among)
            )
        return value

    def tri(self, name: str, default: Tri = Tri.UNKNOWN) -> Tri:
        """``yes``, ``no`` or ``unknown``."""
        return Tri(self.choice(name, tuple(Tri), default=default))

    def words(self, name: str) -> frozenset[str]:
        """Words parted by commas or spaces."""
        return frozenset(self.text(name, longest=2000).replace(",", " ").split())

    def time(self, name: str) -> datetime | None:
        """A time with its offset, as UTC; None when not given.

        A time without an offset is refused: jail, court and server need not share a clock.
        """
        value = self._given.get(name)
        if value is None:
            return None
        sentence = f"'{name}' is not a time; write it like 2026-07-03T16:30-05:00, with its offset."
        try:
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                raise FieldError(name, sentence)
            return at.astimezone(UTC)
        except (ValueError, OverflowError):
            raise FieldError(name, sentence) from None

    def whole(self, name: str, *, default: int, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        value = self._given.get(name)
        if value is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            raise FieldError(name, f"'{name}' must be a whole number from {low} to {high}.")
        return int(value)
