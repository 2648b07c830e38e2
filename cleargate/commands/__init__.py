"""The commands, one module for each group: they parse, call the gate, and print what comes back.

Whatever asks or changes goes through the gate as a request; ``NOT_REQUESTS`` lists what does
neither, each with its reason. Start reading in ``session``: how a command gets the gate, acts as a
credential, and leaves with the outcome's code.
"""

from collections.abc import Mapping
from typing import Final

_SHIPPED: Final = "reads packs as files; no jurisdiction is concerned"
_OPERATOR: Final = "reads the stores as whoever may read their files; nothing leaves the machine"

NOT_REQUESTS: Final[Mapping[str, str]] = {
    "demo": "makes an invented county; each stop of its tour is a request of its own",
    "init": "makes a jurisdiction where there is none; the log begins with it",
    "serve": "answers requests; is none itself",
    "storage init": "makes tables and rights as the database's administrator; changes no row",
    "storage check": _OPERATOR,
    "explain": _OPERATOR,
    "agency list": _OPERATOR,
    "agency show": _OPERATOR,
    "agency cut-off": "previews and proposes; the act is asked for when the second key signs",
    "credential renew": "proposes; the act is asked for when the last key that is needed signs",
    "evidence show": _OPERATOR,
    "records quarantine": _OPERATOR,
    "records catalogue": "reads what this program knows of data sets",
    "records sources": "reads what this program knows of extracts",
    "law list": _SHIPPED,
    "law show": _SHIPPED,
    "law check": _SHIPPED,
    "law test": _SHIPPED,
    "law new": "writes a pack's files; no jurisdiction is concerned",
    "law try": "decides an invented request, says so, and logs nothing",
    "law matrix": _SHIPPED,
    "law diff": "compares books as files; a log it is given is read as its operator reads it",
    "law replay": _OPERATOR,
    "law conflicts": _OPERATOR,
    "law settle": "drafts and proposes; the act is asked for when the second key signs",
    "law put-in-force": "proposes; the act is asked for when the second key signs",
    "custody release": "asks nobody's permission, by design; it is logged, or spooled for later",
    "custody late": "enters releases that have happened; they are logged with the time of then",
    "report due": _OPERATOR,
    "log show": _OPERATOR,
    "backup": "copies the stores as whoever may read their files; on a bad day it needs no law",
    "restore": "puts files back and proposes; the act is asked for when the second key signs",
    "log recover": "proposes; the act is asked for when the second key signs",
    "log expunge": "proposes; the act is asked for when the second key signs",
    "log receipt": "reads a receipt; it trusts and needs nobody",
    "log publish": "asks witnesses to sign the checkpoint; of the log they are shown hashes only",
    "log witness": "watches logs that others keep; no jurisdiction is concerned",
    "log verify": "reads an export; it trusts and needs nobody",
}
"""Commands that are no request, and why. A test holds that every other one leaves an entry."""
