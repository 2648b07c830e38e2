"""The log's key as a file: outside the data, readable by its owner only, never overwritten.

A key may lie in its file as it is, or encrypted with a passphrase: scrypt makes the key that
AES-256-GCM encrypts with, and the log's name and key id are authenticated with it. What the file
says in the clear is which log's key it is.

A key that is to follow another waits beside it, in a file that ends in ``.next``, until the log
says that it signs. Whoever opens the log then puts it in place, so that a process killed between
the two loses neither.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ..model.errors import BadUse, KeyUnusable, StoreFull
from ..storage import private
from .note import Signer, Verifier

_ENCRYPTED: Final = "ENCRYPTED+KEY+"
_SALT, _NONCE = 16, 12
# 2**17 × 8 × 128 bytes = 128 MiB and half a second for each guess. Source: RFC 7914; OWASP's
# Password Storage Cheat Sheet names these as the least for scrypt.
_COST, _BLOCK, _LANES = 2**17, 8, 1

Random = Callable[[int], bytes]
Passphrase = Callable[[], str]
"""Gives the passphrase; called only when a file is encrypted."""


def no_passphrase() -> str:
    """There is none.

    Raises:
        KeyUnusable: always.
    """
    raise KeyUnusable("The log's key is encrypted; name the file that holds its passphrase.")


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Where the log's key lies, and how it is opened.

    Attributes:
        path: the file.
        passphrase: called when the file is encrypted, or a new one is to be.
        encrypts: new keys are encrypted; otherwise they are when the one before them is.
    """

    path: Path
    passphrase: Passphrase = no_passphrase
    encrypts: bool = False

    @property
    def waiting(self) -> Path:
        """Where the key waits that is to follow."""
        return self.path.with_name(f"{self.path.name}.next")

    def load(self, verifier: Verifier) -> Signer:
        """The key that ``verifier`` is the public half of; one that waited is put in place.

        Raises:
            KeyUnusable: it is missing, others can read it, or it is another key.
        """
        found = load(self.path, self.passphrase)
        if found.verifier == verifier:
            return found
        with suppress(KeyUnusable):  # another process may have put it in place meanwhile
            if load(self.waiting, self.passphrase).verifier == verifier:
                self.put_in_place(found.verifier)
        found = load(self.path, self.passphrase)
        if found.verifier != verifier:
            raise KeyUnusable(
                f"The key of {found.name} ({found.verifier.key_id.hex()}) is not the key of this "
                f"log, {verifier.name} ({verifier.key_id.hex()}); give the key that is. "
                "If the key was changed, this database is an old copy: restore the newest one."
            )
        return found

    @property
    def successor(self) -> Path:
        """Where the key of the log waits that is to follow this one."""
        return self.path.with_name(f"{self.path.name}.successor")

    def prepare(self, name: str, random: Random, path: Path | None = None) -> Signer:
        """Make the key that is to follow. One that waited and never signed is thrown away.

        Args:
            name: the log's name.
            random: gives n random bytes.
            path: where it waits; ``waiting`` unless it is said.

        Raises:
            KeyUnusable: the name cannot name a log.
            StoreFull: it cannot be written.
        """
        path = path or self.waiting
        path.unlink(missing_ok=True)
        encrypted = self.encrypts or (self.path.exists() and is_encrypted(self.path))
        secret = self.passphrase() if encrypted else ""
        return _write(path, Signer.from_seed(name, random(32)), random, secret)

    def kept(self, old: Verifier) -> Path:
        """Where a key lies that another followed; whoever needs it no more destroys it."""
        return self.path.with_name(f"{self.path.name}.{old.key_id.hex()}")

    def put_in_place(self, old: Verifier) -> None:
        """Let the waiting key be the key; the one before it is kept beside it."""
        with suppress(FileExistsError, FileNotFoundError):
            os.link(self.path, self.kept(old))
        with suppress(FileNotFoundError):  # another process was faster
            self.waiting.replace(self.path)


def create(path: Path, name: str, *, random: Random, data: Path, passphrase: str = "") -> Signer:
    """Make a key and write it to a new file of mode 0600.

    Args:
        path: the file; its folder must be there.
        name: the log's name, such as ``records.example.gov/log``.
        random: gives n random bytes.
        data: the data folder, in which a key must not lie: who copies the data must not get it.
        passphrase: encrypts the file; empty for none.

    Raises:
        BadUse: the file is there already, or would lie inside the data folder.
        KeyUnusable: the name cannot name a log.
        StoreFull: it cannot be written.
    """
    if path.resolve().is_relative_to(data.resolve()):
        raise BadUse(f"{path} lies inside the data folder {data}; keep the key somewhere else.")
    return _write(path, Signer.from_seed(name, random(32)), random, passphrase)


def load(path: Path, passphrase: Passphrase = no_passphrase) -> Signer:
    """Read a key file.

    Raises:
        KeyUnusable: it is missing, others can read it, it holds no key, or the passphrase is
            another's.
    """
    text = _read(path).strip()
    return _decrypt(path, text, passphrase) if text.startswith(_ENCRYPTED) else Signer.parse(text)


def is_encrypted(path: Path) -> bool:
    """Whether a passphrase is needed to read it.

    Raises:
        KeyUnusable: it is missing, or others can read it.
    """
    return _read(path).startswith(_ENCRYPTED)


def _read(path: Path) -> str:
    try:
        return private.read(path)
    except FileNotFoundError:
        raise KeyUnusable(f"The key {path} is missing; put it back, or name where it is.") from None
    except OSError as fault:
        raise KeyUnusable(f"The key {path} cannot be used: {fault.strerror}.") from fault


def _write(path: Path, signer: Signer, random: Random, passphrase: str) -> Signer:
    text = _encrypt(signer, random, passphrase) if passphrase else signer.secret_text()
    try:
        private.write_new(path, text + "\n")
    except FileExistsError:
        raise BadUse(f"{path} is there already; a key is never overwritten.") from None
    except OSError as fault:
        raise StoreFull(f"The key cannot be written to {path}: {fault.strerror}.") from fault
    return signer


def _encrypt(signer: Signer, random: Random, passphrase: str) -> str:
    head = f"{_ENCRYPTED}{signer.name}+{signer.verifier.key_id.hex()}+"
    salt, nonce = random(_SALT), random(_NONCE)
    sealed = AESGCM(_derive(passphrase, salt)).encrypt(
        nonce, signer.secret_text().encode(), head.encode()
    )
    return head + b64encode(salt + nonce + sealed).decode("ascii")


def _decrypt(path: Path, text: str, passphrase: Passphrase) -> Signer:
    head = "+".join(text.split("+", 4)[:4]) + "+"  # base64 has plus signs of its own
    body = text.removeprefix(head)
    try:
        raw = b64decode(body, validate=True)
    except ValueError:
        raw = b""
    salt, nonce, sealed = raw[:_SALT], raw[_SALT : _SALT + _NONCE], raw[_SALT + _NONCE :]
    if len(sealed) < _SALT:
        raise KeyUnusable(f"{path} holds no key of a log; give the file that 'init' made.")
    try:
        secret = AESGCM(_derive(passphrase(), salt)).decrypt(nonce, sealed, head.encode())
    except InvalidTag:
        raise KeyUnusable(
            f"The passphrase does not open the key {path}, or the file was changed; give the "
            "passphrase that belongs to it."
        ) from None
    return Signer.parse(secret.decode())


def _derive(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=_LANES).derive(passphrase.encode())
