"""Checks an export of a Cleargate log by itself: this one file, Python 3.11, nothing else.

    python3 -I check_log.py EXPORT KEY [--since FILE] [--witness KEY] [--entries FILE]

EXPORT is the folder or zip; KEY the log's public key, or a file that holds it, from somewhere else
than the export; FILE after --since a checkpoint of the log that was kept elsewhere, or a receipt;
FILE after --entries a new file, for the entries that can be read here. The exit code is 0 when
nothing is wrong, 5 when something is, 2 when it could not be checked. Signatures are checked with
the package `cryptography` where it is there, and here, more slowly, where it is not.

It is written apart from the program that writes the log, from public specifications: RFC 6962 and
C2SP tlog-tiles (tree), signed-note, tlog-checkpoint and tlog-cosignature (signatures), RFC 8785
(entries), RFC 9901 (values), RFC 8032 (Ed25519).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zipfile
import zlib
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256, sha512
from itertools import pairwise, product
from pathlib import Path
from typing import Any, NamedTuple

try:
    from lzma import LZMAError
except ImportError:  # a Python without it opens no such member: RuntimeError
    LZMAError = zlib.error  # type: ignore[assignment,misc]
try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None  # type: ignore[assignment,misc]

HASH, WIDTH, LONGEST = 32, 256, 10_000_000
PART, LONGEST_LINE = 65_536, 16_000_000
BUNDLE = WIDTH * (2 + 65_535)
BROKEN = (
    OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error, LZMAError,
)  # fmt: skip
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
YEAR_10000 = 253_402_300_800  # in seconds since 1970: no date from here on
VALUES = "disclosures.jsonl"
Hashes = bytes | None


class Wrong(Exception):
    """What a file is that it must not be."""


# --- signatures ------------------------------------------------------------------------------

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]


def plus(a: Point, b: Point) -> Point:
    """The sum of two points. Source: RFC 8032, 5.1.4."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    g, h = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    x, y, z, t = (f - e) % P, (h - g) % P, (h + g) % P, (f + e) % P
    return x * y % P, z * t % P, y * z % P, x * t % P


def times(k: int, a: Point) -> Point:
    """A point added to itself."""
    total: Point = (0, 1, 1, 0)
    while k:
        total, a, k = plus(total, a) if k & 1 else total, plus(a, a), k >> 1
    return total


def point(data: bytes) -> Point:
    """A point from its bytes. Source: RFC 8032, 5.1.3."""
    y, sign = int.from_bytes(data, "little") & (2**255 - 1), data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (not x and sign):
        raise ValueError("no point of the curve")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, -1, P) % P).to_bytes(HASH, "little"))


