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


STATES = ("us-tx", "us-fl", "us-ga", "us-ca", "us-wa", "us-nj", "us-ny", "us-ny-nyc", "us-il",
          "us-il-cook", "us-il-chicago")  # fmt: skip


@pytest.mark.parametrize("book", STATES)
def test_in_each_jurisdiction_one_command_makes_an_office_that_works(
    tmp_path: Path, book: str
) -> None:
    init(tmp_path / "county", "--admin", ADMIN, book=book)
    office = County(tmp_path)
    (own,) = load(office.folder).custodians
    (place,) = own.facilities
    office.issue("desk", own.id, "jail-desk", by=ADMIN)
    office.issue("ice", "ICE-ERO", "officer", by=ADMIN)
    office.said("custody book", "--facility", place.id, "--name", "N", "--number", "B-1", by="desk")
    asked = office.run(
        "ask", "--for", "ICE-ERO", "--purpose", "CIV-IMM", "--action", "custody_status",
        "--target", "B-1", "--custodian", own.id, by="ice",
    )  # fmt: skip
    assert asked.exit_code in (0, 3, 4) and "unavailable" not in asked.stdout
    (rules,) = (office.folder / "packs").iterdir()
    packs = ("--packs", rules.parent)
    assert json.loads(told(run("law", "check", rules.name, *packs, "--json")))["mistakes"] == []
    told(run("law", "test", rules.name, *packs))


def test_a_new_jurisdiction_knows_the_real_agencies_of_its_state_and_no_invented_one(
    tmp_path: Path,
) -> None:
    init(tmp_path / "county", book="us-wa")
    known = {a["id"] for a in County(tmp_path).said("agency list")}
    assert known == {"DHS", "ICE", "ICE-ERO", "ICE-HSI", "CBP", "FBI", "USMS", "PUBLIC",
                     "WA-SHERIFFS-ASSOCIATION", "WA-SHERIFF"}  # fmt: skip


def test_a_file_says_which_agencies_to_begin_with(tmp_path: Path) -> None:
    file = tmp_path / "agencies.toml"
    file.write_text('[agency.TRAVIS-DA]\nname = "District Attorney"\nkind = "prosecutor"\n')
    init(tmp_path / "county", "--agencies", file, "--office", "TRAVIS-SHERIFF", book="us-tx")
    known = {a["id"]: a for a in County(tmp_path).said("agency list")}
    assert known.keys() == {"TRAVIS-DA", "TRAVIS-SHERIFF"}
    assert known["TRAVIS-SHERIFF"]["state"] == "TX"


NAMES = """
@id("named") @cite("1 Code 1") @summary("Must not answer that agency")
forbid (principal, action in Action::"any", resource)
when { context.represented in Agency::"%s" };
"""


def naming(place: Path, agency: str) -> tuple[str, ...]:
    """Arguments for a law that names an agency."""
    told(run("law", "new", "us-xx", "--into", place))
    (place / "us-xx" / "policies" / "named.cedar").write_text(NAMES % agency, "utf-8")
    none = place / "none.toml"
    none.write_text("[agency]\n")
    return ("--packs", str(place), "--agencies", str(none))


def test_an_agency_that_a_rule_names_is_known_with_all_above_it(tmp_path: Path) -> None:
    init(tmp_path / "county", *naming(tmp_path / "packs", "ICE-ERO"), book="us-xx")
    known = {a["id"] for a in County(tmp_path).said("agency list")}
    assert known == {"ICE-ERO", "ICE", "DHS", "XX-SHERIFF"}


def test_an_agency_that_a_rule_names_and_nobody_knows_is_asked_for(tmp_path: Path) -> None:
    result = run("init", tmp_path / "county", "--book", "us-xx",
                 *naming(tmp_path / "packs", "ICES"))  # fmt: skip
    assert result.exit_code == 2 and not (tmp_path / "county").exists()
    assert result.stderr == (
        "Rule us-xx/named names ICES, and nothing is known of it; name a file of agencies that has "
        "it with --agencies.\n"
    )


@pytest.mark.parametrize(("book", "zone"), [("us-ca", "America/Los_Angeles"),
                                            ("us-ny-nyc", "America/New_York"),
                                            ("us-il-cook", "America/Chicago")])  # fmt: skip
def test_a_jurisdictions_clock_is_that_of_its_law(tmp_path: Path, book: str, zone: str) -> None:
    init(tmp_path / "county", book=book)
    assert load(tmp_path / "county").zone.key == zone


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
        (("--book", "us-tx", "--kind", "sherif"), "did you mean sheriff?"),
        (("--book", "us-tx", "--office", "a b"), "'a b' is no id of an agency"),
        (("--book", "us-il-cook-sheriff", "--office", "MINE"), "leave --office and --kind out"),
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


def test_a_file_that_is_there_is_bad_use_and_not_written_over(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("mine", "ascii")
    result = run("init", tmp_path / "county", "--book", "us-il-cook", "--token-file", token)
    assert result.exit_code == 2 and "is there already" in result.stderr
    assert token.read_text("ascii") == "mine" and not (tmp_path / "county").exists()


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
