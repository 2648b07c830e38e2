"""``cleargate records``: extracts in, and what data sets and sources there are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
import msgspec
from rich.console import Console, Group
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)

from .. import show
from ..gate.answer import Answer
from ..gate.files import Extract
from ..model.errors import FieldError
from ..records.catalogue import CATALOGUE, Dataset, dataset
from ..records.own_source import own, tried
from ..records.reader import Limits
from ..records.sources import source, sources
from ..show.blocks import Block, table
from . import records_quarantine, rectify
from .session import EXIT, FILE, acting, acting_as, declare, tell

command = click.Group("records", help="Records: import, correct and seal, see the catalogue.")
rectify.add_to(command)
command.add_command(records_quarantine.list_)
command.add_command(records_quarantine.lift)


@declare(
    "import", "cleargate records import county --source clear-incidents incidents.csv.gz", command
)
@acting_as
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE…")
@click.option(
    "--source",
    "named",
    required=True,
    metavar="NAME|FILE.toml",
    help="Form of the extract, or a file of your own.",
)
@click.option("--dataset", "name", default="", metavar="NAME", help="Where it does not show.")
@click.option("--custodian", default="", metavar="AGENCY", help="Whose records these are.")
@click.option(
    "--rejects",
    type=FILE,
    metavar="FILE",
    help="Where rows that cannot be taken go.  [default: FILE.rejects.csv, here]",
)
@click.option("--sha256", default="", metavar="HEX", help="Digest that the file must have.")
@click.option("--dry-run", is_flag=True, help="Count what would change; change nothing.")
@click.option("--resume", is_flag=True, help="Pass over files that were imported before.")
def import_(
    folder: Path,
    credential: Path | None,
    files: tuple[Path, ...],
    named: str,
    name: str,
    custodian: str,
    rejects: Path | None,
    sha256: str,
    dry_run: bool,
    resume: bool,
    as_json: bool,
) -> None:
    """Import extracts, plain or gzip; the same file again changes nothing. Each is a request of its
    own, and all of it becomes visible at once or nothing does. One that was cut off begins anew;
    with --resume, those before it are passed over.
    """
    known, form = _form(named)
    subject = {"source": known, "form": form, "sha256": sha256}
    subject["dry_run"] = "yes" if dry_run else ""
    subject["resume"] = "yes" if resume else ""
    answers: list[Answer] = []
    with acting(folder, credential) as session:
        for path in files:
            wrong = rejects or Path(path.name + ".rejects.csv")
            with _progress(path) as report:
                answer = session.ask(
                    "records:import",
                    dataset=name,
                    custodian=custodian,
                    subject={k: v for k, v in subject.items() if v},
                    file=Extract(path, rejects=wrong, progress=report),
                )
            if answer.result.get("rejected"):
                answer = replace(answer, result={**answer.result, "rejects_file": str(wrong)})
            answers.append(answer)
            if not answer.opens:
                break
    tell(as_json, [a.as_json() for a in answers], *(show.answer(a) for a in answers))
    raise click.exceptions.Exit(EXIT[answers[-1].decision.outcome])


def _form(named: str) -> tuple[str, str]:
    """The name of a source, and its text where it is a file of the user's own."""
    if not named.endswith(".toml"):
        return named, ""
    path = Path(named)
    try:
        return path.stem, path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise FieldError("source", f"{path} cannot be read ({fault}); give a TOML file.") from None


class RowsPerSecond(ProgressColumn):
    """How many rows a second, since the beginning."""

    def render(self, task: Task) -> str:
        return f"{task.fields['rows'] / task.elapsed:,.0f} rows/s" if task.elapsed else ""


