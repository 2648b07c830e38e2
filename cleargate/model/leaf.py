"""The leaf: what one entry of the log says, in the clear and as salted digests.

A leaf is canonical JSON (RFC 8785, no floats) by the grammar in ``kinds``. The writer and the
reader share one set of types, so what cannot be read cannot be written, and the reader rejects
anything else. The values of salted fields are not in the leaf, only their digests (RFC 9901, 4.2);
they can be deleted later, and the log still verifies.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Literal, NoReturn, cast

import msgspec
from msgspec import UNSET, UnsetType

from .errors import CheckFailed, FieldError, LimitReached
from .kinds import KINDS, REJECTABLE, Book, Count, Kind, Salted, Time, Via
from .receipt import Versions

MAX_LEAF: Final = 65_535
"""Bytes: the most that a length prefix of a C2SP entry bundle can say."""

ROOM: Final = 1_024
"""Bytes kept free when sealing, for the versions that ``stamped`` adds."""


class _InForce(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """The versions in force when the entry was logged, where it was decided under others."""

    book: Book
    epoch: Count


_COMMON: Final[Mapping[str, Any]] = {
    "at": Time,
    "book": Book,
    "epoch": Count,
    "in_force": _InForce | UnsetType,
    "v": Literal[1],
    "via": Via,
}


def _struct(name: str, kind: Kind) -> type[msgspec.Struct]:
    """The type of a kind. Its fields stand in the order in which RFC 8785 writes them."""
    sealed = msgspec.defstruct(
        "sealed",
        [(s, Salted) for s in sorted(kind.salted)],
        frozen=True,
        forbid_unknown_fields=True,
        gc=False,
    )
    may = {n: t | UnsetType for n, t in kind.may.items()}
    types = {**_COMMON, **kind.needs, **may, "kind": Literal[name], "sealed": sealed}
    left_out = {"in_force", *may}
    return msgspec.defstruct(
        name,
        [(n, types[n], UNSET) if n in left_out else (n, types[n]) for n in sorted(types)],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
        gc=False,
    )


_STRUCTS: Final = {name: _struct(name, kind) for name, kind in KINDS.items()}
_NOT_OWN: Final = frozenset(_COMMON) | {"kind", "sealed"}
_TIMES: Final = {
    name: tuple(f for f, t in {**kind.needs, **kind.may}.items() if t is Time)
    for name, kind in KINDS.items()
}
_DECODERS: Final = {n.encode(): msgspec.json.Decoder(s).decode for n, s in _STRUCTS.items()}
_encode: Final = msgspec.json.Encoder().encode
_encode_sorted: Final = msgspec.json.Encoder(order="sorted").encode
_KIND: Final = b'"kind":"'
BASE64URL: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is to be logged, before it is sealed.

    Attributes:
        kind: a key of ``KINDS``.
        at: when, UTC.
        book: version of the law that it was decided under.
        epoch: credential epoch that it was decided under.
        via: ``api``, ``cli``, ``console``, ``feed`` or ``job``.
        clear: the kind's clear fields; a field that is None counts as left out.
        salted: values of the kind's salted fields, of JSON types without floats; one that is
            left out is sealed as null, so that an entry does not show which were there.
    """

    kind: str
    at: datetime
    book: str
    epoch: int
    via: str
    clear: Mapping[str, Any] = field(default_factory=dict)
    salted: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What opens one salted digest: its name, its salt (base64url) and its value (JSON text)."""

    name: str
    salt: str
    value: str

    @property
    def encoded(self) -> str:
        """The disclosure as it is hashed (RFC 9901, 4.2.1)."""
        array = disclosure_array(self.name, self.salt, self.value.encode())
        return _base64url(array).decode("ascii")

    @property
    def digest(self) -> str:
        """What the leaf says instead of the value."""
        return disclosure_digest(self.name, self.salt, self.value.encode())


def disclosure_digest(name: str, salt: str, value: bytes) -> str:
    """The digest of a disclosure whose value is this JSON text."""
    return encoded_digest(_base64url(disclosure_array(name, salt, value)))


def encoded_digest(encoded: bytes) -> str:
    """The digest of an encoded disclosure. Source: RFC 9901, 4.2.3."""
    return _base64url(sha256(encoded).digest()).decode("ascii")


@dataclass(frozen=True, slots=True)
class SealedLeaf:
    """An entry as the log holds it. Only ``seal``, ``read`` and ``stamped`` make one.

    Attributes:
        raw: its canonical bytes, which the tree hashes.
    """

    raw: bytes
    _entry: Any = field(repr=False, compare=False)

    @property
    def kind(self) -> str:
        return cast(str, self._entry.kind)

    @property
    def at(self) -> datetime:
        return cast(datetime, self._entry.at)

    @property
    def via(self) -> str:
        return cast(str, self._entry.via)

    @property
    def under(self) -> Versions:
        """The versions that it was decided under."""
        return Versions(self._entry.book, self._entry.epoch)

    @property
    def in_force(self) -> Versions:
        """The versions in force when it was logged."""
        now = self._entry.in_force
        return self.under if now is UNSET else Versions(now.book, now.epoch)

    def fits(self, now: Versions) -> bool:
        """Whether the entry says that these were the versions in force."""
        said = self._entry if self._entry.in_force is UNSET else self._entry.in_force
        return bool(said.book == now.book and said.epoch == now.epoch)

    @property
    def clear(self) -> dict[str, Any]:
        """The kind's own clear fields, without those left out; times are datetimes."""
        names = (n for n in self._entry.__struct_fields__ if n not in _NOT_OWN)
        values = {n: getattr(self._entry, n) for n in names}
        return {n: msgspec.to_builtins(v, builtin_types=(datetime,))
                for n, v in values.items() if v is not UNSET}  # fmt: skip

    @property
    def sealed(self) -> dict[str, str]:
        """Digest by name of salted field."""
        return msgspec.structs.asdict(self._entry.sealed)

    def after(self, now: Versions) -> Versions:
        """The versions in force once this entry is in the log, ``now`` being those before it."""
        return versions_after(self._entry, now)

    def stamped(self, now: Versions) -> SealedLeaf:
        """This entry, naming also the versions in force now, which are not those it rests on."""
        entry = msgspec.structs.replace(self._entry, in_force=_InForce(now.book, now.epoch))
        return SealedLeaf(_encode(entry), entry)


