"""Forgetting: by a verified order that two sign, to the last byte, with every proof as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cleargate.gate import administer
from cleargate.gate.administer import Signing
from cleargate.gate.gate import Gate
from cleargate.gate.recover import recover
from cleargate.log.export import export
from cleargate.log.law_texts import in_folder
from cleargate.log.order import MOST, Order
from cleargate.log.read import entries, entry, receipt
from cleargate.log.receipts import check_receipt
from cleargate.log.scrub import scrub
from cleargate.log.verify import verify
from cleargate.model.errors import FieldError
from cleargate.model.words import Outcome
from tests import jurisdiction
from tests.fakes import sqlite_of
from tests.jurisdiction import POLICE, Jurisdiction

NAME = "Invented Unforgettable Name"
CASE = {"purpose": "C", "case": "JH-778899", "attention": NAME, "reason": f"about {NAME}"}


@pytest.fixture
def here(founded: Jurisdiction, tmp_path: Path) -> Jurisdiction:
    return jurisdiction.copy(founded, tmp_path / "here")


def _asked(here: Jurisdiction, times: int = 3) -> list[int]:
    """Decisions whose sealed values hold the name."""
    return [here.ask("fbi", "search", **CASE).decided.index for _ in range(times)]


def _order(here: Jurisdiction, verified_by: str = "carl") -> str:
    return here.evidence("clerk", verified_by, kind="court-order", issued_by="state-judge",
                         target="JH-778899", complete="yes")  # fmt: skip


def _expunge(here: Jurisdiction, order: str, which: list[int], fields: str = "") -> Signing:
    ada = here.gate.authenticate(here.tokens["ada"], "cli")
    asked = Order.parse(order, ",".join(map(str, which)), fields)
    proposal = administer.propose_expunging(here.gate, ada, POLICE, asked)
    return here.sign(proposal.id, "ada", "sam")


def _bytes(here: Jurisdiction) -> bytes:
    """Everything in every file of the log's database."""
    files = (here.folder / "data").glob("log.*")
    return b"".join(path.read_bytes() for path in files)


def _done(signing: Signing) -> dict[str, Any]:
    assert signing.answer is not None and signing.answer.opens, signing
    return dict(signing.answer.result)


def test_values_and_salts_are_gone_from_the_files(here: Jurisdiction) -> None:
    which = _asked(here)
    salts = [row[0] for index in which for row in _salts(here, index)]
    assert NAME.encode() in _bytes(here)
    assert all(salt.encode() in _bytes(here) for salt in salts)
    done = _done(_expunge(here, _order(here), which))
    assert done["count"] == len(salts)
    assert done["traces_gone"]
    left = _bytes(here)
    assert NAME.encode() not in left
    assert not [salt for salt in salts if salt.encode() in left]


def _salts(here: Jurisdiction, index: int) -> list[tuple[str]]:
    with here.parts.log.store.read() as conn:
        return conn.execute("SELECT salt FROM disclosures WHERE idx = ?", (index,)).fetchall()


def test_tree_and_receipts_are_as_they_were(here: Jurisdiction, tmp_path: Path) -> None:
    which = _asked(here)
    log = here.parts.log
    before = [(i, entry(log, i).leaf.raw, receipt(log, i)) for i in which]
    _done(_expunge(here, _order(here), which))
    for index, raw, kept in before:
        assert entry(log, index).leaf.raw == raw
        check_receipt(kept, raw, str(log.verifier))
        check_receipt(receipt(log, index), raw, str(log.verifier))
        assert entry(log, index).values == {}
    export(log, tmp_path / "out", laws=in_folder(here.parts.law))
    report = verify(tmp_path / "out", str(log.verifier))
    assert report.ok
    assert report.expunged == 3 * 8
    assert not [p for p in (tmp_path / "out").rglob("*") if p.is_file() and
                NAME.encode() in p.read_bytes()]  # fmt: skip


def test_the_next_generation_of_backups_holds_nothing_of_it(
    here: Jurisdiction, tmp_path: Path
) -> None:
    which = _asked(here)
    here.parts.log.store.copy_to(tmp_path / "before.db")
    assert NAME.encode() in (tmp_path / "before.db").read_bytes()
    _done(_expunge(here, _order(here), which))
    here.parts.log.store.copy_to(tmp_path / "after.db")
    assert NAME.encode() not in (tmp_path / "after.db").read_bytes()


def test_the_log_names_the_entries_and_seals_the_order(here: Jurisdiction) -> None:
    which, order = _asked(here), _order(here)
    _expunge(here, order, which)
    newest = entries(here.parts.log, kinds=("expunged",), limit=1)[0]
    assert list(newest.leaf.clear["entries"]) == which
    assert newest.values == {"order": order}


