"""``cleargate restore``: a backup in the place of the stores, with what is lost declared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from .. import show
from ..backup import DATA, begin_anew, check, restore
from ..config import FILE as SETTINGS
from ..config import load
from ..model.errors import BadUse
from ..recovery import state
from .credential import proposal_json
from .session import FILE, acting_as, declare, read_token, tell


@declare("restore", "cleargate restore county backups/2026-07-01 --declare --origin county/log-2")
@acting_as
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, file_okay=False))
@click.option("--declare", "declared", is_flag=True, help="Declare what is lost.")
@click.option(
    "--origin", default="", metavar="NAME", help="Where entries are lost: of the new log."
)
@click.option("--since", "kept", type=FILE, metavar="FILE", help="A checkpoint kept elsewhere.")
def command(
    folder: Path,
    credential: Path | None,
    source: Path,
    declared: bool,
    origin: str,
    kept: Path | None,
    as_json: bool,
) -> None:
    """Put the backup IN back. What is lost is proposed for two to sign, and logged. Where signed
    entries are lost the old log has ended: a new one of another name follows it, and nothing is
    answered before two have signed. What was there is kept beside it. Stop the server first.
    """
    check(source)
    if not declared:
        raise BadUse(_would_lose(folder, source, kept))
    token = read_token(credential)
    settings = load(folder) if (folder / SETTINGS).exists() else begin_anew(folder, source)
    proposal, aside = restore(settings, source, token, origin=origin, kept=kept)
    data = proposal_json(proposal) | {"replaced": str(aside)}
    tell(as_json, data, show.proposal(proposal), f"Replaced  what was there is now in {aside}")


def _would_lose(folder: Path, source: Path, kept: Path | None) -> str:
    settings = load(folder if (folder / SETTINGS).exists() else source)
    place = str((source / DATA).absolute())
    found = state(replace(settings, paths=replace(settings.paths, data=place)), kept)
    return f"{found.declared()}. Nothing was changed; to put it back all the same, say --declare."
