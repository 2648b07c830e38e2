"""The log's key, and forgetting, at the command line."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cleargate.cli import main
from cleargate.config import PASSPHRASE_VARIABLE, load
from cleargate.opening import close, open_parts
from tests.terminal import ADMIN, SECOND, SHERIFF, County, told


def _run(passphrase: Path | None, *arguments: object) -> Result:
    env = {"CLEARGATE_CREDENTIAL": "", PASSPHRASE_VARIABLE: str(passphrase or "")}
    return CliRunner(env=env).invoke(main, [str(a) for a in arguments])


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    path = tmp_path / "words"
    path.write_text("correct horse\n", "utf-8")
    path.chmod(0o600)
    return path


def test_a_key_is_encrypted_where_a_passphrase_is_named(tmp_path: Path, passphrase: Path) -> None:
    folder = tmp_path / "county"
    told(_run(passphrase, "init", folder, "--book", "us-il-cook"))
    assert (folder / "private" / "log.key").read_text("ascii").startswith("ENCRYPTED+KEY+")
    told(_run(passphrase, "log", "show", folder, 0))
    refused = _run(None, "log", "show", folder, 0)
    assert refused.exit_code == 4
    assert "name the file of its passphrase" in refused.stderr
    passphrase.chmod(0o644)
    assert "chmod 600" in _run(passphrase, "log", "show", folder, 0).stderr
    passphrase.chmod(0o600)
    passphrase.write_text("another", "utf-8")
    wrong = _run(passphrase, "log", "show", folder, 0)
    assert wrong.exit_code == 4
    assert "another" not in wrong.stderr
    passphrase.write_text("correct horse", "utf-8")
    passphrase.rename(folder / "private" / "log.passphrase")
    told(_run(None, "log", "show", folder, 0))


def test_a_passphrase_is_asked_for_at_a_terminal_and_not_shown(
    tmp_path: Path, passphrase: Path
) -> None:
    folder = tmp_path / "county"
    told(_run(passphrase, "init", folder, "--book", "us-il-cook"))
    code, shown = _at_a_terminal("correct horse", "log", "show", folder, 0)
    assert code == 0, shown
    assert "Passphrase of" in shown
    assert "correct horse" not in shown
    code, shown = _at_a_terminal("wrong", "log", "show", folder, 0)
    assert code == 4
    assert "passphrase does not open" in shown


def _at_a_terminal(typed: str, *arguments: object) -> tuple[int, str]:
    """A command with a terminal of its own, at which a person types one line when asked."""
    terminal, other = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", "from cleargate.cli import main; main()", *map(str, arguments)],
        stdin=other, stdout=other, stderr=other, start_new_session=True,
        env=os.environ | {PASSPHRASE_VARIABLE: ""},
    )  # fmt: skip
    os.close(other)
    shown, asked = b"", False
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux's way to say that the other end was closed
            part = b""
        if not part:
            break
        shown += part
        if not asked and b"Passphrase" in shown:
            asked = True
            os.write(terminal, f"{typed}\n".encode())
    os.close(terminal)
    return child.wait(), shown.decode("utf-8", "replace")


def test_cursors_are_sealed_by_the_key_of_now_in_every_process(county: County) -> None:
    running = open_parts(load(county.folder))
    before = running.cursor_key()
    told(county.run("log rotate-key", by=ADMIN))
    running.log.versions()
    started = open_parts(load(county.folder))
    assert running.cursor_key() == started.cursor_key() != before
    close(running)
    close(started)


def test_a_rotated_key_is_published_and_checked(county: County) -> None:
    old = county.vkey.read_text("ascii").strip()
    done = county.said("log rotate-key", by=ADMIN)["result"]
    assert done["before"] == old
    assert county.vkey.read_text("ascii").strip() == done["key"]
    assert (county.folder / "private" / "log.key").read_text("ascii") != Path(
        done["old_file"]
    ).read_text("ascii")
    size = county.size()
    told(county.run("agency list"))
    assert county.size() == size
    county.vkey.write_text("gone", "ascii")
    told(county.run("agency list"))
    assert county.vkey.read_text("ascii").strip() == done["key"]


def test_an_order_to_forget_is_proposed_signed_and_done(county: County) -> None:
    added = county.said("evidence add", "--kind", "court-order", "--issued-by", "state-judge",
                        "--complete", "yes", by="jail-clerk")  # fmt: skip
    order = added["result"]["evidence"]
    county.issue("jail-clerk-2", SHERIFF, "clerk", by=ADMIN)
    told(county.run("evidence verify", order, by="jail-clerk-2"))
    entry = added["leaf"]
    made = county.said("log expunge", "--entries", entry, "--order", order, by=ADMIN)
    told(county.run("sign", made["proposal"], "--key", county.key(ADMIN)))
    done = county.said("sign", made["proposal"], "--key", county.key(SECOND))
    assert done["result"]["traces_gone"]
    found = county.said("log show", entry)
    assert found["values"] == {}
    assert "person" in found["expunged"]
    refused = county.run("log expunge", "--entries", "x", "--order", order, by=ADMIN)
    assert refused.exit_code == 2
    assert "write them like" in refused.stderr
