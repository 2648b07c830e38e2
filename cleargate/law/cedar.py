"""Cedar text cut into policies with their lines, and the small language that packs may use.

cedarpy gives no positions, so each policy is cut out of its file by a tokenizer and parsed alone:
every mistake then names file, line and rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from importlib import resources

import cedarpy
from cedarpy import pst

from ..model.actions import AGREEMENT_KINDS, ASSIST_KINDS, FACILITY_USES, INQUIRY_NEEDS
from ..model.evidence import EVIDENCE_KINDS, FORMS, ISSUERS
from ..model.request import AGENCY_KINDS, ROLES, SECTORS, RowFacts
from ..model.words import PURPOSES

_NEEDLESS = re.compile(r"(?<!\w)\(([\w.]+)\)")
"""Parentheses of Cedar's printer around a plain path."""
_TOKEN = re.compile(r'//[^\n]*|"(?:\\.|[^"\\])*"|[^/"\n;]+|[/"\n;]')
_OPERATOR = re.compile(
    r'//[^\n]*|"(?:\\.|[^"\\])*"|(?P<open>[(\[{])|(?P<close>[)\]}])'
    r"|(?P<operator>&&|\|\||[-+*.!<>=]+|\b(?:if|in|has|is|like)\b)",
    re.DOTALL,
)
"""A bracket or an operator; strings and comments are passed over."""
DEEPEST = 100
MOST_OPERATORS = 1000

ALLOWED_BINARY = frozenset(
    ("eq", "not_eq", "less", "less_eq", "greater", "greater_eq", "and", "or", "in", "contains")
)
_INSTEAD = {
    "contains_any": "ask contains for each literal, joined by ||",
    "contains_all": "ask contains for each literal, joined by &&",
    **dict.fromkeys(("add", "sub", "mul"), "there is no arithmetic; compare a fact with a number"),
}
"""Operator outside the language → what to write for it."""
ALLOWED_UNARY = frozenset(("not", "datetime"))
ROW_FACTS = frozenset(f.name for f in fields(RowFacts))
"""What differs from row to row."""
_ROW_TRIS = ("sealed", "juvenile", "expunged", "victim_registered")


@dataclass(frozen=True, slots=True)
class PolicyText:
    """One policy cut out of a file, with the line on which it starts."""

    text: str
    line: int


def split(source: str) -> Iterator[PolicyText]:
    """Cut ``source`` at each ``;`` that is outside strings and comments."""
    parts: list[str] = []
    line = start = 1
    for token in _TOKEN.findall(source):
        if token.startswith("//"):
            continue
        if not parts and not token.strip():
            line += token.count("\n")
            continue
        if not parts:
            start = line
        parts.append(token)
        line += token.count("\n")
        if token == ";":
            yield PolicyText("".join(parts), start)
            parts = []
    if "".join(parts).strip():
        yield PolicyText("".join(parts), start)


@cache
def schema_text() -> str:
    """The one schema of all packs."""
    return resources.files(__package__).joinpath("schema.cedarschema").read_text("utf-8")


@cache
def schema() -> cedarpy.Schema:
    """The schema, parsed once."""
    return cedarpy.Schema.from_str(schema_text())


@cache
def entity_schema() -> cedarpy.Schema:
    """The types of entities alone, which is what entities are checked against.

    Cedar adds every action of a schema to the entities that it reads by it: a person and a target
    take 69 µs to read by the whole schema and 31 by this. The actions themselves come with the
    agencies, which are read by the whole schema, once.
    """
    types, _, _ = schema_text().partition("\naction ")
    return cedarpy.Schema.from_str(types)


def parse(text: str) -> pst.Template:
    """One policy as a syntax tree.

    Raises:
        ValueError: Cedar cannot read it; the message is Cedar's, unless Cedar's own reader would
            end the process: it runs out of stack on what is nested too deep or chained too long.
    """
    _bounded(text)
    policies = cedarpy.policies_to_pst(text)
    if policies.templates:
        raise ValueError("templates (?principal, ?resource) are not part of the language of packs")
    (policy,) = policies.static_policies.values()
    return policy


def _bounded(text: str) -> None:
    depth = operators = 0
    for token in _OPERATOR.finditer(text):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        operators += token.lastgroup in ("open", "operator")
        if depth > DEEPEST:
            raise ValueError(f"expression nesting exceeds the supported limit of {DEEPEST} levels")
        if operators > MOST_OPERATORS:
            raise ValueError(f"a policy with more than {MOST_OPERATORS} operators is too long")


def to_text(policy: pst.Template) -> str:
    """A syntax tree as Cedar text."""
    return str(cedarpy.PolicySet.from_pst(pst.PolicySet({}, {policy.id: policy}, ())))


def quoted(expr: pst.Expr) -> str:
    """An expression as Cedar text, in one line."""
    frame = parse("permit (principal, action, resource);")
    text = " ".join(to_text(replace(frame, clauses=(pst.When(expr),))).split())
    text = text.partition("when {")[2].rpartition("}")[0].strip()
    while (plainer := _NEEDLESS.sub(r"\1", text)) != text:
        text = plainer
    return text


def walk(node: object) -> Iterator[object]:
    """Every node of a tree, parents before children."""
    yield node
    if isinstance(node, tuple):
        for item in node:
            yield from walk(item)
    elif is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            value = getattr(node, field.name)
            if isinstance(value, tuple) or is_dataclass(value):
                yield from walk(value)


