"""``cleargate sign``: a signature on what needs two keys; with the second, it is done."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import RenderableType

from .. import recovery, show
from ..agencies import proposals
from ..agencies.proposals import Proposal
from ..config import Settings, load, utc_now
from ..gate import administer, settling
from ..gate.administer import preview_cut_off
from ..gate.gate import Gate
from ..model.errors import BadUse
from ..opening import opened
from ..show.blocks import Block
from ..show.roads import NOT_PROVED
from . import keys, law_change, law_conflicts
from .credential import keep_token, proposal_json
from .session import FILE, declare, finish, folder_argument, tell

_CUT_OFF: Final = "agency:cut-off"
_NEW_LAW: Final = "law:put-in-force"


@declare("sign", "cleargate sign county P-4C9H2M7K1QX0A8RT --key private/a.ames.key")
@folder_argument
@click.argument("id", metavar="[PROPOSAL]", required=False)
@click.option(
    "--key",
    type=FILE,
    metavar="FILE",
    help="Your signing key. Without it the proposal is shown and nothing is signed.",
)
@click.option(
    "--token-file",
    type=FILE,
    metavar="FILE",
    help="For a credential: new file for its token.  [default: PERSON.token]",
)
def command(
    folder: Path, id: str | None, key: Path | None, token_file: Path | None, as_json: bool
) -> None:
    """Sign a proposal. Your key says who you are. With the second signature the act is asked for as
    a request, decided by the custodian's own pack, logged and done. Without PROPOSAL, all that wait
    for signatures are listed.
    """
    signing = None if key is None else keys.load(key)
    if id is not None and _of_a_successor(load(folder), id, signing, as_json):
        return
    with opened(load(folder)) as gate:
        store = gate.parts.agencies
        if id is None:
            open_ = proposals.waiting(store, gate.parts.clock())
            none = [] if open_ else [Block("Nothing waits for a signature.").done()]
            tell(as_json, [proposal_json(p) for p in open_], *none, *map(show.proposal, open_))
            return
        found = proposals.proposal(store, id)
        if signing is None:
            rule = settling.drafted(gate, found)
            tell(as_json, proposal_json(found), show.proposal(found), *_roads(gate, found),
                 *law_conflicts.drafted(rule))  # fmt: skip
            return
        token = token_file or Path(f"{found.arguments.get('person', 'new')}.token")
        if found.action == "credential:issue" and token.exists():
            raise BadUse(f"{token} is there already; name another with --token-file.")
        person = proposals.signer_of(store, keys.public(signing))
        signed = administer.sign(gate, found.id, person, signing.sign(found.message), "cli")
        if signed.answer is None:
            tell(as_json, proposal_json(signed.proposal), show.proposal(signed.proposal))
            return
        answer, note = keep_token(signed.answer, token)
    if found.action == _CUT_OFF:
        note.append(NOT_PROVED)
    finish(answer, as_json, *note)


def _of_a_successor(
    settings: Settings, id: str, signing: Ed25519PrivateKey | None, as_json: bool
) -> bool:
    """Show or sign that another log follows one that may not be opened any more."""
    with recovery.waiting(settings, id) as waits:
        if waits is None:
            return False
        store, found = waits
        if signing is not None and found.executed_leaf is None:
            person = proposals.signer_of(store, keys.public(signing))
            found = proposals.sign(store, found.id, person, signing.sign(found.message), utc_now())
    if signing is not None and found.ready:
        finish(recovery.recover(settings, found, "cli"), as_json)
    tell(as_json, proposal_json(found), show.proposal(found))
    return True


def _roads(gate: Gate, found: Proposal) -> list[RenderableType]:
    """What a proposed book or cut-off would do, while the book is the one it was drafted from."""
    said = found.arguments
    if found.action == _NEW_LAW and found.executed_leaf is None:
        return [law_change.block(gate.book(), gate.law.book(said["book"]))]
    if (
        found.action != _CUT_OFF
        or found.executed_leaf is not None
        or said["from"] != gate.book().version
    ):
        return []
    excepted = [e for e in said.get("except", "").split(",") if e]
    return [show.effect(preview_cut_off(gate, found.custodian, said["agency"], excepted))]
