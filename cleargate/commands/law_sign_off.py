"""``cleargate law sign-off``: counsel signs rules, each in the text that is in force."""

from __future__ import annotations

from pathlib import Path

import click

from ..agencies import proposals, reader
from ..config import load
from ..gate import sign_off
from ..opening import opened
from ..show.blocks import Block
from . import keys
from .library import split
from .session import FILE, declare, finish, folder_argument


@declare("sign-off", "cleargate law sign-off county us-il/hold-on-detainer --key c.lee.key")
@folder_argument
@click.argument("rules", nargs=-1, required=True, metavar="PACK/RULE…")
@click.option(
    "--key", type=FILE, required=True, metavar="FILE", help="Your signing key: it says who you are."
)
def command(folder: Path, rules: tuple[str, ...], key: Path, as_json: bool) -> None:
    """Sign rules off as counsel, having read each beside its text. The answers that rest on one say
    who reviewed it and when, until its text changes. It is asked for as a request, decided by your
    agency's own pack, and logged with the key.
    """
    signing = keys.load(key)
    public = keys.public(signing)
    named = split(rules)
    with opened(load(folder)) as gate:
        store = gate.parts.agencies
        person = reader.person(store, proposals.signer_of(store, public))
        texts = sign_off.messages(gate.book(), person.agency, named, person.id)
        signed = [signing.sign(t) for t in texts]
        answer = gate.ask(person, sign_off.request(person, named, signed, public), "cli")
        block = Block("Signed off")
        if answer.opens:
            block.lines("rules", named)
            block.line("book", f"{answer.result['book'][:12]}, in force from entry "
                       f"{answer.answered.index if answer.answered else '?'}")  # fmt: skip
            block.line("left", f"{answer.result['left']} rules still await review")
    finish(answer, as_json, *([block.done()] if answer.opens else []))