def path_of(expr: object) -> str:
    """``context.document.kind`` for such an expression; empty for any other."""
    match expr:
        case pst.Var(name):
            return name
        case pst.GetAttr(base, attr):
            above = path_of(base)
            return f"{above}.{attr}" if above else ""
    return ""


def language_mistakes(clauses: tuple[pst.Clause, ...], *, must_not: bool) -> Iterator[str]:
    """What is outside the small language of packs (DESIGN, section 5), one sentence each."""
    guarded = _guarded_has(clauses)
    for node in walk(clauses):
        match node:
            case pst.BinaryOp(op) if op not in ALLOWED_BINARY:
                instead = _INSTEAD.get(op, "compare a fact with literals")
                yield f"'{quoted(node)}' is not in the language of packs: {instead}"
            case pst.BinaryOp("contains", left, right) if not (_literal(right) or _literal(left)):
                yield f"contains needs a literal; {path_of(left) or 'this'} is asked for a fact"
            case pst.UnaryOp(op) if op not in ALLOWED_UNARY:
                instead = "compare a fact with literals"
                yield f"'{quoted(node)}' is not in the language of packs: {instead}"
            case pst.HasAttr(base, attrs) if must_not and id(node) not in guarded:
                yield (
                    f"'{path_of(base)} has {attrs[0]}' in a forbid fails open when the fact is "
                    f'missing; facts are never missing here: compare with != "no" instead'
                )
            case pst.Like(base, pattern) if not _simple_pattern(pattern):
                yield (
                    f"'{quoted(node)}' is not in the language of packs: like on {path_of(base)} "
                    "takes a prefix, a suffix or a contained text"
                )


def _literal(expr: object) -> bool:
    match expr:
        case pst.StringLit() | pst.LongLit() | pst.EntityLit():
            return True
        case pst.Set(elements):
            return all(_literal(e) for e in elements)
    return False


def _guarded_has(clauses: tuple[pst.Clause, ...]) -> set[int]:
    """``has`` nodes whose absence forbids too: ``!(x has a) || …``."""
    found: set[int] = set()
    for node in walk(clauses):
        match node:
            case pst.BinaryOp("or", pst.UnaryOp("not", pst.HasAttr() as has), _):
                found.add(id(has))
    return found


def _simple_pattern(pattern: tuple[pst.PatternElem, ...]) -> bool:
    inner = pattern[1:-1]
    return not any(isinstance(p, pst.Wildcard) for p in inner)


@cache
def vocabulary() -> dict[str, frozenset[str]]:
    """For each fact with a closed list of words, those words."""
    tri = frozenset(("yes", "no", "unknown"))
    words = {
        "context.document.kind": frozenset((*EVIDENCE_KINDS, "none")),
        "context.document.form": frozenset(FORMS),
        "context.document.issued_by": frozenset(ISSUERS),
        "context.document.court": frozenset(ISSUERS.values()),
        "context.purpose": frozenset(PURPOSES),
        "context.presented": frozenset(EVIDENCE_KINDS),
        "context.assist_kind": frozenset(ASSIST_KINDS),
        "context.agreement_kind": frozenset(AGREEMENT_KINDS),
        "context.facility_use": frozenset(FACILITY_USES),
        "context.inquiry_need": frozenset(INQUIRY_NEEDS),
        "context.asker_enforces_civil_immigration": tri,
        "context.asker_enforces_immigration_crimes": tri,
        "principal.enforces_civil_immigration": tri,
        "principal.enforces_immigration_crimes": tri,
        "principal.role": frozenset(ROLES),
    }  # fmt: skip
    for fact in ("verified", "complete", "served", "criminal", "probable_cause"):
        words[f"context.document.{fact}"] = tri
    for fact in ("in_custody", "sentenced", "secure", "release_public", "housed_for_immigration",
                 "victim_or_witness"):  # fmt: skip
        words[f"context.custody.{fact}"] = tri
    for agency in ("principal.agency", "context.requester", "context.represented",
                   "resource.custodian", "resource.origin"):  # fmt: skip
        words[f"{agency}.kind"] = frozenset(AGENCY_KINDS)
        words[f"{agency}.sector"] = frozenset(SECTORS)
        for fact in ("enforces_civil_immigration", "enforces_immigration_crimes",
                     "criminal_justice"):  # fmt: skip
            words[f"{agency}.{fact}"] = tri
    for fact in _ROW_TRIS:
        words[f"resource.{fact}"] = tri
    return words


def literals(clauses: tuple[pst.Clause, ...]) -> Iterator[tuple[str, str]]:
    """Each fact that is compared with a string, and that string."""
    for node in walk(clauses):
        match node:
            case pst.BinaryOp("eq" | "not_eq" | "contains", left, pst.StringLit(text)):
                yield path_of(left), text
            case pst.BinaryOp("eq" | "not_eq", pst.StringLit(text), right):
                yield path_of(right), text
            case pst.BinaryOp("contains", pst.Set(elements), fact):
                for element in elements:
                    if isinstance(element, pst.StringLit):
                        yield path_of(fact), element.value


def facts_read(clauses: tuple[pst.Clause, ...]) -> frozenset[str]:
    """The paths of every fact that the clauses read."""
    return frozenset(p for node in walk(clauses) if (p := path_of(node)))
