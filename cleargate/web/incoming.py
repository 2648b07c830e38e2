"""What comes in over HTTP, up to the fields of a request: the token, the bytes, the JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException

from ..model.errors import BadUse, TooLarge, TooSlow

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a request may be, and how long it may take to come in.

    Attributes:
        size: bytes.
        seconds: from the first byte of its head to the last of its body.
    """

    size: int = 65_536
    seconds: float = 30


def token(request: AnyRequest) -> str:
    """The bearer token; ``""`` when there is none, or more than one (RFC 6750, 2.1)."""
    sent = request.headers.getall("authorization", [])
    if len(sent) != 1:
        return ""
    scheme, _, credential = sent[0].partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""


async def body(request: AnyRequest, limits: Limits) -> bytes:
    """The bytes of a JSON body.

    Raises:
        HTTPException: 415, it is not sent as plain JSON.
        TooLarge: it is longer than it may be; what is too much is not kept.
        TooSlow: it did not come in time.
    """
    _plain(request, "application/json")
    return await _bytes(request, limits)


async def form_body(request: AnyRequest, limits: Limits) -> bytes:
    """The bytes of a form, under the same limits as ``body``.

    Raises:
        HTTPException: 415, it is not sent as a plain form.
        TooLarge, TooSlow: as ``body``.
    """
    _plain(request, "application/x-www-form-urlencoded")
    return await _bytes(request, limits)


async def _bytes(request: AnyRequest, limits: Limits) -> bytes:
    data = bytearray()
    try:
        async with asyncio.timeout(limits.seconds):
            async for chunk in request.stream():
                data += chunk
                if len(data) > limits.size:
                    raise TooLarge(
                        f"A request has at most {limits.size} bytes (limits.request_bytes); "
                        "ask for less at once."
                    )
    except TimeoutError:
        raise TooSlow(
            f"The request did not come in within {limits.seconds:g} s (serve.seconds); "
            "send it anew."
        ) from None
    return bytes(data)


def _plain(request: AnyRequest, wanted: str) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = request.headers.get("content-encoding", "identity").lower()
    if kind != wanted or coding != "identity":
        raise HTTPException(
            status_code=415,
            detail=f"Send the request as {wanted}, without a content encoding.",
        )


def fields(data: bytes) -> Mapping[str, Any]:
    """The fields that a body holds.

    A name that stands there twice is refused: two readers might each believe another one of them.

    Raises:
        BadUse: it is not one JSON object; no part of the body is repeated in the sentence.
    """
    try:
        found = msgspec.json.decode(data)
        json.loads(data, object_pairs_hook=_once)
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise BadUse(f"The body is not JSON that can be read ({fault}); send one object.") from None
    if not isinstance(found, dict):
        raise BadUse("The body is not a JSON object; send the fields of one request.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)
