"""How a jurisdiction begins: agencies, first administrator, law in force, and the log's first
entries.

It is the one change without a ticket, and works only on empty stores.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ..agencies import write as agencies
from ..agencies.write import Issued
from ..law.book import Book
from ..law.put_in_force import install
from ..log.append import append
from ..model.errors import BadUse
from ..model.receipt import Versions
from ..model.request import Agency, Person
from . import entries
from .parts import Parts


def found(
    parts: Parts, book: Book, members: Sequence[Agency], first: Person, public: bytes
) -> Issued:
    """Put ``book`` in force as unreviewed, with the first administrator ``first``.

    Args:
        parts: with empty stores.
        book: checked here; a custodian without a pack of its own is refused.
        members: agencies known from the start, parents first, the custodians among them.
        first: the first administrator.
        public: their Ed25519 public key, 32 bytes.

    Returns:
        Their credential, whose token is shown once.

    Raises:
        BadUse: the stores are not empty, or a custodian has no pack.
        PackError: the book has mistakes.
    """
    without = sorted(set(parts.custodian_of.values()) - set(book.custodians()))
    if without:
        raise BadUse(f"No pack of this book is {without[0]}'s own; run 'cleargate law new' first.")
    install(parts.law, book)
    now = parts.clock()
    issued = agencies.first_administrator(
        parts.agencies, members, first, public, now, parts.random,
        lifetime=timedelta(days=parts.limits.credential_days),
    )  # fmt: skip
    nothing = Versions("", 0)
    change = {"from_version": "", "to_version": book.version, "keys": [public.hex()]}
    unreviewed = any(r.review for p in book.packs.values() for r in p.rules)
    clear = {"what": "put in force at the start", "unreviewed": unreviewed, **change}
    who = {"person": first.id}
    leaves = [
        entries.entry("law", now, nothing, "cli", clear | {"packs": sorted(book.packs)}, who),
        *(
            entries.entry("agency", now, nothing, "cli", {"agency": a.id, "what": "added"}, who)
            for a in members
        ),
        entries.entry(
            "credential", now, nothing, "cli",
            {"agency": first.agency, "what": "issued", "role": first.role},
            who | {"credential": issued.credential},
        ),
    ]  # fmt: skip
    append(parts.log, leaves)
    return issued
