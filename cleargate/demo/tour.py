"""The tour: some seventeen requests, each a short block, and the log checked at the end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ..agencies import proposals
from ..custody.release import Desk
from ..gate import administer
from ..gate.answer import Answer
from ..gate.files import LogExport
from ..gate.gate import Gate
from ..gate.release import Release, release
from ..law.cut_off import Effect
from ..log.report import Report
from ..log.verify import verify
from ..model.errors import BadUse, FieldError
from .county_people import People
from .law import POLICE, SHERIFF

PUBLIC_LOG: Final = "public-log"
"""The folder in which the tour leaves the public export."""

_OUTCOME: Final = b'"outcome":"'
_CASE: Final = {"purpose": "C", "case": "JM-2025-0417", "attention": "Det. R. Ames"}


@dataclass(frozen=True, slots=True)
class Console:
    """How the tour speaks; the command line hands it down.

    Attributes:
        heading: a numbered stop begins, with what is asked in a sentence.
        answer: an answer as a block.
        refused: a sentence for what was not even a request.
        say: any other line.
        form: a paper form.
        effect: what a cut-off would do.
    """

    heading: Callable[[int, str], None]
    answer: Callable[[Answer], None]
    refused: Callable[[str], None]
    say: Callable[[str], None]
    form: Callable[[Release], None]
    effect: Callable[[Effect], None]
    checked: Callable[[Report], None]


@dataclass
class Tour:
    """The county, alive, and who speaks."""

    gate: Gate
    people: People
    console: Console
    folder: Path
    vkey: str
    desk: Desk
    _stop: int = field(default=0)

    def run(self) -> None:
        """Every stop, in order."""
        self.records()
        self.cut_off()
        self.after_the_cut_off()
        self.custody()
        self.the_public()
        self.a_broken_book()
        self.the_log()

    # --- records ---------------------------------------------------------------------------

    def records(self) -> None:
        """Those who ask on a criminal case."""
        self.ask(
            "A detective searches persons on a case.",
            "detective",
            "search",
            dataset="person",
            where=["surname prefix MA"],
            columns=["id", "surname", "given_names", "birth_date", "immigration_status"],
            limit=5,
            **_CASE,
        )
        self.ask(
            "The FBI asks for robberies in its investigation.",
            "fbi",
            "search",
            where=["primary_type = ROBBERY", "occurred_at >= 2025-06-01"],
            columns=["case_number", "occurred_at", "block", "description", "arrest"],
            limit=5,
            **_CASE,
        )
        self.ask(
            "The FBI asks again, without a case number.",
            "fbi",
            "search",
            purpose="C",
            attention="S. Okoro",
        )

    def cut_off(self) -> None:
        """Two administrators cut ICE off, save Homeland Security Investigations."""
        self.heading("The police's administrator looks at what cutting ICE off would do.")
        excepted = ["ICE-HSI"]
        self.console.effect(administer.preview_cut_off(self.gate, POLICE, "ICE", excepted))
        self.heading("Two administrators sign the cut-off of ICE, save HSI.")
        self._sign_cut_off("ICE", excepted)

    def after_the_cut_off(self) -> None:
        """Who is answered now, and who is not."""
        case = self.people.evidence(
            "hsi",
            POLICE,
            "clerk",
            kind="criminal-case",
            target=_CASE["case"],
            agency="ICE-HSI",
            complete="yes",
        )
        self.ask(
            "ICE searches for civil immigration enforcement.", "ice", "search", purpose="CIV-IMM"
        )
        self.ask("The FBI asks for ICE.", "fbi", "search", represented="ICE-ERO", **_CASE)
        self.ask("Customs and Border Protection searches.", "cbp", "search", purpose="CIV-IMM")
        robbery = {
            "where": ["primary_type = ROBBERY"],
            "limit": 3,
            "columns": ["case_number", "occurred_at", "block"],
        }
        self.ask(
            "HSI, excepted, searches in a criminal case that a checked paper shows.",
            "hsi",
            "search",
            basis=[case],
            **robbery,
            **_CASE,
        )
        self.heading("Two administrators sign a cut-off of HSI as well.")
        self._sign_cut_off("ICE-HSI", [])
        self.ask("HSI asks the same again.", "hsi", "search", basis=[case], **robbery, **_CASE)
        booking = self.people.book(POLICE, self.gate.parts.clock())
        self.ask(
            "ICE asks the police for a person's immigration status.",
            "ice",
            "immigration_status",
            purpose="CIV-IMM",
            target=booking,
        )

    def _sign_cut_off(self, agency: str, excepted: list[str]) -> None:
        proposer = self.people.person("administrator")
        try:
            proposal = administer.propose_cut_off(self.gate, proposer, POLICE, agency, excepted)
        except BadUse as void:
            self.console.refused(void.sentence)
            return
        self.console.say(
            f"Proposal {proposal.id}: {agency}{', save ' + ' '.join(excepted) if excepted else ''}."
        )
        for signer in ("administrator", "second"):
            found = proposals.proposal(self.gate.parts.agencies, proposal.id)
            signature = self.people.keys[signer].sign(found.message)
            signed = administer.sign(
                self.gate, proposal.id, self.people.ids[signer], signature, "cli"
            )
            self.console.say(f"Signed by {self.people.ids[signer]}.")
        if signed.answer is not None:
            self.console.answer(signed.answer)
            self.console.say("Not proved: no prover has run; what was tried is listed above.")

    # --- custody ---------------------------------------------------------------------------

    def custody(self) -> None:
        """Papers, verified and not; the same person asked for under two of them."""
        booking = self.people.book(SHERIFF, self.gate.parts.clock())
        warrant = self.people.evidence(
            "marshal",
            SHERIFF,
            "",
            kind="judicial-warrant",
            asks="hold",
            issued_by="federal-magistrate",
            criminal="yes",
            complete="yes",
            target=booking,
        )
        asked = {"target": booking, "basis": [warrant], **_CASE}
        self.ask(
            "The Marshals ask for a hold on a warrant that nobody has verified.",
            "marshal",
            "hold",
            **asked,
        )
        self.people.verify("jail-clerk", SHERIFF, warrant)
        self.ask(
            "A clerk has verified the warrant; the Marshals ask again.", "marshal", "hold", **asked
        )
        other = self.people.book(SHERIFF, self.gate.parts.clock())
        papers = [
            self.people.evidence(
                "ice",
                SHERIFF,
                "jail-clerk",
                target=other,
                asks="hold",
                complete="yes",
                issued_by="immigration-officer",
                **paper,
            )
            for paper in (
                {"kind": "detainer", "form": "I-247A", "probable_cause": "yes"},
                {"kind": "administrative-warrant", "form": "I-200"},
            )
        ]
        self.ask(
            "ICE asks the sheriff for a hold on a detainer with an administrative warrant.",
            "ice",
            "hold",
            purpose="CIV-IMM",
            target=other,
            basis=papers,
        )
        judge = self.people.evidence(
            "ice",
            SHERIFF,
            "jail-clerk",
            kind="judicial-warrant",
            asks="hold",
            issued_by="federal-judge",
            criminal="yes",
            complete="yes",
            target=other,
        )
        self.ask(
            "The same, with a federal judge's warrant beside them.",
            "ice",
            "hold",
            purpose="CIV-IMM",
            target=other,
            basis=[*papers, judge],
        )
        self.ask(
            "ICE asks the sheriff for a release date.",
            "ice",
            "release_date",
            purpose="CIV-IMM",
            target=other,
        )
        self.ask(
            "ICE asks the police for a release date.",
            "ice",
            "release_date",
            purpose="CIV-IMM",
            target=self.people.book(POLICE, self.gate.parts.clock()),
        )

    # --- the public ------------------------------------------------------------------------

    def the_public(self) -> None:
        """What anyone may have, and what not."""
        self.ask(
            "A member of the public asks for statistics.", "citizen", "statistics", purpose="PUB"
        )
        self.ask(
            "And then for victims' names.",
            "citizen",
            "search",
            dataset="involvement",
            columns=["incident_id", "victim_name"],
            purpose="PUB",
        )

    # --- bad days --------------------------------------------------------------------------

    def a_broken_book(self) -> None:
        """The texts of the law are damaged: nothing is answered, and nobody is kept."""
        leaving = self.people.book(SHERIFF, self.gate.parts.clock())
        with self._broken_book():
            self.ask(
                "The texts of the law in force are damaged; the FBI asks.", "fbi", "search", **_CASE
            )
            self.heading("Meanwhile the jail releases a person whose time is up.")
            self.console.form(
                release(
                    self.gate,
                    self.gate.parts.custody,
                    leaving,
                    self.gate.parts.clock(),
                    self.desk,
                    by=self.people.person("desk"),
                    via="cli",
                )
            )

    @contextmanager
    def _broken_book(self) -> Iterator[None]:
        """Meanwhile the texts of the law have one byte too many, and the gate reads them anew."""
        book = self.gate.parts.law / self.gate.parts.log.versions().book
        broken = next(book.glob("*/policies/*.cedar"))
        whole = broken.read_bytes()
        broken.write_bytes(whole + b"}")
        before, self.gate = self.gate, Gate(self.gate.parts)
        try:
            yield
        finally:
            self.gate = before
            broken.write_bytes(whole)

    def the_log(self) -> None:
        """The public export is checked, then one byte of a copy is changed, and checked again."""
        where = self.folder / PUBLIC_LOG
        shutil.rmtree(where, ignore_errors=True)
        self.heading("An administrator writes the public export of the log: no value is in it.")
        asked = {"action": "log:export", "represented": POLICE, "purpose": "ADM"}
        token, to = self.people.tokens["administrator"], LogExport(where, public=True)
        self.console.answer(self.gate.answer(token, asked | {"custodian": POLICE}, "cli", to))
        self.heading("A journalist checks it, offline, with the key alone.")
        self.console.checked(verify(where, self.vkey))
        self.heading("Somebody changes one byte in a copy.")
        copy = self.folder / "log-copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(where, copy)
        tiles = (p for p in sorted(copy.glob("tile/entries/**/*")) if p.is_file())
        tile = next(p for p in tiles if _OUTCOME in p.read_bytes())
        data = bytearray(tile.read_bytes())
        data[data.index(_OUTCOME) + len(_OUTCOME)] ^= 1
        tile.write_bytes(bytes(data))
        self.console.checked(verify(copy, self.vkey))

    # --- asking ----------------------------------------------------------------------------

    def heading(self, sentence: str) -> None:
        """Begin the next stop."""
        self._stop += 1
        self.console.heading(self._stop, sentence)

    def ask(self, sentence: str, who: str, action: str, **raw: Any) -> None:
        """One stop that is one request."""
        self.heading(sentence)
        fields = {"action": action, "represented": self.people.agency(who)} | raw
        try:
            self.console.answer(self.gate.answer(self.people.tokens[who], fields, "cli"))
        except FieldError as fault:
            self.console.refused(fault.sentence)
