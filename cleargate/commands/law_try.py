"""``cleargate law try``: an invented request, decided by packs as they are, logged nowhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from .. import show
from ..gate.answer import rule_json
from ..law.book import Book
from ..law.changes import what_would_change
from ..law.check import check
from ..law.scenarios import Paper, Scenario, as_known, place, read_stage, run
from ..model.actions import ACTIONS
from ..model.decision import Decision
from ..model.errors import BadUse, PackError
from ..model.evidence import EVIDENCE_KINDS, FORMS, ISSUERS
from ..model.fields import near
from ..model.request import FAR, CustodyFacts, RowFacts
from ..model.words import PURPOSES, Outcome
from ..show.blocks import Block
from .library import CAST, book, packs_option
from .session import EXIT, declare, tell

OWN_STAFF: Final = "custodian"
_NUMBER: Final = re.compile("[0-9]{1,9}")
_LISTS: Final = ("asks", "finds", "finds_not", "accepts")


@declare(
    "try",
    "cleargate law try us-il-cook-sheriff --for ICE-ERO --action hold \\\n"
    "      --paper 'detainer form=I-247A issued_by=immigration-officer asks=hold'",
)
@click.argument("pack", metavar="PACK")
@packs_option
@click.option("--action", required=True, metavar="NAME", help="What is asked.")
@click.option(
    "--for",
    "represented",
    required=True,
    metavar="AGENCY",
    help="For whom: an agency of cast.toml, or custodian for the custodian's own staff.",
)
@click.option("--asker", default="", metavar="AGENCY", help="Who asks.  [default: the same]")
@click.option("--purpose", default="CIV-IMM", show_default=True, metavar="CODE", help="Why.")
@click.option(
    "--custodian",
    default="",
    metavar="AGENCY",
    help="Who is asked: an agency with a pack, or a custodian of cast.toml.  "
    "[default: the pack's own]",
)
@click.option(
    "--paper",
    "papers",
    multiple=True,
    metavar="'KIND NAME=VALUE …'",
    help="A document, verified unless it says verified=no.",
)
@click.option(
    "--custody",
    "facts",
    multiple=True,
    metavar="NAME=VALUE",
    help="A fact of custody, such as sentenced=yes.",
)
@click.option(
    "--row",
    "row",
    multiple=True,
    metavar="NAME=VALUE",
    help="A fact of the record, such as sealed=yes, for rules on rows.",
)
@click.option(
    "--own-grant",
    "own_grants",
    multiple=True,
    metavar="ACTION",
    help="For a custodian of cast.toml: its own pack grants this.",
)
@click.option("--case", default="", help="The case number.")
@click.option("--role", default="officer", show_default=True, help="Of the person who asks.")
@click.option("--kind", default="none", help="Kind of assistance, agreement, use or inquiry.")
@click.option("--dataset", default="incident", show_default=True)
@click.option("--at", default=None, metavar="TIME", help="Such as 2026-11-02T09:00-06:00.")
def command(
    pack: str,
    folders: tuple[Path, ...],
    custodian: str,
    papers: tuple[str, ...],
    facts: tuple[str, ...],
    row: tuple[str, ...],
    as_json: bool,
    **said: Any,
) -> None:
    """Decide an invented request. Nothing is stored, asked or logged; the exit code is that of
    'cleargate ask'.
    """
    law = book([pack], folders)
    if mistakes := check(law):
        raise PackError(mistakes)
    stage = read_stage(CAST)
    fields = {n: v for n, v in said.items() if v not in (None, "", ())}
    scenario = _scenario(
        fields
        | {
            "custodian": custodian or _own(law, pack),
            "documents": [_paper(p) for p in papers],
            "custody": dict(_bounded(*_pair(f)) for f in facts),
            "row": dict(_row_fact(f) for f in row),
        }
    )
    _known("custodian", scenario.custodian, (*law.custodians(), *stage.custodians))
    for agency in (scenario.asker, scenario.represented):
        if agency not in (*stage.agencies, OWN_STAFF):
            raise BadUse(f"cast.toml has no agency '{agency}'{near(agency, stage.agencies)}")
    (result,) = run(law, pack, stage, [scenario])
    who, cast = place(law, pack, stage, scenario)
    changes = what_would_change(law, who, cast, as_known(scenario, who, cast), result.decision)
    block = Block(f"{show.glyph(result.decision.outcome)} (tried, not asked: nothing is logged)")
    block.line(
        "what",
        f"{scenario.asker} asks {who.id}, for {scenario.represented}: "
        f"{scenario.action}, {scenario.purpose}",
    )
    show.law(block, result.decision)
    block.lines(
        "would be", (f"{' and '.join(c.together)} → {show.glyph(c.outcome)}" for c in changes)
    )
    data = _json(result.decision) | {
        "what_would_change_it": [
            {"together": list(c.together), "outcome": c.outcome} for c in changes
        ]
    }
    tell(as_json, data, block.done())
    raise click.exceptions.Exit(EXIT[result.decision.outcome])


def _own(law: Book, pack: str) -> str:
    own = law.packs[pack].custodian
    if not own:
        raise BadUse(f"{pack} is no agency's own; say who is asked: --custodian sheriff.")
    return own


def _scenario(fields: dict[str, Any]) -> Scenario:
    fields["asker"] = fields.get("asker") or fields["represented"]
    _known("action", fields["action"], ACTIONS)
    _known("purpose", fields["purpose"], PURPOSES)
    for name in fields["custody"]:
        _known("fact of custody", name, CustodyFacts.__dataclass_fields__)
    for name in fields["row"]:
        _known("fact of a record", name, RowFacts.__dataclass_fields__)
    if "at" in fields:
        fields["at"] = _time(fields["at"])
    try:
        msgspec.convert(fields["custody"], CustodyFacts, strict=False)  # sentenced is no number
        row = msgspec.to_builtins(msgspec.convert(fields["row"], RowFacts, strict=False))
        fields["row"] = {name: row[name] for name in fields["row"]}
        # What it is expected to be is not looked at here.
        return msgspec.convert(
            fields | {"name": "tried", "expect": Outcome.PERMIT}, Scenario, strict=False
        )
    except msgspec.ValidationError as fault:
        raise BadUse(f"This cannot be tried: {_lower(str(fault))}.") from None


def _time(text: str) -> datetime:
    wrong = f"'{text}' is no time with its offset from UTC; write 2026-11-02T09:00-06:00."
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise BadUse(wrong)
        at.astimezone(UTC)  # the years 1 and 9999 have times without one in UTC
        return at
    except (ValueError, OverflowError):
        raise BadUse(wrong) from None


def _paper(text: str) -> Paper:
    kind, *pairs = text.split() or [""]
    fields: dict[str, Any] = {"kind": kind}
    for pair in pairs:
        name, value = _pair(pair)
        _known("field of a paper", name, Paper.__struct_fields__)
        fields[name] = value.split(",") if name in _LISTS else value
    if "verified" in fields:
        fields["verified"] = fields["verified"] == "yes"
    _known("kind of evidence", kind, EVIDENCE_KINDS)
    _known("form", fields.get("form", "none"), FORMS)
    _known("issuer", fields.get("issued_by", "unknown"), ISSUERS)
    try:
        return msgspec.convert(fields, Paper)
    except msgspec.ValidationError as fault:
        raise BadUse(f"'{text}' is no paper: {_lower(str(fault))}.") from None


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise BadUse(f"'{text}' is not NAME=VALUE.")
    return name, value


def _row_fact(text: str) -> tuple[str, str | list[str]]:
    name, value = _bounded(*_pair(text))
    return name, value.split(",") if name == "labels" else value


def _bounded(name: str, value: str) -> tuple[str, str]:
    """A fact as it is written; a number that no fact can be is refused."""
    if name.startswith("days_") and not (_NUMBER.fullmatch(value) and int(value) <= FAR):
        raise BadUse(f"{name} is a whole number of days from 0 to {FAR:,}; '{value}' is not.")
    return name, value


def _known(what: str, word: str, known: Any) -> None:
    if word not in known:
        raise BadUse(f"'{word}' is no {what}{near(word, known)}")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _json(decision: Decision) -> dict[str, object]:
    return {
        "tried": True,
        "outcome": decision.outcome,
        "why": decision.why,
        "rules": [rule_json(r) for r in decision.deciding],
        "struck": [
            {"rule": rule_json(s.rule), "by": rule_json(s.by), "how": s.how}
            for s in decision.struck
        ],
        "limits": [{"limit": x.text, "cite": x.cite} for x in decision.limits],
        "duties": [{"duty": d.name, "within": d.within, "to": d.to} for d in decision.duties],
        "masks": sorted(decision.masks),
        "unreviewed": decision.unreviewed,
        "book": decision.book,
    }
