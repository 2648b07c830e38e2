"""``cleargate log``: an entry, an export, and a check that trusts nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from .. import show
from ..config import FILE as SETTINGS
from ..config import load
from ..gate import administer
from ..gate.files import LogExport
from ..log.note import Verifier
from ..log.order import Order
from ..log.publish import cosigned_files
from ..log.read import entry, receipt
from ..log.receipts import check_proof, check_receipt, receipt_from_json, receipt_to_json
from ..log.report import Report
from ..log.verify import verify
from ..model.errors import BadUse, KeyUnusable
from ..model.ids import as_typed
from ..opening import publish_key
from ..recovery import propose, state
from . import log_witness
from .credential import proposal_json
from .session import (
    FILE,
    acting,
    acting_as,
    declare,
    finish,
    folder_argument,
    read_token,
    reading,
    tell,
)

command = click.Group("log", help="The log: show, export, verify.")

_WRONG = 5
for _one in log_witness.group.commands.values():
    command.add_command(_one)


@declare("show", "cleargate log show county 41", command)
@folder_argument
@click.argument("leaf", type=click.IntRange(min=0), metavar="LEAF")
@click.option("--receipt", "keep", type=FILE, metavar="FILE", help="Write a receipt of it, too.")
def show_(folder: Path, leaf: int, keep: Path | None, as_json: bool) -> None:
    """An entry: what it says in the clear, and what was sealed in it. It is checked that the log
    has signed for it.
    """
    with reading(folder) as (_, gate):
        log = gate.parts.log
        found, paper = entry(log, leaf), receipt(log, leaf)
        check_receipt(paper, found.leaf.raw, log.keyring)
    if keep is not None:
        _write(keep, receipt_to_json(paper))
    data = {
        "index": found.index,
        "kind": found.leaf.kind,
        "at": found.leaf.at,
        "via": found.leaf.via,
        "book": found.leaf.under.book,
        "epoch": found.leaf.under.epoch,
        "clear": found.leaf.clear,
        "values": found.values,
        "expunged": sorted(found.expunged),
    }
    tell(as_json, data, show.entry(found))


@declare("receipt", "cleargate log receipt receipt.json --key county/log.vkey", command)
@click.argument("file", metavar="FILE", type=FILE)
@click.option(
    "--key",
    required=True,
    metavar="KEY",
    help="The public key that the log had then, or a file that holds it.",
)
def receipt_(file: Path, key: str, as_json: bool) -> None:
    """Check a single receipt offline: that the log has signed for the entry that it names."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadUse(f"{file} cannot be read: {fault}.") from None
    paper = receipt_from_json(text)
    signed = check_proof(paper, _vkey(key))
    data = {
        "index": paper.index,
        "leaf_hash": paper.leaf_hash.hex(),
        "origin": signed.origin,
        "entries": signed.size,
    }
    tell(
        as_json,
        data,
        f"Entry {paper.index} is in the log of {signed.origin}, among the first {signed.size} that "
        f"were signed. The SHA-256 of its leaf is {paper.leaf_hash.hex()}.",
    )


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadUse(f"{path} is there already; name another file.") from None
    except OSError as fault:
        raise BadUse(f"{path} cannot be written: {fault.strerror}.") from None


@declare("export", "cleargate log export county log.zip", command)
@acting_as
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--public", is_flag=True, help="Only what may be published.  [default: all]")
@click.option("--custodian", default="", metavar="AGENCY", help="By whose law.")
def export_(
    folder: Path,
    credential: Path | None,
    out: Path,
    public: bool,
    custodian: str,
    as_json: bool,
) -> None:
    """Write the log to a new folder, or a new zip when OUT ends in .zip, with the texts of every
    book of law and a program that checks it all: the auditor's export, which is whole, or the
    public one. It is a request: decided and logged before anything is written; a second entry says
    for whom it was and how long the log was.
    """
    if out.exists():
        raise BadUse(f"{out} is there already; name a new folder or zip.")
    if not out.absolute().parent.is_dir():
        raise BadUse(f"{out.absolute().parent} is no folder; make it first.")
    with acting(folder, credential) as session:
        signed = tuple(cosigned_files(session.settings.cosigned))
        answer = session.ask("log:export", file=LogExport(out, public, signed), custodian=custodian)
    finish(answer, as_json)


@declare("expunge", "cleargate log expunge county --entries 12,40-44 --order E-7K2M9", command)
@acting_as
@click.option("--entries", required=True, metavar="N,…", help="Numbers of entries, or spans.")
@click.option("--order", required=True, metavar="EVIDENCE-ID", help="The court's order, verified.")
@click.option("--fields", default="", metavar="NAME,…", help="Only these.  [default: all sealed]")
@click.option("--custodian", default="", metavar="AGENCY", help="By whose law.")
def expunge(
    folder: Path,
    credential: Path | None,
    entries: str,
    order: str,
    fields: str,
    custodian: str,
    as_json: bool,
) -> None:
    """Propose to forget the sealed values of entries, as a court has ordered. Two sign. Digests,
    tree and proofs stay; earlier backups and exports still hold the values: destroy them.
    """
    asked = Order.parse(as_typed(order), entries, fields)
    with acting(folder, credential) as session:
        whose = session.custodian(custodian)
        made = administer.propose_expunging(session.gate, session.person, whose, asked)
    tell(as_json, proposal_json(made), show.proposal(made))


