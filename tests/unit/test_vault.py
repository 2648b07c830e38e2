"""Keys of authenticator apps are kept encrypted, with a key that is not beside them."""

from __future__ import annotations

from pathlib import Path

import pyotp
import pytest

from cleargate.agencies import accounts
from cleargate.agencies.accounts import Session
from cleargate.agencies.vault import Vault
from cleargate.gate import signing_in
from cleargate.model.errors import KeyUnusable
from cleargate.storage import private
from tests.fakes import Dice
from tests.jurisdiction import POLICE, Jurisdiction, found

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "a long enough sentence"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "accounts.key", Dice("vault"))


def test_what_is_sealed_opens_for_whom_it_was_sealed(vault: Vault) -> None:
    kept = vault.seal(KEY, "ada")
    assert KEY not in kept and Vault.is_sealed(kept)
    assert vault.open(kept, "ada") == KEY
    assert vault.seal(KEY, "ada") != kept, "the same twice does not show"
    with pytest.raises(KeyUnusable):
        vault.open(kept, "bea")


def test_the_key_is_made_once_for_its_owner_alone(vault: Vault, tmp_path: Path) -> None:
    path = tmp_path / "accounts.key"
    assert not path.exists()
    kept = vault.seal(KEY, "ada")
    assert path.stat().st_mode & 0o777 == 0o600
    assert Vault(path, Dice("another process")).open(kept, "ada") == KEY


@pytest.mark.parametrize("wrong", ["gone", "another", "open to others", "no key"])
def test_without_its_key_nothing_opens_and_the_sentence_says_what_to_do(
    vault: Vault, tmp_path: Path, wrong: str
) -> None:
    kept, path = vault.seal(KEY, "ada"), tmp_path / "accounts.key"
    said = private.read(path)
    if wrong == "open to others":
        path.chmod(0o644)
    else:
        path.unlink()
    if wrong == "another":
        Vault(path, Dice("other")).seal(KEY, "ada")
    if wrong == "no key":
        private.write_new(path, "nothing\n")
    with pytest.raises(KeyUnusable) as fault:
        Vault(path, Dice("later")).open(kept, "ada")
    assert str(path) in fault.value.sentence and said.strip() not in fault.value.sentence


def _enrolled(here: Jurisdiction) -> None:
    subject = {"person": "newcomer", "agency": "FBI", "role": "officer", "console": "yes"}
    link = here.ask("ada", "credential:issue", custodian=POLICE, subject=subject).result
    p, code = here.parts, pyotp.TOTP(KEY).at(here.clock())
    made = accounts.enrol(
        p.agencies, p.vault, str(link["enrolment"]), PASSWORD, KEY, code, here.clock(), p.random
    )
    assert made is not None


def _kept(here: Jurisdiction) -> str:
    with here.parts.agencies.read() as conn:
        return str(conn.execute("SELECT totp FROM account").fetchone()[0])


def test_no_file_of_the_data_holds_the_key_of_an_app(tmp_path: Path) -> None:
    here = found(tmp_path)
    _enrolled(here)
    files = [f for f in (tmp_path / "data").rglob("*") if f.is_file()]
    assert files and not any(KEY.encode() in f.read_bytes() for f in files)
    assert not (tmp_path / "accounts.key").is_relative_to(tmp_path / "data")


def test_a_key_kept_as_it_is_still_signs_in_and_is_encrypted_then(tmp_path: Path) -> None:
    here = found(tmp_path)
    _enrolled(here)
    with here.parts.agencies.write() as conn:
        conn.execute("UPDATE account SET totp = ?", (KEY,))
    here.clock.forward(seconds=30)
    code = pyotp.TOTP(KEY).at(here.clock())
    session = signing_in.sign_in(here.gate, "newcomer", PASSWORD, code, "console")
    assert isinstance(session, Session)
    assert Vault.is_sealed(_kept(here)) and here.parts.vault.open(_kept(here), "newcomer") == KEY