@contextmanager
def _progress(path: Path) -> Iterator[Callable[[int, int, int], None]]:
    """A bar on stderr, where somebody looks at it."""
    if not sys.stderr.isatty():
        yield lambda rows, done, total: None
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(),
        TextColumn("{task.fields[rows]:,} rows"), RowsPerSecond(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task(path.name, total=None, rows=0)
        yield lambda rows, done, total: bar.update(task, completed=done, total=total, rows=rows)


@declare("catalogue", "cleargate records catalogue incident", command)
@click.argument("name", required=False, default="", metavar="[DATASET]")
def catalogue(name: str, as_json: bool) -> None:
    """The data sets, or the columns of one: type, mask, and what it can be searched by."""
    if name:
        chosen = dataset(name)
        tell(as_json, _dataset_json(chosen), _columns(chosen))
        return
    made = table("data set", "holds", "columns")
    for of in CATALOGUE.values():
        made.add_row(of.name, of.title, str(len(of.columns)))
    tell(as_json, [_dataset_json(d) for d in CATALOGUE.values()], made)


def _columns(of: Dataset) -> Group:
    made = table("column", "holds", "type", "mask", "conditions")
    for c in of.columns:
        made.add_row(
            c.name,
            c.title,
            c.type,
            c.mask.removeprefix("see:") or "–",
            " ".join(c.operators) or "–",
        )
    block = Block(f"{of.name}: {of.title}")
    block.add(made)
    return block.done()


def _dataset_json(of: Dataset) -> dict[str, object]:
    return {
        "dataset": of.name,
        "title": of.title,
        "key": of.key,
        "columns": [
            {"name": c.name, "title": c.title, "type": c.type, "mask": c.mask,
             "operators": list(c.operators), "required": c.required}
            for c in of.columns
        ],
    }  # fmt: skip


@declare("sources", "cleargate records sources try arrests.csv --source our-arrests.toml", command)
@click.argument("what", required=False, type=click.Choice(["try"]), metavar="[try]")
@click.argument("file", required=False, type=FILE, metavar="[FILE]")
@click.option("--source", "by", default="", metavar="NAME|FILE.toml", help="What FILE is read by.")
@click.option("--dataset", "name", default="", metavar="NAME", help="Where it does not show.")
def sources_(what: str | None, file: Path | None, by: str, name: str, as_json: bool) -> None:
    """The forms of extract that can be imported; or try one on a file, your own too: what would be
    read and what rejected. Nothing is imported.
    """
    if what is not None or file is not None or by:
        if file is None or not by:
            raise FieldError("source", "Say which file, and by which source: try FILE --source …")
        _try(file, by, name, as_json)
        return
    found = list(sources().values())
    made = table("source", "for", "reads")
    for one in found:
        made.add_row(one.name, one.dataset or "any data set", one.title)
    data = [{"source": s.name, "title": s.title, "dataset": s.dataset} for s in found]
    tell(as_json, data, made)


def _try(file: Path, named: str, of: str, as_json: bool) -> None:
    name, form = _form(named)
    trial = tried(file, (own(name, form) if form else source(name)).of(of), Limits())
    block = Block(f"{file.name} as {trial.source}, into {trial.dataset}")
    read = table("column", "from", *(f"row {n}" for n in range(1, len(trial.shown) + 1)))
    for place, (column, header) in enumerate(trial.columns.items()):
        values = (row[place] for row in trial.shown)
        read.add_row(column, header, *("–" if v is None else str(v) for v in values))
    block.add(read)
    block.line("read", f"{trial.rows:,} rows can be taken, {trial.rejected:,} are rejected")
    block.lines("rejected", (f"{n:,} × {c or 'row'} {why}" for c, why, n in trial.reasons[:20]))
    block.line("blank", ", ".join(trial.absent) or "no column")
    block.line("not read", ", ".join(trial.ignored) or "no header")
    block.line("nothing", "was imported; import it with the same --source")
    # The texts of rejected rows are the file's own; they are told by line, column and reason.
    rejects = [{"line": r.line, "column": r.column, "reason": r.reason}
               for r in trial.first_rejects]  # fmt: skip
    tell(as_json, {**msgspec.to_builtins(trial), "first_rejects": rejects}, block.done())