@declare("recover", "cleargate log recover county --origin county/log-2", command)
@acting_as
@click.option("--origin", required=True, metavar="NAME", help="Of the log that follows.")
@click.option("--since", "kept", type=FILE, metavar="FILE", help="A checkpoint kept elsewhere.")
def recover(
    folder: Path, credential: Path | None, origin: str, kept: Path | None, as_json: bool
) -> None:
    """Propose that another log follows this one, whose end is lost, or whose key is lost or stolen.
    Two sign; then it names the last checkpoint of this one. Stop the server first.
    """
    token, settings = read_token(credential), load(folder)
    made = propose(settings, token, state(settings, kept), origin=origin)
    tell(as_json, proposal_json(made), show.proposal(made))


@declare("rotate-key", "cleargate log rotate-key county", command)
@acting_as
@click.option("--custodian", default="", metavar="AGENCY", help="By whose law.")
def rotate_key(folder: Path, credential: Path | None, custodian: str, as_json: bool) -> None:
    """Make another key for the log, which the old one signs for. Publish the new log.vkey, and
    destroy the old key when nothing needs it any more.
    """
    with acting(folder, credential) as session:
        answer = session.ask("log:rotate-key", custodian=custodian)
        publish_key(session.settings, session.gate.parts.log)
    finish(answer, as_json)


@declare(
    "verify", "cleargate log verify log.zip --key county/log.vkey --since receipt.json", command
)
@click.argument("where", metavar="WHERE")
@click.option(
    "--key",
    required=True,
    metavar="KEY",
    help="The log's public key, or a file that holds it; not from WHERE itself.",
)
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What was kept elsewhere: a receipt, a checkpoint or an earlier export.",
)
@click.option(
    "--witness",
    multiple=True,
    metavar="KEY",
    help="The public key of a witness, or a file that holds it; its cosignatures count.",
)
@click.option(
    "--hashes-only",
    is_flag=True,
    help="Read no entries: a served log, without an auditor's credential.",
)
@click.option(
    "--as",
    "credential",
    type=FILE,
    metavar="FILE",
    help="For an address: file that holds an auditor's credential.",
)
def verify_(
    where: str,
    key: str,
    since: Path | None,
    witness: tuple[str, ...],
    hashes_only: bool,
    credential: Path | None,
    as_json: bool,
) -> None:
    """Check a log offline: WHERE is the folder or zip of an export, or an address that begins with
    http. The exit code is 5 when anything is wrong.
    """
    if (Path(where) / SETTINGS).is_file():
        raise BadUse(f"{where} is a jurisdiction; run 'cleargate log export {where} OUT' first.")
    headers = {"Authorization": f"Bearer {read_token(credential)}"} if credential else None
    found = verify(
        where,
        _vkey(key),
        since=since,
        witnesses=[_read_key(one) for one in witness],
        hashes_only=hashes_only,
        headers=headers,
    )
    tell(as_json, _json(found), show.report(found))
    raise click.exceptions.Exit(0 if found.ok else _WRONG)


def _vkey(given: str) -> str:
    """The key itself, or what the file holds."""
    try:
        return str(Verifier.parse(_read_key(given)))
    except KeyUnusable:
        raise BadUse(f"{given} is not a public key of a log; give the file log.vkey.") from None


def _read_key(given: str) -> str:
    path = Path(given)
    try:
        return path.read_text("utf-8").strip() if path.is_file() or "+" not in given else given
    except OSError as fault:
        raise BadUse(f"{given} is no key, and no file that holds one: {fault.strerror}.") from None
    except UnicodeDecodeError:
        raise BadUse(f"{given} holds no public key; give a file with its one line.") from None


def _json(report: Report) -> dict[str, object]:
    return {
        "ok": report.ok,
        "could_know": report.could_know,
        "origin": report.origin,
        "entries": report.size,
        "audience": report.manifest and report.manifest.audience,
        "withheld": report.withheld,
        "since": report.since,
        "witnesses": [
            {"witness": c.witness, "entries": c.size, "at": datetime.fromtimestamp(c.at, UTC)}
            for c in report.cosigned
        ],
        "values_checked": report.opened,
        "expunged": report.expunged,
        "findings": [
            {"path": f.path, "what": f.sentence, "entries": f.entries} for f in report.findings
        ],
        "count": report.count,
    }
