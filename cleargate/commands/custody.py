"""``cleargate custody``: the desk's acts, each a request; and the release, which is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from .. import show
from ..config import load, utc_now
from ..custody.dispositions import Disposition
from ..custody.release import Desk
from ..gate.gate import Gate
from ..gate.release import Release, enter_late, release, waiting
from ..model.errors import BadUse, CleargateError, FieldError
from ..model.request import Person
from ..opening import desk, what_opens
from ..show.blocks import Block
from .session import Function, acting, acting_as, declare, finish, read_token, subject, tell

command = click.Group("custody", help="Custody: book, lodge, hold, release.")

_TRI: Final = click.Choice(["yes", "no", "unknown"])


@declare(
    "book",
    "cleargate custody book county --facility COOK-SHERIFF-JAIL --name 'Ana Ruiz'",
    command,
)
@acting_as
@click.option("--facility", required=True, metavar="ID", help="Where they are held.")
@click.option("--name", required=True, help="Of the person.")
@click.option("--number", "target", default="", help="The jail's own booking number.")
@click.option("--born", metavar="DAY", help="Such as 1991-04-23.")
@click.option("--address")
@click.option("--phone")
@click.option("--immigration-status")
@click.option("--charges")
@click.option("--booked-at", metavar="TIME", help="Such as 2026-07-03T16:30-05:00.  [default: now]")
@click.option("--release-scheduled", metavar="TIME")
@click.option("--release-public", type=_TRI, help="The release date is on a public page.")
@click.option("--sentenced", type=_TRI)
@click.option("--secure", type=_TRI, help="The facility is a secure one.")
@click.option("--housed-for-immigration", type=_TRI)
@click.option("--victim-or-witness", type=_TRI)
def book(
    folder: Path, credential: Path | None, target: str, as_json: bool, **fields: str | None
) -> None:
    """Take a person into custody."""
    with acting(folder, credential) as session:
        facilities = {f.id: c.id for c in session.settings.custodians for f in c.facilities}
        custodian = facilities.get(str(fields["facility"]), "")
        answer = session.ask("book", target=target, custodian=custodian, subject=subject(fields))
    finish(answer, as_json)


Option = Callable[[Function], Function]


def _booking_act(
    name: str, says: str, example: str, asking: tuple[Option, ...], *options: Option
) -> click.Command:
    """One act on a booking's papers."""

    def act(
        folder: Path,
        credential: Path | None,
        booking: str,
        represented: str,
        purpose: str,
        case: str,
        attention: str,
        reason: str,
        basis: tuple[str, ...],
        as_json: bool,
        **fields: str | None,
    ) -> None:
        with acting(folder, credential) as session:
            answer = session.ask(
                name,
                represented=represented,
                purpose=purpose,
                target=booking,
                basis=basis,
                case=case,
                attention=attention,
                reason=reason,
                subject=subject(fields),
            )
        finish(answer, as_json)

    act.__doc__ = says
    for option in reversed((acting_as, _BOOKING, *asking, *options)):
        act = option(act)
    return declare(name, f"cleargate custody {name} {example}", command)(act)


_BOOKING: Final[Option] = click.argument("booking", metavar="BOOKING")
_REST: Final[tuple[Option, ...]] = (
    click.option(
        "--basis",
        multiple=True,
        metavar="EVIDENCE-ID",
        help="The document; more than one may be named.",
    ),
    click.option("--case", default="", metavar="NO", help="The case number."),
    click.option("--attention", default="", metavar="NAME", help="Who asks."),
    click.option("--reason", default="", help="Anything else to be written down."),
)
_OWN: Final[tuple[Option, ...]] = (
    click.option("--for", "represented", default="", metavar="AGENCY",
                 help="For whom.  [default: your own agency]"),
    click.option("--purpose", default="ADM", show_default=True, metavar="CODE", help="Why."),
    *_REST,
)  # fmt: skip
"""For the desk's own acts."""

_FOR_ANOTHER: Final[tuple[Option, ...]] = (
    click.option("--for", "represented", required=True, metavar="AGENCY", help="For whom."),
    click.option("--purpose", required=True, metavar="CODE", help="Why, such as CIV-IMM or C."),
    *_REST,
)  # fmt: skip
"""For what an agency asks of the desk."""