def versions_after(entry: Any, now: Versions) -> Versions:
    """The versions in force after a decoded entry, ``now`` being those before it.

    By this the log orders law and decisions: ``law`` moves the book, ``agency`` and ``credential``
    move the credential epoch by one.
    """
    if entry.kind == "law":
        return Versions(entry.to_version, now.epoch)
    if entry.kind in ("agency", "credential"):
        return Versions(now.book, now.epoch + 1)
    return now


def seal(leaf: Leaf, random: Callable[[int], bytes]) -> tuple[SealedLeaf, tuple[Disclosure, ...]]:
    """Make the entry's canonical bytes, and what opens its digests.

    Args:
        leaf: what happened.
        random: gives n random bytes; each salt is 16 of them (RFC 9901, 9.3).

    Raises:
        FieldError: a field is unknown, missing or of the wrong type.
        LimitReached: the entry is too long.
    """
    kind = KINDS.get(leaf.kind)
    if kind is None:
        raise FieldError(
            "kind", f"{leaf.kind!r} is no kind of entry; use one of model.kinds.KINDS."
        )
    disclosures = _disclosures(leaf, kind, random)
    fields = {name: value for name, value in leaf.clear.items() if value is not None}
    fields |= {
        "kind": leaf.kind,
        "at": leaf.at,
        "book": leaf.book,
        "epoch": leaf.epoch,
        "via": leaf.via,
        "v": 1,
        "sealed": {d.name: d.digest for d in disclosures},
    }
    try:
        sealed = _read(_encode_sorted(fields))
    except (msgspec.MsgspecError, ValueError, TypeError) as fault:
        raise FieldError(
            _field(fault), f"A {leaf.kind} entry cannot be written: {fault}; correct that field."
        ) from fault
    if len(sealed.raw) > MAX_LEAF - ROOM:
        raise LimitReached(
            f"A {leaf.kind} entry of {len(sealed.raw)} bytes is too long for the log, which takes "
            f"{MAX_LEAF - ROOM}; shorten its lists."
        )
    return sealed, disclosures


def read(raw: bytes) -> SealedLeaf:
    """Read an entry, and reject anything that ``seal`` would not have written.

    Raises:
        CheckFailed: unknown kind or field, missing field, wrong type, float, bytes that are not
            canonical, repeated key, or too long.
    """
    try:
        if len(raw) > MAX_LEAF:
            _wrong(f"it is longer than {MAX_LEAF} bytes")
        return _read(raw)
    except (msgspec.MsgspecError, ValueError) as fault:
        raise CheckFailed(f"This is no entry of a Cleargate log: {fault}.") from fault


def open_disclosure(leaf: SealedLeaf, disclosure: Disclosure) -> Any:
    """The value that a disclosure shows, once it is clear that this entry sealed it.

    Raises:
        CheckFailed: the entry has no such field, or sealed another value.
    """
    check_disclosure(leaf, disclosure)
    return msgspec.json.decode(disclosure.value)


