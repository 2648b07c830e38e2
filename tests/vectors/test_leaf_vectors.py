"""Salted digests and canonical JSON against the examples in their standards."""

from __future__ import annotations

import json

from cleargate.model.leaf import Disclosure, encoded_digest, seal
from tests.fakes import Dice, decided


def test_a_disclosure_is_encoded_as_in_rfc_9901() -> None:
    # 4.2.1: one of the encodings it lists, that without spaces
    shown = Disclosure("family_name", "_26bc4LT-ac6q2KI6cBW5es", '"Möbius"')
    assert shown.encoded == "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsImZhbWlseV9uYW1lIiwiTcO2Yml1cyJd"
    assert shown.digest == encoded_digest(shown.encoded.encode())


def test_an_encoded_disclosure_is_hashed_as_in_rfc_9901() -> None:
    # 4.2.3
    encoded = b"WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert encoded_digest(encoded) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"


def test_text_is_escaped_as_in_rfc_8785() -> None:
    # 3.2.2.2 and 3.2.3: the string of the example, as it is read and as it is written
    text = json.loads(r'"\u20ac$\u000F\u000aA' + "'" + r'\u0042\u0022\u005c\\\"\/"')
    leaf, _ = seal(decided(rules=[text, "\x7f\u2028\b\t\f\r\x1f"]), Dice())
    written = rb'["' + "€".encode() + rb"$\u000f\nA'B\"\\\\\"/" + b'","\x7f\xe2\x80\xa8'
    assert b'"rules":' + written + rb"\b\t\f\r\u001f" + b'"]' in leaf.raw