lodge = _booking_act(
    "lodge",
    "Put a document with a booking. That keeps nobody: what is done on it is decided by law.",
    "county B-26-3318 --basis E-7K2M9 --for ICE-ERO --purpose CIV-IMM",
    _OWN,
    click.option("--supersedes", metavar="EVIDENCE-ID", help="The document that it replaces."),
)
hold = _booking_act(
    "hold",
    "Keep a person who would otherwise be released, on the papers named or else on those lodged. "
    "Each document is decided by itself; a hold ends by itself at its limit.",
    "county B-26-3318 --for USMS --purpose C --case 26-114 --attention 'D. Lee' --basis E-7K2M9",
    _FOR_ANOTHER,
    click.option("--otherwise-released", metavar="TIME",
                 help="When they would have been released; every clock starts then.  "
                 "[default: now]"),
)  # fmt: skip
serve_copy = _booking_act(
    "serve-copy",
    "Write down that the person was given a copy of a document.",
    "county B-26-3318 --basis E-7K2M9",
    _OWN,
)
withdraw = _booking_act(
    "withdraw",
    "End a lodged document: it asks for nothing any more, and its hold ends.",
    "county B-26-3318 --basis E-7K2M9",
    _OWN,
    click.option(
        "--disposition",
        type=click.Choice([Disposition.WITHDRAWN, Disposition.NOT_THE_SAME_PERSON]),
        help="Why.  [default: withdrawn]",
    ),
)
transfer = _booking_act(
    "transfer",
    "Hand a person over to the agency represented, on the documents named or else on those lodged.",
    "county B-26-3318 --for USMS --purpose C --case 26-114 --attention 'D. Lee' --basis E-7K2M9",
    _FOR_ANOTHER,
)
sentence = _booking_act(
    "sentence",
    "Write down that a court sentenced the person. What law makes due on a sentence is due then.",
    "county B-26-3318",
    _OWN,
)
schedule_release = _booking_act(
    "schedule-release",
    "Say when the person is to be released, or say it anew. It keeps nobody and releases nobody; "
    "notices that law wants before a release are due then.",
    "county B-26-3318 --release-scheduled 2026-11-02T09:00-06:00",
    _OWN,
    click.option("--release-scheduled", required=True, metavar="TIME",
                 help="Such as 2026-11-02T09:00-06:00."),
    click.option("--release-public", type=_TRI, help="The release date is on a public page."),
)  # fmt: skip


@declare("release", "cleargate custody release county B-26-3318 --by 'Sgt. Lee'", command)
@acting_as
@click.argument("booking", metavar="BOOKING")
@click.option("--by", metavar="NAME", help="Who releases, where no credential can be checked.")
@click.option("--at", metavar="TIME", help="When the person left.  [default: now]")
def release_(
    folder: Path,
    credential: Path | None,
    booking: str,
    by: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Release a person on the ordinary terms. It asks nobody's permission: when the law cannot be
    read or the log cannot be written, the person leaves, and a form is printed to be entered later.
    """
    when = _time(at)
    try:
        settings = load(folder)
    except CleargateError as fault:
        # Nothing is known but the booking's number; that is enough to let somebody go.
        spool = (folder if folder.is_dir() else Path()) / "spool"
        nowhere, person = Desk(spool, str(folder), UTC), _releasing(None, credential, by)
        done = release(None, None, booking, when, nowhere, by=person, via="cli", why=fault.sentence)
    else:
        with what_opens(settings) as (gate, store, why):
            person = _releasing(gate, credential, by)
            done = release(
                gate, store, booking, when, desk(settings), by=person, via="cli", why=why
            )
    tell(as_json, _release_json(done), show.released(done))


@declare("late", "cleargate custody late county", command)
@acting_as
def late(folder: Path, credential: Path | None, as_json: bool) -> None:
    """Enter the releases that could not be written down then, with the time of then."""
    entered, faults = [], []
    with acting(folder, credential) as session:
        for one in waiting(desk(session.settings)):
            if one.late is None:
                faults.append(one.fault)
                continue
            try:
                receipt = enter_late(session.gate, one, session.person, "cli")
            except FieldError as wrong:
                faults.append(f"{one.late.form} stays: {wrong.sentence}")
                continue
            entered.append((one.late, receipt.index))
    block = Block(f"Entered {len(entered)} of {len(entered) + len(faults)} releases")
    block.lines("entered", (f"{x.form}, {x.booking}: entry {index}" for x, index in entered))
    block.lines("to do", faults)
    data = {
        "entered": [{"form": x.form, "booking": x.booking, "leaf": i} for x, i in entered],
        "faults": faults,
    }
    tell(as_json, data, block.done())


def _releasing(gate: Gate | None, credential: Path | None, by: str | None) -> Person:
    """Who releases: by credential where that can be checked, else as named at the desk."""
    fault: CleargateError | None = None
    if gate is not None:
        try:
            return gate.authenticate(read_token(credential), "cli")
        except CleargateError as wrong:
            fault = wrong
    if by is None:
        why = fault.sentence if fault else "The credential cannot be checked now."
        raise BadUse(f"{why} To release all the same, name who does: --by NAME.")
    return Person(by, "", "jail-desk")


def _time(said: str | None) -> datetime:
    if said is None:
        return utc_now()
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadUse("--at is not a time; write it like 2026-07-03T16:30-05:00, with its offset.")
    return at.astimezone(UTC)


def _release_json(done: Release) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(done.released, enc_hook=str)
    return said | {
        "leaf": done.receipt.index if done.receipt else None,
        "duties": [
            {"duty": d.name, "within": d.within, "to": d.to, "cite": d.rule.cite}
            for d in done.duties
        ],
        "form": done.form,
    }
