"""Settings: every one has a default, and each mistake is one sentence that names it."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from cleargate import config
from cleargate.config import FILE, Settings, load, write_default
from cleargate.model.errors import BadUse
from cleargate.settings import Custodian, Facility, Limits

SHERIFF = Custodian(
    "SHERIFF",
    "County Sheriff",
    facilities=(Facility("DIV-5", "Division 5"), Facility("ANNEX", "Annex", "America/New_York")),
)
POLICE = Custodian("POLICE", "City Police", datasets=("incidents", "arrests"))

SMALLEST = """
[jurisdiction]
origin = "cook.example/cleargate"
name = "Cook County"
timezone = "America/Chicago"
[[custodian]]
id = "SHERIFF"
name = "County Sheriff"
"""


def written(folder: Path) -> Settings:
    return write_default(
        folder,
        origin="cook.example/cleargate",
        name='The County "Cook"',
        timezone="America/Chicago",
        custodians=[SHERIFF, POLICE],
    )


def said(folder: Path, text: str) -> Settings:
    (folder / FILE).write_text(text, "utf-8")
    return load(folder)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    settings = written(tmp_path)
    assert settings == load(tmp_path)
    assert settings.name == 'The County "Cook"'
    assert settings.limits == Limits()
    assert settings.custodian("POLICE").datasets == ("incidents", "arrests")
    assert str(settings.zone) == "America/Chicago"
    assert settings.proposal_lifetime == timedelta(days=7)


def test_a_facility_lies_in_the_jurisdictions_time_zone_unless_it_says(tmp_path: Path) -> None:
    facilities = written(tmp_path).custodian("SHERIFF").facilities
    assert [f.timezone for f in facilities] == ["America/Chicago", "America/New_York"]


def test_every_default_stands_in_the_file_as_a_comment(tmp_path: Path) -> None:
    settings = written(tmp_path)
    text = (tmp_path / FILE).read_text("utf-8")
    stated = "\n".join(
        line.removeprefix("# ") if " = " in line else line for line in text.splitlines()
    )
    tables = tomllib.loads(stated)
    for table in ("paths", "storage", "limits", "practice", "serve"):
        assert set(tables[table]) == {f.name for f in fields(getattr(settings, table))}
    assert said(tmp_path, stated) == settings


def test_the_folders_are_made_and_the_keys_is_private(tmp_path: Path) -> None:
    settings = written(tmp_path / "new")
    made = (settings.data, settings.books, settings.spool, settings.guard.parent)
    assert all(folder.is_dir() for folder in made)
    assert settings.key.parent.stat().st_mode & 0o077 == 0


def test_each_store_is_a_file_of_its_own(tmp_path: Path) -> None:
    settings = said(tmp_path, SMALLEST + '[paths]\ndata = "/srv/cleargate"\n')
    stores = {
        settings.log_db,
        settings.records_db,
        settings.custody_db,
        settings.agencies_db,
        settings.evidence_db,
    }
    assert len(stores) == 5
    assert {s.parent for s in stores} == {Path("/srv/cleargate")}
    assert settings.spool == tmp_path / "spool"


def test_settings_are_not_overwritten(tmp_path: Path) -> None:
    written(tmp_path)
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(BadUse, match="is there already"):
        written(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


def test_what_is_wrong_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(BadUse, match="not a time zone"):
        write_default(
            tmp_path, origin="x", name="X", timezone="Chicago", custodians=[SHERIFF, POLICE]
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("added", "sentence"),
    [
        ("[limits]\npage_row = 9", "'limits.page_row' is not a setting; did you mean page_rows?"),
        ("[limit]\npage_rows = 9", "'limit' is not a setting; did you mean limits?"),
        ("[limits]\npage_rows = '9'", "'limits.page_rows' must be a whole number of at least 1."),
        ("[limits]\npage_rows = true", "'limits.page_rows' must be a whole number of at least 1."),
        ("[limits]\npage_rows = 0", "'limits.page_rows' must be a whole number of at least 1."),
        ("[limits]\npublic_lag_days = -1", "'limits.public_lag_days' must be a whole number of at"),
        ("[limits]\npage_rows = 501", "'limits.page_rows' is more than 'limits.page_rows_max'"),
        ("[practice]\nadder_may_verify = 1", "'practice.adder_may_verify' must be true or false."),
        ("[paths]\nkey = 'data/log.key'", "'paths.key' lies in the data folder; put it outside."),
        ("[paths]\nguard = 'x/../data/g'", "'paths.guard' lies in the data folder"),
        ("[paths]\nspool = ''", "'paths.spool' must be text of one line."),
        ("[[limits]]\npage_rows = 9", "'limits' must be a table; write [limits] above"),
        ("[[custodian]]\nid = 'POLICE'", "'custodian.name' is missing; give it."),
        ("[[custodian]]\nid = 'SHERIFF'\nname = 'X'", "The custodian 'SHERIFF' is there twice"),
        ("[[custodian.facility]]\nid = 'A'\nname = 'A'\ntimezone = 'Mars'", "is not a time zone"),
        (
            "[[custodian.facility]]\nid = 'A'\nnme = 'A'",
            "'custodian.facility.nme' is not a setting",
        ),
        ("[x", "is not TOML"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_setting(
    tmp_path: Path, added: str, sentence: str
) -> None:
    with pytest.raises(BadUse) as wrong:
        said(tmp_path, SMALLEST + added)
    assert sentence in str(wrong.value)
    assert str(tmp_path / FILE) in str(wrong.value)


@pytest.mark.parametrize(
    ("line", "other", "sentence"),
    [
        ('origin = "cook.example/cleargate"', "", "'jurisdiction.origin' is missing"),
        ('origin = "cook.example/cleargate"', 'origin = "a b"', "without spaces or '+'"),
        ('timezone = "America/Chicago"', 'timezone = "../etc/passwd"', "is not a time zone"),
        ('timezone = "America/Chicago"', "timezone = 6", "must be text of one line"),
        ("[[custodian]]", "[custodian]", "'custodian' must be a list"),
    ],
)
def test_what_must_be_there_is_asked_for(
    tmp_path: Path, line: str, other: str, sentence: str
) -> None:
    with pytest.raises(BadUse) as wrong:
        said(tmp_path, SMALLEST.replace(line, other))
    assert sentence in str(wrong.value)


def test_a_missing_file_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(BadUse, match=f"run 'cleargate init {tmp_path}'"):
        load(tmp_path)


def test_a_folder_in_the_files_place_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(BadUse, match="cannot be read"):
        load(tmp_path)


def test_an_unknown_custodian_is_answered_with_the_close_match(tmp_path: Path) -> None:
    with pytest.raises(BadUse, match="did you mean SHERIFF"):
        written(tmp_path).custodian("SHERIF")


def test_the_clock_is_in_utc_and_chance_has_the_asked_length() -> None:
    assert config.utc_now().tzinfo is UTC
    assert len(config.random_bytes(32)) == 32
    assert config.random_bytes(32) != config.random_bytes(32)


def test_a_credential_given_goes_before_the_environments(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(config.CREDENTIAL_VARIABLE, raising=False)
    assert config.credential_file() is None
    monkeypatch.setenv(config.CREDENTIAL_VARIABLE, str(tmp_path / "a"))
    assert config.credential_file() == tmp_path / "a"
    assert config.credential_file(tmp_path / "b") == tmp_path / "b"
