"""Counsel's sign-off of a rule: a signature over the rule's exact text, kept with the book.

A book's sign-offs lie in one file beside its packs and are part of its version, so that the version
says which rules were reviewed. A sign-off is of one text: the rule with its annotations, and what
pack.toml says of it (its layer, whom it binds, the words of the tests that it reads). When any of
that changes the sign-off is void, and the rule awaits review again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..model.errors import PackError
from . import cedar
from .pack import Pack
from .rules import Rule

FILE: Final = "sign-offs.json"
CONTEXT: Final = b"cleargate-sign-off/v1\n"
"""Signed before the text's digest, so that no other signature of the same key passes for one."""


@dataclass(frozen=True, slots=True, order=True)
class SignOff:
    """One rule's text, read and signed.

    Attributes:
        rule: ``pack/rule``.
        text: SHA-256 of what was read, hex.
        by: the person whose key signed.
        key: the Ed25519 public key, hex.
        signature: over ``message``, hex.
        at: when it was taken, UTC.
    """

    rule: str
    text: str
    by: str
    key: str
    signature: str
    at: datetime

    @property
    def genuine(self) -> bool:
        """Whether the key made the signature."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            key.verify(bytes.fromhex(self.signature), message(self.rule, self.text, self.by))
        except (InvalidSignature, ValueError):
            return False
        return True


def message(rule: str, text: str, by: str) -> bytes:
    """What counsel signs. Canonical JSON: the names are in the order of their bytes."""
    return CONTEXT + msgspec.json.encode({"by": by, "rule": rule, "text": text})


def text_of(rule: Rule, pack: Pack) -> str:
    """SHA-256 of the rule's text and of what its pack says of it, hex."""
    read = {word for _, word in cedar.literals(rule.clauses)}
    said = {
        "binds": rule.binds or pack.binds,
        "id": rule.id,
        "layer": rule.layer.word,
        "tests": {name: words for name, words in sorted(pack.tests.items()) if name in read},
        "text": rule.text,
    }
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def holding(packs: Mapping[str, Pack], sign_offs: Iterable[SignOff]) -> tuple[SignOff, ...]:
    """Those that hold: genuine, and of a rule as it reads in ``packs``; the first of each rule."""
    texts = {r.id: text_of(r, p) for p in packs.values() for r in p.rules}
    held: dict[str, SignOff] = {}
    for one in sorted(sign_offs, key=lambda s: (s.rule, s.at)):
        if texts.get(one.rule) == one.text and one.genuine:
            held.setdefault(one.rule, one)
    return tuple(held.values())


def reviewed(pack: Pack, sign_offs: Iterable[SignOff]) -> Pack:
    """The pack with ``@review`` ended for each rule that was signed off."""
    signed = {s.rule: s for s in sign_offs}
    return replace(
        pack,
        rules=tuple(
            replace(r, review=False, reviewed=f"reviewed by {s.by} on {s.at:%Y-%m-%d}")
            if (s := signed.get(r.id))
            else r
            for r in pack.rules
        ),
    )


def read(folder: Path) -> tuple[SignOff, ...]:
    """The sign-offs of the book whose packs lie in ``folder``.

    Raises:
        PackError: the file is not one that ``write`` made.
    """
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=tuple[SignOff, ...])
    except FileNotFoundError:
        return ()
    except (msgspec.MsgspecError, ValueError) as fault:
        raise PackError([f"{folder / FILE}: {fault}; restore it."]) from None


def write(folder: Path, sign_offs: Iterable[SignOff]) -> None:
    """Write them beside the packs of their book."""
    (folder / FILE).write_bytes(encoded(sign_offs))


def encoded(sign_offs: Iterable[SignOff]) -> bytes:
    """The file, of whose bytes the book's version is a hash."""
    return msgspec.json.format(msgspec.json.encode(tuple(sign_offs)), indent=2) + b"\n"
