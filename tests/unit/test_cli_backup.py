"""Backups, bad days, and what follows: nothing is lost in silence, and nothing signed twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cleargate import recovery, standby
from cleargate.config import load
from cleargate.log.append import append
from cleargate.log.note import Verifier
from cleargate.log.succession import Predecessor
from cleargate.model.errors import CheckFailed
from cleargate.opening import open_parts
from tests.fakes import decided
from tests.terminal import ADMIN, JAIL, ON_A_CASE, SECOND, County, run, told

NEW = "county/log-2"


@pytest.fixture
def backup(county: County, tmp_path: Path) -> Path:
    """A backup of the county as it was made."""
    told(county.run("backup", tmp_path / "backup"))
    return tmp_path / "backup"


def _ask(county: County, code: int = 0) -> Any:
    return county.said("ask", "--for", "FBI", *ON_A_CASE, "--action", "search", by="fbi", code=code)


def _sign(county: County, proposal: str, code: int = 0) -> Any:
    told(county.run("sign", proposal, "--key", county.key(ADMIN)))
    return county.said("sign", proposal, "--key", county.key(SECOND), code=code)


def _restore(county: County, backup: Path, *more: object, code: int = 0) -> Any:
    result = run("restore", county.folder, backup, *more, "--as", county.token(ADMIN), "--json")
    return json.loads(told(result, code) or "{}")


def _entries(county: County, first: int) -> list[str]:
    return [e["kind"] for e in county.entries(first)]


def test_a_backup_holds_everything_but_the_keys(county: County, backup: Path) -> None:
    names = {p.relative_to(backup).as_posix() for p in backup.rglob("*") if p.is_file()}
    stores = {f"data/{s}.db" for s in ("agencies", "custody", "evidence", "log", "records")}
    books = {n for n in names if n.startswith("books/")}
    assert names - books == stores | {"cleargate.toml", "log.vkey", "manifest.json"}
    assert books
    secret = (county.folder / "private" / "log.key").read_text("ascii").strip()
    assert not [n for n in names if secret.encode() in (backup / n).read_bytes()]
    manifest = json.loads((backup / "manifest.json").read_text("utf-8"))
    assert manifest["entries"] == county.size()
    assert backup.stat().st_mode & 0o777 == 0o700


def test_a_backup_is_never_written_over_another(county: County, backup: Path) -> None:
    assert county.run("backup", backup).exit_code == 2


def test_a_backup_is_taken_while_others_write(county: County, tmp_path: Path) -> None:
    parts = open_parts(load(county.folder))
    with parts.log.store.write() as conn:
        conn.execute("UPDATE sequencer SET size = size")
        told(county.run("backup", tmp_path / "meanwhile"))
    parts.log.close()


def test_an_old_copy_put_back_by_hand_is_refused(county: County, backup: Path) -> None:
    _ask(county)
    shutil.copy(backup / "data" / "log.db", county.folder / "data" / "log.db")
    refused = county.run("agency list")
    assert refused.exit_code == 4
    assert "it is an old copy" in refused.stderr


def test_a_restore_says_what_would_be_lost_and_changes_nothing(
    county: County, backup: Path
) -> None:
    size = county.size()
    _ask(county)
    before = (county.folder / "data" / "log.db").read_bytes()
    refused = run("restore", county.folder, backup, "--as", county.token(ADMIN))
    assert refused.exit_code == 2
    assert f"entries {size} to {size + 1} are lost" in refused.stderr
    assert "--declare" in refused.stderr
    unnamed = run("restore", county.folder, backup, "--declare", "--as", county.token(ADMIN))
    assert unnamed.exit_code == 2
    assert "--origin NAME" in unnamed.stderr
    assert (county.folder / "data" / "log.db").read_bytes() == before
    assert [p.name for p in county.folder.glob("data*")] == ["data"]


def test_a_backup_that_was_changed_is_named(county: County, backup: Path) -> None:
    path = backup / "data" / "custody.db"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    refused = run("restore", county.folder, backup, "--declare", "--as", county.token(ADMIN))
    assert refused.exit_code == 5
    assert "custody.db" in refused.stderr
    path.unlink()
    assert "missing" in run("restore", county.folder, backup).stderr


def test_only_an_administrator_restores(county: County, backup: Path) -> None:
    before = (county.folder / "data" / "log.db").read_bytes()
    refused = run("restore", county.folder, backup, "--declare", "--as", county.token("desk"))
    assert refused.exit_code == 2
    assert "an administrator must" in refused.stderr
    assert (county.folder / "data" / "log.db").read_bytes() == before


def test_a_restore_that_loses_nothing_goes_on_and_is_declared(county: County, backup: Path) -> None:
    size = county.size()
    (county.folder / "data" / "custody.db").unlink()
    made = _restore(county, backup, "--declare")
    assert Path(made["replaced"]).is_dir()
    done = _sign(county, made["proposal"])
    assert done["outcome"] == "permit"
    assert _entries(county, size) == ["decided", "done", "alarm"]
    declared = county.said("log show", size + 2)["clear"]["what"]
    assert "no signed entry is lost" in declared
    _ask(county)


def test_a_process_that_still_runs_on_what_was_replaced_appends_nothing(
    county: County, backup: Path
) -> None:
    running = open_parts(load(county.folder)).log
    _restore(county, backup, "--declare")
    now = running.versions()
    with pytest.raises(CheckFailed, match="another log has followed it"):
        append(running, [decided(now.book, now.epoch)])
    _ask(county)


def test_a_log_that_lost_entries_is_followed_by_another(
    county: County, backup: Path, tmp_path: Path
) -> None:
    size, old = county.size(), county.vkey.read_text("ascii")
    asked = _ask(county)
    booked = county.said("custody book", "--facility", JAIL, "--name", "Lost", by="desk")
    made = _restore(county, backup, "--declare", "--origin", NEW)
    assert county.run("agency list").exit_code == 4, "it stays closed until two have signed"
    _sign(county, made["proposal"])
    vkey = county.vkey.read_text("ascii")
    assert vkey.startswith(NEW) and vkey != old
    lost = booked["answered_leaf"] + 2 - size  # its done and its booked entry
    kinds = _entries(county, size)
    assert kinds == ["lost"] * lost + ["decided", "done", "alarm"]
    assert asked["leaf"] == size
    parts = open_parts(load(county.folder))
    ((number, note),) = parts.log.successions()
    before = Predecessor.open(note, Verifier.parse(vkey))
    assert number == 0
    assert before.check(Verifier.parse(old)).size == size + lost
    parts.log.close()
    told(county.run("log export", tmp_path / "out", by=ADMIN))
    told(run("log", "verify", tmp_path / "out", "--key", county.vkey))
    again = county.said("custody book", "--facility", JAIL, "--name", "Again", by="desk")
    assert again["outcome"] == "permit"


def test_nothing_but_a_backup_is_enough_to_go_on(
    county: County, backup: Path, tmp_path: Path
) -> None:
    size = county.size()
    _ask(county)
    there = County(tmp_path / "there")
    for name in (ADMIN, SECOND):
        there.place.mkdir(exist_ok=True)
        for kind, path in (("token", county.token(name)), ("key", county.key(name))):
            shutil.copy(path, there.place / f"{name}.{kind}")
    made = _restore(there, backup, "--declare", "--origin", NEW)
    _sign(there, made["proposal"])
    declared = there.entries(size)[-1]["clear"]["what"]
    assert f"what was signed after entry {size - 1} is not known" in declared


def test_a_checkpoint_kept_elsewhere_says_what_was_lost(
    county: County, backup: Path, tmp_path: Path
) -> None:
    size = county.size()
    _ask(county)
    shutil.copy(county.folder / "guard" / "checkpoint", tmp_path / "kept")
    (county.folder / "guard" / "checkpoint").unlink()
    refused = run("restore", county.folder, backup, "--since", tmp_path / "kept")
    assert f"entries {size} to {size + 1} are lost" in refused.stderr
    (tmp_path / "other").write_text("no checkpoint", "ascii")
    wrong = run("restore", county.folder, backup, "--since", tmp_path / "other")
    assert "holds no checkpoint" in wrong.stderr


def test_a_log_whose_key_was_stolen_is_followed_by_another(county: County) -> None:
    size = county.size()
    made = county.said("log recover", "--origin", NEW, by=ADMIN)
    running = open_parts(load(county.folder)).log
    _sign(county, made["proposal"])
    assert _entries(county, size) == ["decided", "done", "alarm"]
    now = running.versions()
    with pytest.raises(CheckFailed, match="another log has followed it"):
        append(running, [decided(now.book, now.epoch)])
    _ask(county)


@pytest.mark.parametrize("times", [1, 2])
def test_a_copy_that_went_on_by_itself_is_not_taken_for_the_log(
    county: County, tmp_path: Path, times: int
) -> None:
    other = county.copy(tmp_path / "other")
    for place, number in ((county, "JH1"), *[(other, "JH2")] * times):
        asked = ("--purpose", "C", "--case", number, "--attention", "A. Agent")
        place.said("ask", "--for", "FBI", *asked, "--action", "search", by="fbi")
    told(other.run("backup", tmp_path / "forked"))
    refused = run("restore", county.folder, tmp_path / "forked")
    assert "they are not those that were signed" in refused.stderr
    named = run("restore", county.folder, tmp_path / "forked", "--declare", "--as",
                county.token(ADMIN))  # fmt: skip
    assert named.exit_code == 2


def test_the_same_name_does_not_follow_itself(county: County) -> None:
    name = county.vkey.read_text("ascii").partition("+")[0]
    refused = county.run("log recover", "--origin", name, by=ADMIN)
    assert refused.exit_code == 2
    assert "choose another" in refused.stderr


def test_one_signature_changes_nothing(county: County) -> None:
    old = county.vkey.read_text("ascii")
    made = county.said("log recover", "--origin", NEW, by=ADMIN)
    told(county.run("sign", made["proposal"], "--key", county.key(ADMIN)))
    told(county.run("sign", made["proposal"]))
    _ask(county)
    assert county.vkey.read_text("ascii") == old


class _Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["mark_ready", "take_over", "free"])
def test_a_succession_that_is_killed_is_finished(
    county: County, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    made = county.said("log recover", "--origin", NEW, by=ADMIN)["proposal"]
    told(county.run("sign", made, "--key", county.key(ADMIN)))

    def kill(*_: object) -> None:
        raise _Killed

    with monkeypatch.context() as patched:
        patched.setattr(standby, step, kill)
        with pytest.raises(_Killed):
            county.run("sign", made, "--key", county.key(SECOND))
    if step == "mark_ready":  # it was not to be yet: the same signature brings it about
        done = county.said("sign", made, "--key", county.key(SECOND))
        assert done["outcome"] == "permit"
    told(county.run("agency list"))
    assert county.vkey.read_text("ascii").startswith(NEW)
    _ask(county)
    assert recovery.state(load(county.folder)).whole
