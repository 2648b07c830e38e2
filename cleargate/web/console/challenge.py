"""What a page asks a device to sign, and how the form that comes back says which it was."""

from __future__ import annotations

from datetime import UTC, datetime

from ...agencies import passkeys
from ...agencies.passkeys import Challenge
from ...model.errors import BadUse, KeyUnusable
from .pages import Pages
from .visit import Visit

MAKE, SIGN_IN = "make", "sign in"
"""What a challenge is for."""


def asking(pages: Pages, visit: Visit) -> dict[str, str] | None:
    """What the form for signing in by passkey holds; None where no passkey can be had."""
    site = pages.office.passkeys
    if site is None:
        return None
    try:
        challenge = new(pages, visit, SIGN_IN)
    except KeyUnusable as fault:
        pages.health.met(fault)
        return None
    return {"options": passkeys.asking(site, challenge), "at": challenge.at.isoformat()}


def new(pages: Pages, visit: Visit, use: str) -> Challenge:
    """A challenge of now, for this browser.

    Raises:
        KeyUnusable: the accounts' key cannot be read.
    """
    parts = pages.gate.parts
    return Challenge.make(parts.vault, use, visit.secret, parts.clock())


def answered(pages: Pages, visit: Visit, use: str) -> Challenge:
    """The challenge that a form answers, made again from the time that it carries.

    Raises:
        BadUse: it carries none.
    """
    try:
        at = datetime.fromisoformat(visit.field("at")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadUse("This form is out of date; open the page again.") from None
    return Challenge.make(pages.gate.parts.vault, use, visit.secret, at)
