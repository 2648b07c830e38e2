"""``cleargate credential``: who may ask, for how long, and with which signing key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from rich.console import RenderableType

from .. import show
from ..agencies import proposals
from ..agencies.parse import SIGNERS, new_credential
from ..config import load, random_bytes
from ..gate import administer
from ..gate.answer import Answer
from ..model.errors import BadUse, CleargateError
from ..model.request import ROLES
from ..opening import opened
from . import keys
from .session import (
    FILE,
    Session,
    acting,
    acting_as,
    declare,
    finish,
    folder_argument,
    keep_secret,
    subject,
    tell,
)

command = click.Group("credential", help="Credentials: issue, revoke.")


@declare(
    "issue",
    "cleargate credential issue county --person s.okoro --agency FBI --role officer",
    command,
)
@acting_as
@click.option("--person", required=True, metavar="ID", help="Whose it is, such as s.okoro.")
@click.option("--agency", required=True, metavar="AGENCY", help="The agency they act for.")
@click.option("--role", required=True, metavar="ROLE", help=f"One of {', '.join(ROLES)}.")
@click.option(
    "--enforces-civil-immigration",
    type=click.Choice(["yes", "no", "unknown"]),
    help="Whether the person does, by function.  [default: no]",
)
@click.option(
    "--enforces-immigration-crimes",
    type=click.Choice(["yes", "no", "unknown"]),
    help="The same of the crimes of entry, presence, registration and departure.  [default: no]",
)
@click.option("--days", type=int, metavar="N", help="How long it lasts.")
@click.option("--public-key", metavar="HEX", help="Their Ed25519 signing key, public half.")
@click.option(
    "--new-key",
    type=FILE,
    metavar="FILE",
    help="Make their signing key in a new file; only its public half is sent.",
)
@click.option(
    "--token-file",
    type=FILE,
    metavar="FILE",
    help="New file for the token.  [default: PERSON.token]",
)
@click.option("--show-token", is_flag=True, help="Print the token instead of writing a file.")
@click.option(
    "--console",
    type=FILE,
    metavar="FILE",
    help="Let them make an account for the pages; the link goes to a new file.",
)
@click.option("--custodian", default="", metavar="AGENCY", help="By whose law.")
def issue(
    folder: Path,
    credential: Path | None,
    new_key: Path | None,
    token_file: Path | None,
    show_token: bool,
    console: Path | None,
    custodian: str,
    as_json: bool,
    **fields: str | int | None,
) -> None:
    """Issue a credential. The token goes to a new file that only its owner can read; hand it over
    on a safe way. An administrator after the second needs two keys: then this proposes.
    """
    token = None if show_token else token_file or Path(f"{fields['person']}.token")
    if token is not None and token.exists():
        raise BadUse(f"{token} is there already; name another with --token-file.")
    if new_key is not None and new_key.exists():
        raise BadUse(f"{new_key} is there already; name another with --new-key.")
    if console is not None and console.exists():
        raise BadUse(f"{console} is there already; name another with --console.")
    if new_key is not None and fields["role"] not in SIGNERS:
        raise BadUse(f"Only {' and '.join(SIGNERS)} sign; leave --new-key out.")
    with acting(folder, credential) as session:
        said = subject(fields) | ({"console": "yes"} if console else {})
        # Whatever is wrong is found before a key is made, and before two are asked to sign.
        _check(session, said | ({"public_key": _SOME_KEY} if new_key else {}))
        if new_key is not None:
            said["public_key"] = keys.public(keys.new(new_key, random_bytes)).hex()
        if proposals.needs_two_keys(
            session.gate.parts.agencies, "credential:issue", said.get("role", "")
        ):
            _propose(session, custodian, said, as_json)
            return
        answer = session.ask("credential:issue", custodian=custodian, subject=said)
        answer, note = keep_token(answer, token)
        if console is not None:
            answer = _keep_link(answer, console, session.settings.serve.url)
    finish(answer, as_json, *note)


_SOME_KEY: Final = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
"""A public key that is one (RFC 8032, 7.1, test 1), to try the other fields with."""


def _check(session: Session, said: dict[str, str]) -> None:
    limits = session.gate.parts.limits
    new = new_credential(said, days=limits.credential_days, longest_days=limits.longest_days)
    session.gate.parts.directory.agency(new.person.agency, field="agency")


def _propose(session: Session, custodian: str, said: dict[str, str], as_json: bool) -> None:
    whose = session.custodian(custodian)
    made = administer.propose(session.gate, session.person, "credential:issue", whose, said)
    tell(as_json, proposal_json(made), show.proposal(made))


def proposal_json(proposal: proposals.Proposal) -> dict[str, object]:
    """A proposal as ``--json`` gives it."""
    return {
        "proposal": proposal.id,
        "action": proposal.action,
        "custodian": proposal.custodian,
        "arguments": dict(proposal.arguments),
        "proposed_by": proposal.proposed_by,
        "expires_at": proposal.expires_at,
        "signed_by": [s.person for s in proposal.signatures],
        "ready": proposal.ready,
        "executed_leaf": proposal.executed_leaf,
    }


def keep_token(answer: Answer, path: Path | None) -> tuple[Answer, list[RenderableType]]:
    """Take a new token out of an answer and write it to ``path``; without one it is left there.

    The token exists once: if the file cannot be written, the credential must be revoked.
    """
    token = answer.result.get("token")
    if not token:
        return answer, []
    if path is None:
        return answer, [f"token     {token}"]
    credential = answer.result["credential"]
    try:
        keep_secret(path, f"{token}\n")
    except CleargateError as fault:
        raise CleargateError(
            f"{fault.sentence} The token of credential {credential} is lost; revoke it and issue "
            "another."
        ) from fault
    result = {k: v for k, v in answer.result.items() if k != "token"} | {"token_file": str(path)}
    return replace(answer, result=result), []


def _keep_link(answer: Answer, path: Path, url: str) -> Answer:
    """Take the link that makes an account out of an answer and write it to ``path``."""
    secret = answer.result.get("enrolment")
    if not secret:
        return answer
    try:
        keep_secret(path, f"{url.rstrip('/')}/enrol/{secret}\n")
    except CleargateError as fault:
        raise CleargateError(f"{fault.sentence} The link is lost; issue another.") from fault
    result = {k: v for k, v in answer.result.items() if k != "enrolment"}
    return replace(answer, result=result | {"console_link_file": str(path)})


@declare("renew", "cleargate credential renew county --key private/a.ames.key", command)
@folder_argument
@click.option("--key", type=FILE, required=True, metavar="FILE", help="Your signing key.")
@click.option("--days", type=click.IntRange(1), metavar="N", help="How long it lasts.")
@click.option(
    "--token-file",
    type=FILE,
    metavar="FILE",
    help="New file for the token, where your key alone is enough.  [default: PERSON.token]",
)
def renew(
    folder: Path, key: Path, days: int | None, token_file: Path | None, as_json: bool
) -> None:
    """A new credential for yourself, an administrator whose own one has run out: your signing key
    says who you are. A second key must sign it with 'cleargate sign', unless you are the only
    administrator that there ever was.
    """
    signing = keys.load(key)
    with opened(load(folder)) as gate:
        store = gate.parts.agencies
        person = proposals.signer_of(store, keys.public(signing))
        token = token_file or Path(f"{person}.token")
        if token.exists():
            raise BadUse(f"{token} is there already; name another with --token-file.")
        made = administer.propose_renewal(gate, keys.public(signing), days)
        signed = administer.sign(gate, made.id, person, signing.sign(made.message), "cli")
        if signed.answer is None:
            tell(as_json, proposal_json(signed.proposal), show.proposal(signed.proposal))
            return
        answer, note = keep_token(signed.answer, token)
    finish(answer, as_json, *note)


@declare("revoke", "cleargate credential revoke county 7k2m9q4r1t", command)
@acting_as
@click.argument("id", metavar="CREDENTIAL")
@click.option("--custodian", default="", metavar="AGENCY", help="By whose law.")
def revoke(folder: Path, credential: Path | None, id: str, custodian: str, as_json: bool) -> None:
    """End a credential now, and its signing key with it. CREDENTIAL is its id: the ten characters
    after 'cg_'.
    """
    with acting(folder, credential) as session:
        answer = session.ask("credential:revoke", target=id, custodian=custodian)
    finish(answer, as_json)
