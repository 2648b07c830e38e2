"""Small books made from policy texts, and requests to ask of them: no files, no stores."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cleargate.law import cedar, rules
from cleargate.law.book import Book
from cleargate.law.facts import Cast
from cleargate.law.pack import Pack
from cleargate.model.evidence import Document
from cleargate.model.request import Agency, Known, Person, Request
from cleargate.model.words import Layer, Tri

NOON = datetime(2026, 7, 1, 17, 0, tzinfo=UTC)
LAYERS = {"us": Layer.FEDERAL, "state": Layer.STATE, "city": Layer.LOCAL, "county": Layer.LOCAL,
          "own": Layer.AGENCY}  # fmt: skip
KINDS = frozenset(("law-enforcement", "police", "city-police", "local-government"))

AGENCIES = {
    a.id: a
    for a in (
        Agency("POLICE", "City police", "law-enforcement",
               enforces_civil_immigration=Tri.NO, criminal_justice=Tri.YES),
        Agency("POLICE-LAB", "Its laboratory", "law-enforcement", parent="POLICE",
               enforces_civil_immigration=Tri.NO, criminal_justice=Tri.YES),
        Agency("ICE", "Immigration and Customs Enforcement", "immigration", "federal",
               enforces_civil_immigration=Tri.YES),
        Agency("ICE-ERO", "Its removal operations", "immigration", "federal", parent="ICE",
               enforces_civil_immigration=Tri.YES),
        Agency("FBI", "Federal Bureau of Investigation", "law-enforcement", "federal",
               enforces_civil_immigration=Tri.NO, criminal_justice=Tri.YES),
    )
}  # fmt: skip
CAST = Cast(AGENCIES)


def book_of(**texts: str) -> Book:
    """A book of these packs, from ``us`` down to ``own``, which is that of POLICE.

    A rule without ``@id`` is ``rule-1``, ``rule-2`` … in its pack; citation and summary are added.
    """
    packs: list[Pack] = []
    for name in (n for n in LAYERS if n in texts or n == "own"):
        packs.append(_pack(name, texts.get(name, ""), tuple(p.name for p in packs)))
    return Book.of(packs)


def _pack(name: str, text: str, above: tuple[str, ...]) -> Pack:
    own = name == "own"
    found = tuple(
        _rule(part, name, number) for number, part in enumerate(cedar.split(text), start=1)
    )
    return Pack(
        name=name,
        title=name,
        layer=LAYERS[name],
        under=above,
        binds=() if own else ("law-enforcement",),
        custodian="POLICE" if own else "",
        kinds=KINDS if own else frozenset(),
        tests={"doubtful": "the case is doubtful"},
        starter=(),
        publishes=(),
        rules=found,
        folder=Path(),
        digest=text,
    )


def _rule(part: cedar.PolicyText, pack: str, number: int) -> rules.Rule:
    marks = f'@cite("{pack} {number}") @summary("Rule {number} of {pack}")\n'
    if "@id(" not in part.text:
        marks = f'@id("rule-{number}") {marks}'
    text = cedar.PolicyText(marks + part.text.lstrip(), part.line)
    return rules.read(text, pack, f"{pack}.cedar", LAYERS[pack], list(Layer))


def known(
    action: str,
    asker: str = "ICE-ERO",
    *,
    represented: str = "",
    purpose: str = "CIV-IMM",
    role: str = "officer",
    kind: str = "none",
    documents: tuple[Document, ...] = (),
    at: datetime = NOON,
    **facts: Any,
) -> Known:
    """A request to POLICE as step 3 leaves it. ``facts`` are further fields of ``Known``."""
    return Known(
        at=at,
        person=Person("someone", asker, role),
        requester=AGENCIES[asker],
        represented=AGENCIES[represented or asker],
        request=Request(action, represented or asker, purpose, "POLICE", "incident", kind=kind),
        documents=documents,
        **facts,
    )


def paper(kind: str, id: str = "E-1", *, verified: bool = True, **fields: Any) -> Document:
    """A complete document of ``kind``, checked by someone unless it is said."""
    document = Document(id, kind, complete=Tri.YES, **fields)
    return document.as_verified("R. Ames", NOON) if verified else document