def test_only_the_fields_that_the_order_names_go(here: Jurisdiction) -> None:
    (index,) = _asked(here, 1)
    done = _done(_expunge(here, _order(here), [index], "attention,reason"))
    assert done["count"] == 2
    found = entry(here.parts.log, index)
    assert found.expunged == {"attention", "reason"}
    assert found.values["case"] == "JH-778899"


def test_an_order_that_nobody_verified_expunges_nothing(here: Jurisdiction) -> None:
    (index,) = _asked(here, 1)
    signing = _expunge(here, _order(here, verified_by=""), [index])
    assert signing.answer is not None
    assert signing.answer.decision.outcome is Outcome.NO_AUTHORITY
    assert entry(here.parts.log, index).expunged == frozenset()


def test_one_signature_expunges_nothing(here: Jurisdiction) -> None:
    (index,) = _asked(here, 1)
    ada = here.gate.authenticate(here.tokens["ada"], "cli")
    asked = Order.parse(_order(here), str(index))
    proposal = administer.propose_expunging(here.gate, ada, POLICE, asked)
    assert here.sign(proposal.id, "ada").answer is None
    assert entry(here.parts.log, index).expunged == frozenset()


def test_another_order_than_the_one_signed_is_refused(here: Jurisdiction) -> None:
    (index,) = _asked(here, 1)
    signed, other = _order(here), _order(here)
    ada = here.gate.authenticate(here.tokens["ada"], "cli")
    proposal = administer.propose_expunging(here.gate, ada, POLICE, Order.parse(signed, str(index)))
    here.sign(proposal.id, "ada")
    raw = {"target": proposal.id, "basis": [other], "subject": dict(proposal.arguments)}
    with pytest.raises(Exception, match="not the one this rests on"):
        here.ask("ada", "log:expunge", **raw)
    assert entry(here.parts.log, index).expunged == frozenset()


@pytest.mark.parametrize(
    "text", ["", "a", "1,", "5-3", "1-", "-1", "1;2", f"0-{MOST}", "1" * 16, "1.5"]
)
def test_what_names_no_entries_is_refused(text: str) -> None:
    with pytest.raises(FieldError) as caught:
        Order.parse("E-1", text)
    assert caught.value.field == "entries"


def test_entries_are_named_singly_or_by_span() -> None:
    assert Order.parse("E-1", "12, 3-5,4").entries == (3, 4, 5, 12)
    with pytest.raises(FieldError, match="is not sealed in any entry"):
        Order.parse("E-1", "1", "purpose")


def test_an_entry_that_is_not_there_is_named(here: Jurisdiction) -> None:
    with pytest.raises(FieldError, match="The log has no entry 999"):
        _expunge(here, _order(here), [999])


class _Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["values-deleted", "scrubbed"])
def test_an_expunging_that_is_killed_is_finished_at_the_next_start(
    here: Jurisdiction, step: str
) -> None:
    which, order = _asked(here), _order(here)

    def kill(reached: str) -> None:
        if reached == step:
            raise _Killed

    here.parts.log.probe = kill
    with pytest.raises(_Killed):
        _expunge(here, order, which)
    here.parts.log.store.close()
    here.clock.forward(minutes=5)
    parts = jurisdiction.open_parts(here.folder, here.clock, seed="again")
    assert scrub(parts.log)
    assert NAME.encode() not in _bytes(here)
    assert len(recover(parts, 0).finished) == 1
    newest = entries(parts.log, kinds=("expunged",), limit=1)[0]
    assert list(newest.leaf.clear["entries"]) == which
    assert newest.values == {"order": order}


def test_a_reader_in_the_way_is_told_and_the_next_start_tries_again(here: Jurisdiction) -> None:
    which, order = _asked(here), _order(here)
    other = jurisdiction.open_parts(here.folder, here.clock, seed="other").log
    sqlite_of(here.parts.log.store).execute("PRAGMA busy_timeout=1")
    with other.store.read() as conn:
        conn.execute("SELECT count(*) FROM entries").fetchone()
        assert not _done(_expunge(here, order, which))["traces_gone"]
    assert scrub(Gate(here.parts).parts.log)
    assert NAME.encode() not in _bytes(here)


def test_a_proposal_shows_what_two_are_to_sign(here: Jurisdiction) -> None:
    (index,) = _asked(here, 1)
    ada = here.gate.authenticate(here.tokens["ada"], "cli")
    asked = Order.parse(_order(here), str(index), "person")
    proposal = administer.propose_expunging(here.gate, ada, POLICE, asked)
    said = json.loads(proposal.data)["arguments"]
    assert (said["entries"], said["fields"]) == (str(index), "person")
