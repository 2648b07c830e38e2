"""What failed before it was a request: counted, and logged at most once a minute per credential."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import datetime

from ..log.append import append
from ..model.errors import Unavailable
from . import entries
from .parts import Parts

_MOST = 10_000  # credentials kept; the ids are of existing credentials, so this is never met in use


class Rejections:
    """Counts by credential and code. Threads may share it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], int] = {}
        self._logged: dict[str, datetime] = {}

    def note(self, credential: str, agency: str, code: str, via: str) -> None:
        """Count one; log the count when a minute has passed since the last for this credential."""
        now = self._parts.clock()
        with self._lock:
            key = (credential, code)
            self._counts[key] = self._counts.get(key, 0) + 1
            last = self._logged.get(credential)
            # A clock that was set back must not silence this until it has caught up.
            if last is not None and last <= now < last + self._parts.limits.rejected:
                return
            if len(self._logged) >= _MOST:
                self._logged.clear()
                self._counts.clear()
            self._logged[credential] = now
            count = self._counts.pop(key, 1)
        clear = {"code": code, "count": count} | ({"agency": agency} if agency else {})
        # A log that cannot be written refuses requests by itself; this adds nothing to that.
        with suppress(Unavailable):
            versions = self._parts.log.versions()
            append(self._parts.log, [entries.entry("rejected", now, versions, via, clear)])
