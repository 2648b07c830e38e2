"""``cleargate law new``: the skeleton of a pack."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from ..law.book import known
from ..law.new_pack import write_skeleton
from ..model.errors import BadUse
from ..model.fields import near
from ..show.blocks import Block
from .library import library, packs_option, split
from .session import declare, tell

_ABOVE: Final = {"state": ("us-federal", "us-judicial-process", "us-cjis")}
_JAIL: Final = ("law-enforcement", "sheriff", "jail", "local-government")


@declare("new", "cleargate law new us-oh --into ./packs")
@click.argument("name", metavar="NAME")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("packs"),
    show_default=True,
    metavar="FOLDER",
    help="Your folder of packs.",
)
@packs_option
@click.option(
    "--maker",
    type=click.Choice(["federal", "state", "local", "agency"]),
    default="state",
    show_default=True,
    help="Whose law it is; agency: a custodian's own.",
)
@click.option(
    "--under",
    multiple=True,
    metavar="PACK,…",
    help="The packs above it.  [default for a state: the federal ones]",
)
@click.option("--custodian", default="", metavar="AGENCY", help="For an agency's own pack: whose.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND,…",
    help="For an agency's own pack: what the agency is.  [default: a sheriff with a jail]",
)
def command(
    name: str,
    into: Path,
    folders: tuple[Path, ...],
    maker: str,
    under: tuple[str, ...],
    custodian: str,
    kinds: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make the folder of a new pack: pack.toml, a rule of each kind to write yours from, worked
    requests and SOURCES.md. It checks and tests as made; docs/writing-a-pack.md goes on from there.
    """
    places = library((*folders, *((into,) if into.is_dir() else ())))
    there = known(places)
    above = split(under) or list(_ABOVE.get(maker, ()))
    if name in there:
        raise BadUse(f"There is a pack {name} already; choose another name.")
    if maker in ("local", "agency") and not above:
        raise BadUse("Say under which law it stands: --under us-oh.")
    for parent in above:
        if parent not in there:
            raise BadUse(f"There is no pack '{parent}'{near(parent, there)}")
    own = split(kinds) or list(_JAIL) if maker == "agency" else split(kinds)
    made = write_skeleton(into, name, maker, above, custodian=custodian, kinds=own)
    files = sorted(p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file())
    block = Block(f"Made {made}")
    block.lines("files", files)
    block.line("next", f"cleargate law check {name} --packs {into}")
    block.line("", f"cleargate law test {name} --packs {into}")
    tell(as_json, {"pack": name, "folder": str(made), "files": files}, block.done())
