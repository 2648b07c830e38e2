"""A small real jurisdiction in a folder: real stores, real packs, a real log, a clock that
stands.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cleargate.agencies import proposals
from cleargate.agencies import store as agencies
from cleargate.agencies.reader import Directory
from cleargate.agencies.vault import Vault
from cleargate.custody import store as custody
from cleargate.evidence import store as evidence
from cleargate.gate import administer, founding
from cleargate.gate.answer import Answer
from cleargate.gate.gate import Gate
from cleargate.gate.parts import Parts
from cleargate.law.book import read_book
from cleargate.law.scenarios import read_stage
from cleargate.log import keys
from cleargate.log.store import Log
from cleargate.model.request import Agency, Person
from cleargate.model.words import Tri
from cleargate.records import store as records

from .fakes import Clock, Dice, place_of

PACKS = Path(__file__).parents[1] / "packs"
POLICE, SHERIFF = "CHICAGO-POLICE", "COOK-SHERIFF"
JAIL, LOCKUP = "COOK-JAIL", "CHICAGO-LOCKUP"
FACILITIES = (
    custody.Facility(JAIL, SHERIFF, "Cook County Jail", "America/Chicago"),
    custody.Facility(LOCKUP, POLICE, "Lockup", "America/Chicago"),
)
BOOK = ("us-il-cook-sheriff", "us-il-chicago-police")


@dataclass
class Jurisdiction:
    """Everything that a test of the gate needs.

    Attributes:
        tokens: person → token.
        signing: administrator → signing key.
    """

    folder: Path
    gate: Gate
    clock: Clock
    tokens: dict[str, str] = field(default_factory=dict)
    signing: dict[str, Ed25519PrivateKey] = field(default_factory=dict)

    @property
    def parts(self) -> Parts:
        return self.gate.parts

    def ask(self, person: str, action: str, **raw: object) -> Answer:
        """Ask as ``person``; the agency represented is their own unless it is said."""
        fields = {"represented": self.agency(person), "purpose": "ADM", "action": action} | raw
        return self.gate.answer(self.tokens[person], fields, "cli")

    def agency(self, person: str) -> str:
        """The agency of a person by what their token stands for."""
        return self.gate.authenticate(self.tokens[person], "cli").agency

    def credential(self, person: str, agency: str, role: str, custodian: str = POLICE) -> str:
        """Issue a credential by the custodian's administrator; returns the token."""
        subject = {"person": person, "agency": agency, "role": role}
        if role in ("administrator", "counsel"):
            self.signing[person] = key = Ed25519PrivateKey.generate()
            subject["public_key"] = public(key).hex()
        admin = "ada" if custodian == POLICE else "sam"
        answer = self.ask(admin, "credential:issue", custodian=custodian, subject=subject)
        assert answer.opens, answer.decision
        self.tokens[person] = str(answer.result["token"])
        return self.tokens[person]

    def evidence(
        self, by: str, verified_by: str = "", custodian: str = POLICE, **subject: str
    ) -> str:
        """Add a document, and have it verified by someone else when ``verified_by`` is given."""
        added = self.ask(by, "evidence:add", custodian=custodian, subject=subject)
        assert added.opens, added.decision
        id = str(added.result["evidence"])
        if verified_by:
            done = self.ask(verified_by, "evidence:verify", custodian=custodian, target=id)
            assert done.opens, done.decision
        return id

    def book_in(self, facility: str = JAIL, **subject: str) -> str:
        """Book an invented person; returns the booking's number."""
        by, custodian = ("desk", SHERIFF) if facility == JAIL else ("lockup", POLICE)
        given = {"facility": facility, "name": "Invented Person"} | subject
        answer = self.ask(by, "book", custodian=custodian, subject=given)
        assert answer.opens, answer.decision
        return str(answer.result["booking"])

    def sign(self, proposal: str, *persons: str) -> administer.Signing:
        """Sign a proposal as each of ``persons``."""
        for person in persons:
            found = proposals.proposal(self.parts.agencies, proposal)
            signature = self.signing[person].sign(found.message)
            signing = administer.sign(self.gate, proposal, person, signature, "cli")
        return signing


