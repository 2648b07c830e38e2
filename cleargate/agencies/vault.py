"""What must be kept as it is, kept encrypted: keys of authenticator apps.

The key lies in a file of mode 0600 outside the data, as the log's does, so that whoever has a copy
of the database, or of a backup, cannot make anyone's codes. It is made when it is first needed. Who
loses it makes accounts anew.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..model.errors import KeyUnusable
from ..model.ids import Random
from ..storage import private

_SEALED: Final = "sealed+1+"
_KEY, _NONCE = 32, 12


class Vault:
    """Seals and opens. Threads and processes may share the file.

    Args:
        path: the key's file; its folder must be there.
        random: gives n random bytes.
    """

    def __init__(self, path: Path, random: Random) -> None:
        self._path, self._random = path, random
        self._kept = b""

    def seal(self, value: str, about: str) -> str:
        """``value`` encrypted (AES-256-GCM), for ``about`` and nobody else.

        Raises:
            KeyUnusable: the key cannot be read or made.
        """
        nonce = self._random(_NONCE)
        sealed = AESGCM(self._key(make=True)).encrypt(nonce, value.encode(), about.encode())
        return _SEALED + b64encode(nonce + sealed).decode()

    def open(self, kept: str, about: str) -> str:
        """What was sealed for ``about``; a value of a time before there was a vault, as it is.

        Raises:
            KeyUnusable: the key is missing or another one, or the value was changed.
        """
        if not kept.startswith(_SEALED):
            return kept
        raw = b64decode(kept.removeprefix(_SEALED))
        try:
            opened = AESGCM(self._key()).decrypt(raw[:_NONCE], raw[_NONCE:], about.encode())
        except InvalidTag:
            raise KeyUnusable(
                f"The key {self._path} does not open this account; put the right key back, or "
                "issue the person a new link."
            ) from None
        return opened.decode()

    @staticmethod
    def is_sealed(kept: str) -> bool:
        """Whether a value is encrypted."""
        return kept.startswith(_SEALED)

    def derived(self, use: str) -> bytes:
        """A key for another use, 32 bytes.

        Raises:
            KeyUnusable: as ``seal``.
        """
        return hmac.digest(self._key(make=True), use.encode(), "sha256")

    def _key(self, *, make: bool = False) -> bytes:
        if not self._kept:
            if make and not self._path.exists():
                self._make()
            self._kept = self._read()
        return self._kept

    def _make(self) -> None:
        try:
            private.write_new(self._path, b64encode(self._random(_KEY)).decode() + "\n")
        except FileExistsError:
            return  # another process was faster
        except OSError as fault:
            raise KeyUnusable(
                f"The accounts' key cannot be written to {self._path}: {fault.strerror}."
            ) from fault

    def _read(self) -> bytes:
        try:
            key = b64decode(private.read(self._path).strip(), validate=True)
        except FileNotFoundError:
            raise KeyUnusable(
                f"The accounts' key {self._path} is missing; put it back, or issue new links."
            ) from None
        except OSError as fault:
            raise KeyUnusable(
                f"The accounts' key {self._path} cannot be used: {fault.strerror}."
            ) from fault
        except ValueError:
            key = b""
        if len(key) != _KEY:
            raise KeyUnusable(f"{self._path} holds no accounts' key; put the right file back.")
        return key
