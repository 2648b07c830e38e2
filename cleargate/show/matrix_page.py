"""The matrix as one HTML page that stands alone: no script, nothing fetched, light, dark and print.

Each cell of the table leads to the passage below it that says by which rules it was decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files
from typing import Final

from ..law.matrix import Law, Matrix
from ..law.scenarios import Scenario, Stage
from ..law.told import request_words
from ..model.decision import Decision, RuleRef
from ..model.words import Outcome, by_when

_SAYS: Final = {
    Outcome.PERMIT: ("Permit", "a rule allows it"),
    Outcome.REQUIRE: ("Require", "law commands it"),
    Outcome.REFUSE: ("Refuse", "a rule forbids it"),
    Outcome.NO_AUTHORITY: ("No authority", "no rule allows it"),
    Outcome.CONFLICT: ("Conflict", "rules contradict; a person decides"),
    Outcome.UNAVAILABLE: ("Unavailable", "it could not be decided"),
}
_SHAPES: Final = {
    Outcome.PERMIT: '<circle cx="8" cy="8" r="5.5" class="line"/>',
    Outcome.REQUIRE: '<circle cx="8" cy="8" r="6.5"/>',
    Outcome.REFUSE: '<rect x="2" y="2" width="12" height="12"/>',
    Outcome.NO_AUTHORITY: '<rect x="2.5" y="2.5" width="11" height="11" class="line"/>',
    Outcome.CONFLICT: (
        '<path d="M8 1.5 14.5 8 8 14.5 1.5 8Z" class="line"/><path d="M8 1.5V14.5L1.5 8Z"/>'
    ),
    Outcome.UNAVAILABLE: '<path d="M8 1.5 14.5 8 8 14.5 1.5 8Z" class="line dashed"/>',
}


def matrix_page(found: Matrix, stage: Stage) -> str:
    """The whole page."""
    decisions = [d for row in found.cells for d in row]
    waiting = sum(d.unreviewed for d in decisions)
    title = f"The same {_many(found.asked, 'request')} under {_many(found.columns, 'law book')}"
    style = files(__package__).joinpath("matrix_page.css").read_text("utf-8")
    at = min(d.at for d in decisions) if decisions else None
    return "\n".join((
        "<!doctype html>",
        '<html lang="en">',
        '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{style}</style></head>",
        "<body>",
        '<a class="skip" href="#decided">To how each cell was decided</a>',
        f"<main><h1>{escape(title)}</h1>",
        '<p class="lead">Each cell is decided by the same software; only the law differs. '
        "Open a cell for its rules and citations. "
        f'<span class="wait" aria-hidden="true">†</span> rests on a rule not yet reviewed by '
        f"counsel: {waiting} of {len(decisions)} cells.</p>",
        _legend({d.outcome for d in decisions}),
        _table(found),
        '<p class="note">Where a table of law is silent, the outcome is no authority: no rule is '
        f"invented. Decided as of {at:%-d %B %Y, %H:%M} UTC.</p>" if at else "",
        '<section id="decided"><h2>How each cell was decided</h2>',
        *(_request(n, asked, found, stage) for n, asked in enumerate(found.asked)),
        "</section>",
        _books(found),
        "</main></body></html>\n",
    ))  # fmt: skip


def _many(things: tuple[object, ...], word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def _short(title: str) -> str:
    """A law's title as a column's head; the list of books has it whole."""
    return title.partition(":")[0]


def _sentence(name: str) -> str:
    return name[:1].upper() + name[1:]


def _legend(shown: set[Outcome]) -> str:
    items = (
        f"<li>{_shape(o)}<b>{word}</b> {says}</li>"
        for o, (word, says) in _SAYS.items()
        if o in shown
    )
    return f'<ul class="legend">{"".join(items)}</ul>'


def _shape(outcome: Outcome) -> str:
    return f'<svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">{_SHAPES[outcome]}</svg>'


def _table(found: Matrix) -> str:
    heads = "".join(f'<th scope="col">{escape(_short(c.title))}</th>' for c in found.columns)
    rows = "\n".join(
        f'<tr><th scope="row"><a href="#r{n}">{n + 1}. {escape(_sentence(asked.name))}</a></th>'
        + "".join(_cell(n, law, d) for law, d in zip(found.columns, row, strict=True))
        + "</tr>"
        for n, (asked, row) in enumerate(zip(found.asked, found.cells, strict=True))
    )
    return (
        '<div class="wide" role="region" aria-labelledby="caption" tabindex="0">\n<table>'
        '<caption id="caption">Outcome of each request under each law</caption>\n'
        f'<thead><tr><th scope="col">Request</th>{heads}</tr></thead>\n<tbody>\n{rows}\n'
        "</tbody></table></div>"
    )


def _cell(n: int, law: Law, decision: Decision) -> str:
    said = f"{_shape(decision.outcome)}{_SAYS[decision.outcome][0]}"
    return f'<td><a href="#r{n}-{escape(law.name)}">{said}{_waits(decision.unreviewed)}</a></td>'


def _waits(unreviewed: bool) -> str:
    if not unreviewed:
        return ""
    return (
        '<span class="wait" aria-hidden="true">†</span><span class="said">, not yet reviewed</span>'
    )


def _request(n: int, asked: Scenario, found: Matrix, stage: Stage) -> str:
    said = "".join(f"<p>{escape(s)}</p>" for s in request_words(asked, stage))
    cells = "\n".join(
        _decided(f"r{n}-{law.name}", law, d)
        for law, d in zip(found.columns, found.cells[n], strict=True)
    )
    head = f"{n + 1}. {escape(_sentence(asked.name))}"
    return f'<section id="r{n}" class="request"><h3>{head}</h3>\n{said}\n{cells}\n</section>'


def _decided(anchor: str, law: Law, decision: Decision) -> str:
    word = _SAYS[decision.outcome][0]
    parts = "".join(f"<li>{_rule(r)}</li>" for r in decision.deciding)
    struck = "".join(
        f"<li>Set aside: {_cited(s.rule)}, by {_cited(s.by)} ({escape(s.how)}).</li>"
        for s in decision.struck
    )
    limits = "".join(
        f"<li>Not longer than: {escape(x.text)}. <cite>{escape(x.cite)}</cite></li>"
        for x in decision.limits
    )
    duties = "".join(
        f"<li>Owed: {escape(d.rule.summary)}. To {escape(d.to)}, {escape(by_when(d.within))}. "
        f"<cite>{escape(d.rule.cite)}</cite>{_waits(d.rule.review)}</li>"
        for d in decision.duties
    )
    why = f"<p>{escape(decision.why)}</p>" if decision.why else ""
    body = "".join((parts, struck, limits, duties))
    listed = f"<ul>{body}</ul>" if body else ""
    head = f"{_shape(decision.outcome)}{escape(_short(law.title))}: {word}"
    waits = _waits(decision.unreviewed)
    return f'<article id="{escape(anchor)}"><h4>{head}{waits}</h4>{why}{listed}</article>'


def _rule(rule: RuleRef) -> str:
    disputed = f" Disputed: {escape(rule.disputed)}." if rule.disputed else ""
    return f"{escape(rule.summary)}. {_cited(rule)}{disputed}{_waits(rule.review)}"


def _cited(rule: RuleRef) -> str:
    return f"<cite>{escape(rule.cite)}</cite> <code>{escape(rule.id)}</code>"


def _books(found: Matrix) -> str:
    return (
        '<section><h2>The law books</h2><ul class="books">'
        + "".join(_book(found))
        + ("</ul></section>")
    )


def _book(found: Matrix) -> Iterator[str]:
    for law in found.columns:
        who = law.custodian if law.own else f"{law.custodian}, whose own pack is silent"
        yield (
            f"<li><b>{escape(law.title)}</b> <code>{escape(law.name)}</code>, with all law above "
            f"it: book <code>{law.version[:12]}</code>. Asked: {escape(who)}.</li>"
        )
