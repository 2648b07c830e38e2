"""A witness: it keeps the last checkpoint that it saw of each log, and cosigns one that goes on
from there. Whoever runs it is somebody else than whoever runs the log.

Source: C2SP tlog-witness, ``add-checkpoint``. The logs are known by their keys; anyone may send a
checkpoint, since only the log can have signed it.
"""

from __future__ import annotations

import fcntl
import os
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from ..model.errors import BadUse, CheckFailed, StoreFull
from .cosign import Cosigner
from .merkle import EMPTY_ROOT, HASH, consistent
from .note import MAX_NOTE, Checkpoint, Verifier, open_note, split_note

MAX_REQUEST: Final = MAX_NOTE + 64 * 46
"""Bytes of a request: a checkpoint, and 63 hashes before it."""
MAX_PROOF: Final = 63
SIZE_TYPE: Final = "text/x.tlog.size"

_Hash = Annotated[bytes, Meta(min_length=HASH, max_length=HASH)]


class _Seen(msgspec.Struct, forbid_unknown_fields=True):
    """The last checkpoint of a log that was cosigned."""

    size: Annotated[int, Meta(ge=0)]
    root: _Hash
    note: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a witness answers: an HTTP status, a text and its type."""

    status: int
    text: str
    media_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class _Request:
    old: int
    proof: tuple[bytes, ...]
    note: str


class WitnessBook:
    """What a witness has seen, in one file. Safe between threads and processes.

    Args:
        path: the file; it is made with the first checkpoint.
        cosigner: the witness's own key.
        logs: the keys of the logs that it watches; a log may have several, one after another.
    """

    def __init__(self, path: Path, cosigner: Cosigner, logs: Sequence[Verifier]) -> None:
        self._path, self._cosigner = path, cosigner
        self._logs: dict[str, list[Verifier]] = {}
        for verifier in logs:
            self._logs.setdefault(verifier.name, []).append(verifier)
        self._one_at_a_time = threading.Lock()

    def add_checkpoint(self, body: bytes, at: int) -> Reply:
        """Cosign a checkpoint that goes on from the last one.

        Args:
            body: the request, at most ``MAX_REQUEST`` bytes.
            at: now, in seconds since 1970.

        Raises:
            StoreFull: what was seen cannot be written down; then nothing is signed.
            BadUse: the file of what was seen cannot be read.
        """
        try:
            request = _parse(body)
            text, _ = split_note(request.note)
            new = Checkpoint.parse(text)
        except CheckFailed as fault:
            return Reply(400, f"{fault.sentence}\n")
        known = self._logs.get(new.origin)
        if known is None:
            return Reply(404, "This witness does not watch the log of that name.\n")
        try:
            open_note(request.note, known)
        except CheckFailed as fault:
            return Reply(403, f"{fault.sentence}\n")
        if request.old > new.size:
            return Reply(400, "The old size is larger than the checkpoint's.\n")
        with self._alone():
            return self._go_on(request, new, text, at)

    def _go_on(self, request: _Request, new: Checkpoint, text: str, at: int) -> Reply:
        seen = self._read()
        last = seen.get(new.origin)
        size = last.size if last else 0
        if request.old != size:
            return Reply(409, f"{size}\n", SIZE_TYPE)
        if last and new.size == size and new.root != last.root:
            return Reply(409, f"{size}\n", SIZE_TYPE)
        root = last.root if last else EMPTY_ROOT
        if not consistent(size, new.size, root, new.root, request.proof):
            return Reply(422, "The proof does not show that it goes on from the last one.\n")
        seen[new.origin] = _Seen(new.size, new.root, request.note)
        self._write(seen)  # before anything is signed: a witness that forgets could be split
        return Reply(200, self._cosigner.sign(text, at))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other thread, and no other process, between what was read and what is written."""
        with self._one_at_a_time:
            try:
                lock = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as fault:
                raise StoreFull(f"{self._path} cannot be locked: {fault.strerror}.") from fault
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
            finally:
                os.close(lock)

    def _read(self) -> dict[str, _Seen]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, _Seen])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError, ValueError) as fault:
            raise BadUse(
                f"{self._path} cannot be read ({fault}); restore it. A witness that has forgotten "
                "what it saw must not sign under the same key."
            ) from fault

    def _write(self, seen: dict[str, _Seen]) -> None:
        temporary = self._path.with_name(f"{self._path.name}.new")
        try:
            with temporary.open("wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(seen), indent=2))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as fault:
            raise StoreFull(f"{self._path} cannot be written: {fault.strerror}.") from fault


def request_text(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """The request that a log sends. Source: C2SP tlog-witness, add-checkpoint."""
    hashes = "".join(f"{b64encode(node).decode()}\n" for node in proof)
    return f"old {old}\n{hashes}\n{note}".encode()


def _parse(body: bytes) -> _Request:
    head, blank, note = body.decode("utf-8", "replace").partition("\n\n")
    first, *hashes = head.split("\n")
    word, _, number = first.partition(" ")
    if len(body) <= MAX_REQUEST and blank and word == "old" and _is_size(number):
        proof = [_hash(line) for line in hashes]
        if len(proof) <= MAX_PROOF and all(proof):
            return _Request(int(number), tuple(proof), note)
    raise CheckFailed("This is not a request to add a checkpoint (C2SP tlog-witness).")


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and str(int(text)) == text


def _hash(line: str) -> bytes:
    """A hash in strict base64; nothing where it is none."""
    try:
        data = b64decode(line, validate=True)
    except ValueError:
        return b""
    return data if len(data) == HASH and b64encode(data).decode() == line else b""
