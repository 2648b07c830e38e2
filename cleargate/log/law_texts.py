"""The texts of the law in an export, checked against the version that entries name.

A version is a hash over the names and texts of its packs, and over counsel's sign-offs. This says
again, in few words and from its definition, what the law's own floor does; the log does not know
the law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from ..model.errors import CheckFailed
from .findings import Findings
from .layout import LAW
from .sources import Source

MAX_TEXT: Final = 10_000_000
"""Bytes of one file of a pack."""
SIGN_OFFS: Final = "sign-offs.json"
"""Counsel's signatures over rules, beside the packs of a book that has some."""

Texts = Iterable[tuple[str, bytes]]
"""A book's files: ``pack/pack.toml``, ``pack/policies/name.cedar``, its sign-offs; their bytes."""
Laws = Callable[[str], Texts]
"""The texts of the book of a version."""


def in_folder(folder: Path) -> Laws:
    """The texts that lie in ``folder/<version>``."""

    def texts(version: str) -> Iterator[tuple[str, bytes]]:
        for path in sorted((folder / version).glob("**/*")):
            if path.is_file():
                yield path.relative_to(folder / version).as_posix(), path.read_bytes()

    return texts


def is_version(text: str) -> bool:
    """Whether a version can have texts: it is a hash."""
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def is_law(path: str) -> bool:
    """Whether a file ``pack/…`` is among those that its version is a hash over."""
    if path == SIGN_OFFS:
        return True
    _, _, inner = path.partition("/")
    folder, _, name = inner.rpartition("/")
    return inner == "pack.toml" or (folder == "policies" and name.endswith(".cedar"))


def version_of(paths: Iterable[str], read: Callable[[str], bytes]) -> str:
    """The version of a book, from its files ``pack/path``, of which one is read at a time."""
    packs: dict[str, list[str]] = {}
    paths = set(paths)
    for path in paths - {SIGN_OFFS}:
        packs.setdefault(path.partition("/")[0], []).append(path)
    total = sha256()
    for pack in sorted(packs):
        digest = sha256()
        for path in sorted(packs[pack]):  # pack.toml comes before policies/
            name, body = path.partition("/")[2].encode(), read(path)
            digest.update(len(name).to_bytes(4, "big") + name)
            digest.update(len(body).to_bytes(8, "big") + body)
        total.update(f"{pack} {digest.hexdigest()}\n".encode())
    if SIGN_OFFS in paths:
        total.update(f"{SIGN_OFFS} {sha256(read(SIGN_OFFS)).hexdigest()}\n".encode())
    return total.hexdigest()


def files(version: str, laws: Laws) -> Iterator[tuple[str, bytes]]:
    """The files of a version as they lie in an export.

    Raises:
        CheckFailed: they are not those that the version is a hash over.
    """
    texts = {path: data for path, data in laws(version) if is_law(path)}
    if version_of(texts, texts.__getitem__) != version:
        raise CheckFailed(
            f"The texts of law {version} are missing or were changed; put them back, then export."
        )
    for path in sorted(texts):
        yield f"{LAW}{version}/{path}", texts[path]


def check(
    source: Source,
    names: Iterable[str],
    versions: set[str],
    findings: Findings,
    *,
    all_known: bool = True,
) -> int:
    """Check the law's texts against the versions that entries put in force; say how many there are.

    Args:
        source: the export.
        names: its files.
        versions: what the entries name.
        findings: where to write down what is wrong.
        all_known: no entry was unreadable, so that no other law was put in force.
    """
    there: dict[str, list[str]] = {}
    for name in names:
        if name.startswith(LAW):
            version, _, path = name.removeprefix(LAW).partition("/")
            there.setdefault(version, []).append(path)
    for version in sorted(there.keys() - versions) if all_known else ():
        findings.add(f"{LAW}{version}", "no entry here put this law in force")
    checked = 0
    for version in sorted(versions):
        where = f"{LAW}{version}"
        if version not in there:
            findings.add(where, "the texts of this law are missing, though an entry names it")
        elif _texts_fit(source, where, version, there[version], findings):
            checked += 1
    return checked


def _texts_fit(
    source: Source, where: str, version: str, paths: list[str], findings: Findings
) -> bool:
    others = [path for path in paths if not is_law(path)]
    for path in others:
        findings.add(f"{where}/{path}", "this file is no text of the law")
    if others:
        return False
    try:
        found = version_of(paths, lambda path: source.read(f"{where}/{path}", MAX_TEXT) or b"")
    except CheckFailed as fault:
        findings.add(where, fault.sentence)
        return False
    if found != version:
        findings.add(where, "these are not the texts of the law that the entries name")
    return found == version
