"""What lies where in an export, and what it says of itself.

::

    manifest.json          which log this is, how much of it, and for whom
    checkpoint             the signed checkpoint that covers everything here
    tile/<level>/<n>       hashes; tile/entries/<n>: entries (C2SP tlog-tiles)
    disclosures.jsonl      what opens the salted digests, entry by entry; not for the public
    law/<version>/         the texts of each book of law that an entry put in force
    keys/<nnnn>            which key followed which, each signed by both
    cosigned/<size>        earlier checkpoints with the signatures of witnesses
    key.vkey               the key that signed the checkpoint
    check_log.py           checks all this by itself; how-to-check.md says how

In the public export an entry that is withheld has no bytes; its hash stands in its tile.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

CHECKPOINT: Final = "checkpoint"
DISCLOSURES: Final = "disclosures.jsonl"
VKEY: Final = "key.vkey"
MANIFEST: Final = "manifest.json"
LAW: Final = "law/"
KEYS: Final = "keys/"
COSIGNED: Final = "cosigned/"
CHECKER: Final = "check_log.py"
HOW_TO: Final = "how-to-check.md"

_Count = Annotated[int, Meta(ge=0, lt=2**53)]
_Purpose = Annotated[str, Meta(pattern=r"^[A-Z][A-Z-]{0,31}\Z")]


class Manifest(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What an export says of itself. Not signed: the checkpoint decides.

    Attributes:
        audience: ``auditor``: whole, with every value that was not expunged. ``public``: entries
            that may be published, without values.
        until: entries from here on are withheld from the public, whatever they say.
        purposes: a decision for one of these is published, with what came of it.
    """

    export: Literal["cleargate log"] = "cleargate log"
    v: Literal[1] = 1
    audience: Literal["auditor", "public"]
    origin: str
    size: _Count
    until: _Count
    purposes: tuple[_Purpose, ...] = ()

    @property
    def whole(self) -> bool:
        return self.audience == "auditor"

    def text(self) -> bytes:
        """The file; there is one way to write it."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """Read the file.

        Raises:
            ValueError: it is not as the log writes it.
        """
        try:
            found = msgspec.json.decode(data, type=cls)
        except msgspec.MsgspecError as fault:
            raise ValueError(str(fault)) from fault
        if found.text() != data:
            raise ValueError("it is not as the log writes it")
        return found
