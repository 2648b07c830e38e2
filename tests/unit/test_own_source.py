"""A source that somebody wrote: tried on a file, imported by, and refused in one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cleargate.model.errors import FieldError
from cleargate.records.own_source import own, tried
from cleargate.records.reader import Limits
from tests import terminal
from tests.terminal import run, told

PAGE = (Path(__file__).parents[2] / "docs" / "adding-a-source.md").read_text("utf-8")
MINE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]
EXTRACT = re.findall(r"```\n(Arrest No.*?)```", PAGE, re.DOTALL)[0]
MORE = "26-0412,03/02/2026 09:15:00 PM,ARSON,felony,Lockup\n26-0413,soon,ARSON,felony,Lockup\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The source and the extract of the document, with a good row more and a bad one."""
    (tmp_path / "our-arrests.toml").write_text(MINE)
    (tmp_path / "arrests.csv").write_text(EXTRACT + MORE)
    return tmp_path / "our-arrests.toml", tmp_path / "arrests.csv"


def test_the_documents_own_example_reads_its_own_extract(files: tuple[Path, Path]) -> None:
    trial = tried(files[1], own("our-arrests", MINE), Limits())
    assert (trial.dataset, trial.rows, trial.rejected) == ("arrest", 2, 1)
    assert dict(zip(trial.columns, trial.shown[0], strict=True)) == {
        "id": "CC-26-0411", "arrested_at": "2026-03-01T21:15:00", "charge": "RETAIL THEFT",
        "charge_class": "MISDEMEANOR", "facility": "LOCKUP",
    }  # fmt: skip
    assert trial.columns["id"] == "Arrest No"
    assert [(c, n) for c, _, n in trial.reasons] == [("Date of Arrest", 1)]
    assert "person_id" in trial.absent


def test_a_trial_shows_what_would_be_read_and_rejected(files: tuple[Path, Path]) -> None:
    said = told(run("records", "sources", "try", files[1], "--source", files[0]))
    assert "2 rows can be taken, 1 are rejected" in said
    assert "1 × Date of Arrest is not a date of the form 09/01/2024 12:12:00 AM" in said
    assert "CC-26-0411" in said


def test_what_was_tried_can_be_imported(files: tuple[Path, Path], tmp_path: Path) -> None:
    county = terminal.found(tmp_path / "place")
    rejects = ("--rejects", tmp_path / "rejects.csv")
    (said,) = county.said("records import", "--source", *files, *rejects, by="clerk")
    assert (said["result"]["dataset"], said["result"]["inserted"]) == ("arrest", 2)
    assert said["result"]["source"] == "our-arrests"
    asked = ("--purpose", "C", "--case", "1", "--attention", "N", "--dataset", "arrest",
             "--action", "search", "--for", "CHICAGO-POLICE")  # fmt: skip
    page = county.said("ask", *asked, by="detective")["result"]
    assert [row[0] for row in page["rows"]] == ["CC-26-0411", "CC-26-0412"]
    assert page["notices"] == ["Charges are charges, not convictions."]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[columns]", "[columns", "is not TOML"),
        ('dataset = "arrest"', 'dataset = "arrests"', "names no data set; did you mean arrest?"),
        ('title = "Arrests of the county court"', "", "lacks 'title'"),
        ('title = "Arrests of the county court"', "title = 7", "wrong type at 'title'"),
        ("dates =", "date =", "has 'date', which is nothing of a source; did you mean dates?"),
        ('dates = ["us"]', "dates = [7]", "wrong type at 'dates'"),
        ('dates = ["us"]', 'dates = ["eu"]', "no form of date"),
        ('charge = "Offense"', "charge = 7", "gives charge neither a header nor a table"),
        ('charge = "Offense"', 'charg = "Offense"', "has no column charg"),
        ("prefix =", "prefixed =", "has 'id.prefixed', which is nothing of a source"),
        ('{ from = "Sealed", absent = "no" }', '{ absent = "no" }', "lacks 'sealed.from'"),
        ('arrested_at = "Date of Arrest"', "", "leaves out"),
        ('facility = "Jail"', 'facility = { from = "Jail", absent = "no" }', "may be absent"),
    ],
)
def test_a_wrong_source_is_one_sentence(old: str, new: str, sentence: str) -> None:
    assert old in MINE
    with pytest.raises(FieldError) as fault:
        own("mine", MINE.replace(old, new))
    assert sentence in fault.value.sentence
    assert fault.value.field == "source"


@pytest.mark.parametrize("name", ["clear-incidents", "Mine", "", "a b", "../x"])
def test_a_source_has_a_plain_name_of_its_own(name: str) -> None:
    with pytest.raises(FieldError, match="needs a name of its own"):
        own(name, MINE)


def test_a_file_that_does_not_fit_says_which_headers_are_missing(tmp_path: Path) -> None:
    (tmp_path / "our.toml").write_text(MINE)
    (tmp_path / "x.csv").write_text("Arrest No,Jail\n1,L\n")
    result = run("records", "sources", "try", tmp_path / "x.csv", "--source", tmp_path / "our.toml")
    assert result.exit_code in (1, 2)
    assert "The header lacks Date of Arrest, Offense, Class" in result.stderr


def test_half_a_trial_says_what_is_missing(tmp_path: Path) -> None:
    for arguments in (("try",), ("--source", "x"), ("try", tmp_path / "x.csv")):
        result = run("records", "sources", *arguments)
        assert result.exit_code == 2
        assert "try FILE --source" in result.stderr
