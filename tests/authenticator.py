"""A device that keeps passkeys, as far as tests need one: real keys, real signatures.

Source: W3C WebAuthn 3, 6.1 (authenticator data), 6.5 (attestation object), 7.2 (assertions).
"""

from __future__ import annotations

import hashlib
import json
import struct
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One passkey on one device.

    Attributes:
        origin: what its browser says where it is.
        uses: its counter.
        flags: what it says of its user.
    """

    origin: str
    id: bytes = b"passkey-of-a-test"
    uses: int = 0
    flags: int = PRESENT | VERIFIED
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: str) -> str:
        """Answer to options of a creation."""
        asked = json.loads(options)
        client = self._client("webauthn.create", asked["challenge"])
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + self._cose()
        data = self._data(asked["rp"]["id"], ATTESTED) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._said({"clientDataJSON": _text(client), "attestationObject": _text(made)})

    def sign(self, options: str) -> str:
        """Answer to options of a sign-in."""
        asked = json.loads(options)
        self.uses += 1
        client = self._client("webauthn.get", asked["challenge"])
        data = self._data(asked["rpId"], 0)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._said({"clientDataJSON": _text(client), "authenticatorData": _text(data),
                           "signature": _text(signature)})  # fmt: skip

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, site: str, more: int) -> bytes:
        hashed = hashlib.sha256(site.encode()).digest()
        return hashed + bytes([self.flags | more]) + struct.pack(">I", self.uses)

    def _cose(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        point = (numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big"))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point[0], -3: point[1]})

    def _said(self, response: dict[str, Any]) -> str:
        id = _text(self.id)
        whole = {"id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
                 "response": response}  # fmt: skip
        return json.dumps(whole)


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
