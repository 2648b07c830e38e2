"""Witnesses and cosignatures against published cases.

Sources: github.com/transparency-dev/witness (its test log "monkeys", Apache-2.0),
github.com/transparency-dev/formats, note/note_cosigv1_test.go; C2SP tlog-witness, its example.
"""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import pytest

from cleargate.log.cosign import Cosigner, Witness
from cleargate.log.note import Verifier, split_note
from cleargate.log.witness import WitnessBook, request_text
from cleargate.model.errors import KeyUnusable

LOG = "monkeys+db4d9f7e+AULaJMvTtDLHPUcUrjdDad9vDlh/PTfC2VV60JUtCfWT"
SEED = b64decode("AaLa/dfyBhyo/m0Z7WCi98ENVZWtrP8pxgRNrx7tIWiA")[1:]
FIVE = (
    "monkeys\n5\n41smjBUiAU70EtKlT6lIOIYtRTYxYXsDB+XHfcvu/BE=\n\n"
    "— monkeys 202fftzGl3LVoqjXfwCFZZXs8I+5G22+Ek2K0AOyBuSJ"
    "/8/CZawNF+6fNlTKOCd622pbzJNkkJFWuw9DbicZCkEx9AY=\n"
)
EIGHT = (
    "monkeys\n8\nV8K9aklZ4EPB+RMOk1/8VsJUdFZR77GDtZUQq84vSbo=\n\n"
    "— monkeys 202ffoUEboiQYpHzICeaFmoy3RNviHTpAxYrq/eO4QQVQMvu9UebK"
    "BMX2MJC76NLthZaKsnKbCA8GxrjePZhvDCH7Ag=\n"
)
PROOF = tuple(
    map(
        bytes.fromhex,
        (
            "b9e1d62618f7fee8034e4c5010f727ab24d8e4705cb296c374bf2025a87a10d2",
            "aac66cd7a79ce4012d80762fe8eec3a77f22d1ca4145c3f4cee022e7efcd599d",
            "89d0f753f66a290c483b39cd5e9eafb12021293395fad3d4a2ad053cfbcfdc9e",
            "29e40bb79c966f4c6fe96aff6f30acfce5f3e8d84c02215175d6e018a5dee833",
        ),
    )
)
EXAMPLE = """\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGz\
Ggu9nTo+zyWE+xeMcTOAYQ8=
"""


def test_a_witness_takes_the_published_log_and_its_proof(tmp_path: Path) -> None:
    cosigner = Cosigner.from_seed("witness", SEED)
    book = WitnessBook(tmp_path / "seen", cosigner, [Verifier.parse(LOG)])
    first = book.add_checkpoint(request_text(0, (), FIVE), 1)
    assert (first.status, cosigner.witness.signed_at(FIVE + first.text)) == (200, 1)
    assert book.add_checkpoint(request_text(5, PROOF[:3], EIGHT), 2).status == 422
    assert book.add_checkpoint(request_text(5, PROOF[::-1], EIGHT), 2).status == 422
    second = book.add_checkpoint(request_text(5, PROOF, EIGHT), 2)
    assert (second.status, cosigner.witness.signed_at(EIGHT + second.text)) == (200, 2)


def test_the_specifications_example_has_the_form_of_a_request(tmp_path: Path) -> None:
    """Its log is unknown here: 404, where what has no such form would be 400."""
    book = WitnessBook(tmp_path / "seen", Cosigner.from_seed("w", SEED), [Verifier.parse(LOG)])
    assert book.add_checkpoint(EXAMPLE.encode(), 1).status == 404
    assert book.add_checkpoint(EXAMPLE.replace("\n\n", "\n", 1).encode(), 1).status == 400


def test_a_published_witness_key_is_read_as_it_is_written() -> None:
    key = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
    assert str(Witness.parse(key)) == key


@pytest.mark.parametrize(
    "key",
    [
        "bananas.sigstore.dev+12344556",
        "rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!",
        "rekor.sigstore.dev+12345678+AwEB",
        "remora.n621.de+00000000+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
        "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",  # of a log, not a witness
    ],
)
def test_what_is_published_as_no_such_key_is_refused(key: str) -> None:
    with pytest.raises(KeyUnusable):
        Witness.parse(key)


def test_the_published_time_is_where_it_is_looked_for() -> None:
    line = (
        "— TEST ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt"
        "97w9uL+8qT7S5gxEHWWOworDc"
        "FiEBYJXORmnFBOBA==\n"
    )
    _, ((_, _, signature),) = split_note(f"x\n\n{line}")
    assert int.from_bytes(signature[:8], "big") == 1727964367
