"""The way from an entry to the signed root, as a drawing: its own hashes and those beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ...model.receipt import Receipt

_MOST: Final = 6
"""Levels that are drawn one by one; of a longer way the middle is one dashed step."""
_STEP_X, _STEP_Y = 26, 34


@dataclass(frozen=True, slots=True)
class Node:
    """One of the hashes on the way, and the one beside it.

    Attributes:
        x, y: of the hash on the way.
        beside_x: of its sibling, on the same height; 0 where there is none.
        name: what stands at the sibling: ``1``, or ``3 to 15`` where steps are left out.
    """

    x: int
    y: int
    beside_x: int
    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """The drawing, from the entry at the bottom to the root at the top."""

    nodes: tuple[Node, ...]
    width: int
    height: int


def path(receipt: Receipt) -> Path:
    """The way of a receipt's entry to the root of its checkpoint."""
    count = len(receipt.proof)
    names = [str(k + 1) for k in range(count)]
    if count > _MOST:
        first, last = _MOST // 2, _MOST - _MOST // 2 - 1
        names = [*names[:first], f"{first + 1}–{count - last}", *names[count - last :]]
    levels = len(names)
    height = levels * _STEP_Y + 40
    nodes = [
        Node(12 + k * _STEP_X, height - 20 - k * _STEP_Y, 12 + k * _STEP_X + 52, name)
        for k, name in enumerate(names)
    ]
    nodes.append(Node(12 + levels * _STEP_X, height - 20 - levels * _STEP_Y, 0, ""))
    return Path(tuple(nodes), 12 + levels * _STEP_X + 130, height)
