"""How the log stands with its witnesses, for the log's pages and the strip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from ...log.cosign import Witness
from ...log.publish import read_standing
from ...model.errors import CleargateError
from .office import Office


@dataclass(frozen=True, slots=True)
class Seen:
    """One witness.

    Attributes:
        size: entries of the last checkpoint that it cosigned; 0 before the first.
        signed_at: when it did; None before the first.
        silent_since: when it was first asked in vain since then; None while it answers.
        why: what it answered instead.
        asked: whether it was ever asked.
    """

    name: str
    key: str
    size: int
    signed_at: datetime | None
    silent_since: datetime | None
    why: str
    asked: bool

    @property
    def agrees(self) -> bool:
        """Whether it has cosigned, and answered when it was last asked."""
        return self.signed_at is not None and self.silent_since is None


def witnesses(office: Office) -> list[Seen]:
    """Everyone who is asked to cosign, in the order of the settings."""
    found = []
    for key in office.witnesses:
        try:
            witness = Witness.parse(key)
        except CleargateError:  # whoever publishes the log is told
            continue
        if office.cosigned is None:
            continue
        said = read_standing(office.cosigned, witness)
        signed = datetime.fromtimestamp(said.signed_at, UTC) if said.signed_at else None
        found.append(Seen(witness.name, f"{witness.key_id.hex()}", said.size, signed,
                          said.silent_since, said.why, said.asked_at is not None))  # fmt: skip
    return found
