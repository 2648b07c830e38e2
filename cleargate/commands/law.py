"""``cleargate law``: packs as files, their scenarios, and the book in force."""

from __future__ import annotations

from pathlib import Path

import click
from rich.padding import Padding
from rich.text import Text

from .. import show
from ..config import utc_now
from ..gate import administer
from ..law.book import Book, known
from ..law.check import check as mistakes_of
from ..law.pack import load
from ..law.reach import Reached, reach
from ..law.scenarios import Result, read_scenarios, read_stage, rules_without_scenarios, run
from ..law.show import chosen, marks
from ..law.show import show as show_book
from ..law.variables import NotEnumerable
from ..model.errors import PackError
from ..show.blocks import Block, table
from . import (
    law_change,
    law_conflicts,
    law_diff,
    law_matrix,
    law_new,
    law_replay,
    law_sign_off,
    law_try,
)
from .books import find
from .credential import proposal_json
from .library import CAST, book, library, packs_option, split
from .session import acting, acting_as, declare, tell

command = click.Group("law", help="Law: packs, scenarios, the book in force.")
command.add_command(law_try.command)
command.add_command(law_new.command)
command.add_command(law_sign_off.command)
command.add_command(law_conflicts.list_)
command.add_command(law_conflicts.settle)
command.add_command(law_diff.command)
command.add_command(law_matrix.command)
command.add_command(law_replay.command)

_WRONG = 5


@declare("list", "cleargate law list", command)
@packs_option
def list_(folders: tuple[Path, ...], as_json: bool) -> None:
    """The packs that can be named."""
    made = table("pack", "law of", "made by", "under", "rules", "not reviewed")
    data = []
    for name in known(library(folders)):
        pack = load(next(f / name for f in library(folders) if (f / name / "pack.toml").is_file()))
        waiting = sum(r.review for r in pack.rules)
        title = pack.title + (f" ({pack.custodian})" if pack.custodian else "")
        made.add_row(name, title, pack.layer.word, ", ".join(pack.under) or "–",
                     str(len(pack.rules)), str(waiting))  # fmt: skip
        data.append({
            "pack": name, "title": pack.title, "layer": pack.layer.word, "under": list(pack.under),
            "custodian": pack.custodian, "rules": len(pack.rules), "not_reviewed": waiting,
        })  # fmt: skip
    tell(as_json, data, made)


@declare("check", "cleargate law check our-county --packs ./packs --reach", command)
@click.argument("names", nargs=-1, required=True, metavar="PACK…")
@packs_option
@click.option("--reach", "reached", is_flag=True,
              help="Also enumerate: rules that change nothing, or that are void.")  # fmt: skip
def check(names: tuple[str, ...], folders: tuple[Path, ...], reached: bool, as_json: bool) -> None:
    """Read packs with all above them and say every mistake, with file, line and rule. The exit code
    is 5 when there is one. With --reach every request that the rules tell apart is looked at, for
    what may be meant and may not: a finding is no mistake.
    """
    notes: list[Reached] = []
    unseen = ""
    try:
        law = book(split(names), folders)
        found = mistakes_of(law)
        if reached and not found:
            notes = list(reach(law, split(names), read_stage(CAST), utc_now()))
    except PackError as fault:
        found = fault.mistakes
    except NotEnumerable as fault:  # lawful, and more than can be looked at in this way
        found, unseen = [], str(fault)
    block = Block("Nothing is wrong." if not found else f"{_count(found, 'mistake')}:")
    block.lines("", found)
    block.lines("note", (n.sentence() for n in notes))
    block.line("note", f"These rules were not looked at: {unseen}." if unseen else "")
    data = {"ok": not found, "mistakes": found}
    if reached:
        data["not_looked_at"] = unseen
        data["findings"] = [
            {"rule": n.rule.id, "cite": n.rule.cite, "finding": n.finding.name.lower(),
             "by": n.by.id if n.by else None, "by_cite": n.by.cite if n.by else None,
             "disputed": n.by.disputed if n.by else "", "says": n.sentence()} for n in notes
        ]  # fmt: skip
    tell(as_json, data, block.done())
    raise click.exceptions.Exit(_WRONG if found else 0)


