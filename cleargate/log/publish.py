"""Asking witnesses to cosign the newest checkpoint, and keeping what they signed.

Each witness's last cosigned checkpoint lies in a file of its own, with since when the witness has
been silent. They are served beside the checkpoint, and go out with every export.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import msgspec

from ..model.errors import CheckFailed, StoreFull
from .cosign import Witness, cosigned
from .merkle import consistency_proof
from .note import MAX_NOTE
from .since import cosigned_path
from .store import Log, read_head, read_node
from .witness import SIZE_TYPE, request_text

_MOST: Final = MAX_NOTE


@dataclass(frozen=True, slots=True)
class Address:
    """A witness that the log asks: its public key, and where its ``add-checkpoint`` lies."""

    witness: Witness
    url: str


class Standing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a log stands with a witness.

    Attributes:
        witness: its public key.
        size: entries of the last checkpoint that it cosigned; 0 before the first.
        signed_at: when it did, as it says.
        note: that checkpoint with its signature.
        asked_at: when it was last asked.
        silent_since: when it was first asked in vain since then; None while it answers.
        why: what it answered instead, or why it could not be asked.
    """

    witness: str
    size: int = 0
    signed_at: int | None = None
    note: str = ""
    asked_at: datetime | None = None
    silent_since: datetime | None = None
    why: str = ""


Post = Callable[[str, bytes], tuple[int, str, str]]
"""Sends a request; gives status, media type and text. Raises Unreachable."""


class Unreachable(Exception):
    """A witness that cannot be asked; the text says why."""


def publish(
    log: Log, folder: Path, witnesses: Sequence[Address], post: Post, clock: Callable[[], datetime]
) -> list[Standing]:
    """Ask each witness to cosign the newest checkpoint, and write down how the log stands with it.

    One that is silent, refuses or lies holds up no other.

    Raises:
        StoreFull: what they signed cannot be kept.
    """
    found = []
    for address in witnesses:
        before = read_standing(folder, address.witness)
        now = clock()
        try:
            after = _ask(log, address, before, post)
        except (Unreachable, CheckFailed) as fault:
            why = fault.sentence if isinstance(fault, CheckFailed) else str(fault)
            since = before.silent_since or now
            after = msgspec.structs.replace(before, silent_since=since, why=why)
        after = msgspec.structs.replace(after, asked_at=now)
        _keep(folder, address.witness, after)
        found.append(after)
    return found


def standings(folder: Path) -> list[Standing]:
    """How the log stands with each witness that it ever asked."""
    paths = sorted(folder.glob("*.json"))
    return [found for path in paths if (found := _read(path)) is not None]


def read_standing(folder: Path, witness: Witness) -> Standing:
    """How the log stands with a witness."""
    found = _read(_path(folder, witness))
    return found if found and found.witness == str(witness) else Standing(witness=str(witness))


def newest(log: Log, folder: Path | None) -> str:
    """The newest checkpoint, with the signature of each witness that has signed this very one."""
    note = log.checkpoint()
    signed = [standing.note for standing in standings(folder)] if folder else []
    return note + "".join(one.removeprefix(note) for one in signed if one.startswith(note))


def cosigned_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The cosigned checkpoints as they lie in an export."""
    for standing in standings(folder):
        if standing.note:
            yield cosigned_path(Witness.parse(standing.witness)), standing.note.encode()


def http_post(seconds: float) -> Post:
    """Sends requests over HTTP. A whole answer takes at most ``seconds``, and is not too long."""
    opener = build_opener(_NoRedirect)

    def send(url: str, body: bytes) -> tuple[int, str, str] | Unreachable:
        request = Request(url, body, {"Content-Type": "text/plain"}, method="POST")
        try:
            with opener.open(request, timeout=seconds) as answer:
                return answer.status, answer.headers.get_content_type(), _text(answer.read(_MOST))
        except HTTPError as answer:
            with answer:
                return answer.code, answer.headers.get_content_type(), _text(answer.read(_MOST))
        except (OSError, HTTPException, ValueError) as fault:
            return Unreachable(f"it cannot be reached: {fault}")

    def post(url: str, body: bytes) -> tuple[int, str, str]:
        # A socket's own limit starts anew with each byte; one that drips would hold up the others.
        answers: SimpleQueue[tuple[int, str, str] | Unreachable] = SimpleQueue()
        Thread(target=lambda: answers.put(send(url, body)), daemon=True).start()
        try:
            found = answers.get(timeout=seconds)
        except Empty:
            raise Unreachable(f"it did not answer within {seconds:g} seconds") from None
        if isinstance(found, Unreachable):
            raise found
        return found

    return post


class _NoRedirect(HTTPRedirectHandler):
    """A witness has one address; where it sends elsewhere, that is its answer."""

    def redirect_request(self, *_: object) -> None:
        return None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _ask(log: Log, address: Address, before: Standing, post: Post) -> Standing:
    url, old = f"{address.url.rstrip('/')}/add-checkpoint", before.size
    for _ in range(2):
        note, size, proof = _newest(log, old)
        status, media_type, said = post(url, request_text(old, proof, note))
        if status != 409 or media_type != SIZE_TYPE or not said.strip().isdigit():
            break
        old = int(said)
        if old > size:
            raise CheckFailed(
                f"it has seen {old} entries of this log, which has {size}: another copy of the log "
                "was shown to it, or this one is old"
            )
    if status != 200:
        raise CheckFailed(f"it answered {status}: {said.strip()[:200] or 'nothing'}")
    signed = cosigned(note, said, [address.witness])
    at = address.witness.signed_at(signed)
    if at is None:
        raise CheckFailed("it answered with no signature of its key")
    return Standing(witness=before.witness, size=size, signed_at=at, note=signed)


def _newest(log: Log, old: int) -> tuple[str, int, tuple[bytes, ...]]:
    """The newest checkpoint, its size, and proof that it goes on from the old size."""
    with log.store.read() as conn:
        head = read_head(conn)
        proof = consistency_proof(old, head.size, read_node(conn)) if 0 < old <= head.size else ()
    return head.checkpoint, head.size, proof


def _path(folder: Path, witness: Witness) -> Path:
    return folder / f"{witness.key_id.hex()}.json"


def _read(path: Path) -> Standing | None:
    """What a file says; None where there is none, or one that cannot be read: it is asked anew."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Standing)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None


def _keep(folder: Path, witness: Witness, standing: Standing) -> None:
    path = _path(folder, witness)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(standing), indent=2))
        temporary.replace(path)
    except OSError as fault:
        raise StoreFull(f"{path} cannot be written: {fault.strerror}.") from fault
