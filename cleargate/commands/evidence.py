"""``cleargate evidence``: documents that requests rest on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click
import msgspec
from rich.console import Group

from ..evidence import reader
from ..evidence.reader import Entry
from ..model.errors import BadUse
from ..model.evidence import EVIDENCE_KINDS
from ..show.blocks import Block
from .session import (
    FILE,
    acting,
    acting_as,
    declare,
    finish,
    folder_argument,
    reading,
    subject,
    tell,
)

command = click.Group("evidence", help="Documents: add, verify, withdraw, show.")

_TRI = click.Choice(["yes", "no", "unknown"])


@declare(
    "add",
    "cleargate evidence add county --kind judicial-warrant --issued-by federal-magistrate \\\n"
    "      --agency USMS --target B-26-3318 --asks hold --complete yes --file warrant.pdf",
    command,
)
@acting_as
@click.option("--kind", required=True, metavar="KIND", help=f"One of {', '.join(EVIDENCE_KINDS)}.")
@click.option("--target", metavar="ID", help="The booking or case that it is about.")
@click.option("--agency", metavar="AGENCY", help="The agency that it comes from.")
@click.option("--form", help="Its form, such as I-247A or I-200.")
@click.option("--issued-by", help="Who signed it: federal-judge, immigration-officer …")
@click.option("--asks", help="The acts that it orders or asks for, such as hold.")
@click.option("--accepts", help="An officer's decision: the acts that the officer accepts.")
@click.option("--finds", help="An officer's decision: tests of law answered with yes.")
@click.option("--finds-not", help="An officer's decision: tests of law answered with no.")
@click.option("--complete", type=_TRI, help="Signed, boxes filled, attachments there, served.")
@click.option("--served", type=_TRI, help="Served on the person.")
@click.option("--criminal", type=_TRI, help="In a criminal matter.")
@click.option("--probable-cause", type=_TRI, help="States probable cause.")
@click.option("--expires", metavar="TIME", help="Such as 2026-12-31T23:59-06:00.")
@click.option("--title", help="How people call it.")
@click.option("--file", "path", type=FILE, help="The scan; only its SHA-256 is kept.")
@click.option("--custodian", default="", metavar="AGENCY", help="To whom it is presented.")
def add(
    folder: Path,
    credential: Path | None,
    path: Path | None,
    custodian: str,
    as_json: bool,
    **fields: str | None,
) -> None:
    """Add a document. It is not verified by this, and counts for nothing until it is."""
    with acting(folder, credential) as session:
        said = subject(fields | {"sha256": digest(path)})
        answer = session.ask("evidence:add", custodian=custodian, subject=said)
    finish(answer, as_json)


@declare("verify", "cleargate evidence verify county E-7K2M9 --file warrant.pdf", command)
@acting_as
@click.argument("id", metavar="EVIDENCE-ID")
@click.option("--file", "path", type=FILE, help="The document that was looked at.")
@click.option("--custodian", default="", metavar="AGENCY", help="For whom it is verified.")
def verify(
    folder: Path,
    credential: Path | None,
    id: str,
    path: Path | None,
    custodian: str,
    as_json: bool,
) -> None:
    """Say that you looked at a document and it is what it says. Whoever added it may not."""
    with acting(folder, credential) as session:
        answer = session.ask(
            "evidence:verify",
            target=id,
            custodian=custodian,
            subject=subject({"sha256": digest(path)}),
        )
    finish(answer, as_json)


@declare("withdraw", "cleargate evidence withdraw county E-7K2M9", command)
@acting_as
@click.argument("id", metavar="EVIDENCE-ID")
@click.option("--custodian", default="", metavar="AGENCY", help="To whom it was presented.")
def withdraw(folder: Path, credential: Path | None, id: str, custodian: str, as_json: bool) -> None:
    """Withdraw a document: from now on it counts for nothing with anyone."""
    with acting(folder, credential) as session:
        answer = session.ask("evidence:withdraw", target=id, custodian=custodian)
    finish(answer, as_json)


@declare("show", "cleargate evidence show county E-7K2M9", command)
@folder_argument
@click.argument("id", metavar="EVIDENCE-ID")
def show(folder: Path, id: str, as_json: bool) -> None:
    """A document as it was added, and who verified it for whom."""
    with reading(folder) as (settings, gate):
        seen = {
            c.id: reader.show(gate.parts.evidence, id, custodian=c.id) for c in settings.custodians
        }
    entry = next(iter(seen.values()))
    verified = {
        custodian: e.document.verified_by for custodian, e in seen.items() if e.document.verified_by
    }
    data = {
        "document": msgspec.to_builtins(entry.document),
        "added_by": entry.added_by,
        "added_at": entry.added_at,
        "verified": verified,
    }
    tell(as_json, data, _block(entry, verified))


def digest(path: Path | None) -> str:
    """The SHA-256 of a file, hex; empty for none.

    Raises:
        BadUse: it cannot be read.
    """
    if path is None:
        return ""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        raise BadUse(f"{path} cannot be read: {fault.strerror}.") from None


def _block(entry: Entry, verified: dict[str, str]) -> Group:
    document = entry.document
    block = Block(f"{document.id}: {EVIDENCE_KINDS[document.kind]}")
    hidden = ("id", "kind", "verified_by", "verified_at")
    for name, value in msgspec.to_builtins(document).items():
        if name not in hidden and value not in ("", "none", "unknown", None, []):
            said = ", ".join(value) if isinstance(value, list) else str(value)
            block.line(name.replace("_", " "), said)
    block.line("added", f"by {entry.added_by}, {entry.added_at:%Y-%m-%d %H:%M} UTC")
    block.lines("verified", (f"by {who} for {whom}" for whom, who in verified.items()))
    if not verified:
        block.line("verified", "by nobody: it counts for nothing until it is")
    return block.done()
