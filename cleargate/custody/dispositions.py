"""What became of a document that was lodged. A blank is its own answer, and never ``honored``."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Disposition(StrEnum):
    """How a detainer or warrant ended."""

    HONORED = "honored"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    NOT_THE_SAME_PERSON = "not the same person"
    NONE_RECORDED = "none recorded"


def of(stored: str) -> Disposition:
    """The disposition of a stored text; a blank one is ``none recorded``."""
    return Disposition(stored) if stored else Disposition.NONE_RECORDED


ENDS_THE_PAPER: Final = (
    Disposition.WITHDRAWN,
    Disposition.SUPERSEDED,
    Disposition.NOT_THE_SAME_PERSON,
    Disposition.HONORED,
)
"""After one of these nothing is asked on the document any more; others may be decided anew."""
