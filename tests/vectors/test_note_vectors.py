"""Signed notes, checkpoints and tiles against published cases.

Sources: golang.org/x/mod/sumdb/note and sumdb/tlog (their tests), C2SP tlog-tiles.
"""

from __future__ import annotations

import pytest

from cleargate.log.merkle import leaf_hash
from cleargate.log.note import Checkpoint, Signer, Verifier, open_note
from cleargate.log.tiles import entry_tile, hash_tile, parse, paths, width
from cleargate.model.errors import CheckFailed, KeyUnusable

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETERS = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotp"
    "RZb6KE6RyyBwJnAM=\n"
)
ENOCHS = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLo"
    "x33WWd1RvMc+QQ=\n"
)

peter, enoch = Verifier.parse(PETER), Verifier.parse(ENOCH)


def test_the_published_key_signs_the_published_note() -> None:
    signer = Signer.parse(PETER_SECRET)
    assert signer.verifier == peter
    assert signer.sign(TEXT) == f"{TEXT}\n{PETERS}"
    assert signer.secret_text() == PETER_SECRET


def test_keys_are_written_as_they_are_read() -> None:
    assert (str(peter), str(enoch)) == (PETER, ENOCH)


@pytest.mark.parametrize("key", [PETER, PETER_SECRET])
def test_no_part_of_a_key_and_no_changed_key_is_a_key(key: str) -> None:
    parser = Signer.parse if key is PETER_SECRET else Verifier.parse
    parts = {key[i:j] for i in range(len(key)) for j in range(i, len(key) + 1)} - {key}
    changed = {key[:i] + chr(ord(key[i]) + 1) + key[i + 1 :] for i in range(len(key))}
    for wrong in parts | changed:
        with pytest.raises(KeyUnusable):
            parser(wrong)


@pytest.mark.parametrize(
    "key",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # too long
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # unknown algorithm
    ],
)
def test_a_key_of_another_length_or_kind_is_refused(key: str) -> None:
    with pytest.raises(KeyUnusable):
        Verifier.parse(key)


@pytest.mark.parametrize("known", [[peter], [enoch], [peter, enoch]])
def test_a_note_is_opened_by_any_known_key_that_signed_it(known: list[Verifier]) -> None:
    assert open_note(f"{TEXT}\n{PETERS}{ENOCHS}", known) == TEXT


def test_a_note_that_no_known_key_signed_is_refused() -> None:
    with pytest.raises(CheckFailed, match="did not sign"):
        open_note(f"{TEXT}\n{PETERS}", [enoch])


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    wrong = PETERS.replace("ZJku", "ZJkv")
    with pytest.raises(CheckFailed, match="signature of PeterNeumann is wrong"):
        open_note(f"{TEXT}\n{ENOCHS}{wrong}", [peter, enoch])


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        TEXT + "\n",
        TEXT + "\n" + PETERS[:-1],
        "\x01" + TEXT + "\n" + PETERS,
        TEXT + "\n" + PETERS.replace("PeterNeumann", "Bad Name"),
        TEXT + "\n" + PETERS + "Unexpected line.\n",
        TEXT + "\n" + PETERS * 101,
        TEXT[:-1] + "\n" + PETERS,
        "",
    ],
)
def test_what_is_not_a_note_is_refused(note: str) -> None:
    with pytest.raises(CheckFailed):
        open_note(note, [peter])


def test_a_checkpoint_is_written_as_published() -> None:
    text = "go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n"
    tree = Checkpoint("go.sum database tree", 123456789012, leaf_hash(b"hello world"))
    assert tree.text == text
    assert Checkpoint.parse(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "go.sum database tree\n0xabcdef\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "a\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBTOOBIG=\n",
        "a\n01\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "a\n-1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "a\n²\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "a\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=",
        "\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n",
        "a\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\nan extension\n",
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(CheckFailed):
        Checkpoint.parse(text)


def test_a_tile_is_named_as_published() -> None:
    assert hash_tile(0, 1234067) == "tile/0/x001/x234/067"
    assert hash_tile(1, 0, 17) == "tile/1/000.p/17"
    assert entry_tile(1000, 3) == "tile/entries/x001/000.p/3"


def test_a_tree_of_70000_has_the_published_tiles() -> None:
    tiles = [found for path in paths(70_000) if (found := parse(path)) and found[0] is not None]
    assert [sum(t[0] == level and t[2] == 256 for t in tiles) for level in range(3)] == [273, 1, 0]
    assert [t for t in tiles if t[2] < 256] == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert width(256, 0, 0) == 256
    assert width(256, 1, 0) == 1
