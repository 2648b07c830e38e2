"""What is wrong with a book, all at once: each mistake names file, line, rule, and what to
write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches

import cedarpy
from cedarpy import pst

from ..model.actions import ACTIONS
from ..model.evidence import EVIDENCE_KINDS, FORMS
from ..model.words import Layer, RuleKind
from . import cedar
from .book import Book
from .pack import CUSTODIAN_KINDS, Pack
from .rules import Rule
from .searchable import row_mistakes
from .settle import settles

MOST_DISPUTED = 6  # combine reads every subset of the disputed rules, so 2**6 readings at most
_GIVING = (RuleKind.LEAVE, RuleKind.GRANT, RuleKind.PROTECTS)
_BACKED_BY = ("context.verified", "context.document.verified", "context.accepted", "context.found")


def check(book: Book) -> list[str]:
    """Every mistake in ``book``, one sentence each; an empty list means that it may be used."""
    tests = {t for p in book.packs.values() for t in p.tests}
    mistakes = []
    for pack in book.packs.values():
        for rule in pack.rules:
            for mistake in dict.fromkeys(_rule(rule, pack, book, tests)):
                name = rule.id.partition("/")[2]
                mistakes.append(f"{pack.name}/{rule.file}:{rule.line}: rule {name}: {mistake}.")
        mistakes += _disputed(pack, book)
    return mistakes


def _rule(rule: Rule, pack: Pack, book: Book, tests: set[str]) -> Iterator[str]:
    must_not = rule.kind is RuleKind.MUST_NOT
    outside = list(cedar.language_mistakes(rule.clauses, must_not=must_not))
    # What is outside the language has no types worth naming, nor what has wrong types a name.
    wrong = outside or list(_types(rule)) or list(_named(rule))
    yield from wrong or row_mistakes(rule)  # nor has what has wrong types a shape
    if rule.kind is not RuleKind.DUTY and "action" in cedar.facts_read(rule.clauses):
        # Masks are decided with the search that shows them: the condition would see the search.
        yield "reads the action in a condition; name the actions in the head of the rule"
    yield from _words(rule, tests)
    yield from _purpose(rule)
    yield from _unverified(rule)
    for kind in rule.binds:
        if kind.lstrip("!") not in CUSTODIAN_KINDS:
            close = _near(kind, CUSTODIAN_KINDS)
            yield f"@binds names {kind}, which is no kind of custodian{close}"
    own = {r.id: r for r in pack.rules}
    for struck in sorted(rule.strikes):
        if struck not in own:
            yield f"@leave names {struck}, which is not in this pack{_near(struck, own)}"
        elif own[struck].kind in (RuleKind.LEAVE, RuleKind.DUTY):
            yield f"@leave names {struck}, which is itself a {own[struck].kind}"
    for pair in rule.settles:
        if pack.layer is not Layer.AGENCY:
            yield "@settles stands in a pack that is not an agency's own"
        sides = [book.rule(r) for r in pair]
        if None in sides:
            yield f"@settles names {' over '.join(pair)}, and one of them is not in this book"
        elif not settles(*(s for s in sides if s)):
            yield "@settles names two rules of which neither is disputed"


def _named(rule: Rule) -> Iterator[str]:
    for uid in sorted(map(str, pst.entity_uids((rule.policy,)))):
        if uid.partition("::")[0] not in ("Agency", "Action"):
            yield f"names {uid}; law names agencies and acts, never one person or record"


def _types(rule: Rule) -> Iterator[str]:
    policy = rule.policy
    if rule.kind is RuleKind.DUTY:  # duties have no action of their own in the schema
        policy = replace(policy, action=pst.ScopeAny())
    result = cedarpy.validate_policies(
        cedar.to_text(replace(policy, annotations={})), cedar.schema()
    )
    for error in result.errors:
        text = str(error.error).partition("for policy `policy0`, ")[2] or str(error.error)
        yield f"{text.strip().rstrip('.')}"


def _words(rule: Rule, tests: set[str]) -> Iterator[str]:
    vocabulary = cedar.vocabulary()
    for path, word in cedar.literals(rule.clauses):
        if path in vocabulary and word not in vocabulary[path]:
            yield f'"{word}" is no value of {path}{_near(word, vocabulary[path])}'
        elif path == "context.verified" and not _is_token(word):
            yield f'"{word}" is no kind of evidence{_near(word, EVIDENCE_KINDS)}'
        elif path in ("context.found", "context.found_not") and word not in tests:
            yield f'"{word}" is no test of this book; name it under [tests] in pack.toml'
        elif path == "context.document.asks" and word not in ACTIONS:
            yield f'"{word}" is no action{_near(word, ACTIONS)}'


def _is_token(word: str) -> bool:
    kind, *rest = word.split(":")
    order = [r for r in ("federal", "state", "immigration", "criminal") if r in rest]
    return kind in EVIDENCE_KINDS and (rest == order or (len(rest) == 1 and rest[0] in FORMS[1:]))


def _purpose(rule: Rule) -> Iterator[str]:
    """A purpose is what a requester types: what gives something by it needs more than that."""
    reads = cedar.facts_read(rule.clauses)
    if rule.kind in _GIVING and "context.purpose" in reads and not reads & set(_BACKED_BY):
        yield (
            "gives something by context.purpose, which a requester only types; add verified "
            "evidence (context.verified.contains(…)) or context.accepted"
        )


def _unverified(rule: Rule) -> Iterator[str]:
    """Unverified evidence counts for nothing; a leave may read it, since it can only set free."""
    reads = cedar.facts_read(rule.clauses)
    papers = sorted(f for f in reads if f.startswith("context.document."))
    gives = rule.kind in (RuleKind.MUST, RuleKind.GRANT, RuleKind.PROTECTS) or rule.strikes
    if gives and papers and "context.document.verified" not in reads:
        yield f'gives something by {papers[0]}; add context.document.verified == "yes"'
    if gives and rule.kind is not RuleKind.LEAVE and "context.presented" in reads:
        yield "gives something by context.presented, verified or not; read context.verified"


def _disputed(pack: Pack, book: Book) -> Iterator[str]:
    above = [r for p in book.chain(pack.name) for r in p.rules if r.disputed]
    if len(above) > MOST_DISPUTED:
        count = f"{len(above)} disputed rules apply"
        yield f"{pack.name}/pack.toml: {count}; {MOST_DISPUTED} is the most."


def _near(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word.lstrip("!"), list(known), 1)
    return f"; did you mean {close[0]}" if close else ""
