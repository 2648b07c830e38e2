"""The Cedar schema and the catalogue of actions: the same names, targets, groups, layers and facts.

The schema is read here by a few patterns, so that Cedar itself is not the judge of both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

from cleargate.law import cedar
from cleargate.law.facts import _TYPES as TARGET_TYPES
from cleargate.model.actions import ACTIONS, ASSIST_KINDS, GROUPS, MASKS, Target
from cleargate.model.request import CustodyFacts, RowFacts
from cleargate.model.words import Layer

TEXT = re.sub(r"//[^\n]*", "", cedar.schema_text())
_ACTION = re.compile(
    r'(?:@lowest\("(?P<lowest>[^"]*)"\)\s*)?'
    r"action\s+(?P<names>[^;{]*?)"
    r"(?:\s+in\s+\[(?P<groups>[^\]]*)\])?"
    r"(?:\s+appliesTo\s*\{[^}]*resource:\s*(?P<resource>\w+)[^}]*\})?\s*;"
)
_RECORD = re.compile(
    r"(?:entity|type)\s+(?P<name>\w+)(?:\s+in\s+\[\w+\])?\s*=\s*\{(?P<body>[^}]*)\};"
)

FREE_TEXT = {
    "principal.agency.state",
    "context.requester.state",
    "context.represented.state",
    "resource.custodian.state",
    "resource.origin.state",
    "resource.labels",
    "resource.dataset",
}
"""Strings without a closed list: two letters of a state; a data set's name and the labels of
its rows, which the records hold, beside law and not below it."""
CHECKED_OTHERWISE = {
    "context.verified",  # tokens: check reads their grammar
    "context.found",  # tests: pack.toml names them
    "context.found_not",
    "context.document.asks",  # actions
}


def declared() -> Iterator[tuple[str, str, set[str], str]]:
    """Each action of the schema: name, type of its resource, groups, lowest layer in words."""
    for match in _ACTION.finditer(TEXT):
        groups = {g.strip() for g in (match["groups"] or "").split(",")} - {""}
        for name in match["names"].split(","):
            yield name.strip().strip('"'), match["resource"] or "", groups, match["lowest"] or ""


SCHEMA = {name: (resource, groups, lowest) for name, resource, groups, lowest in declared()}


def records() -> dict[str, dict[str, str]]:
    """Each entity type and record of the schema, with its attributes and their types."""
    return {
        m["name"]: dict(re.findall(r"(\w+)\s*:\s*([\w<>]+)", m["body"]))
        for m in _RECORD.finditer(TEXT)
    }


def facts(path: str, type: str, depth: int = 3) -> Iterator[tuple[str, str]]:
    """Every fact that a rule can reach from ``path``, with its type."""
    known = records()
    if type not in known:
        yield path, type
    elif depth:
        for name, inner in known[type].items():
            yield from facts(f"{path}.{name}", inner, depth - 1)


FACTS = dict(
    (
        *facts("principal", "Person"),
        *facts("context", "Request"),
        *facts("resource", "Record"),
        *facts("resource", "Booking"),
        *facts("resource", "Office"),
    )
)


def test_the_reader_of_this_test_sees_every_declaration() -> None:
    assert len(re.findall(r"^\s*action\s", TEXT, re.M)) == len(list(_ACTION.finditer(TEXT)))
    assert len(re.findall(r"^\s*(?:entity|type)\s", TEXT, re.M)) == len(records()) + 1  # type Tri


def test_schema_and_catalogue_have_the_same_actions() -> None:
    groups_only = set(GROUPS) - ACTIONS.keys()
    assert SCHEMA.keys() - groups_only == ACTIONS.keys()
    assert groups_only <= SCHEMA.keys()


def test_each_action_points_at_the_same_type_of_thing() -> None:
    assert set(TARGET_TYPES) == set(Target)
    here = {name: TARGET_TYPES[a.target] for name, a in ACTIONS.items()}
    assert {name: SCHEMA[name][0] for name in ACTIONS} == here


def test_each_action_is_in_the_same_groups() -> None:
    here = {name: {*a.groups, *a.outside_groups} for name, a in ACTIONS.items()}
    assert {name: SCHEMA[name][1] for name in ACTIONS} == here


def test_each_group_is_one_that_the_language_knows_or_an_action() -> None:
    named = {g for a in ACTIONS.values() for g in (*a.groups, *a.outside_groups)}
    assert named <= set(GROUPS) | ACTIONS.keys()


def test_what_is_in_a_group_is_in_all_that_the_group_is_in_by_one_step() -> None:
    """Cedar follows groups upwards; the compiler looks one step up, which must be enough."""
    for name, action in ACTIONS.items():
        above = {g for group in action.groups for g in ACTIONS[group].groups}
        assert above == set(), name


def test_each_action_has_the_same_lowest_granting_layer() -> None:
    for name, action in ACTIONS.items():
        said = SCHEMA[name][2]
        assert (said or "agency").startswith(action.lowest.word), name
        kinds = {k for k in ASSIST_KINDS if action.lowest_for(k) is not action.lowest}
        assert kinds == set(re.findall(r"\b(arrest|transport)\b", said)), name
        assert all(action.lowest_for(k) is Layer.STATE for k in kinds)


def test_masks_are_what_the_catalogue_calls_so() -> None:
    assert {name for name in SCHEMA if name.startswith("see:")} == set(MASKS)


def test_facts_of_custody_and_of_rows_are_the_codes_own() -> None:
    assert records()["Custody"].keys() == {f.name for f in fields(CustodyFacts)}
    assert records()["Record"].keys() - {"custodian", "dataset"} == {
        f.name for f in fields(RowFacts)
    }
    assert {f.name for f in fields(RowFacts)} == cedar.ROW_FACTS


def test_every_fact_with_a_closed_list_of_words_is_in_the_schema() -> None:
    assert cedar.vocabulary().keys() - FACTS.keys() == set()


def test_every_three_valued_fact_has_its_three_words() -> None:
    tri = frozenset(("yes", "no", "unknown"))
    three = {path for path, type in FACTS.items() if type == "Tri"}
    assert {p for p in three if cedar.vocabulary().get(p) != tri} == set()


def test_every_text_has_a_list_of_words_or_is_named_here_as_free() -> None:
    texts = {path for path, type in FACTS.items() if type in ("String", "Set<String>")}
    assert texts - cedar.vocabulary().keys() == FREE_TEXT | CHECKED_OTHERWISE


def test_no_fact_is_optional() -> None:
    """A fact that may be missing makes a rule err, or a must not fail open."""
    assert "?" not in TEXT