@declare("test", "cleargate law test us-il-cook us-tx", command)
@click.argument("names", nargs=-1, metavar="[PACK…]")
@packs_option
def test(names: tuple[str, ...], folders: tuple[Path, ...], as_json: bool) -> None:
    """Decide the scenarios of packs, all of them when none is named, and say each that comes out
    otherwise than its author wrote. The exit code is 5 when one does.
    """
    results: list[Result] = []
    silent: list[str] = []
    for name in split(names) or known(library(folders)):
        law = book([name], folders)
        if mistakes := mistakes_of(law):
            raise PackError(mistakes)
        of_pack = list(run(law, name, read_stage(CAST), read_scenarios(law.packs[name].folder)))
        silent += rules_without_scenarios(law, name, of_pack)
        results += of_pack
    wrong = [r for r in results if r.differences]
    block = Block(f"{_count(results, 'scenario')}, {len(wrong)} otherwise than written")
    for result in wrong:
        block.line(result.pack, result.scenario.name)
        block.lines("", (f"  {d}" for d in result.differences))
    block.lines("silent", (f"{r} fires in no scenario" for r in silent))
    data = {
        "scenarios": len(results),
        "wrong": [
            {"pack": r.pack, "scenario": r.scenario.name, "differences": list(r.differences)}
            for r in wrong
        ],
        "rules_in_no_scenario": silent,
    }
    tell(as_json, data, block.done())
    raise click.exceptions.Exit(_WRONG if wrong else 0)


@declare(
    "put-in-force", "cleargate law put-in-force county us-il-cook-sheriff --packs ./packs", command
)
@acting_as
@click.argument("names", nargs=-1, required=True, metavar="PACK…")
@packs_option
@click.option(
    "--accept-unreviewed",
    is_flag=True,
    help="Though rules await counsel's review; answers that rest on them say so.",
)
@click.option("--custodian", default="", metavar="AGENCY", help="By whose law.")
def put_in_force(
    folder: Path,
    credential: Path | None,
    names: tuple[str, ...],
    folders: tuple[Path, ...],
    accept_unreviewed: bool,
    custodian: str,
    as_json: bool,
) -> None:
    """Propose a new book: the packs named, with all above them, in place of the whole book in
    force. Two must sign it.
    """
    new = book(split(names), folders)
    with acting(folder, credential) as session:
        old = session.gate.book()
        made = administer.propose_book(
            session.gate,
            session.person,
            session.custodian(custodian),
            new,
            unreviewed=accept_unreviewed,
        )
    changes = differences(old, new)
    block = Block(f"Book {made.arguments['book'][:12]} in place of {old.version[:12]}")
    for name, rules in changes.items():
        block.lines(name, rules)
    tell(as_json, proposal_json(made) | changes | {"worked": law_change.as_json(old, new)},
         block.done(), law_change.block(old, new), show.proposal(made))  # fmt: skip


def differences(old: Book, new: Book) -> dict[str, list[str]]:
    """Ids of the rules that come, go, or read otherwise."""
    before, after = ({r.id: r for p in b.packs.values() for r in p.rules} for b in (old, new))
    both = before.keys() & after.keys()
    return {
        "comes": sorted(after.keys() - before.keys()),
        "goes": sorted(before.keys() - after.keys()),
        "changes": sorted(id for id in both if before[id].text != after[id].text),
    }


def _count(things: list[str] | list[Result], word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


@declare("show", "cleargate law show us-il-cook --rule us-il/hold-on-detainer", command)
@click.argument("names", nargs=-1, required=True, metavar="PACK…|DIR")
@packs_option
@click.option("--rule", "wanted", multiple=True, metavar="ID",
              help="Only this rule: PACK/RULE, or RULE.")  # fmt: skip
@click.option("--brief", is_flag=True, help="Without the rules' Cedar.")
def show_(
    names: tuple[str, ...],
    folders: tuple[Path, ...],
    wanted: tuple[str, ...],
    brief: bool,
    as_json: bool,
) -> None:
    """The book of these packs, or the book in force in DIR, the highest law first: each rule in
    words, with its citation, whom it binds, since when and until when, and its Cedar.
    """
    found = find(",".join(names), folders).book
    rules = chosen(found, wanted)
    data = [
        {"rule": r.id, "says": r.summary, "cite": r.cite, "kind": r.kind, "layer": r.layer.word,
         "binds": list(r.binds or found.packs[r.pack].binds), "from": r.in_force_from,
         "until": r.in_force_until, "stayed": r.stayed, "disputed": r.disputed,
         "review_needed": r.review, "marks": list(marks(r)), "file": r.file, "line": r.line,
         "cedar": r.text}
        for r in rules
    ]  # fmt: skip
    tell(as_json, data, *map(_indented, show_book(found, rules, cedar=not brief)))


def _indented(line: str) -> Padding:
    """A line that goes on below its own beginning."""
    text = line.lstrip(" ")
    return Padding(Text(text), (0, 0, 0, len(line) - len(text)))
