"""What lies where in an export, and what it says of itself.

::

    checkpoint             the signed checkpoint that covers everything here
    tile/<level>/<n>       hashes; tile/entries/<n>: entries (C2SP tlog-tiles)
    disclosures.jsonl      what opens the salted digests, in the order of the entries
    books/                 texts of the law that decided, by version
    key.vkey, index.json   which log this is, and how much of it
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

CHECKPOINT: Final = "checkpoint"
DISCLOSURES: Final = "disclosures.jsonl"
VKEY: Final = "key.vkey"
INDEX: Final = "index.json"
BOOKS: Final = "books/"


class Index(msgspec.Struct, forbid_unknown_fields=True):
    """What an export says of itself. Not signed: the checkpoint decides."""

    export: Literal["cleargate log"]
    v: Literal[1]
    origin: str
    size: Annotated[int, Meta(ge=0, lt=2**53)]
    whole: bool
    """Whether it holds the value of every salted field that was not expunged."""

    def text(self) -> bytes:
        """The file; there is one way to write it."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line of the disclosures' file. The value is kept as written: its bytes are hashed."""

    index: Annotated[int, Meta(ge=0, lt=2**53)]
    name: str
    salt: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]
    value: msgspec.Raw
