"""The tour shows what the law says, and nothing that was written down for it beforehand."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cleargate.demo.law import DEFAULT
from cleargate.demo.setting import County, build
from cleargate.demo.tour import Console, Tour
from cleargate.gate.answer import Answer
from cleargate.gate.release import Release, release
from cleargate.law.cedar import split
from cleargate.log.report import Report
from cleargate.model.errors import Unavailable
from cleargate.model.words import Outcome
from cleargate.opening import close, desk
from tests.fakes import sqlite_of
from tests.jurisdiction import PACKS

SMALL = 400


@dataclass
class Heard:
    """What the tour said, stop by stop."""

    stops: list[str] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    def console(self) -> Console:
        return Console(
            heading=lambda number, sentence: self.stops.append(sentence),
            answer=self.answer,
            refused=self.refused.append,
            say=lambda line: None,
            form=self.releases.append,
            effect=lambda effect: None,
            checked=self.reports.append,
        )

    def answer(self, answer: Answer) -> None:
        self.answers.append(answer)
        self.outcomes[self.stops[-1]] = answer.decision.outcome

    def at(self, words: str) -> Outcome:
        """The outcome of the one stop whose sentence holds ``words``."""
        (found,) = [s for s in self.outcomes if words in s]
        return self.outcomes[found]


def county(folder: Path, packs: Path = PACKS, law: tuple[str, ...] = DEFAULT) -> County:
    return build(folder, packs, law, lambda what, done, total: None, SMALL)


def tour(folder: Path, packs: Path = PACKS, law: tuple[str, ...] = DEFAULT) -> Heard:
    made, heard = county(folder, packs, law), Heard()
    place = desk(made.settings)
    Tour(made.gate, made.people, heard.console(), folder, made.vkey, place).run()
    close(made.gate.parts)
    return heard


@pytest.fixture(scope="module")
def illinois(tmp_path_factory: pytest.TempPathFactory) -> Heard:
    return tour(tmp_path_factory.mktemp("illinois") / "county")


@pytest.fixture(scope="module")
def texas(tmp_path_factory: pytest.TempPathFactory) -> Heard:
    return tour(tmp_path_factory.mktemp("texas") / "county", law=("us-tx",))


def test_the_same_tour_runs_under_both_laws(illinois: Heard, texas: Heard) -> None:
    assert illinois.stops == texas.stops
    assert len(illinois.outcomes) >= 17


@pytest.mark.parametrize(
    ("words", "in_illinois", "in_texas"),
    [
        ("on a detainer with an administrative warrant", Outcome.REFUSE, Outcome.REQUIRE),
        ("with a federal judge's warrant", Outcome.REQUIRE, Outcome.REQUIRE),
        ("immigration status", Outcome.CONFLICT, Outcome.PERMIT),
        ("HSI asks the same again", Outcome.REFUSE, Outcome.PERMIT),
        ("that nobody has verified", Outcome.NO_AUTHORITY, Outcome.NO_AUTHORITY),
        ("for statistics", Outcome.PERMIT, Outcome.PERMIT),
        ("victims' names", Outcome.NO_AUTHORITY, Outcome.NO_AUTHORITY),
        ("texts of the law in force are damaged", Outcome.UNAVAILABLE, Outcome.UNAVAILABLE),
    ],
)
def test_what_differs_between_the_laws_differs_in_the_tour(
    illinois: Heard, texas: Heard, words: str, in_illinois: Outcome, in_texas: Outcome
) -> None:
    assert (illinois.at(words), texas.at(words)) == (in_illinois, in_texas)


def test_texas_law_voids_the_cut_off_and_the_tour_names_the_rule(texas: Heard) -> None:
    assert any("752.053" in sentence for sentence in texas.refused)


def test_a_release_happens_while_the_book_is_broken_and_a_form_is_printed(illinois: Heard) -> None:
    (released,) = illinois.releases
    assert released.released.recorded is not None and released.receipt is not None
    assert "RELEASE FROM CUSTODY" in released.form


def test_the_changed_byte_is_found_and_its_entry_named(illinois: Heard) -> None:
    whole, changed = illinois.reports
    assert not whole.findings
    assert whole.manifest is not None and whole.manifest.audience == "public"
    assert 0 < whole.withheld < (whole.size or 0)
    assert [f for f in changed.findings if "entry" in str(f)]


def test_one_changed_rule_in_a_copied_pack_changes_the_tour(
    illinois: Heard, tmp_path: Path
) -> None:
    packs = tmp_path / "packs"
    shutil.copytree(PACKS, packs)
    policy = packs / "us-il-chicago-police" / "policies" / "records.cedar"
    rules = [rule.text for rule in split(policy.read_text("utf-8"))]
    kept = [rule for rule in rules if '@id("other-agencies-on-a-case")' not in rule]
    assert len(kept) == len(rules) - 1
    policy.write_text("\n".join(kept), "utf-8")
    asked = "The FBI asks for robberies in its investigation."
    changed = tour(tmp_path / "county", packs).answers[1]
    assert illinois.outcomes[asked] is Outcome.PERMIT
    assert "police/other-agencies-on-a-case" not in str(changed.decision.deciding)
    assert changed.decision.masks == frozenset()


def test_without_the_logs_disk_nothing_is_answered_but_a_release(tmp_path: Path) -> None:
    made = county(tmp_path / "county")
    now = made.gate.parts.clock()
    booking = made.people.book("MARLOW-SHERIFF", now)
    by = made.people.person("desk")
    sqlite_of(made.gate.parts.log.store).execute("PRAGMA query_only=ON")
    asked = {"represented": "FBI", "action": "search", "purpose": "C", "case": "1",
             "attention": "A. Reed"}  # fmt: skip
    with pytest.raises(Unavailable, match="cannot be written"):
        made.gate.answer(made.people.tokens["fbi"], asked, "cli")
    done = release(made.gate, made.gate.parts.custody, booking, now, desk(made.settings), by=by,
                   via="cli")  # fmt: skip
    assert done.receipt is None and done.released.files and done.form
    assert done.released.recorded is not None
    close(made.gate.parts)
