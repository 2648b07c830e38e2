"""Where packs are found, and the book that names of packs stand for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from ..law.book import Book, read_book
from ..model.errors import PackError
from ..model.words import Layer
from .session import Function

SHIPPED: Final = Path(str(files("cleargate").joinpath("packs")))
"""The packs that come with this program."""

CAST: Final = SHIPPED / "cast.toml"


def packs_option(function: Function) -> Function:
    """``--packs``: folders that are searched before the shipped one."""
    return click.option(
        "--packs", "folders", multiple=True, metavar="FOLDER", help="Folder of packs of your own.",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
    )(function)  # fmt: skip


def library(folders: Sequence[Path]) -> list[Path]:
    """The folders in which packs are looked for, in their order."""
    return [*folders, SHIPPED]


def split(names: Sequence[str]) -> list[str]:
    """Names given one by one, or with commas between them."""
    return list(dict.fromkeys(n.strip() for one in names for n in one.split(",") if n.strip()))


def book(names: Sequence[str], folders: Sequence[Path], *, starters: bool = False) -> Book:
    """The named packs with all above them.

    Args:
        names: as ``split`` gives them.
        folders: searched before the shipped packs.
        starters: add the agency packs that the named ones begin with, where none is named.

    Raises:
        PackError: a pack is unknown or has mistakes.
    """
    if not names:
        raise PackError(["Name a pack; 'cleargate law list' shows them."])
    found = read_book(names, library(folders))
    own = any(p.layer is Layer.AGENCY for p in found.packs.values())
    added = [s for n in names for s in found.packs[n].starter] if starters and not own else []
    return read_book([*names, *added], library(folders)) if added else found
