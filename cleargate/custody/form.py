"""The paper form of a release: one page of plain text, to be signed when nothing else works."""

from __future__ import annotations

import textwrap
from datetime import UTC, tzinfo
from typing import Final

from .spool import Late

WIDTH: Final = 78
LINES: Final = 60
"""What fits on one page of letter paper in ten-pitch type."""

_LINE: Final = "_" * 36


def release_form(late: Late, office: str, zone: tzinfo) -> str:
    """The form for one release, at most ``LINES`` lines of ``WIDTH`` characters.

    ``office`` heads it, as the settings name the jurisdiction; ``zone`` is where the desk is.
    """
    local, utc = late.at.astimezone(zone), late.at.astimezone(UTC)
    return "\n".join(
        [
            *textwrap.wrap(office, WIDTH, max_lines=2),
            "RELEASE FROM CUSTODY".ljust(WIDTH - 16) + f"Form {late.form}".rjust(16),
            "=" * WIDTH,
            "",
            *_field("Booking", late.booking),
            *_field("Released", f"{local:%A %d %B %Y, %H:%M:%S %Z}"),
            *_field("", f"{utc:%Y-%m-%dT%H:%M:%SZ}"),
            *_field("Released by", late.by),
            *_field("On paper for", late.why),
            "",
            *textwrap.wrap(
                "The person of this booking is released on the ordinary terms. No permission of "
                "this system is needed to release, and nothing that fails in it extends custody.",
                WIDTH,
            ),
            "",
            _blank("Name of the person"),
            _blank("Signature of the person"),
            _blank("Identity checked by"),
            _blank("Property returned, list no."),
            _blank("Told to (victim, court, agency)"),
            _blank("Signature at the desk"),
            _blank("Signature of the supervisor"),
            "",
            "-" * WIDTH,
            "TO BE ENTERED when the system answers again, with the time written above:",
            "",
            _blank("Entered on, at"),
            _blank("Entered by"),
            _blank("Number of the log entry"),
            "",
        ]
    )


def _field(name: str, value: str) -> list[str]:
    head = f"{name + ':' if name else '':<16}"
    room = WIDTH - len(head)
    lines = textwrap.wrap(value, room, max_lines=4, placeholder=" …") or [""]
    return [head + lines[0], *(" " * len(head) + line for line in lines[1:])]


def _blank(name: str) -> str:
    return f"{name + ':':<36}{_LINE}\n"
