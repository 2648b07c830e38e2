"""Who asks in the county: invented persons with real credentials, issued by the gate like any
other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..gate.answer import Answer
from ..gate.gate import Gate
from ..model.errors import CleargateError
from ..model.request import Person
from .law import POLICE, SHERIFF

FIRST: Final = "m.alder"
JAIL, LOCKUP = "MARLOW-JAIL", "MARLOW-LOCKUP"
# who in the tour → (person, agency, role, the custodian whose administrator issues)
_PEOPLE: Final = {
    "second": ("s.birch", SHERIFF, "administrator", POLICE),
    "clerk": ("c.dunn", POLICE, "clerk", POLICE),
    "detective": ("r.ames", POLICE, "officer", POLICE),
    "lockup": ("l.finch", POLICE, "jail-desk", POLICE),
    "auditor": ("a.reyes", POLICE, "auditor", POLICE),
    "desk": ("j.holm", SHERIFF, "jail-desk", SHERIFF),
    "jail-clerk": ("k.voss", SHERIFF, "clerk", SHERIFF),
    "fbi": ("s.okoro", "FBI", "officer", POLICE),
    "marshal": ("m.oro", "USMS", "officer", POLICE),
    "ice": ("d.lane", "ICE-ERO", "officer", POLICE),
    "hsi": ("h.marsh", "ICE-HSI", "officer", POLICE),
    "cbp": ("p.quill", "CBP", "officer", POLICE),
    "citizen": ("anyone", "PUBLIC", "public", POLICE),
}
_NAMES: Final = (
    "Orla Tamsin",
    "Piet Varro",
    "Nadi Okest",
    "Ruel Sandor",
    "Ione Farrant",
    "Bas Kellwin",
)


@dataclass
class People:
    """Credentials and signing keys of everyone in the county.

    Attributes:
        random: n random bytes, for keys.
        ids, tokens, keys: by their name in the tour.
    """

    gate: Gate
    random: Callable[[int], bytes]
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict, repr=False)
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict, repr=False)
    _booked: count[int] = field(default_factory=count, repr=False)

    def issue_all(self) -> None:
        """Issue every credential but the first administrator's, which founding made."""
        for name, (person, agency, role, custodian) in _PEOPLE.items():
            subject = {"person": person, "agency": agency, "role": role}
            if role == "administrator":
                key = self.keys[name] = new_key(self.random)
                subject["public_key"] = public(key).hex()
            by = "administrator" if custodian == POLICE else "second"
            answer = self.ask(by, "credential:issue", custodian=custodian, subject=subject)
            self.ids[name], self.tokens[name] = person, str(answer.result["token"])

    def agency(self, who: str) -> str:
        """The agency of someone in the tour."""
        return POLICE if who == "administrator" else _PEOPLE[who][1]

    def person(self, who: str) -> Person:
        """Someone as the gate knows them by their credential."""
        return self.gate.authenticate(self.tokens[who], "cli")

    def ask(self, who: str, action: str, **raw: Any) -> Answer:
        """An administrative request that the tour needs done before it goes on.

        Raises:
            CleargateError: it was not permitted; the tour cannot go on.
        """
        fields = {"action": action, "represented": self.agency(who), "purpose": "ADM"} | raw
        answer = self.gate.answer(self.tokens[who], fields, "cli")
        if not answer.opens:
            raise CleargateError(
                f"The county cannot be set up: {action} is {answer.decision.outcome}."
            )
        return answer

    def evidence(self, by: str, custodian: str, verifier: str, **subject: str) -> str:
        """Present a document; have ``verifier`` check it, unless that is empty."""
        given = {k: v for k, v in subject.items() if v}
        answer = self.ask(by, "evidence:add", custodian=custodian, subject=given)
        id = str(answer.result["evidence"])
        if verifier:
            self.verify(verifier, custodian, id)
        return id

    def verify(self, verifier: str, custodian: str, id: str) -> None:
        """A clerk of the custodian looks at a document."""
        self.ask(verifier, "evidence:verify", custodian=custodian, target=id)

    def book(self, custodian: str, now: datetime) -> str:
        """Book an invented person; returns the booking's number."""
        desk, place = ("desk", JAIL) if custodian == SHERIFF else ("lockup", LOCKUP)
        number = next(self._booked)
        subject = {
            "facility": place,
            "name": _NAMES[number % len(_NAMES)],
            "born": "1990-01-01",
            "charges": "retail theft",
            "release_scheduled": (now + timedelta(days=2)).isoformat(timespec="seconds"),
            "release_public": "no",
            "housed_for_immigration": "no",
            "secure": "yes",
        }
        answer = self.ask(desk, "book", custodian=custodian, subject=subject)
        return str(answer.result["booking"])


def new_key(random: Callable[[int], bytes]) -> Ed25519PrivateKey:
    """A signing key."""
    return Ed25519PrivateKey.from_private_bytes(random(32))


def public(key: Ed25519PrivateKey) -> bytes:
    """Its public half, 32 bytes."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
