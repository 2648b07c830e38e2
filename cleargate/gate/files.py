"""Files beside a request: what an import reads, and where an export of the log goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..records import write as records


@dataclass(frozen=True, slots=True)
class Extract:
    """A file that an import reads. It is not part of a request; its digest is logged.

    Attributes:
        rejects: where rows that cannot be taken go.
        progress: told rows read, bytes done and bytes in all.
    """

    path: Path
    rejects: Path | None = None
    progress: records.Progress = lambda rows, done, total: None


@dataclass(frozen=True, slots=True)
class LogExport:
    """Where an export of the log goes. It is not part of a request; for whom it is, is logged.

    Attributes:
        public: only what law makes public, after the lag; otherwise the auditor's, which is whole.
        beside: further files by path.
    """

    out: Path
    public: bool = False
    beside: Iterable[tuple[str, bytes]] = ()