def signed_slowly(public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether an Ed25519 signature is this key's over the text. Source: RFC 8032, 5.1.7."""
    s = int.from_bytes(signature[HASH:], "little")
    try:
        key, r = point(public), point(signature[:HASH])
    except (ValueError, IndexError):
        return False
    k = int.from_bytes(sha512(signature[:HASH] + public + text).digest(), "little") % ORDER
    a, b = times(s, BASE), plus(r, times(k, key))
    same = not any((a[i] * b[2] - b[i] * a[2]) % P for i in (0, 1))
    return same and s < ORDER and len(signature) == 64


def is_signed(public: bytes, signature: bytes, text: bytes) -> bool:
    """The same, with the package where it is there."""
    if Ed25519PublicKey is None:
        return signed_slowly(public, signature, text)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def decoded(text: str) -> bytes:
    """Strict base64; nothing where it is none."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        return b""
    return data if b64encode(data).decode() == text else b""


class Key(NamedTuple):
    """A public key with its name. Its kind is 1 for a log and 4 for a witness."""

    name: str
    raw: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(self.raw).decode()}"


def key(text: str, kind: bytes) -> Key:
    """Read a key as a *vkey* writes it."""
    name, _, rest = text.strip().partition("+")
    found = Key(name, decoded(rest.partition("+")[2]))
    if not name or found.raw[:1] != kind or len(found.raw) != 33 or str(found) != text.strip():
        raise Wrong(f"{text.strip()[:80]!r} is not a public key")
    return found


def parted(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text of a signed note; key name, key id and bytes of each signature."""
    text, _, rest = note.rpartition("\n\n")
    *lines, last = rest.split("\n")
    cut = [line.split(" ") for line in lines]
    if not text or last or not lines or any(ord(c) < 32 and c != "\n" for c in note):
        raise Wrong("is not a signed note")
    if len(set(lines)) < len(lines):
        raise Wrong("has a signature twice")
    if any(len(c) != 3 or c[0] != "—" or "+" in c[1] or len(decoded(c[2])) < 5 for c in cut):
        raise Wrong("is not a signed note")
    return text + "\n", [(c[1], decoded(c[2])[:4], decoded(c[2])[4:]) for c in cut]


def opened(note: str, by: Key) -> str:
    """The text of a note that this key has signed."""
    text, signatures = parted(note)
    mine = [signature for name, id, signature in signatures if (name, id) == (by.name, by.id)]
    if not mine or not all(is_signed(by.raw[1:], one, text.encode()) for one in mine):
        raise Wrong(f"is not signed by the key of {by.name}, or was changed since")
    return text


def state(text: str, origin: str) -> tuple[int, bytes]:
    """Size and root from a checkpoint's text."""
    lines = text.split("\n")
    if len(lines) == 4 and lines[1].isascii() and lines[1].isdigit() and len(lines[1]) < 20:
        root = decoded(lines[2])
        if len(root) == HASH and text == f"{origin}\n{int(lines[1])}\n{lines[2]}\n":
            return int(lines[1]), root
    raise Wrong(f"is not a checkpoint of {origin}")


def cosigned_at(note: str, witness: Key) -> int | None:
    """When a witness cosigned a checkpoint, in seconds since 1970; None if it did not."""
    text, signatures = parted(note)
    for name, id, one in signatures:
        at = int.from_bytes(one[:8], "big")
        said = f"cosignature/v1\ntime {at}\n{text}".encode()
        mine = (name, id) == (witness.name, witness.id) and at < YEAR_10000
        if mine and is_signed(witness.raw[1:], one[8:], said):
            return at
    return None


# --- the tree --------------------------------------------------------------------------------


def over(hashes: bytes) -> bytes:
    """The hash over ``2**n`` hashes."""
    while len(hashes) > HASH:
        two = range(0, len(hashes), 2 * HASH)
        hashes = b"".join([sha256(b"\1" + hashes[i : i + 2 * HASH]).digest() for i in two])
    return hashes


def folded(nodes: list[bytes]) -> bytes:
    """The root over complete subtrees, the largest first."""
    root = nodes.pop() if nodes else sha256(b"").digest()
    while nodes:
        root = sha256(b"\1" + nodes.pop() + root).digest()
    return root


def peaks(size: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees of a tree: of ``2**level`` entries, the ``index``-th."""
    start = 0
    while start < size:
        level = (size - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def rooted(edge: dict[int, Hashes]) -> Hashes:
    """The root that the tiles on the right edge give, the highest first."""
    nodes = []
    for hashes in edge.values():
        if hashes is None:
            return None
        for level, index in peaks(len(hashes) // HASH):
            nodes.append(over(hashes[index << level + 5 : index + 1 << level + 5]))
    return folded(nodes)


def leads(leaf: bytes, index: int, proof: list[bytes], size: int, root: bytes) -> bool:
    """Whether a proof leads from an entry's hash to the root. Source: RFC 9162, 2.1.3.2."""
    first, last, node = index, size - 1, leaf
    for one in proof:
        if last <= 0 or len(one) != HASH:
            return False
        left = first & 1 or first == last
        node = sha256(b"\1" + one + node if left else b"\1" + node + one).digest()
        while left and first and not first & 1:
            first, last = first >> 1, last >> 1
        first, last = first >> 1, last >> 1
    return 0 <= index < size and last == 0 and node == root


def tile(level: int | str, n: int, wide: int) -> str:
    """A tile's path. Source: C2SP tlog-tiles."""
    path = f"{n % 1000:03d}"
    while n >= 1000:
        n //= 1000
        path = f"x{n % 1000:03d}/{path}"
    return f"tile/{level}/{path}" + ("" if wide == WIDTH else f".p/{wide}")


def paths(size: int) -> Iterator[str]:
    """Every tile of a log of this size."""
    level, wide = 0, size
    while wide:
        for n in range(-(-wide // WIDTH)):
            yield tile(level, n, min(WIDTH, wide - n * WIDTH))
            if level == 0:
                yield tile("entries", n, min(WIDTH, wide - n * WIDTH))
        level, wide = level + 1, wide // WIDTH


# --- the check -------------------------------------------------------------------------------


class Check:
    """An export while it is checked, and what was found wrong in it."""

    def __init__(self, names: list[str], open: Callable[[str], Any]) -> None:
        self.names, self.open = names, open
        self.has_values = VALUES in names  # asked for each entry
        self.findings: list[tuple[str, str, tuple[int, int] | None]] = []
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.manifest: dict[str, Any] = {}
        self.now: tuple[str, int] | None = ("", 0)
        self.gap = self.withheld = self.values = self.expunged = 0
        self.skipped = False
        self.shown, self.laws = set[int](), set[str]()
        self.missing, self.said = dict[int, set[str]](), dict[int, set[str]]()
        self.lines: Iterator[tuple[int, list[bytes]]] = iter(())
        self.line: tuple[int, list[bytes]] | None = None
        self.written: Any = None  # a file for the entries
        self.paper: Paper | None = None  # a receipt that was kept

    def add(self, path: str, what: str, entries: tuple[int, int] | None = None) -> None:
        self.findings.append((path, what, entries))

    def read(
        self, path: str, most: int = LONGEST, entries: tuple[int, int] | None = None
    ) -> Hashes:
        """A file; None where it is missing or unreadable, which is wrong."""
        try:
            with self.open(path) as file:
                data: bytes = file.read(most + 1)
            if len(data) <= most:
                return data
            self.add(path, "is longer than it can be", entries)
        except (FileNotFoundError, NotADirectoryError, KeyError):
            self.add(path, "is missing", entries)
        except BROKEN as fault:
            self.add(path, f"cannot be read: {fault}", entries)
        return None

    def hashes(self, level: int, n: int, wide: int) -> Hashes:
        data = self.read(tile(level, n, wide), WIDTH * HASH)
        if data is not None and len(data) != wide * HASH:
            self.add(tile(level, n, wide), f"has {len(data)} bytes instead of {wide * HASH}")
            return None
        return data

    def tree(self, size: int, root: bytes) -> None:
        """Check every tile, and the entries, against the root that was signed."""
        levels = [n for n in reversed(range(9)) if (size >> 8 * n) % WIDTH]
        at = {n: (n, size >> 8 * (n + 1), (size >> 8 * n) % WIDTH) for n in levels}
        stored = {n: self.hashes(*at[n]) for n in levels}
        sound = rooted(stored) == root
        found = {n: self.below(*at[n], stored[n], sound) for n in levels}
        choices = product(*(dict.fromkeys((stored[n], found[n])) for n in levels))
        both = (dict(zip(levels, choice, strict=True)) for choice in choices)
        truth = next((edge for edge in both if rooted(edge) == root), None)
        if truth is None:
            self.add("checkpoint", f"neither entries nor hashes give the root of {size} entries")
        for n in levels:
            true = None if truth is None else truth[n]
            self.judge(*at[n], stored[n], found[n], true, sound)

    def full(self, level: int, n: int, expected: Hashes) -> Hashes:
        """Check a full tile and all below it; give the node over it."""
        stored = self.hashes(level, n, WIDTH)
        above = stored and over(stored)
        sound = bool(above) and above == expected
        found = self.below(level, n, WIDTH, stored, sound)
        node = above if found == stored else found and over(found)
        if sound or expected is None or node == expected:
            truth = stored if sound else found if node == expected else None
            self.judge(level, n, WIDTH, stored, found, truth, sound)
        else:
            where = (n << 8 * (level + 1), (n + 1 << 8 * (level + 1)) - 1)
            self.add(tile(level, n, WIDTH), "neither it nor what is below was signed", where)
        return node

    def below(self, level: int, n: int, wide: int, stored: Hashes, sound: bool) -> Hashes:
        """The hashes that what lies below a tile gives; all that is checked."""
        nodes = self.entries(n, wide, stored) if level == 0 else []
        for i in range(wide if level else 0):
            there = stored and stored[i * HASH : (i + 1) * HASH]
            nodes.append(self.full(level - 1, n * WIDTH + i, there if sound else None) or there)
        if not nodes or None in nodes:
            return None
        found = b"".join(node for node in nodes if node)
        for up, index in self.nodes:
            start = (index << up % 8) % WIDTH * HASH
            if up // 8 == level and (index << up % 8) // WIDTH == n:
                self.nodes[up, index] = over(found[start : start + (HASH << up % 8)])
        return found

    def judge(
        self, level: int, n: int, wide: int, a: Hashes, b: Hashes, truth: Hashes, sound: bool
    ) -> None:
        """Name what is wrong where a tile ``a`` and what lies below it, ``b``, differ."""
        if a is None or b is None or a == b:
            return
        differ = [i for i in range(wide) if a[i * HASH :][:HASH] != b[i * HASH :][:HASH]]
        each, start = 1 << 8 * level, n << 8 * (level + 1)
        where = (start + differ[0] * each, start + (differ[-1] + 1) * each - 1)
        if truth is None:
            self.add(tile(level, n, wide), "this tile and what lies below it disagree", where)
        elif truth == b:
            self.add(tile(level, n, wide), f"{len(differ)} hashes were changed; nothing below was")
        elif level == 0 or not sound:
            self.add(tile(level or "entries", n, wide), "not what was signed", where)

    def entries(self, n: int, wide: int, stored: Hashes) -> list[Hashes]:
        """The hashes of a file of entries; each entry is checked that is as the tile has it."""
        path, first = tile("entries", n, wide), n * WIDTH
        data = self.read(path, BUNDLE, (first, first + wide - 1))
        found, at, count = list[Hashes](), 0, 0
        while data is not None and at + 2 <= len(data):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            if end > len(data):
                break
            raw, at, count = data[at + 2 : end], end, count + 1
            if count <= wide:
                there = stored and stored[len(found) * HASH : len(found) * HASH + HASH]
                found.append(there if self.hides(raw) and there else sha256(b"\0" + raw).digest())
                if there in (None, found[-1]):
                    self.entry(first + len(found) - 1, raw, path)
                else:
                    self.skip(first + len(found))
        if data is not None and (count != wide or at != len(data)):
            self.add(path, f"this tile holds {count} entries; {wide} were signed")
        if len(found) < wide:
            self.skip(first + wide)
        return [] if data is None else found + [bytes(HASH)] * (wide - len(found))

    def hides(self, raw: bytes) -> bool:
        return not raw and self.manifest.get("audience") == "public"

    # --- entries ---

    def entry(self, index: int, raw: bytes, path: str) -> None:
        """Check what an entry says that the tree vouches for."""
        if self.hides(raw):
            self.gap, self.withheld = self.gap + 1, self.withheld + 1
            return
        try:
            entry = parsed(raw)
            said = entry.get("in_force", entry)
            said = (said["book"] + "", said["epoch"] + 0)
            good = entry["v"] == 1 and {"at", "book", "epoch", "kind", "via"} <= entry.keys()
            if not good or not all(map(is_digest, entry["sealed"].values())):
                raise ValueError("a field is missing or wrong")
            self.say(index, entry, said, path)
            if self.written:
                self.written.write(b'{"index":%d,"entry":%b}\n' % (index, raw))
        except MALFORMED as fault:
            self.add(path, f"entry {index} is signed, but is none: {fault}", (index, index))
            self.skip(index + 1)

    def say(self, index: int, entry: dict[str, Any], said: tuple[str, int], path: str) -> None:
        now, kind = self.now, entry["kind"]
        if now and not (said[0] == now[0] and now[1] <= said[1] <= now[1] + self.gap):
            self.add(path, f"entry {index}: {said} was not in force, but {now}", (index, index))
        moved = kind in ("agency", "credential")
        book = entry["to_version"] if kind == "law" else said[0]
        self.now, self.gap = (book, said[1] + moved), 0
        if kind == "law":
            self.laws.add(book)
        elif kind == "expunged":
            for gone in entry["entries"]:
                self.said.setdefault(gone, set()).update(entry.get("fields", ["*"]))
        if self.manifest.get("audience") == "public" and not self.may_show(index, entry):
            self.add(path, f"entry {index} is not for the public, but is shown", (index, index))
        if self.has_values:
            self.open_values(index, dict(entry["sealed"]))

    def may_show(self, index: int, entry: dict[str, Any]) -> bool:
        """Whether the public may see an entry."""
        shown = entry["kind"] in ("law", "agency", "lost", "report")
        if entry["kind"] == "decided":
            shown = entry["purpose"] in self.manifest["purposes"]
        elif entry["kind"] in ("answered", "done", "failed"):
            shown = entry["decision"] in self.shown
        shown = shown and index < self.manifest["until"]
        if shown and entry["kind"] == "decided":
            self.shown.add(index)
        return shown

    def skip(self, index: int) -> None:
        self.now, self.gap, self.skipped = None, 0, True
        while self.line and self.line[0] < index:
            self.line = next(self.lines, None)

    def value_lines(self) -> Iterator[tuple[int, list[bytes]]]:
        """The lines of the values: an entry's index, and arrays as they are hashed."""
        number = 0
        try:
            with self.open(VALUES) as file:
                for raw in lines(file):
                    number += 1
                    try:
                        yield split(raw)
                    except MALFORMED as fault:
                        self.add(VALUES, f"line {number} cannot be read: {fault}")
        except (Wrong, *BROKEN) as fault:
            self.add(VALUES, f"cannot be read after line {number}: {fault}")

    def take(self, index: int) -> list[bytes]:
        found = list[bytes]()
        while self.line and self.line[0] <= index:
            at, arrays = self.line
            if at == index and not found:
                found = arrays
            else:
                self.add(VALUES, f"a line about entry {at} is twice, late, or too many", (at, at))
            self.line = next(self.lines, None)
        return found

    def open_values(self, index: int, sealed: dict[str, str]) -> None:
        """Check that the values shown are those that were sealed. Source: RFC 9901, 4.2."""
        named = [(json.loads(array)[1], array) for array in self.take(index)]
        unordered = {b[0] for a, b in pairwise(named) if a[0] >= b[0]}
        for name, array in named:
            salt, head = array[2:24].decode("latin-1"), f'","{name}",'.encode()
            good = array.startswith(head, 24) and is_digest(salt.ljust(43, "A"))
            if good and name not in unordered and sealed.pop(name, "") == digest(array):
                self.values += 1
            else:
                what = f"the value of {name!r} of entry {index} is not what the entry sealed"
                self.add(VALUES, what, (index, index))
                sealed.pop(name, "")
        if sealed and self.manifest.get("audience") == "auditor":
            self.missing[index] = set(sealed)

    def forgotten(self) -> None:
        """Name the values that are missing though no entry says that they were expunged."""
        for index, names in self.missing.items():
            said = self.said.get(index, set())
            gone = names if "*" in said else names & said
            self.expunged += len(gone)
            for name in sorted(names - gone):
                what = f"the value of {name!r} of entry {index} is missing, but was not expunged"
                self.add(VALUES, what, (index, index))


def parsed(raw: bytes) -> dict[str, Any]:
    """An entry, or a line of values, as the log writes it. Source: RFC 8785, without floats."""
    found = json.loads(raw, parse_float=_refuse, parse_constant=_refuse)
    if canonical(found) != raw or not isinstance(found, dict):
        raise ValueError("it is not in canonical form")
    return found


def canonical(found: Any) -> bytes:
    """The one way to write it."""
    text = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def _refuse(text: str) -> Any:
    raise ValueError(f"{text[:80]} is no whole number")


def is_digest(text: str) -> bool:
    """Whether it is base64url of 32 bytes."""
    return len(text) == 43 and text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def digest(array: bytes) -> str:
    """What an entry says instead of a value. Source: RFC 9901, 4.2.3."""
    encoded = urlsafe_b64encode(array).rstrip(b"=")
    return urlsafe_b64encode(sha256(encoded).digest()).rstrip(b"=").decode()


def lines(file: Any) -> Iterator[bytes]:
    """A file line by line, read by parts of one size: so far a damaged zip is read, and no more."""
    rest = b""
    while data := file.read(PART):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line + b"\n"
        if len(rest) > LONGEST_LINE:
            raise Wrong("a line is longer than it can be")
    if rest:
        yield rest


def split(raw: bytes) -> tuple[int, list[bytes]]:
    """The entry that a line of values is about, and its arrays, byte for byte."""
    line, index = parsed(raw.removesuffix(b"\n")), -1
    if line.keys() == {"index", "values"} and type(line["index"]) is int:
        index = line["index"]
    good = all(
        isinstance(array, list) and [type(part) for part in array[:2]] == [str, str]
        and len(array) == 3 for array in line["values"]
    )  # fmt: skip
    if not good or not line["values"] or raw[-1:] != b"\n" or not 0 <= index < 2**53:
        raise ValueError("it is not as the log writes it")
    return index, [canonical(array) for array in line["values"]]


# --- law, keys, what was kept elsewhere -------------------------------------------------------


def check_laws(check: Check) -> None:
    """Check the texts of the law against the versions that entries name."""
    there: dict[str, list[str]] = {}
    for name in check.names:
        if name.startswith("law/"):
            there.setdefault(name.split("/")[1], []).append(name)
    named = {v for v in check.laws if len(v) == 64 and not set(v) - set("0123456789abcdef")}
    for version in [] if check.skipped else sorted(there.keys() - named):
        check.add(f"law/{version}", "no entry here put this law in force")
    for version in sorted(named):
        if version not in there:
            check.add(f"law/{version}", "the texts of this law are missing")
        elif law_version(check, there[version]) != version:
            check.add(f"law/{version}", "these are not the texts of the law that entries name")


def law_version(check: Check, names: list[str]) -> str:
    """The hash over the texts of a book of law, pack by pack."""
    packs: dict[str, Any] = {}
    signed = ""
    for name in sorted(names):
        pack, _, path = "/".join(name.split("/")[2:]).partition("/")
        if not path and pack == "sign-offs.json":
            signed = f"{pack} {sha256(check.read(name) or b'').hexdigest()}\n"
            continue
        body, inner = check.read(name) or b"", path.encode()
        if path != "pack.toml" and not (path.startswith("policies/") and path.endswith(".cedar")):
            check.add(name, "is no text of the law")
        packs.setdefault(pack, sha256()).update(
            len(inner).to_bytes(4, "big") + inner + len(body).to_bytes(8, "big") + body
        )
    total = "".join(f"{pack} {packs[pack].hexdigest()}\n" for pack in sorted(packs))
    return sha256((total + signed).encode()).hexdigest()


def purposes(said: dict[str, Any]) -> list[Any]:
    """What a manifest lists as purposes; they must be a list."""
    found = said.get("purposes", [])
    return found if isinstance(found, list) else [None]


def is_purpose(code: Any) -> bool:
    """Whether it is the code of a purpose."""
    return isinstance(code, str) and bool(re.fullmatch("[A-Z][A-Z-]{0,31}", code))


def check_manifest(check: Check, size: int, origin: str) -> None:
    """Check what the export says of itself."""
    data = check.read("manifest.json", 100_000)
    try:
        said = json.loads(data or b"{}")
        text = json.dumps(said, indent=2, ensure_ascii=False) + "\n"
        fields = ["export", "v", "audience", "origin", "size", "until", "purposes"]
        if data is not None and (text.encode() != data or list(said) != fields):
            raise ValueError("it is not as the log writes it")
        numbers = [said[name] for name in ("v", "size", "until") if name in said]
        if any(type(n) is not int for n in numbers) or not all(map(is_purpose, purposes(said))):
            raise ValueError("it is not as the log writes it")
        audience = said.get("audience", "public")
        until = size if audience == "auditor" else said.get("until", 0)
        expected = {"export": "cleargate log", "v": 1, "origin": origin, "size": size}
        wrong = any(said[name] != expected[name] for name in expected if data is not None)
        if (
            wrong
            or audience not in ("auditor", "public")
            or not 0 <= until <= size
            or said.get("until", until) > size
        ):
            raise ValueError(f"it does not speak of the {size} entries of {origin}")
        check.manifest = said
    except MALFORMED as fault:
        check.add("manifest.json", f"cannot be read: {fault}")


def check_names(check: Check, size: int) -> None:
    """No file twice, and none that does not belong to a log of this size."""
    known = {"checkpoint", "key.vkey", "manifest.json", "check_log.py", "how-to-check.md"}
    known |= set() if check.manifest.get("audience") == "public" else {VALUES}
    known |= set(paths(size))
    for name in check.names:
        if name not in known and not name.startswith(("law/", "keys/", "cosigned/")):
            check.add(name, f"does not belong to a log of {size} entries, or is there twice")
        known.discard(name)


class Ring:
    """The keys of a log from the one that is trusted on, and the states at which each took over.

    A note in ``keys/`` says which key follows, and both have signed it.
    """

    def __init__(self, check: Check, given: Key) -> None:
        self.keys, self.since = [given], [0]
        self.changes: list[tuple[int, bytes, str]] = []
        names = sorted(name for name in check.names if name.startswith("keys/"))
        expected = [f"keys/{n:04}" for n in range(len(names) + 1)]
        if names not in (expected[:-1], expected[1:]):
            check.add("keys/", "a note is missing between two others, or does not belong here")
        notes = [(check.read(n) or b"").decode("utf-8", "replace") for n in names]
        try:
            for note in notes if names[:1] != ["keys/0000"] else notes[1:]:
                self.follow(note)
            mine = (given.name, given.id)
            if notes and not any(mine == sig[:2] for note in notes for sig in parted(note)[1]):
                raise Wrong("does not lead on from the key that is trusted")
            if len(self.keys) == len(notes) and names[:1] == ["keys/0000"]:
                self.predecessor = opened(notes[0], given)
        except (Wrong, ValueError) as fault:
            check.add("keys/", f"a note {fault}")
            self.keys, self.since, self.changes = [given], [0], []

    def follow(self, note: str) -> None:
        old = self.keys[-1]
        text, signatures = parted(note)
        mine = (old.name, old.id) in [(name, id) for name, id, _ in signatures]
        head, *lines, vkey, last = text.split("\n")
        if len(self.keys) == 1 and (not mine or vkey == str(old)):
            return  # from before the key that is trusted
        size, root = state("\n".join(lines) + "\n", old.name)
        new = key(vkey, b"\1")
        wrong = head != "cleargate/succession v1" or last or new.name != old.name or new == old
        if wrong or opened(note, old) != opened(note, new) or size < self.since[-1]:
            raise Wrong("does not name another key of this log")
        self.keys.append(new)
        self.since.append(size)
        self.changes.append((size, root, ""))

    def open(self, note: str) -> tuple[int, bytes]:
        """Size and root of a checkpoint that the key of its time has signed."""
        size, root = state(parted(note)[0], self.keys[0].name)
        for by, start, end in zip(self.keys, self.since, [*self.since[1:], size], strict=True):
            if start <= size <= end and any((by.name, by.id) == sig[:2] for sig in parted(note)[1]):
                opened(note, by)
                return size, root
        raise Wrong(f"is not signed by the key of {self.keys[0].name} of that time")


def outside(
    check: Check, log: Ring, since: str, witnesses: list[Key]
) -> list[tuple[int, bytes, str]]:
    """Size, root and keeper of each checkpoint that was kept elsewhere or cosigned."""
    found = [*log.changes]
    if since:
        old, top, check.paper = kept(log, Path(since))
        found.append((old, top, ""))
    named = {f"cosigned/{witness.id.hex()}": witness for witness in witnesses}
    for path in sorted({name for name in check.names if name.startswith("cosigned/")}):
        note = (check.read(path, 100_000) or b"").decode("utf-8", "replace")
        try:
            size, root = log.open(note)
            at = cosigned_at(note, named[path]) if path in named else None
            if at is None and path in named:
                raise Wrong(f"is not cosigned by {named[path].name}")
        except Wrong as fault:
            check.add(path, str(fault))
            continue
        when = "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
        found.append((size, root, f"{named[path].name} at {when}" if when else ""))
    if witnesses and not any(who for _, _, who in found):
        check.add("cosigned/", "no named witness cosigned a checkpoint that is here")
    return found


class Paper(NamedTuple):
    """What a receipt says of an entry. A tlog-proof says no hash: that of the export counts."""

    file: str
    entry: int
    leaf: bytes | None
    proof: list[bytes]
    size: int
    root: bytes


def kept(log: Ring, file: Path) -> tuple[int, bytes, Paper | None]:
    """Size and root of the checkpoint in a file: it alone, or a receipt, JSON or tlog-proof."""
    try:
        text, said = file.read_text("utf-8"), dict[str, Any]()
        if text.lstrip().startswith("{"):
            said = json.loads(text)
            text = said["checkpoint"]
        if text.startswith("c2sp.org/tlog-proof@v1\nindex "):
            head, _, text = text.partition("\n\n")
            number, *hashes = head.split("\n")[1:]
            said = {"index": int(number.removeprefix("index ")), "proof": hashes}
        size, root = log.open(text)
        if not said:
            return size, root, None
        leaf = decoded(said["leaf_hash"]) if "checkpoint" in said else None
        whole = type(said["index"]) is int and said.get("tree_size", size) == size
        proof = [decoded(one) for one in said["proof"]]
        return size, root, Paper(str(file), said["index"], leaf, proof, size if whole else 0, root)
    except (Wrong, *MALFORMED) as fault:
        raise Wrong(f"{file} {fault}") from None


def check_paper(check: Check, paper: Paper, size: int) -> None:
    """Check that the receipt shows its entry to be in the log."""
    if paper.leaf is None and paper.entry < paper.size and paper.size > size:
        return  # the entries that would say it were cut off, which is named
    leaf = check.nodes.get((0, paper.entry), b"") if paper.leaf is None else paper.leaf
    hidden = paper.leaf is None and not leaf and 0 <= paper.entry < paper.size
    if not hidden and not leads(leaf, paper.entry, *paper[3:]):
        what = f"the receipt does not show entry {paper.entry} to be in the log"
        check.add(paper.file, what)


def compare(check: Check, size: int, elsewhere: list[tuple[int, bytes, str]]) -> None:
    """Name it where the log does not go on from what was kept elsewhere."""
    for old, root, who in elsewhere:
        by = f" (cosigned by {who})" if who else ""
        if old > size:
            what = f"the end was cut off: {old} entries were signed{by}, {size} are here"
            check.add("checkpoint", what, (size, old - 1))
            continue
        nodes = [check.nodes[node] for node in peaks(old)]
        if all(nodes) and folded(nodes) != root:
            what = f"history was rewritten: other {old} entries were signed{by}"
            check.add("checkpoint", what, (0, max(old - 1, 0)))


def run(check: Check, log: Key, since: str, witnesses: list[Key]) -> list[str]:
    """Check everything; what was checked, in words."""
    note = (check.read("checkpoint", 100_000) or b"").decode("utf-8", "replace")
    ring = Ring(check, log)
    try:
        size, root = ring.open(note)
    except Wrong as fault:
        check.add("checkpoint", str(fault))
        return []
    check_manifest(check, size, log.name)
    if (check.read("key.vkey", 100_000) or b"").decode("utf-8", "replace") != f"{ring.keys[-1]}\n":
        check.add("key.vkey", "this is not the key that signs the log")
    check_names(check, size)
    elsewhere = outside(check, ring, since, witnesses)
    check.nodes = {node: b"" for old, _, _ in elsewhere for node in peaks(min(old, size))}
    if check.paper and 0 <= check.paper.entry < size:
        check.nodes[0, check.paper.entry] = b""
    if check.has_values:
        check.lines = check.value_lines()
        check.line = next(check.lines, None)
        check.tree(size, root)
        check.take(1 << 62)
    else:
        if check.manifest.get("audience") == "auditor":
            check.add(VALUES, "the values of salted fields are missing")
        check.tree(size, root)
    check.forgotten()
    check_laws(check)
    compare(check, size, elsewhere)
    if check.paper:
        check_paper(check, check.paper, size)
    audience = check.manifest.get("audience", "unnamed")
    return [
        f"{log.name}: the {audience} export of {size} entries; {check.withheld} are withheld.",
        f"{check.values} values are what was sealed; {check.expunged} were expunged.",
        *(f"Cosigned: {old} entries, by {who}." for old, _, who in elsewhere if who),
    ]


def opened_at(where: Path) -> Check:
    """The export in a folder or a zip."""
    if where.is_dir():
        names = [p.relative_to(where).as_posix() for p in where.rglob("*") if not p.is_dir()]
        return Check(names, lambda path: (where / path).open("rb"))
    archive = zipfile.ZipFile(where)
    return Check([n for n in archive.namelist() if not n.endswith("/")], archive.open)


def tell(out: Any, line: str) -> None:
    """Write a line; names of files may hold anything, also what moves a terminal."""
    out.write("".join(c if c.isprintable() else "?" for c in line) + "\n")


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="Check an export of a Cleargate log.")
    parser.add_argument("export", type=Path)
    parser.add_argument("key", help="the public key, or a file that holds it")
    parser.add_argument("--since", default="", help="a checkpoint or receipt kept elsewhere")
    parser.add_argument("--witness", action="append", default=[], help="a witness's public key")
    parser.add_argument("--entries", type=Path, help="a new file, for the entries, one to a line")
    given = parser.parse_args()
    try:
        text = given.key if "+" in given.key else Path(given.key).read_text("utf-8")
        log, witnesses = key(text, b"\1"), [key(witness, b"\4") for witness in given.witness]
        check = opened_at(given.export)
        if given.entries:
            check.written = given.entries.open("xb")
        said = run(check, log, given.since, witnesses)
        if given.entries:
            check.written.close()
    except (Wrong, *BROKEN) as fault:
        tell(sys.stderr, f"Nothing could be checked: {fault}.")
        return 2
    known = "a checkpoint kept elsewhere" if given.since or witnesses else "its own signature only"
    tell(
        sys.stdout,
        f"Checked against {known}: whether entries were cut off after it, or, without one, all of "
        "history was written anew, cannot be seen.",
    )
    for line in said:
        tell(sys.stdout, line)
    for path, what, _ in check.findings[:100]:
        tell(sys.stdout, f"WRONG  {path}: {what}.")
    tell(sys.stdout, f"{len(check.findings)} findings." if check.findings else "All is well.")
    return 5 if check.findings else 0


if __name__ == "__main__":
    sys.exit(main())
