"""The office that a jurisdiction begins with: its own rules, and the agencies that it knows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cedarpy import pst

from ..law.book import Book, read_book
from ..law.matrix import custodian_for
from ..law.new_pack import AGENCY_ID, write_skeleton
from ..law.pack import Pack
from ..law.scenarios import Stage
from ..model.errors import BadUse, PackError
from ..model.fields import near
from ..model.request import Agency
from ..model.words import Layer, Tri
from .library import SHIPPED, book, library

PACKS: Final = "packs"
"""The folder in a jurisdiction's own in which its office's own rules lie."""
_ZONE: Final = "America/Chicago"
_STATE_PACK: Final = re.compile(r"us-([a-z]{2})")  # named by ISO 3166-2
_AGENCY_KINDS: Final = ("jail", "prosecutor", "court", "law-enforcement")


@dataclass(frozen=True, slots=True)
class Office:
    """What was said of the office; empty texts are not said.

    Attributes:
        id: its agency.
        kind: what it is, in the plain words of ``cast.toml``.
    """

    id: str
    kind: str


def begin(
    names: Sequence[str], folders: Sequence[Path], office: Office, stage: Stage, own: Path
) -> Book:
    """The law to begin with, with an office's own rules copied into or made in the folder ``own``.

    Raises:
        BadUse: the office cannot be of that kind, or has a name that no agency can have.
        PackError: a pack is unknown or has mistakes.
    """
    if office.kind and office.kind not in stage.custodians:
        raise BadUse(f"'{office.kind}' is no kind of office{near(office.kind, stage.custodians)}")
    if office.id and not AGENCY_ID.fullmatch(office.id):
        raise BadUse(f"'{office.id}' is no id of an agency; write it like TRAVIS-SHERIFF.")
    law = book(names, folders, starters=not (office.id or office.kind))
    if law.custodians() and (office.id or office.kind):
        taken = ", ".join(law.custodians())
        raise BadUse(
            f"The packs named are those of {taken} already; leave --office and --kind out."
        )
    if law.custodians():
        for pack in law.custodians().values():
            if pack.folder.parent == SHIPPED:  # another's folder of packs is theirs to change
                shutil.copytree(pack.folder, own / pack.name)
        return law
    made = _make(names, law, office, stage, own)
    return read_book([*names, made], library([own, *folders]))


def _make(names: Sequence[str], law: Book, office: Office, stage: Stage, own: Path) -> str:
    """The name of a new pack of the office's own, under the law named."""
    try:
        kind = office.kind or custodian_for(law, names[0], stage.custodians)
    except PackError:
        raise BadUse(
            f"{names[0]} binds no kind of office; say with --kind what yours is."
        ) from None
    id = office.id or f"{names[0].rpartition('-')[2]}-{kind}".upper()
    name = id.lower().replace(".", "-")
    write_skeleton(own, name, "agency", names, custodian=id, kinds=sorted(stage.custodians[kind]))
    return name


def members(law: Book, stage: Stage, given: Stage | None) -> list[Agency]:
    """The agencies to know from the start: those given or the real ones, and the custodians.

    Raises:
        BadUse: a rule names an agency of which nothing is known.
    """
    states = {"", *(s for p in law.custodians().values() if (s := _state(law, p)))}
    found = given.agencies if given else {
        id: a for id, a in stage.agencies.items() if id in stage.real and a.state in states
    }  # fmt: skip
    found = dict(found)
    own = {pack.custodian: _agency(law, pack) for pack in law.custodians().values()}
    for rule, id in sorted(_named(law)):
        if id not in found and id not in own:
            if id not in stage.agencies:
                raise BadUse(f"Rule {rule} names {id}, and nothing is known of it; name a file "
                             "of agencies that has it with --agencies.")  # fmt: skip
            found[id] = stage.agencies[id]
    above = stage.agencies | found | own
    return list({a.id: a for id in (*found, *own) for a in _downwards(above, id)}.values())


def _downwards(agencies: Mapping[str, Agency], id: str) -> list[Agency]:
    """An agency below all that it is a part of: the tree is entered from above."""
    line: list[Agency] = []
    while id in agencies and agencies[id] not in line:
        line.append(agencies[id])
        id = agencies[id].parent
    return line[::-1]


def _named(law: Book) -> Iterator[tuple[str, str]]:
    """Each agency that a rule names, with the rule."""
    for pack in law.packs.values():
        for rule in pack.rules:
            for uid in pst.entity_uids((rule.policy,)):
                if str(uid.type) == "Agency":
                    yield rule.id, uid.id


def _agency(law: Book, pack: Pack) -> Agency:
    return Agency(
        id=pack.custodian,
        name=title(pack),
        kind=next((k for k in _AGENCY_KINDS if k in pack.kinds), "other"),
        sector="state" if "state-government" in pack.kinds else "local",
        state=_state(law, pack),
        enforces_civil_immigration=Tri.NO,
        enforces_immigration_crimes=Tri.NO,
        criminal_justice=Tri.YES if "law-enforcement" in pack.kinds else Tri.UNKNOWN,
    )


def _state(law: Book, pack: Pack) -> str:
    states = (_STATE_PACK.fullmatch(p.name) for p in law.chain(pack.name) if p.layer is Layer.STATE)
    return next((m[1].upper() for m in states if m), "")


def zone(law: Book) -> str:
    """The time zone that the nearest law of the first office names."""
    office = next(iter(law.custodians().values()), None)
    chain = law.chain(office.name) if office else ()
    return next((p.timezone for p in chain if p.timezone), _ZONE)


def title(pack: Pack) -> str:
    """An office by its pack's title."""
    return pack.title.partition(":")[0]
