"""The values of an export: a line for each entry, read in step with the entries that sealed them.

Where all is well, the lines of a whole tile of entries are taken at once, without a look at what
they say: what hashes to a sealed digest is what was sealed. Otherwise line by line, and strictly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from ..model.errors import CheckFailed
from ..model.leaves import SALT, are_opened, written
from .findings import Findings
from .layout import DISCLOSURES

_Count = Annotated[int, Meta(ge=0, lt=2**53)]
MOST: Final = 4_000_000
"""Bytes of lines that are held at once, and one line more; longer ones are read line by line."""

_END: Final = b"]]}\n"
_BETWEEN: Final = b'],["'
_NAME: Final = SALT + 1
"""Where in ``salt","name",value`` the comma before the name stands."""


class _Line(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What opens one entry: arrays ``["salt","name",value]`` in the order of the names."""

    index: _Count
    values: Annotated[list[tuple[str, str, Any]], Meta(min_length=1)]


_encode: Final = msgspec.json.Encoder(order="sorted").encode
_is_json: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


def _whole(text: str) -> int:
    raise ValueError(f"{text} is not a whole number")


_decode: Final = msgspec.json.Decoder(_Line, float_hook=_whole).decode


def line(index: int, values: list[bytes]) -> bytes:
    """The line of an entry; there is one way to write it.

    Args:
        index: the entry's.
        values: each as RFC 9901 hashes it, byte for byte.
    """
    return b'{"index":%d,"values":[%s]}\n' % (index, b",".join(values))


class Values:
    """Gives out lines in the order of the entries, and names those that do not belong.

    Args:
        lines: the file, line by line.
        findings: where to write down what is wrong.
    """

    def __init__(self, lines: Iterator[bytes], findings: Findings) -> None:
        self._lines, self._findings = lines, findings
        self._ahead: list[bytes] = []
        self._done = 0  # lines before those in ``_ahead``
        self._head: tuple[int, list[bytes]] | None = None  # the first of ``_ahead``, read

    def open(
        self, first: int, names: Sequence[tuple[str, ...]], digests: Sequence[Sequence[str]]
    ) -> int | None:
        """Take the next lines, if they are what these entries sealed, all of it and nothing else.

        Args:
            first: index of the first entry.
            names: each entry's salted fields.
            digests: what stands for them, in the same order.

        Returns:
            How many values they are; None, and no line is taken, if one is wrong or missing.
        """
        wanted = [(index, those) for index, those in enumerate(names, first) if those]
        self._fill(len(wanted))
        shown: list[bytes] = []
        for (index, those), raw in zip(wanted, self._ahead, strict=False):
            shown += _parted(raw, index, written(those))
        sealed = list(chain.from_iterable(digests))
        if not are_opened(shown, list(chain.from_iterable(map(written, names))), sealed):
            return None
        if not _are_json(self._ahead[: len(wanted)]):
            return None
        self._drop(len(wanted))
        return len(shown)

    def take(self, index: int) -> list[bytes]:
        """What is shown for an entry, as arrays ``["salt","name",value]``."""
        found: list[bytes] = []
        while (head := self._read()) and head[0] <= index:
            if head[0] == index and not found:
                found = head[1]
            else:
                self._misplaced(head[0], "is there twice, or out of order")
            self._drop(1)
        return found

    def skip(self, index: int) -> None:
        """Pass over the lines of entries before this one."""
        while (head := self._read()) and head[0] < index:
            self._drop(1)

    def finish(self, size: int) -> None:
        """Nothing must be left after the last of ``size`` entries."""
        while head := self._read():
            late = head[0] < size
            wrong = "is there twice, or out of order" if late else "is too many: no such entry"
            self._misplaced(head[0], wrong)
            self._drop(1)

    def _misplaced(self, index: int, wrong: str) -> None:
        self._findings.add(DISCLOSURES, f"a line about entry {index} {wrong}", (index, index))

    def _read(self) -> tuple[int, list[bytes]] | None:
        """The next line that can be read; None at the end."""
        while self._head is None:
            self._fill(1)
            if not self._ahead:
                return None
            try:
                self._head = _strictly(self._ahead[0])
            except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
                what = f"line {self._done + 1} cannot be read: {fault}"
                self._findings.add(DISCLOSURES, what)
                self._drop(1)
        return self._head

    def _fill(self, count: int) -> None:
        """Have so many lines at hand, if there are so many, and not more than ``MOST`` bytes."""
        held = sum(map(len, self._ahead))
        try:
            while len(self._ahead) < count and (held < MOST or not self._ahead):
                if (raw := next(self._lines, None)) is None:
                    return
                self._ahead.append(raw)
                held += len(raw)
        except CheckFailed as fault:
            self._findings.add(DISCLOSURES, fault.sentence)

    def _drop(self, count: int) -> None:
        del self._ahead[:count]
        self._done += count
        self._head = None


def _parted(raw: bytes, index: int, names: Sequence[bytes]) -> list[bytes]:
    """The arrays in the line of an entry, parted without reading them; none if it is no such line.

    Whether they were parted in the right places, their digests tell.
    """
    head = b'{"index":%d,"values":[["' % index
    if not (raw.startswith(head) and raw.endswith(_END)):
        return []
    pieces = raw[len(head) : -len(_END)].split(_BETWEEN)
    if len(pieces) != len(names):
        pieces = _joined(pieces, names)
    return [b'["%b]' % piece for piece in pieces]


def _joined(pieces: Sequence[bytes], names: Sequence[bytes]) -> list[bytes]:
    """Put together again what was parted within a value."""
    found: list[bytes] = []
    for piece in pieces:
        if len(found) < len(names) and piece.startswith(names[len(found)], _NAME):
            found.append(piece)
        elif found:
            found[-1] += _BETWEEN + piece
    return found


def _are_json(lines: Sequence[bytes]) -> bool:
    try:
        _is_json(b"[%b]" % b",".join(lines))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return True


def _strictly(raw: bytes) -> tuple[int, list[bytes]]:
    """An entry's index, and its arrays as they are hashed.

    Raises:
        ValueError, msgspec.MsgspecError: the log would not have written it.
    """
    found = _decode(raw)
    if _encode(found) + b"\n" != raw:
        raise ValueError("it is not as the log writes it")
    return found.index, [_encode(array) for array in found.values]
