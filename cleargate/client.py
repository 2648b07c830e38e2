"""A client of the HTTP API that believes nothing which the log has not signed.

::

    with Client("https://records.example.gov", token, key) as records:
        answer = records.ask("search", represented="FBI", purpose="C", dataset="incident",
                             where=["primary_type = ROBBERY"], case="JH-1", attention="S. Okoro")
        if answer.opens:
            for row in answer.rows: ...
        records.prove(answer)

``key`` is the log's public key, from somewhere else than the server. Every receipt is checked
against it before an answer is handed on; ``prove`` fetches the entries themselves and holds them
against what was asked and answered. A refusal is an answer, not an error.
"""

from __future__ import annotations

import json
import select
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self
from urllib.parse import urlsplit

import msgspec

from .log.merkle import leaf_hash
from .log.note import Verifier
from .log.receipts import check_proof, receipt_from_json
from .log.succession import Keyring
from .model.errors import BadUse, CheckFailed, CleargateError, Unavailable
from .model.receipt import Receipt

_MOST: Final = 64 * 1024 * 1024
"""Bytes of an answer that is not a file."""

_CHUNK: Final = 262_144
_NEAR: Final = ("127.0.0.1", "::1", "localhost")
_FILES: Final = {".zip": "application/zip", ".parquet": "application/vnd.apache.parquet"}
_ANSWERS: Final = (200, 403, 409, 503)


class Problem(CleargateError):
    """The server did not answer: no credential, a wrong field, a limit, a fault.

    Attributes:
        status: of HTTP.
        code: stable, such as ``field`` or ``overloaded``; empty where HTTP itself says no.
        field: of the request that is wrong.
        request: its number, for the operator.
    """

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        super().__init__(str(said.get("detail", "")) or f"The server answered {status}.")
        self.status = status
        self.code = str(said.get("type", "")).partition("urn:cleargate:error:")[2]
        self.field = str(said.get("field", ""))
        self.request = str(said.get("instance", "")).rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Masked:
    """A cell that law closes, whether or not anything is recorded there."""

    mask: str


class Rule(msgspec.Struct, frozen=True):
    """A rule with its citation."""

    id: str
    cite: str
    says: str
    kind: str
    layer: str


