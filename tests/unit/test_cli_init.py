"""``cleargate init``: a jurisdiction whole or not at all, its secrets in files of their own."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from cleargate.config import load
from cleargate.records.catalogue import CATALOGUE
from tests.fakes import signing_key
from tests.terminal import ADMIN, JAIL, POLICE, SHERIFF, County, run, told


def init(folder: Path, *more: object, book: str = "us-il-cook") -> str:
    """``cleargate init``, which must succeed."""
    return told(run("init", folder, "--book", book, *more))


def mode(path: Path) -> int:
    """A file's permissions."""
    return stat.S_IMODE(path.stat().st_mode)


def test_starters_come_where_no_agencys_own_pack_is_named(made: County) -> None:
    settings = load(made.folder)
    assert [c.id for c in settings.custodians] == [SHERIFF, POLICE]


def test_the_police_keep_the_records_and_the_sheriff_the_jail(made: County) -> None:
    sheriff, police = load(made.folder).custodians
    assert (sheriff.datasets, [f.id for f in sheriff.facilities]) == ((), [JAIL])
    assert police.datasets == tuple(CATALOGUE)


def test_an_agencys_own_pack_that_is_named_keeps_starters_out(tmp_path: Path) -> None:
    init(tmp_path / "county", book="us-il-chicago,us-il-cook-sheriff")
    assert [c.id for c in load(tmp_path / "county").custodians] == [SHERIFF]


def test_the_cast_and_the_custodians_are_known_from_the_start(made: County) -> None:
    known = {a["id"]: a for a in made.said("agency list")}
    assert {"ICE-ERO", "FBI", "PUBLIC", SHERIFF, POLICE} <= known.keys()
    assert (known[SHERIFF]["state"], known[SHERIFF]["criminal_justice"]) == ("IL", "yes")


def test_the_log_begins_with_the_law_the_agencies_and_the_administrator(tmp_path: Path) -> None:
    told(run("init", tmp_path / "county", "--book", "us-il-cook"))
    kinds = [e["kind"] for e in County(tmp_path).entries()]
    assert (kinds[0], kinds[-1], set(kinds[1:-1])) == ("law", "credential", {"agency"})


def test_secrets_are_files_that_only_their_owner_reads(made: County) -> None:
    private = made.folder / "private"
    assert {p.name for p in private.iterdir()} == {"log.key", f"{ADMIN}.key", f"{ADMIN}.token"}
    assert {mode(p) for p in private.iterdir()} == {0o600}
    assert mode(private) == 0o700


def test_no_key_lies_with_the_data(made: County) -> None:
    data = made.folder / "data"
    assert {p.suffix for p in data.iterdir()} <= {".db", ".db-wal", ".db-shm", ""}


def test_neither_token_nor_key_is_printed(tmp_path: Path) -> None:
    folder = tmp_path / "county"
    shown = init(folder, "--admin", ADMIN)
    for file in (folder / "private").iterdir():
        assert not set(file.read_text().split()) & set(shown.split())


def test_json_names_the_files_and_not_what_is_in_them(tmp_path: Path) -> None:
    folder = tmp_path / "county"
    said = json.loads(init(folder, "--json"))
    token = Path(said["token_file"]).read_text().strip()
    assert token.startswith(f"cg_{said['credential']}_") and token not in json.dumps(said)
    assert (folder / "log.vkey").read_text().strip() == said["vkey"]


def test_an_administrator_may_bring_a_key(tmp_path: Path) -> None:
    key, file = signing_key("ann"), tmp_path / "ann.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    file.chmod(0o600)
    init(tmp_path / "county", "--key", file)
    (law, *_) = County(tmp_path).entries()
    assert law["clear"]["keys"] == [key.public_key().public_bytes_raw().hex()]


def test_a_key_is_made_in_the_file_that_is_named(tmp_path: Path) -> None:
    init(tmp_path / "county", "--key", tmp_path / "new.key")
    assert mode(tmp_path / "new.key") == 0o600
    key = load_pem_private_key((tmp_path / "new.key").read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--book", "us-il-cok"), "There is no pack us-il-cok"),
        (("--book", "us-tx"), "No pack of this book is an agency's own"),
        (("--book", "us-il-cook", "--timezone", "Mars"), "'jurisdiction.timezone'"),
        (("--book", "us-il-cook", "--admin", "a ames"), "'a ames' is not an id"),
        (("--book", "us-il-cook", "--admin-agency", "COOK-SHERIF"), "did you mean COOK-SHERIFF?"),
        (("--book", "us-il-cook", "--origin", "a b"), "'jurisdiction.origin'"),
    ],
)
def test_nothing_is_left_of_what_could_not_be_made(
    tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    key = tmp_path / "new.key"
    result = run("init", tmp_path / "county", *arguments, "--key", key)
    assert result.exit_code == 2 and says in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_when_the_token_cannot_be_written(tmp_path: Path) -> None:
    result = run(
        "init", tmp_path / "county", "--book", "us-il-cook",
        "--key", tmp_path / "new.key", "--token-file", tmp_path / "no" / "token",
    )  # fmt: skip
    assert result.exit_code == 1 and "cannot be written" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "county").mkdir()
    (tmp_path / "county" / "mine").touch()
    result = run("init", tmp_path / "county", "--book", "us-il-cook")
    assert result.exit_code == 2 and result.stderr.endswith("is not empty; name a new folder.\n")
    assert [p.name for p in tmp_path.rglob("*")] == ["county", "mine"]