def public(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of a public key."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def members() -> list[Agency]:
    """The cast of the packs, parents first, with the two custodians."""
    cast = read_stage(PACKS / "cast.toml").agencies
    ordered: dict[str, Agency] = {}
    for agency in cast.values():
        _before(agency, cast, ordered)
    for id, kind in ((SHERIFF, "jail"), (POLICE, "law-enforcement")):
        ordered[id] = Agency(id, id, kind, state="IL", enforces_civil_immigration=Tri.NO,
                             criminal_justice=Tri.YES)  # fmt: skip
    return list(ordered.values())


def _before(agency: Agency, cast: dict[str, Agency], ordered: dict[str, Agency]) -> None:
    if agency.parent:
        _before(cast[agency.parent], cast, ordered)
    ordered[agency.id] = agency


def open_parts(
    folder: Path, clock: Clock, *, create: bool = False, seed: str = "jurisdiction"
) -> Parts:
    """The parts of the jurisdiction in ``folder``."""
    random = Dice(seed)
    data = folder / "data"
    data.mkdir(exist_ok=True)
    key, guard = folder / "log.key", folder / "guard"
    at = partial(place_of, folder, under="data")
    if create:
        signer = keys.create(key, "log.example", random=random, data=data)
        Log.create(at("log"), guard, signer=signer, random=random).close()
    log = Log.open(at("log"), guard, keyfile=keys.KeyFile(key), random=random)
    people = agencies.open_store(at("agencies"), create=create)
    held = custody.open_store(at("custody"), FACILITIES, create=create)
    return Parts(
        log=log,
        agencies=people,
        directory=Directory(people),
        evidence=evidence.open_store(at("evidence"), create=create),
        custody=held,
        records=records.open_store(at("records"), create=create),
        law=data / "law",
        spool=folder / "spool",
        custodian_of={
            **dict.fromkeys(("incident", "arrest", "person", "involvement"), POLICE),
            JAIL: SHERIFF,
            LOCKUP: POLICE,
        },
        cursor_key=lambda: bytes(32),
        clock=clock,
        random=random,
        vault=Vault(folder / "accounts.key", random),
    )


def found(folder: Path, library: Sequence[Path] = (PACKS,)) -> Jurisdiction:
    """Found a jurisdiction with its people.

    ``ada`` administers the police, ``sam`` is the sheriff's administrator.

    Args:
        library: folders of packs; the first that has one of a name gives it.
    """
    clock = Clock()
    parts = open_parts(folder, clock, create=True)
    (folder / "data" / "law").mkdir()
    key = Ed25519PrivateKey.generate()
    book = read_book(BOOK, library)
    first = Person("ada", POLICE, "administrator")
    issued = founding.found(parts, book, members(), first, public(key))
    here = Jurisdiction(folder, Gate(parts), clock, {"ada": issued.token}, {"ada": key})
    here.credential("sam", SHERIFF, "administrator")
    for person, agency, role in (
        ("clerk", POLICE, "clerk"),
        ("carl", POLICE, "clerk"),
        ("detective", POLICE, "officer"),
        ("lockup", POLICE, "jail-desk"),
        ("auditor", POLICE, "auditor"),
        ("fbi", "FBI", "officer"),
        ("ice", "ICE-ERO", "officer"),
        ("hsi", "ICE-HSI", "officer"),
        ("public", "PUBLIC", "public"),
    ):
        here.credential(person, agency, role)
    for person, role in (("desk", "jail-desk"), ("clara", "clerk"), ("cleo", "clerk")):
        here.credential(person, SHERIFF, role, SHERIFF)
    return here


def copy(of: Jurisdiction, folder: Path) -> Jurisdiction:
    """Another one like it, whose stores nobody has open; it costs a tenth of founding one."""
    shutil.copytree(of.folder, folder)
    clock = Clock(of.clock.at)
    parts = open_parts(folder, clock, seed=str(folder))
    return Jurisdiction(folder, Gate(parts), clock, dict(of.tokens), dict(of.signing))


def close(here: Jurisdiction) -> None:
    """Close every store."""
    p = here.parts
    for store in (p.agencies, p.evidence, p.custody, p.records):
        store.close()
    p.log.close()
