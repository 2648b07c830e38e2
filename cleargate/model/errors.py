"""Every error that a user can meet, in one small tree.

::

    CleargateError             exit 1   a fault of the system
    ├── BadUse                 exit 2   the request, file or option is wrong; the sentence says
    what to do │   ├── FieldError                  a field of a request is missing or unknown
    │   ├── PackError                   a pack cannot be used; carries every mistake found
    │   ├── ImportRefused               an extract cannot be read at all
    │   ├── NotFound                    there is no such thing, or not for whoever asks
    │   └── LimitReached                a limit was met; names the setting
    │       ├── ExportTooLarge          a search has more rows than an export may have
    │       ├── TooLarge                more bytes came in than a request may have
    │       └── TooSlow                 a request did not come in within its time
    ├── NotAuthenticated       exit 2   no credential, or one that is not in force
    ├── NotEntitled            exit 2   the credential is in force, and not for this
    ├── Unavailable            exit 4   nothing could be decided, or nothing could be written down
    │   ├── StoreBusy                   another process holds the database
    │   ├── StoreFull                   no room on the disk, or the disk is read-only
    │   ├── StoreVersion                the database is older or newer than this program
    │   ├── StoreRolledBack             the database is older than what is known outside it
    │   ├── KeyUnusable                 the signing key is missing, or is another log's
    │   ├── VersionMoved                law or credentials changed after the decision
    │   ├── FilterDisagrees             a search was found to read the law otherwise than Cedar
    │   ├── Overloaded                  too many requests wait already
    │   └── OutOfTime                   an answer took longer than it may
    ├── TicketRefused          exit 1   a ticket was spent, void, or not for this act
    └── CheckFailed            exit 5   something was checked and found wrong

A refusal by law is not an error: it is a value (``model.decision.Decision``).
"""

from __future__ import annotations

from typing import Any


class CleargateError(Exception):
    """A fault with a stable code, a sentence that says what to do, and its RFC 9457 form."""

    code = "fault"
    exit_code = 1
    status = 500

    def __init__(self, sentence: str, **details: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details

    def problem(self) -> dict[str, Any]:
        """The problem document of this error (RFC 9457)."""
        return {
            "type": f"urn:cleargate:error:{self.code}",
            "title": self.code.replace("-", " "),
            "status": self.status,
            "detail": self.sentence,
            **self.details,
        }


class BadUse(CleargateError):
    code, exit_code, status = "bad-use", 2, 400


class FieldError(BadUse):
    """A field of a request is missing, unknown or malformed.

    Args:
        field: the field as the user wrote or should write it.
        sentence: what to do.
    """

    code, status = "field", 422

    def __init__(self, field: str, sentence: str, **details: Any) -> None:
        super().__init__(sentence, field=field, **details)
        self.field = field


class PackError(BadUse):
    """A pack or book that cannot be used; ``mistakes`` holds one sentence each."""

    code, status = "pack", 422

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__(" ".join(mistakes[:1]) if mistakes else "The pack cannot be used.")
        self.mistakes = mistakes

    def problem(self) -> dict[str, Any]:
        return super().problem() | {"mistakes": self.mistakes}


class ImportRefused(BadUse):
    code, status = "import", 422


class LimitReached(BadUse):
    code, status = "limit", 413


class TooLarge(LimitReached):
    code = "too-large"


class ExportTooLarge(LimitReached):
    code = "export-too-large"


class TooSlow(LimitReached):
    code, status = "too-slow", 408


class NotFound(BadUse):
    code, status = "not-found", 404


class NotAuthenticated(CleargateError):
    code, exit_code, status = "not-authenticated", 2, 401


class NotEntitled(CleargateError):
    code, exit_code, status = "not-entitled", 2, 403


class Unavailable(CleargateError):
    code, exit_code, status = "unavailable", 4, 503


class StoreBusy(Unavailable):
    code = "store-busy"


class StoreFull(Unavailable):
    code = "store-full"


class StoreVersion(Unavailable):
    code = "store-version"


class StoreRolledBack(Unavailable):
    code = "store-rolled-back"


class KeyUnusable(Unavailable):
    code = "key-unusable"


class VersionMoved(Unavailable):
    """Law or credentials moved between decision and log; decide anew."""

    code = "version-moved"


class FilterDisagrees(Unavailable):
    """What the database took the law to be is not what Cedar decides."""

    code = "filter-disagrees"

    def __init__(self) -> None:
        super().__init__(
            "The database and the law disagreed about a row, so nothing is answered; the log has "
            "an alarm for whoever runs this system, and such requests wait until that is mended."
        )


class Overloaded(Unavailable):
    code = "overloaded"


class OutOfTime(Unavailable):
    code = "out-of-time"


class TicketRefused(CleargateError):
    code, status = "ticket", 409


class CheckFailed(CleargateError):
    code, exit_code, status = "check-failed", 5, 409
