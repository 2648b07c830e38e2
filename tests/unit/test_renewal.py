"""An administrator whose credential ran out: their signing key says who they are, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cleargate.gate import administer
from cleargate.gate.administer import Signing
from cleargate.log.read import entries
from cleargate.model.errors import BadUse, FieldError, NotAuthenticated
from tests import terminal
from tests.jurisdiction import POLICE, Jurisdiction, found, public


@pytest.fixture
def here(tmp_path: Path) -> Jurisdiction:
    """Two administrators, ada of the police and sam of the sheriff."""
    return found(tmp_path)


def renew(here: Jurisdiction, person: str) -> Signing:
    key = here.signing[person]
    made = administer.propose_renewal(here.gate, public(key), None)
    return administer.sign(here.gate, made.id, person, key.sign(made.message), "cli")


def test_one_key_proposes_a_renewal_and_a_second_one_makes_it(here: Jurisdiction) -> None:
    here.clock.forward(days=400)
    with pytest.raises(NotAuthenticated):
        here.gate.authenticate(here.tokens["ada"], "cli")
    proposed = renew(here, "ada")
    assert proposed.answer is None
    done = here.sign(proposed.proposal.id, "sam")
    assert done.answer is not None and done.answer.opens
    token = str(done.answer.result["token"])
    renewed = here.gate.authenticate(token, "cli")
    assert (renewed.id, renewed.agency, renewed.role) == ("ada", POLICE, "administrator")
    newest = entries(here.parts.log, limit=3)
    assert [e.leaf.kind for e in newest] == ["credential", "done", "decided"]
    with pytest.raises(BadUse, match="was executed"):
        here.sign(proposed.proposal.id, "sam")


def test_only_an_administrator_renews_by_a_key(here: Jurisdiction) -> None:
    here.credential("cora", POLICE, "counsel")
    with pytest.raises(BadUse, match="cora is no administrator"):
        renew(here, "cora")


def test_a_revoked_credential_is_not_renewed_by_its_holder(here: Jurisdiction) -> None:
    credential = here.gate.authenticate(here.tokens["sam"], "cli").credential
    assert here.ask("sam", "credential:revoke", target=credential).opens
    with pytest.raises(BadUse, match="was revoked; another administrator"):
        renew(here, "sam")


def test_a_key_that_is_nobodys_renews_nothing(here: Jurisdiction) -> None:
    with pytest.raises(FieldError, match="registered for nobody"):
        administer.propose_renewal(here.gate, public(Ed25519PrivateKey.generate()), None)


def test_the_only_administrator_there_ever_was_renews_alone_and_once(tmp_path: Path) -> None:
    folder, old = tmp_path / "county", tmp_path / "county/private/administrator.token"
    terminal.told(terminal.run("init", folder, "--book", "us-il-cook"))
    key, token = folder / "private/administrator.key", tmp_path / "new.token"
    asked = ("credential", "renew", folder, "--key", key, "--token-file", token)
    told = terminal.told(terminal.run(*asked))
    assert str(token) in told
    add = ("agency", "add", folder, "X", "--name", "X", "--state", "IL", "--as")
    terminal.told(terminal.run(*add, token))
    assert token.read_text() != old.read_text()
    assert terminal.told(terminal.run("sign", folder)) == "Nothing waits for a signature.\n\n"
    again = terminal.run(*asked)
    assert again.exit_code == 2 and "is there already" in again.stderr
