"""An export with everything in it that an export can hold, for the tests that damage it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

from cleargate.log import keys
from cleargate.log.append import append
from cleargate.log.cosign import Cosigner
from cleargate.log.export import ForThePublic, export
from cleargate.log.law_texts import Texts, version_of
from cleargate.log.note import split_note
from cleargate.log.rotate import rotate
from cleargate.log.since import cosigned_path
from cleargate.log.store import Log
from cleargate.model.leaf import Leaf
from tests.fakes import (
    NOON,
    Dice,
    answered,
    credential,
    decided,
    law,
    log_signer,
    new_log,
    ticket,
)

ORIGIN = "example.gov/log"
SIZE = 2 * 256 + 44
CHANGED = 300
"""The size at which the key was changed."""
OLD_KEY = str(log_signer().verifier)
"""The log's first key, which the checks are given."""
WITNESS = Cosigner.from_seed("witness.example/one", b"w" * 32)
WITNESS_KEY = str(WITNESS.witness)
COSIGNED = cosigned_path(WITNESS.witness)
_SEED = hashlib.sha256(ORIGIN.encode()).digest()
AT = int(NOON.timestamp())
EVERYTHING = ForThePublic(("CIV-IMM", "PUB"), NOON + timedelta(days=1))

TEXTS = {
    "us/pack.toml": b'title = "Federal"\n',
    "us/policies/a.cedar": b"permit (principal, action, resource);\n",
    "us-il/pack.toml": b'title = "Illinois"\n',
    "us-il/policies/a.cedar": b"forbid (principal, action, resource);\n",
    "us-il/policies/b.cedar": b"// nothing\n",
    "sign-offs.json": b"[]\n",
}
BOOK = version_of(TEXTS, TEXTS.__getitem__)
"""The version of the law that these texts are."""


def laws(version: str) -> Texts:
    """The texts of the one law that there is."""
    return TEXTS.items() if version == BOOK else ()


def fill(log: Log) -> None:
    """Entries of many kinds: of public purposes and others, and two that were expunged."""
    append(log, [law(BOOK), decided(BOOK), answered(1, BOOK)])
    append(log, [credential(BOOK), decided(BOOK, 1, purpose="C"), answered(4, BOOK, 1)])
    with log.store.write() as conn:
        conn.execute("DELETE FROM disclosures WHERE idx = 4 AND name = 'person'")
        conn.execute("DELETE FROM disclosures WHERE idx = 5")
    append(log, [Leaf("expunged", NOON, BOOK, 1, "cli", {"entries": [4, 5]}, {"order": "X"})])
    rest = [decided(BOOK, 1), decided(BOOK, 1, purpose="F"), decided(BOOK, 1, purpose="PUB")]
    append(log, [rest[n % 3] for n in range(CHANGED - 7)])


def filled(folder: Path) -> tuple[Log, str]:
    """A log whose key was changed, and an earlier checkpoint of it that a witness cosigned."""
    keys.create(folder / "key", ORIGIN, random=lambda n: _SEED[:n], data=folder / "data")
    new_log(folder).close()
    file = keys.KeyFile(folder / "key")
    log = Log.open(folder / "log.db", folder / "guard", keyfile=file, random=Dice("exported"))
    fill(log)
    rotate(log, ticket("log:rotate-key", 1), NOON)
    append(log, [decided(BOOK, 1, purpose="PUB")] * 100)
    note = log.checkpoint()
    append(log, [decided(BOOK, 1)] * (SIZE - CHANGED - 100))
    return log, note + WITNESS.sign(split_note(note)[0], AT)


def write(log: Log, out: Path, note: str, public: ForThePublic | None = None) -> Path:
    """The export, whole or for the public."""
    export(log, out, public=public, laws=laws, beside=[(COSIGNED, note.encode())])
    return out
