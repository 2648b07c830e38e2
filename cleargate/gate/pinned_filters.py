"""The filters that searches ran by, each kept once under its digest, as the law's texts are.

A filter with its statements takes some three thousand bytes and is the same for thousands of
searches; so a decision's entry holds its digest and the values of its parameters, and no more. The
text is on disk before the entry is: what an entry names is there.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ..model.errors import StoreFull
from ..storage import private

FOLDER: Final = ".filters"
"""Beside the texts of the law, whose backups hold it too."""
_KEEP: Final = 1024  # digests that are kept in memory


class PinnedFilters:
    """Filters by digest. Threads and processes may share the folder.

    Args:
        law: the folder of the law's texts.
    """

    def __init__(self, law: Path) -> None:
        self._folder = law / FOLDER
        self._lock = threading.Lock()
        self._known: dict[Hashable, str] = {}

    def pin(self, key: Hashable, make: Callable[[], Mapping[str, Any]]) -> str:
        """The digest of a filter, whose text is kept if it was not yet.

        Args:
            key: what tells the filter from all others, in this process.
            make: its text, as JSON can hold it.

        Raises:
            StoreFull: it cannot be kept; then nothing is answered.
        """
        if key not in self._known:
            text = json.dumps(make(), ensure_ascii=False, sort_keys=True)
            digest = hashlib.sha256(text.encode()).hexdigest()
            self._keep(digest, text)
            if len(self._known) >= _KEEP:
                self._known.clear()
            self._known[key] = digest
        return self._known[key]

    def text(self, digest: str) -> Mapping[str, Any] | None:
        """The filter of a digest; None if it is missing or was changed."""
        try:
            raw = self._file(digest).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(raw).hexdigest() != digest:
            return None
        said: Mapping[str, Any] = json.loads(raw)
        return said

    def _keep(self, digest: str, text: str) -> None:
        file = self._file(digest)
        with self._lock:  # of two threads; of two processes the second finds the first one's file
            if file.exists():
                return
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                with suppress(FileExistsError):
                    private.write_new(file, text)
            except OSError as fault:
                raise StoreFull(f"A filter cannot be kept: {file}: {fault.strerror}.") from fault

    def _file(self, digest: str) -> Path:
        return self._folder / digest[:2] / f"{digest}.json"
