"""What a check of the log says: what it could know, what it checked, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..model.errors import CheckFailed
from .findings import Finding
from .layout import Manifest
from .succession import Predecessor


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint that a witness cosigned.

    Attributes:
        witness: its name.
        size: entries that the checkpoint covers.
        at: when, in seconds since 1970, as the witness says.
    """

    witness: str
    size: int
    at: int

    def __str__(self) -> str:
        at = datetime.fromtimestamp(self.at, UTC)
        return f"{self.witness} cosigned {self.size} entries at {at:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(slots=True)
class Report:
    """The outcome of a check.

    Attributes:
        size: entries that the checkpoint covers; None where there is none that can be read.
        since: size of the checkpoint that was kept elsewhere; None without one.
        witnesses: how many witnesses were named.
        cosigned: what those of them signed that have signed.
        manifest: what the export says of itself; None where it says nothing.
        entries_seen: entries were checked, not hashes only.
        withheld: entries that this export does not show to the public.
        opened: values that are what was sealed.
        expunged: values that are gone, as the log says.
        laws: books of law whose texts are those that entries put in force.
        keys: keys of the log from the trusted one to the one that signs now.
        predecessor: the log that this one followed.
        findings: what is wrong, at most a hundred; ``count`` says how many.
    """

    origin: str
    size: int | None = None
    root: bytes = b""
    since: int | None = None
    witnesses: int = 0
    cosigned: list[Cosigned] = field(default_factory=list)
    manifest: Manifest | None = None
    entries_seen: bool = True
    values_seen: bool = False
    withheld: int = 0
    opened: int = 0
    expunged: int = 0
    laws: int = 0
    keys: int = 1
    predecessor: Predecessor | None = None
    findings: list[Finding] = field(default_factory=list)
    count: int = 0

    @property
    def ok(self) -> bool:
        return self.count == 0

    @property
    def could_know(self) -> str:
        """What this check could see, and what it could not; the first line of every report."""
        against = []
        if self.since is not None:
            against.append(f"a checkpoint of {self.since} entries kept elsewhere")
        if self.cosigned:
            most = max(c.size for c in self.cosigned)
            count = f"{len(self.cosigned)} of {self.witnesses} named witnesses"
            against.append(f"checkpoints of up to {most} entries cosigned by {count}")
        if against:
            return (
                f"Checked against {' and '.join(against)}: changes before that are seen; whether "
                "entries were cut off after it cannot be."
            )
        return (
            "Checked against the log's own signature only: whether entries were cut off its "
            "end, or its whole history was written anew, cannot be seen without a checkpoint "
            "kept elsewhere (--since) or a witness (--witness)."
        )

    def lines(self) -> Iterator[str]:
        """The report in words, each line one: what the export says itself cannot add another."""
        for line in self._lines():
            yield "".join(c if c.isprintable() else "?" for c in line)

    def _lines(self) -> Iterator[str]:
        yield self.could_know
        yield from self._what()
        if self.ok:
            yield "Nothing is wrong."
            return
        yield f"WRONG, in {self.count} place{'s' if self.count > 1 else ''}:"
        for finding in self.findings:
            yield f"  {finding}"
        if self.count > len(self.findings):
            yield f"  and {self.count - len(self.findings)} more."

    def raise_if_wrong(self) -> None:
        """Raise CheckFailed with the first thing that is wrong."""
        if not self.ok:
            raise CheckFailed(f"{self.findings[0]}.", findings=self.count)

    def _what(self) -> Iterator[str]:
        if self.size is not None:
            seen = "entries and their order" if self.entries_seen else "hashes only, no entries"
            yield f"{self.origin}: {self.size} entries signed; {seen} checked."
        if self.manifest is not None:
            yield self._audience(self.manifest)
        if self.values_seen:
            yield f"{self.opened} values are what was sealed; {self.expunged} were expunged."
        elif self.entries_seen:
            yield "No values of salted fields were shown here; their digests were checked only."
        if self.laws:
            yield f"The texts of law are those that entries name, in {self.laws} versions."
        if self.keys > 1:
            yield f"After the key given came {self.keys - 1}, each signed by the one before."
        if self.predecessor is not None:
            last = self.predecessor.last
            yield f"It follows the log {last.origin}, which ended with {last.size} entries."
        for one in self.cosigned:
            yield f"The witness {one}."
        if missing := self.witnesses - len(self.cosigned):
            yield f"{missing} of {self.witnesses} named witnesses signed nothing that is here."

    def _audience(self, manifest: Manifest) -> str:
        if manifest.whole:
            return "It calls itself the auditor's export: no entry is withheld."
        return (
            f"It calls itself the public export: {self.withheld} entries are withheld, of which "
            "the hashes alone were checked. Shown are changes of law and access, reports, and "
            f"requests for {', '.join(manifest.purposes) or 'nothing'}, up to entry "
            f"{manifest.until}."
        )