def check_disclosure(leaf: SealedLeaf, disclosure: Disclosure) -> None:
    """Hold a disclosure against the digest that the entry sealed.

    Raises:
        CheckFailed: the entry has no such field, or sealed another value.
    """
    if leaf.sealed.get(disclosure.name) != disclosure.digest:
        raise CheckFailed(f"The value shown for {disclosure.name!r} is not what the entry sealed.")


def _disclosures(leaf: Leaf, kind: Kind, random: Callable[[int], bytes]) -> tuple[Disclosure, ...]:
    for name in (leaf.clear.keys() & _NOT_OWN) | (leaf.salted.keys() - set(kind.salted)):
        raise FieldError(name, f"A {leaf.kind} entry has no field {name!r} here; leave it out.")
    salts = random(16 * len(kind.salted))
    return tuple(
        _disclosure(name, salts[n : n + 16], leaf.salted.get(name))
        for n, name in zip(range(0, len(salts), 16), kind.salted, strict=True)
    )


def _read(raw: bytes) -> SealedLeaf:
    entry = decode(raw)
    if not are_digests("".join(digests(entry))):
        _wrong("a digest in `sealed` is not base64url")
    return SealedLeaf(raw, entry)


def decode(raw: bytes) -> Any:
    """An entry as a value of its kind's type; ``leaves`` reads many with it.

    Raises:
        ValueError, msgspec.MsgspecError: ``seal`` would not have written it. Of the digests only
            the length is checked.
    """
    entry = _decode(raw)
    # One comparison finds repeated keys, other orders, other escapes, and spaces.
    if _encode(entry) != raw:
        _wrong("it is not in canonical form (RFC 8785)")
    if entry.in_force is not UNSET:
        _check_in_force(entry)
    if entry.at.tzinfo is not UTC:
        _wrong("its time `at` is not in UTC, written with Z")
    for name in _TIMES[entry.kind]:
        time = getattr(entry, name)
        if time is not UNSET and time.tzinfo is not UTC:
            _wrong(f"its time `{name}` is not in UTC, written with Z")
    return entry


def digests(entry: Any) -> tuple[str, ...]:
    """The digests of a decoded entry, in the order of their names."""
    found: tuple[str, ...] = msgspec.structs.astuple(entry.sealed)
    return found


def are_digests(text: str) -> bool:
    """Whether digests, one after another, consist of base64url's characters."""
    return not text.encode().translate(None, BASE64URL)


def _decode(raw: bytes) -> Any:
    """Read the JSON by the type of its kind.

    In canonical form the entry's own ``kind`` is the last key of that name, and no text holds a
    quotation mark that is not escaped. A wrong guess is refused by the type, which names its kind.
    """
    start = raw.rfind(_KIND) + len(_KIND)
    decode = _DECODERS.get(raw[start : raw.find(b'"', start)])
    if decode is None:
        msgspec.json.decode(raw)
        _wrong("its kind is unknown, or missing")
    return decode(raw)


def _check_in_force(entry: Any) -> None:
    if entry.kind in REJECTABLE:
        _wrong("it rests on versions that were not in force")
    if (entry.in_force.book, entry.in_force.epoch) == (entry.book, entry.epoch):
        _wrong("`in_force` says again what `book` and `epoch` say")


_FLOATISH: Final = re.compile(rb"[0-9][.eE]")


def _no_float(text: str) -> NoReturn:
    _wrong(f"{text} is not a whole number; write it as text")


_decode_without_floats: Final = msgspec.json.Decoder(float_hook=_no_float).decode


def _disclosure(name: str, salt: bytes, value: Any) -> Disclosure:
    try:
        text = _encode_sorted(value)
        if _FLOATISH.search(text):
            _decode_without_floats(text)
        return Disclosure(name, _base64url(salt).decode("ascii"), text.decode())
    except (msgspec.MsgspecError, ValueError, TypeError) as fault:
        raise FieldError(name, f"The value of {name!r} cannot be sealed: {fault}.") from fault


def _wrong(what: str) -> NoReturn:
    raise ValueError(what)


def _field(fault: Exception) -> str:
    """The field that msgspec's sentence names, as its user wrote it."""
    names = re.findall(r"`(?:\$\.)?([a-z_]+)(?:\[[^`]*)?`", str(fault))
    return names[-1] if names else "entry"


TO_URL: Final = bytes.maketrans(b"+/", b"-_")


def _base64url(data: bytes) -> bytes:
    return b2a_base64(data, newline=False).translate(TO_URL).rstrip(b"=")


def disclosure_array(name: str, salt: str, value: bytes) -> bytes:
    """A disclosure before it is encoded. Source: RFC 9901, 4.2.1."""
    return f'["{salt}","{name}",'.encode() + value + b"]"