class _Said(msgspec.Struct):
    """What is read of an answer; what a newer server says beside it is left."""

    outcome: str
    why: str
    rules: list[Rule]
    what_would_change_it: list[dict[str, Any]]
    book: str
    leaf: int
    receipt: dict[str, Any]
    answered_receipt: dict[str, Any] | None
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose receipts were checked.

    Attributes:
        asked: the fields that were sent.
        outcome: ``permit``, ``require``, ``refuse``, ``no-authority``, ``conflict``,
            ``unavailable``.
        leaf: the decision's entry in the log.
        receipt: of the decision.
        answered: receipt of what was given or done; None when nothing was.
        changes: what, all of it together, would open the request.
    """

    asked: Mapping[str, Any]
    outcome: str
    why: str
    rules: tuple[Rule, ...]
    changes: tuple[Mapping[str, Any], ...]
    book: str
    leaf: int
    receipt: Receipt
    answered: Receipt | None
    result: Mapping[str, Any]

    @property
    def opens(self) -> bool:
        """Whether it was answered or done."""
        return self.outcome in ("permit", "require")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of a search by column; a closed cell is ``Masked``."""
        names = self.result.get("columns", ())
        return [
            {n: Masked(v["masked"]) if isinstance(v, dict) else v
             for n, v in zip(names, row, strict=True)}
            for row in self.result.get("rows", ())
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proof:
    """Entries of the log, as its key signed them.

    Attributes:
        decided: the decision's entry; empty for the proof in an export, which names its leaf.
        answered: the entry of what was given or done, where there is one.
    """

    decided: Mapping[str, Any]
    answered: Mapping[str, Any] | None


class Client:
    """Someone with a credential. Not for several threads: each makes its own.

    Args:
        url: of the server; plain HTTP is for this machine only.
        token: the credential.
        key: the log's public key (a vkey), from somewhere else than the server.
        seconds: how long to wait for each part of an answer.

    Raises:
        BadUse: ``url`` is none, or would send the credential over a network unencrypted.
        KeyUnusable: ``key`` is not a public key.
    """

    def __init__(self, url: str, token: str, key: str, *, seconds: float = 60) -> None:
        at = urlsplit(url)
        if at.scheme not in ("http", "https") or not at.hostname:
            raise BadUse(f"'{url}' is not an address; write it like https://records.example.gov.")
        if at.scheme == "http" and at.hostname not in _NEAR:
            raise BadUse(f"{url} would send the credential unencrypted; use https.")
        self._key = Verifier.parse(key.strip())
        self._ring, self._seen = Keyring.of(self._key), 0
        self._headers = {"Authorization": f"Bearer {token.strip()}", "Accept": "application/json"}
        kind = HTTPSConnection if at.scheme == "https" else HTTPConnection
        self._prefix = at.path.rstrip("/")
        self._line = kind(at.hostname, at.port, timeout=seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._line.close()

    def ask(self, action: str, represented: str, purpose: str, **fields: Any) -> Answer:
        """One request, through its ten steps.

        Args:
            fields: as ``docs/api.md`` names them: ``dataset``, ``where``, ``case``, ``basis`` …

        Raises:
            Problem: there is no answer; its sentence says what to do.
            CheckFailed: a receipt is not of the log whose key this client has.
            Unavailable: the server cannot be reached, or broke off.
        """
        asked = {"action": action, "represented": represented, "purpose": purpose, **fields}
        status, data = self._json("POST", "/v1/requests", asked)
        return self._answer(status, data, asked)

    def pages(self, represented: str, purpose: str, **fields: Any) -> Iterator[Answer]:
        """Every page of a search: each is a request of its own. Ends after one that does not open.

        Raises:
            Problem, CheckFailed, Unavailable: as ``ask``.
        """
        cursor = ""
        while True:
            answer = self.ask("search", represented, purpose, **fields, cursor=cursor)
            yield answer
            cursor = answer.result.get("next", "")
            if not cursor:
                return

    def export(self, out: Path, represented: str, purpose: str, **fields: Any) -> Answer | None:
        """All of a permitted search in the new file ``out``, ``.zip`` or ``.parquet``.

        Returns:
            None when the file is there, checked; else the answer that did not open.

        Raises:
            BadUse: ``out`` is there already, or of no kind that there is.
            Problem, CheckFailed, Unavailable: as ``ask``; then there is no file.
        """
        from .exported import check_export  # reading Parquet takes a tenth of a second to load

        if out.suffix not in _FILES or out.exists():
            raise BadUse(f"{out} must be a new file that ends in {' or '.join(_FILES)}.")
        asked = {"represented": represented, "purpose": purpose, **fields}
        response = self._send("POST", "/v1/exports", asked, accept=_FILES[out.suffix])
        if response.getheader("Content-Type") != _FILES[out.suffix]:
            return self._answer(response.status, self._whole(response), asked)
        part = out.with_name(f"{out.name}.part{out.suffix}")
        try:
            with part.open("xb") as file:
                self._copy(response, file)
            check_export(part, self._ring)
            part.rename(out)
        finally:
            part.unlink(missing_ok=True)
        return None

    def explain(self, leaf: int) -> Mapping[str, Any]:
        """A past request as its ten steps.

        Raises:
            Problem: there is none at this entry that this credential may see.
        """
        _, data = self._json("GET", f"/v1/requests/{leaf}")
        found: dict[str, Any] = msgspec.json.decode(data)
        return found

    def prove(self, answer: Answer) -> Proof:
        """Fetch the entries of an answer, and hold them against it.

        Raises:
            CheckFailed: the log says otherwise than the answer.
            Problem, Unavailable: as ``ask``.
        """
        said = self.explain(answer.leaf)
        decided = _entry(said["decided"]["entry"], answer.receipt)
        for name in ("action", "represented", "purpose", "dataset"):
            if name in answer.asked and name in decided and answer.asked[name] != decided[name]:
                raise CheckFailed(f"The log says that another {name} was asked for.")
        if (decided["outcome"], decided["book"]) != (answer.outcome, answer.book):
            raise CheckFailed("The log says that it was decided otherwise.")
        if answer.answered is None:
            return Proof(decided, None)
        followed = _entry((said["followed"] or {"entry": ""})["entry"], answer.answered)
        rows = len(answer.result["rows"]) if "rows" in answer.result else followed.get("rows")
        if followed["decision"] != answer.leaf or followed.get("rows") != rows:
            raise CheckFailed("The log says that something else was answered.")
        return Proof(decided, followed)

    def _answer(self, status: int, data: bytes, asked: Mapping[str, Any]) -> Answer:
        try:
            said = msgspec.json.decode(data, type=_Said)
        except msgspec.MsgspecError as fault:
            raise CheckFailed(f"This is no answer of a Cleargate server: {fault}.") from fault
        receipt = self._checked(said.receipt)
        given = None if said.answered_receipt is None else self._checked(said.answered_receipt)
        if receipt.index != said.leaf or (said.outcome in ("permit", "require")) != bool(given):
            raise CheckFailed("The receipts are not those of this answer.")
        return Answer(
            asked, said.outcome, said.why, tuple(said.rules), tuple(said.what_would_change_it),
            said.book, said.leaf, receipt, given, said.result,
        )  # fmt: skip

    def _checked(self, paper: Mapping[str, Any]) -> Receipt:
        receipt = receipt_from_json(json.dumps(paper))
        try:
            signed = check_proof(receipt, self._ring)
        except CheckFailed:  # by a key that followed the one we have, perhaps
            self._ring = Keyring.follow(self._key, list(self._notes()))
            signed = check_proof(receipt, self._ring)
        if signed.size < self._seen:
            raise CheckFailed(
                f"The log had {self._seen} entries and now shows {signed.size}: it was put back."
            )
        self._seen = signed.size
        return receipt

    def _notes(self) -> Iterator[str]:
        """The notes by which one key of the log followed another; each is checked as it is used."""
        with suppress(Problem):
            for number in range(1, 10_000):
                yield self._json("GET", f"/log/keys/{number:04}")[1].decode()

    def _json(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        response = self._send(method, path, body)
        return response.status, self._whole(response)

    def _whole(self, response: HTTPResponse) -> bytes:
        data = self._read(response, _MOST + 1)
        if len(data) > _MOST:
            self.close()
            raise Unavailable(f"The server sent more than {_MOST} bytes; ask for less at once.")
        kind = response.getheader("Content-Type", "")
        if response.status in _ANSWERS and not kind.startswith("application/problem"):
            return data
        try:
            said = json.loads(data)
        except ValueError:
            said = {}
        raise Problem(response.status, said if isinstance(said, dict) else {})

    def _copy(self, response: HTTPResponse, file: IO[bytes]) -> None:
        while data := self._read(response, _CHUNK):
            file.write(data)

    def _send(self, method: str, path: str, body: object, accept: str = "") -> HTTPResponse:
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        if accept:
            headers["Accept"] = f"{accept}, application/json;q=0.5"
        data = None if body is None else msgspec.json.encode(body)
        if self._line.sock is not None and select.select([self._line.sock], [], [], 0)[0]:
            self.close()  # the server closed it meanwhile; nothing was sent on it yet
        try:
            self._line.request(method, self._prefix + path, data, headers)
            return self._line.getresponse()
        except (OSError, HTTPException) as fault:
            self.close()
            raise Unavailable(
                f"The server gave no answer ({type(fault).__name__}); whether it was "
                "decided stands in the log."
            ) from fault

    def _read(self, response: HTTPResponse, most: int) -> bytes:
        try:
            return response.read(most)
        except (OSError, HTTPException) as fault:
            self.close()
            raise Unavailable(f"The server broke its answer off ({fault}).") from fault


def _entry(text: str, receipt: Receipt) -> dict[str, Any]:
    """The fields of the very entry that a receipt is for."""
    if leaf_hash(text.encode()) != receipt.leaf_hash:
        raise CheckFailed(f"Entry {receipt.index} is not the one that the receipt was issued for.")
    found: dict[str, Any] = json.loads(text)
    return found
