"""The key's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleargate.log.keys import KeyFile, create, is_encrypted, load
from cleargate.model.errors import BadUse, KeyUnusable, StoreFull
from tests.fakes import Dice


def _create(folder: Path) -> Path:
    create(folder / "log.key", "example.gov/log", random=Dice(), data=folder / "data")
    return folder / "log.key"


def test_a_key_is_loaded_as_it_was_made(tmp_path: Path) -> None:
    made = create(tmp_path / "log.key", "example.gov/log", random=Dice(), data=tmp_path / "data")
    assert load(tmp_path / "log.key").verifier == made.verifier
    assert [p.name for p in tmp_path.iterdir()] == ["log.key"]


def test_only_its_owner_can_read_a_key(tmp_path: Path) -> None:
    path = _create(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    for mode in (0o644, 0o640, 0o700, 0o400):
        path.chmod(mode)
        with pytest.raises(KeyUnusable, match="chmod 600"):
            load(path)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = _create(tmp_path)
    before = path.read_bytes()
    with pytest.raises(BadUse, match="never overwritten"):
        _create(tmp_path)
    assert path.read_bytes() == before


def test_a_key_does_not_lie_with_the_data(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(BadUse, match="inside the data folder"):
        create(tmp_path / "data" / "key", "a", random=Dice(), data=tmp_path / "data")


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nfeed"])
def test_a_log_needs_a_name_that_others_can_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyUnusable):
        create(tmp_path / "key", name, random=Dice(), data=tmp_path / "data")


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreFull, match="cannot be written"):
        create(tmp_path / "no" / "key", "a", random=Dice(), data=tmp_path / "data")


@pytest.mark.parametrize("text", ["", "secret", "PRIVATE+KEY+a+00000000+AAAA", "\xff" * 10])
def test_a_file_that_holds_no_key_is_named_but_not_shown(tmp_path: Path, text: str) -> None:
    path = _create(tmp_path)
    path.write_text(text, "latin-1")
    with pytest.raises(KeyUnusable) as caught:
        load(path)
    assert not text or text not in str(caught.value)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="missing"):
        load(tmp_path / "key")
    with pytest.raises(KeyUnusable):
        load(tmp_path)


def test_an_encrypted_key_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    made = create(path, "example.gov/log", random=Dice(), data=tmp_path / "d", passphrase="Öl & +")
    text = path.read_text("ascii")
    assert is_encrypted(path)
    assert "PRIVATE" not in text
    assert "example.gov/log" in text
    assert load(path, lambda: "Öl & +").verifier == made.verifier
    with pytest.raises(KeyUnusable, match="passphrase does not open"):
        load(path, lambda: "Ol & +")
    with pytest.raises(KeyUnusable, match="name the file that holds its passphrase"):
        load(path)
    for changed in (text.replace("example", "exomple"), text[:-9] + "AAAA" + text[-5:]):
        path.write_text(changed, "ascii")
        with pytest.raises(KeyUnusable):
            load(path, lambda: "Öl & +")


def test_a_key_that_follows_an_encrypted_one_is_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    create(path, "a/log", random=Dice(), data=tmp_path / "d", passphrase="first")
    file = KeyFile(path, lambda: "first")
    assert (
        file.prepare("a/log", Dice("next")).verifier == load(file.waiting, lambda: "first").verifier
    )
    assert is_encrypted(file.waiting)
