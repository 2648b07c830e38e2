"""``cleargate storage``: the databases under the stores."""

from __future__ import annotations

from pathlib import Path

import click

from .. import places
from ..config import Settings, load
from ..show.blocks import Block
from .session import Function, declare, folder_argument, tell

command = click.Group("storage", help="The databases: make ready, check.")


def admin_option(function: Function) -> Function:
    """Who makes what the one who serves may not."""
    return click.option(
        "--database-admin",
        default="",
        metavar="URL",
        help="Address of the database for somebody who may make roles and schemas; the password "
        "comes from PGPASSWORD or ~/.pgpass.  [default: the address of the one who serves]",
    )(function)


@declare(
    "init",
    "cleargate storage init county --database-admin postgresql://postgres@db.example.gov/county",
    command,
)
@folder_argument
@admin_option
def init(folder: Path, database_admin: str, as_json: bool) -> None:
    """Bring the database of the settings to what this program needs: schemas that are missing, and
    the rights of each role. What is there stays; it can be done again at any time.
    """
    settings = load(folder)
    places.ready(settings, database_admin)
    _tell(settings, as_json)


@declare("check", "cleargate storage check county", command)
@folder_argument
def check(folder: Path, as_json: bool) -> None:
    """Open every store, and say where it lies and which version it is."""
    _tell(load(folder), as_json)


def _tell(settings: Settings, as_json: bool) -> None:
    found = places.standing(settings)
    block = Block("Every store opens")
    for store in found:
        block.line(store.name, f"version {store.version}: {store.where}")
    data = [{"store": s.name, "version": s.version, "where": s.where} for s in found]
    tell(as_json, {"stores": data}, block.done())
