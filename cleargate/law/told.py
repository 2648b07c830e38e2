"""Worked requests and facts in the words of counsel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..model.evidence import EVIDENCE_KINDS
from ..model.request import FAR
from ..model.words import PURPOSES, Tri
from .scenarios import Paper, Scenario, Stage

_CUSTODY: Final = {
    "in_custody": "in custody",
    "sentenced": "sentenced",
    "secure": "held in a secure facility",
    "release_public": "the release date is public",
    "housed_for_immigration": "held for an immigration authority by contract",
    "victim_or_witness": "a victim or witness",
}
_ISSUED: Final = {
    "federal-judge": "by a federal judge",
    "federal-magistrate": "by a federal magistrate",
    "state-judge": "by a state judge",
    "immigration-judge": "by an immigration judge",
    "immigration-officer": "by an immigration officer",
}


def request_words(asked: Scenario, stage: Stage) -> Iterator[str]:
    """A worked request, one sentence for each thing that is said of it."""
    who = _agency(asked.asker, stage)
    whom = _agency(asked.represented or asked.asker, stage)
    act = action_words(asked.action) + (f" ({asked.kind})" if asked.kind != "none" else "")
    case = f", case {asked.case}" if asked.case else ""
    yield (f"{who} asks{'' if whom == who else f' for {whom}'}: {act}. "
           f"Purpose {PURPOSES[asked.purpose].words}{case}.")  # fmt: skip
    for paper in asked.documents:
        yield f"Presented: {paper_words(paper)}."
    if facts := "; ".join(_custody(name, value) for name, value in asked.custody.items()):
        yield f"Known of the person: {facts}."


def action_words(action: str) -> str:
    """An action's name as words."""
    return action.replace("_", " ").replace("see:", "see ").replace(":", " ")


def paper_words(paper: Paper) -> str:
    """A document as it would be described at the counter."""
    words = [EVIDENCE_KINDS[paper.kind].partition(" (")[0]]
    if paper.form not in ("none", "other"):
        words.append(f"on form {paper.form}")
    if paper.issued_by in _ISSUED:
        words.append(_ISSUED[paper.issued_by])
    if paper.criminal is Tri.YES:
        words.append("in a criminal matter")
    if paper.asks:
        words.append(f"that asks for {', '.join(map(action_words, sorted(paper.asks)))}")
    return f"{' '.join(words)}, {'verified' if paper.verified else 'not verified'}"


def _agency(id: str, stage: Stage) -> str:
    return stage.agencies[id].name if id in stage.agencies else f"the {id}"


def _custody(name: str, value: Tri | int) -> str:
    if name == "days_to_release":
        return "no release is scheduled" if value == FAR else f"released in {value} days"
    return f"{_CUSTODY[name]}: {value}"
