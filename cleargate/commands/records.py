"""``cleargate records``: extracts in, and what data sets and sources there are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console, Group
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from .. import show
from ..gate.acts import Extract
from ..gate.answer import Answer
from ..records.catalogue import CATALOGUE, Dataset, dataset
from ..records.sources import sources
from ..show.blocks import Block, table
from . import rectify
from .session import EXIT, FILE, acting, acting_as, declare, tell

command = click.Group("records", help="Records: import, correct and seal, see the catalogue.")
rectify.add_to(command)


@declare(
    "import", "cleargate records import county --source clear-incidents incidents.csv.gz", command
)
@acting_as
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE…")
@click.option("--source", required=True, metavar="NAME", help="Form of the extract.")
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
def import_(
    folder: Path,
    credential: Path | None,
    files: tuple[Path, ...],
    source: str,
    name: str,
    custodian: str,
    rejects: Path | None,
    sha256: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import extracts, plain or gzip; the same file again changes nothing. Each is a request of its
    own, and all of it becomes visible at once or nothing does.
    """
    subject = {"source": source, "sha256": sha256, "dry_run": "yes" if dry_run else ""}
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
                    extract=Extract(path, rejects=wrong, progress=report),
                )
            if answer.result.get("rejected"):
                answer = replace(answer, result={**answer.result, "rejects_file": str(wrong)})
            answers.append(answer)
            if not answer.opens:
                break
    tell(as_json, [a.as_json() for a in answers], *(show.answer(a) for a in answers))
    raise click.exceptions.Exit(EXIT[answers[-1].decision.outcome])


@contextmanager
def _progress(path: Path) -> Iterator[Callable[[int, int, int], None]]:
    """A bar on stderr, where somebody looks at it."""
    if not sys.stderr.isatty():
        yield lambda rows, done, total: None
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(),
        TextColumn("{task.fields[rows]:,} rows"), TimeRemainingColumn(),
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


@declare("sources", "cleargate records sources", command)
def sources_(as_json: bool) -> None:
    """The forms of extract that can be imported."""
    found = list(sources().values())
    made = table("source", "for", "reads")
    for source in found:
        made.add_row(source.name, source.dataset or "any data set", source.title)
    data = [{"source": s.name, "title": s.title, "dataset": s.dataset} for s in found]
    tell(as_json, data, made)
