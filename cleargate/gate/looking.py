"""Looking through a page: a request like any other, decided and logged once for each session.

Who may read the whole log, or the list of people in custody, is law (``log:read``,
``custody:list``). The first look in a session asks; later looks rest on that answer for as long as
law and credentials are the same, as a ticket does, and are asked anew when either has moved.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import Final

from ..agencies.accounts import Session
from ..model.receipt import Versions
from ..model.request import Request
from .answer import Answer
from .gate import Gate

_MOST: Final = 4_096  # looks that are kept; the oldest is asked anew


class Looks:
    """What sessions may look at. Threads may share it.

    Args:
        gate: decides and logs.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[bytes, str, str], tuple[Versions, Answer]] = OrderedDict()

    def look(self, session: Session, action: str, custodian: str, via: str) -> Answer:
        """The answer to whether this session may look, permitted or not.

        Raises:
            Unavailable: nothing could be decided or written down, so nothing is shown.
        """
        secret = hashlib.sha256(session.secret.encode()).digest()
        key = (secret, action, custodian)
        versions = self._gate.parts.log.versions()
        with self._lock:
            found = self._known.get(key)
        if found is not None and found[0] == versions:
            return found[1]
        person = session.person
        request = Request(
            action=action, represented=person.agency, purpose="ADM", custodian=custodian
        )
        answer = self._gate.ask(person, request, via)
        with self._lock:
            self._known[key] = (answer.decided.versions, answer)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return answer
