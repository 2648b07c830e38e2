"""Small things that templates write: numbers, hashes, the words of the law."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from ...model.request import Agency
from ...model.words import RuleKind


def filters() -> Mapping[str, Callable[..., Any]]:
    """The filters that templates may use."""
    return {"number": number, "root": root, "verb": verb, "short_hash": short_hash,
            "titled": titled, "capital": capital, "as_json": as_json}  # fmt: skip


def number(value: int) -> str:
    """``48,213``."""
    return f"{value:,}"


def capital(text: str) -> str:
    """A sentence's beginning; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def as_json(value: object) -> str:
    """A value of the log, laid out."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def root(checkpoint: str) -> str:
    """The root hash of a checkpoint, shortened: ``f2c0 71ae … 08b3`` (C2SP tlog-checkpoint)."""
    lines = checkpoint.split("\n")
    return short_hash(b64decode(lines[2]).hex())


def short_hash(digits: str) -> str:
    """The first and last digits of a hash."""
    return f"{digits[:4]} {digits[4:8]} {digits[8:12]} … {digits[-4:]}"


def verb(kind: RuleKind) -> str:
    """The word for what a rule says, as a key: the glyphs of outcomes stand before it."""
    return {
        RuleKind.MUST_NOT: "must_not",
        RuleKind.MUST: "must",
        RuleKind.GRANT: "may",
        RuleKind.LEAVE: "leave",
        RuleKind.PROTECTS: "protects",
        RuleKind.DUTY: "duty",
    }[kind]


def titled(id: str, agencies: Mapping[str, Agency]) -> str:
    """An agency's name, by its id."""
    return agencies[id].name if id in agencies else id
