"""The catalogue of actions: what can be asked, and which layer of law can give it at the lowest.

The Cedar schema (``law/schema.cedarschema``) declares the same names and groups; a test holds the
two together, so that a rule, a request and a log entry mean the same action.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .words import Layer


class Family(StrEnum):
    """What an action is about; it decides the kind of target a request for it names."""

    RECORDS = "records"
    MASK = "mask"
    CUSTODY = "custody"
    BETWEEN = "between agencies"
    SELF = "oneself"
    ADMIN = "administration"
    GROUP = "group"


class Target(StrEnum):
    """The type of thing that a request for an action points at."""

    DATASET = "dataset"
    BOOKING = "booking"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be asked.

    Attributes:
        name: as written in requests, rules and the log.
        family: what it is about.
        target: what a request for it points at.
        groups: groups that it belongs to always.
        outside_groups: groups that it belongs to when an outside agency asks.
        lowest: the lowest layer whose grant can give it.
        raised: kinds of assistance for which ``lowest`` is state law instead.
        protects_stands_in: an undisputed *protects* that names it stands in for an own grant.
        masks: the masks that an answer to it may touch.
        changes: whether it changes a store.
        two_keys: whether it needs a second person's signature.
    """

    name: str
    family: Family
    target: Target
    groups: tuple[str, ...] = ()
    outside_groups: tuple[str, ...] = ()
    lowest: Layer = Layer.AGENCY
    raised: frozenset[str] = frozenset()
    protects_stands_in: bool = False
    masks: tuple[str, ...] = ()
    changes: bool = False
    two_keys: bool = False

    def lowest_for(self, assist_kind: str) -> Layer:
        """The lowest granting layer, given the kind of assistance that is asked."""
        return Layer.STATE if assist_kind in self.raised else self.lowest


MASKS: Final[tuple[str, ...]] = (
    "see:identity",
    "see:birth",
    "see:contact",
    "see:status",
    "see:release",
    "see:victim",
    "see:juvenile",
    "see:sealed",
    "see:expunged",
    "see:withheld",
)
"""What needs an action of its own in an answer from the records: groups of columns, rows of the
kinds in ``ROW_MASKS``, and ``see:withheld``, how many rows were withheld."""

ROW_MASKS: Final = {
    "sealed": "see:sealed",
    "juvenile": "see:juvenile",
    "expunged": "see:expunged",
}
"""A row of which the fact is not ``no`` is shown only where its mask opens as well."""

GROUPS: Final[tuple[str, ...]] = ("any", "database_access")
"""Names that a rule may use as a group. ``database_access`` can also be asked for itself."""

_MASK_GROUPS = {
    "see:release": ("release_date",),
    "see:status": ("immigration_status",),
    "see:contact": ("contact_info",),
}


def _catalogue() -> Iterator[Action]:
    any_ = ("any",)
    door = ("any", "database_access")
    for name in ("search", "read", "export"):
        yield Action(
            name,
            Family.RECORDS,
            Target.DATASET,
            outside_groups=door,
            masks=MASKS,
            protects_stands_in=name != "export",
        )
    yield Action("statistics", Family.RECORDS, Target.DATASET, outside_groups=any_)
    for name in MASKS:
        yield Action(name, Family.MASK, Target.DATASET, groups=_MASK_GROUPS.get(name, ()))
    for name in (
        "release_date",
        "custody_status",
        "contact_info",
        "immigration_status",
        "interview",
    ):
        yield Action(
            name, Family.CUSTODY, Target.BOOKING, outside_groups=any_, protects_stands_in=True
        )
    for name in ("hold", "transfer"):
        yield Action(
            name,
            Family.CUSTODY,
            Target.BOOKING,
            outside_groups=any_,
            lowest=Layer.STATE,
            changes=True,
        )
    for name in ("facility_access", "inquire_status"):
        yield Action(name, Family.CUSTODY, Target.OFFICE, outside_groups=any_)
    yield Action("subscribe", Family.CUSTODY, Target.BOOKING, outside_groups=any_, changes=True)
    for name in (
        "book",
        "lodge",
        "serve-copy",
        "withdraw",
        "sentence",
        "schedule-release",
        "release",
    ):
        yield Action(name, Family.CUSTODY, Target.BOOKING, changes=True)
    for name in ("database_access", "feed", "agreement"):
        groups = door if name == "feed" else any_
        yield Action(name, Family.BETWEEN, Target.OFFICE, outside_groups=groups)
    yield Action(
        "assist",
        Family.BETWEEN,
        Target.OFFICE,
        outside_groups=any_,
        raised=frozenset({"arrest", "transport"}),
    )
    for name in ("about_me", "complain"):
        yield Action(name, Family.SELF, Target.OFFICE)
    for name in ("log:read", "custody:list"):
        yield Action(name, Family.ADMIN, Target.OFFICE)
    two = {"agency:cut-off", "law:put-in-force", "log:expunge", "log:recover"}
    for name in (
        "agency:add",
        "agency:narrow",
        "agency:cut-off",
        "credential:issue",
        "credential:revoke",
        "evidence:add",
        "evidence:verify",
        "evidence:withdraw",
        "law:put-in-force",
        "law:sign-off",
        "records:import",
        "records:correct",
        "records:seal",
        "records:lift-quarantine",
        "log:export",
        "log:expunge",
        "log:rotate-key",
        "log:recover",
        "report:publish",
    ):
        yield Action(name, Family.ADMIN, Target.OFFICE, changes=True, two_keys=name in two)


ACTIONS: Final[dict[str, Action]] = {a.name: a for a in _catalogue()}

ASSIST_KINDS: Final = ("none", "arrest", "transport", "perimeter", "task-force",
                       "federal-direction",
                       "place-of-worship", "reentry-offense", "other")  # fmt: skip
AGREEMENT_KINDS: Final = ("none", "287g", "detention-beds", "reimbursement", "data-sharing",
                          "victim-notification", "basic-ordering", "other")  # fmt: skip
FACILITY_USES: Final = ("none", "interview", "investigation", "staging", "office", "other")
INQUIRY_NEEDS: Final = ("none", "consular", "firearms", "court-order", "crime", "booking",
                        "victim-or-witness", "school", "other")  # fmt: skip
