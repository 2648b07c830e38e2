"""``cleargate backup``: a copy of everything but the keys."""

from __future__ import annotations

from pathlib import Path

import click

from ..backup import MANIFEST, backup
from ..config import load, utc_now
from ..show.blocks import Block
from ..storage.times import text
from .session import declare, folder_argument, tell


@declare("backup", "cleargate backup county /mnt/backups/2026-07-01")
@folder_argument
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
def command(folder: Path, out: Path, as_json: bool) -> None:
    """Copy every store, the settings and the texts of the law to the new folder OUT, while the
    jurisdiction answers. The log's key and its guard are not in it: keep copies of the key apart.
    """
    made = backup(load(folder), out, text(utc_now()))
    block = Block(f"Made {out}")
    block.line("log", f"{made.entries} entries of {made.origin}")
    block.line("files", f"{len(made.files)}, with their digests in {MANIFEST}")
    block.line("without", "the log's key and its guard")
    data = {"out": str(out), "origin": made.origin, "entries": made.entries, "at": made.at}
    tell(as_json, data | {"checkpoint": made.checkpoint}, block.done())
