"""Counsel signs a rule off: its review ends, the book says so, and a changed text voids it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cleargate.gate import administer, sign_off
from cleargate.gate.answer import Answer
from cleargate.gate.gate import Gate
from cleargate.law.book import read_book
from cleargate.law.sign_off import FILE, holding, message, read
from cleargate.log.export import export
from cleargate.log.law_texts import in_folder
from cleargate.log.read import entry
from cleargate.log.verify import verify
from cleargate.model.errors import FieldError
from cleargate.model.request import Person
from cleargate.model.words import Outcome
from tests import jurisdiction
from tests.jurisdiction import BOOK, PACKS, POLICE, SHERIFF, Jurisdiction, public

ASSIST, PERSON = "us-il/assist", "us-il/access-to-person"


@pytest.fixture
def here(tmp_path: Path) -> Jurisdiction:
    made = jurisdiction.found(tmp_path)
    made.credential("counsel", POLICE, "counsel")
    return made


def person(here: Jurisdiction, id: str) -> Person:
    return here.gate.authenticate(here.tokens[id], "cli")


def signed(
    here: Jurisdiction, by: str, *rules: str, key: Ed25519PrivateKey | None = None
) -> Answer:
    """``by`` signs these rules with their own key, or with another."""
    signing = key or here.signing[by]
    asker = person(here, by)
    texts = sign_off.messages(here.gate.book(), asker.agency, rules, asker.id)
    signed = [signing.sign(t) for t in texts]
    return here.gate.ask(asker, sign_off.request(asker, rules, signed, public(signing)), "cli")


def reviewed(here: Jurisdiction, rule: str) -> str:
    found = here.gate.book().rule(rule)
    assert found is not None
    assert found.review is (not found.reviewed)
    return found.reviewed


def test_a_sign_off_ends_review_and_every_answer_says_by_whom(here: Jurisdiction) -> None:
    assist = {"represented": "ICE-ERO", "purpose": "CIV-IMM", "custodian": POLICE,
              "kind": "perimeter"}  # fmt: skip
    before = here.ask("ice", "assist", **assist)
    assert before.decision.unreviewed
    assert signed(here, "counsel", ASSIST).opens
    after = here.ask("ice", "assist", **assist)
    assert after.decision.outcome is before.decision.outcome is Outcome.REFUSE
    assert not after.decision.unreviewed
    (rule,) = [r for r in after.as_json()["rules"] if r["id"] == ASSIST]
    assert rule["reviewed"] == f"reviewed by counsel on {here.clock():%Y-%m-%d}"
    assert rule["review_needed"] is False


def test_a_sign_off_moves_the_book_by_an_entry_that_names_rules_and_key(here: Jurisdiction) -> None:
    before = here.gate.book().version
    answer = signed(here, "counsel", ASSIST, PERSON)
    assert answer.answered is not None
    logged = entry(here.parts.log, answer.answered.index + 1).leaf
    assert logged.kind == "law"
    said = logged.clear
    assert (said["what"], said["rules"]) == ("signed off", (ASSIST, PERSON))
    assert said["keys"] == (public(here.signing["counsel"]).hex(),)
    assert (said["from_version"], said["to_version"]) == (before, here.gate.book().version)
    assert before != here.gate.book().version


def test_another_process_reads_the_sign_off_with_the_book(here: Jurisdiction) -> None:
    signed(here, "counsel", ASSIST)
    other = Gate(here.parts).book().rule(ASSIST)
    assert other is not None
    assert other.reviewed


def test_an_administrator_signs_no_rule_off(here: Jurisdiction) -> None:
    answer = signed(here, "ada", ASSIST)
    assert answer.decision.outcome is Outcome.NO_AUTHORITY
    assert not reviewed(here, ASSIST)


def test_counsel_signs_with_no_key_but_their_own(here: Jurisdiction) -> None:
    with pytest.raises(FieldError, match="not registered for counsel"):
        signed(here, "counsel", ASSIST, key=here.signing["ada"])
    with pytest.raises(FieldError, match="not registered for counsel"):
        signed(here, "counsel", ASSIST, key=Ed25519PrivateKey.generate())
    assert not reviewed(here, ASSIST)


def test_a_signature_over_one_rule_is_none_over_another(here: Jurisdiction) -> None:
    asker, key = person(here, "counsel"), here.signing["counsel"]
    (text,) = sign_off.messages(here.gate.book(), POLICE, [PERSON], asker.id)
    with pytest.raises(FieldError, match="as it reads in the book in force"):
        asked = sign_off.request(asker, [ASSIST], [key.sign(text)], public(key))
        here.gate.ask(asker, asked, "cli")


def test_what_binds_another_custodian_is_signed_off_there(here: Jurisdiction) -> None:
    with pytest.raises(FieldError, match="is no law of CHICAGO-POLICE's"):
        signed(here, "counsel", "us-il-cook/no-county-property")
    here.credential("their-counsel", SHERIFF, "counsel", SHERIFF)
    assert signed(here, "their-counsel", "us-il-cook/no-county-property").opens


@pytest.mark.parametrize("rules", [("us-il/none",), ("us-il",)])
def test_a_rule_that_is_not_in_force_cannot_be_signed_off(
    here: Jurisdiction, rules: tuple[str, ...]
) -> None:
    with pytest.raises(FieldError, match="There is no rule"):
        signed(here, "counsel", *rules)


def test_a_rule_is_signed_off_once(here: Jurisdiction) -> None:
    signed(here, "counsel", ASSIST)
    with pytest.raises(FieldError, match="is signed off already: reviewed by counsel"):
        signed(here, "counsel", ASSIST)


def put_in_force(here: Jurisdiction, changed: dict[str, tuple[str, str]]) -> None:
    """The same packs, with a text replaced in some of their files, in force by two keys."""
    library = here.folder / "packs"
    shutil.copytree(PACKS, library, dirs_exist_ok=True)
    for file, (old, new) in changed.items():
        path = library / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
    book = read_book(BOOK, [library])
    made = administer.propose_book(here.gate, person(here, "ada"), POLICE, book, unreviewed=True)
    here.sign(made.id, "ada", "counsel")


TRUST_ACT = "us-il/policies/trust-act.cedar"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (TRUST_ACT, "in any capacity, transport", "in any capacity whatever, transport"),
        ("us-il/pack.toml", 'binds = ["law-enforcement"]', 'binds = ["law-enforcement", "court"]'),
    ],
)
def test_a_sign_off_is_void_when_the_rule_reads_otherwise(
    here: Jurisdiction, file: str, old: str, new: str
) -> None:
    signed(here, "counsel", ASSIST)
    put_in_force(here, {file: (old, new)})
    assert not reviewed(here, ASSIST)


def test_a_sign_off_outlives_a_book_in_which_the_rule_reads_the_same(here: Jurisdiction) -> None:
    signed(here, "counsel", ASSIST)
    put_in_force(here, {TRUST_ACT: ("by telephone neither", "not even by telephone")})
    assert reviewed(here, ASSIST)
    assert not reviewed(here, PERSON)


def test_the_words_of_a_test_that_a_rule_reads_are_part_of_its_text(here: Jurisdiction) -> None:
    rule = "us-il/federal-criminal-warrant"
    signed(here, "counsel", rule, ASSIST)
    old = "federal law specifically requires what is asked"
    put_in_force(here, {"us-il/pack.toml": (old, "federal law requires what is asked")})
    assert not reviewed(here, rule)
    assert reviewed(here, ASSIST)


def test_sign_offs_that_were_changed_by_hand_are_not_the_book_in_force(here: Jurisdiction) -> None:
    signed(here, "counsel", ASSIST)
    file = here.parts.law / here.gate.book().version / FILE
    file.write_text(file.read_text("utf-8").replace('"counsel"', '"somebody"'), "utf-8")
    asked = {"represented": "ICE-ERO", "purpose": "CIV-IMM", "custodian": POLICE}
    decided = Gate(here.parts).answer(here.tokens["ice"], {"action": "interview"} | asked, "cli")
    assert decided.decision.outcome is Outcome.UNAVAILABLE
    assert "were changed" in decided.decision.why


def test_a_sign_off_holds_only_for_its_own_text_and_signature(here: Jurisdiction) -> None:
    signed(here, "counsel", ASSIST)
    book = here.gate.book()
    (one,) = read(here.parts.law / book.version)
    assert holding(book.packs, [one]) == (one,) == book.sign_offs
    key = Ed25519PrivateKey.generate()
    forged = key.sign(message(one.rule, one.text, one.by)).hex()
    for change in ({"signature": forged}, {"by": "somebody"}, {"text": "0" * 64}, {"key": "none"}):
        fields = {f: getattr(one, f) for f in one.__dataclass_fields__} | change
        assert holding(book.packs, [type(one)(**fields)]) == ()


def test_an_export_holds_the_sign_offs_and_both_programs_check_them(
    here: Jurisdiction, tmp_path: Path
) -> None:
    signed(here, "counsel", ASSIST)
    out, key, log = tmp_path / "out", str(here.parts.log.verifier), here.parts.log
    export(log, out, laws=in_folder(here.parts.law))
    assert verify(out, key).ok
    alone = [sys.executable, str(out / "check_log.py"), str(out), key]
    assert subprocess.run(alone, capture_output=True, check=False).returncode == 0
    (file,) = out.glob(f"law/*/{FILE}")
    file.write_text(file.read_text("utf-8").replace('"counsel"', '"somebody"'), "utf-8")
    assert not verify(out, key).ok
    assert subprocess.run(alone, capture_output=True, check=False).returncode == 5
