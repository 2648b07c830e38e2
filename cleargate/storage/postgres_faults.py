"""PostgreSQL's faults as ours, each with a sentence that says what to do.

Only the first line of what the server says is ever quoted, and only where no better sentence is
known: its details hold values of rows.
"""

from __future__ import annotations

import psycopg

from ..model.errors import CleargateError, StoreBusy, StoreFull, StoreVersion, Unavailable

# Source: PostgreSQL, appendix A, "PostgreSQL Error Codes".
_BUSY = ("55P03", "40001", "40P01", "53300", "25P03")
_FULL = ("53100", "53200")
_ENDED = ("57P01", "57P02", "57P03", "57P05")


def named(fault: psycopg.Error, name: str) -> CleargateError:
    """``fault`` of the store ``name`` as one of ours."""
    state = fault.sqlstate or ""
    if isinstance(fault, psycopg.DataError) and "NUL" in str(fault):
        return CleargateError(f"A text for {name} holds a NUL character; take it out.")
    if state in _BUSY:
        return StoreBusy(f"{name} is held by another process; ask again, or stop that process.")
    if state == "57014":
        return StoreBusy(
            f"{name} was slower than limits.statement_seconds allows; ask for less, or raise that "
            "setting."
        )
    if state in _FULL:
        return StoreFull(f"No room is left for {name}; free some disk and ask again.")
    if state == "25006":
        return StoreFull(f"{name} cannot be written; connect to the server that can be.")
    if state.startswith("XX"):
        return StoreVersion(f"{name} is damaged; restore it from a backup.")
    return _unreachable(fault, state, name) or _unprepared(fault, state, name)


def _unreachable(fault: psycopg.Error, state: str, name: str) -> CleargateError | None:
    if state.startswith("28") or ("password" in str(fault) and isinstance(fault, _OPERATIONAL)):
        return Unavailable(
            f"The server refuses the login for {name}; check the user in storage.url and the "
            "password in storage.password_file."
        )
    if state == "3D000" or ('database "' in str(fault) and "does not exist" in str(fault)):
        return Unavailable(
            f"The database of {name} is not there; check storage.url, or make it with "
            "'cleargate storage init'."
        )
    if state in _ENDED or state.startswith("08") or (isinstance(fault, _OPERATIONAL) and not state):
        return Unavailable(
            f"{name} cannot be reached; check that the database server runs, and storage.url."
        )
    return None


def _unprepared(fault: psycopg.Error, state: str, name: str) -> CleargateError:
    if state in ("3F000", "42P01", "22023"):
        return StoreVersion(f"{name} has not been made; run 'cleargate storage init'.")
    if state == "42501":
        return Unavailable(
            f"The role that serves {name} may not do this; run 'cleargate storage init' as an "
            "administrator of the database."
        )
    return CleargateError(f"{name}: {fault.diag.message_primary or type(fault).__name__}")


_OPERATIONAL = psycopg.OperationalError
