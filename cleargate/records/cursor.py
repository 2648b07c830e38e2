"""Sealed cursors: the place after a page, which nobody but the asker of that page can use.

A cursor holds the sort value and key of the page's last row. It is encrypted, so that it says
nothing, and bound to requester, data set, conditions and order, so that it cannot be carried to
another search. It is no permission: each page is a request of its own, decided and logged.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from ..model.errors import FieldError
from ..model.ids import Random
from ..model.request import Request

Position = tuple[str | int | float | None, ...]

_NONCE: Final = 12
_LONGEST: Final = 4096


def bound_to(person: str, request: Request) -> bytes:
    """What a cursor is bound to: who asks for whom, of which data set, which rows in which order.

    Args:
        person: the authenticated person's id.
    """
    parts = [
        "cleargate cursor 1",
        person,
        request.represented,
        request.custodian,
        request.action,
        request.dataset,
        request.sort,
        [[c.column, c.op, c.value] for c in request.where],
    ]
    return hashlib.sha256(json.dumps(parts).encode()).digest()


def seal(position: Position, *, key: bytes, random: Random, bound: bytes) -> str:
    """The cursor for ``position``, or ``""`` for none.

    Args:
        key: 32 bytes.
        random: gives 12 fresh bytes for each cursor.
        bound: from ``bound_to``.
    """
    if not position:
        return ""
    nonce = random(_NONCE)
    sealed = ChaCha20Poly1305(key).encrypt(nonce, json.dumps(position).encode(), bound)
    return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()


def unseal(cursor: str, *, key: bytes, bound: bytes) -> Position:
    """The position that ``cursor`` holds; ``()`` for the empty cursor of a first page.

    Raises:
        FieldError: it was not sealed here, or for another search or another person.
    """
    if not cursor:
        return ()
    try:
        if len(cursor) > _LONGEST:
            raise ValueError
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        text = ChaCha20Poly1305(key).decrypt(raw[:_NONCE], raw[_NONCE:], bound)
        return tuple(json.loads(text))
    except (InvalidTag, ValueError, binascii.Error):
        raise FieldError(
            "cursor",
            "This cursor does not belong to this search; ask for the first page, without a cursor.",
        ) from None
