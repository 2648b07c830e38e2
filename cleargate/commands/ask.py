"""``cleargate ask``: one request, with its answer or refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from ..gate import explain_filter as explained
from ..gate.answer import Answer
from ..gate.parts import Parts
from ..log.receipts import receipt_to_json
from ..model.actions import ACTIONS, MASKS, Family
from ..model.errors import FieldError
from ..model.fields import near
from ..records.sheets import SUFFIXES
from .session import FILE, acting, acting_as, declare, finish

_ASKED: Final = tuple(
    a.name for a in ACTIONS.values() if a.family not in (Family.MASK, Family.ADMIN)
)


@declare(
    "ask",
    "cleargate ask county --for FBI --purpose C --case 26-114 --attention 'S. Okoro' \\\n"
    "      --action search --where 'primary_type = ROBBERY' --limit 5",
)
@acting_as
@click.option(
    "--for", "represented", required=True, metavar="AGENCY", help="For whom the answer is wanted."
)
@click.option(
    "--purpose",
    required=True,
    metavar="CODE",
    help="Why: C criminal justice, CIV-IMM civil immigration, PUB public …",
)
@click.option(
    "--action", required=True, metavar="NAME", help="What: search, read, release_date, hold …"
)
@click.option("--custodian", default="", metavar="AGENCY", help="Who is asked, where it is open.")
@click.option("--basis", multiple=True, metavar="EVIDENCE-ID", help="A document to rest on.")
@click.option("--case", default="", metavar="NO", help="The case number.")
@click.option("--attention", default="", metavar="NAME", help="Who will use the answer.")
@click.option("--reason", default="", help="Anything else to be written down.")
@click.option("--kind", default="", help="Kind of assistance, agreement, facility use or inquiry.")
@click.option(
    "--dataset", default="", metavar="NAME", help="What is searched.  [default: incident]"
)
@click.option("--where", multiple=True, metavar="'COLUMN OP VALUE'", help="A condition.")
@click.option("--column", "columns", multiple=True, metavar="NAME", help="Only these columns.")
@click.option("--sort", default="", metavar="COLUMN", help="In this order; -COLUMN: downwards.")
@click.option("--target", default="", metavar="ID", help="The record or booking.")
@click.option("--limit", type=int, metavar="N", help="Rows on the page.")
@click.option("--count", is_flag=True, help="Say how many rows all pages show together.")
@click.option(
    "--facet",
    "facets",
    multiple=True,
    metavar="COLUMN",
    help="Say how many rows have each value of the column.",
)
@click.option("--cursor", default="", help="The next page, as the last one said.")
@click.option(
    "--explain-filter",
    is_flag=True,
    help="Show what is left of each rule, the SQL, and which mask closed which column.",
)
@click.option("--receipt", type=FILE, metavar="FILE", help="Keep the receipt in a new file.")
@click.option(
    "--out",
    type=FILE,
    metavar="FILE",
    help="Where an export goes: a new file.zip (CSV and its receipt) or file.parquet.",
)
def command(
    folder: Path,
    credential: Path | None,
    represented: str,
    purpose: str,
    action: str,
    limit: int | None,
    receipt: Path | None,
    explain_filter: bool,
    out: Path | None,
    as_json: bool,
    **fields: Any,
) -> None:
    """Ask for something. The exit code is 0 when it is answered, 3 when law refuses it or gives no
    authority, 4 when law is in conflict or nothing could be decided.
    """
    if action not in _ASKED:
        raise FieldError("action", f"'{action}' is nothing to ask for{_instead(action)}")
    if receipt is not None and receipt.exists():
        raise FieldError("receipt", f"{receipt} is there already; name a new file.")
    kind = _kind_of(action, out)
    asked = {"represented": represented, "purpose": purpose, "limit": limit, **fields}
    with acting(folder, credential) as session:
        if out is not None:
            answer = session.export(out, kind, **asked)
        else:
            limit = session.settings.limits.page_rows if limit is None else limit
            answer = session.ask(action, **asked | {"limit": limit})
        if receipt is not None:
            receipt.write_text(receipt_to_json(answer.decided), "utf-8")
        laid_open = _laid_open(session.gate.parts, answer) if explain_filter else {}
    finish(answer, as_json, laid_open=laid_open)


def _kind_of(action: str, out: Path | None) -> str:
    """What an export's file is, by its name."""
    if (out is None) == (action == "export"):
        raise FieldError("out", "An export, and nothing else, goes to a file: --action export "
                         "--out FILE.")  # fmt: skip
    if out is None:
        return ""
    if out.suffix not in SUFFIXES:
        raise FieldError("out", f"Name a file that ends in {' or '.join(SUFFIXES)}.")
    if out.exists():
        raise FieldError("out", f"{out} is there already; name a new file.")
    return SUFFIXES[out.suffix]


def _instead(action: str) -> str:
    """How the sentence about something that is not asked for ends: with what to do."""
    if action in MASKS:
        return "; whoever searches sees those columns where law opens them: ask search."
    return "; it has a command of its own." if action in ACTIONS else near(action, _ASKED)


def _laid_open(parts: Parts, answer: Answer) -> dict[str, Any]:
    """The filter of an answer, and for an administrator the database's plan."""
    if answer.visible is None:
        return {}
    plan = explained.plan(parts, answer)
    return explained.filter_json(answer.visible, parts.records.dialect) | (
        {"plan": plan} if plan else {}
    )
