"""Boolean functions of facts with few values, as shared decision diagrams.

A diagram says of every combination of values whether a condition holds, however many there are:
what two laws make of billions of requests is compared exactly, by comparing two numbers. A node
tests one variable and has one branch for each of its values; equal nodes are one, so equal
functions are one number. An odd number is the opposite of the even one before it.

Source: Bryant, *Graph-Based Algorithms for Boolean Function Manipulation* (1986); complemented
edges as in Brace, Rudell and Bryant (1990); many-valued variables as in Srinivasan et al. (1990).

``Diagrams`` is an algebra as ``combine`` wants one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ..model.errors import LimitReached

MOST_NODES: Final = 600_000
"""A limit on memory, some 200 MB; no shipped book comes near it."""

Edge = int
Point = tuple[int, ...]
"""For each variable the number of its value."""


class Diagrams:
    """A family of diagrams over the same variables.

    Args:
        sizes: how many values each variable has, the first tested first.
    """

    true: Edge = 0
    false: Edge = 1

    def __init__(self, sizes: Sequence[int], most: int = MOST_NODES) -> None:
        self.sizes, self.most = tuple(sizes), most
        self._level = [len(self.sizes)]  # of each node; node 0 is the end
        self._kids: list[tuple[Edge, ...]] = [()]
        self._made: dict[tuple[int, tuple[Edge, ...]], Edge] = {}
        self._both: dict[tuple[Edge, Edge], Edge] = {}

    # --- the algebra ----------------------------------------------------------------------------

    def neg(self, x: Edge) -> Edge:
        return x ^ 1

    def all(self, xs: Iterable[Edge]) -> Edge:
        found = 0
        for x in sorted(set(xs), reverse=True):
            found = self._and(found, x)
            if found == 1:
                break
        return found

    def any(self, xs: Iterable[Edge]) -> Edge:
        return self.all(x ^ 1 for x in xs) ^ 1

    def where(self, variable: int, values: Iterable[int]) -> Edge:
        """The variable has one of ``values``."""
        kept = set(values)
        return self._node(variable, tuple(int(v not in kept) for v in range(self.sizes[variable])))

    # --- questions ------------------------------------------------------------------------------

    def count(self, x: Edge) -> int:
        """For how many combinations of values it holds."""
        total = [1]  # combinations of the variables from each level on
        for size in reversed(self.sizes):
            total.insert(0, total[0] * size)
        known = {0: 1}

        def held(edge: Edge, level: int) -> int:
            node = edge >> 1
            at = self._level[node]
            number = total[at] - of_node(node) if edge & 1 else of_node(node)
            return number * (total[level] // total[at])

        def of_node(node: int) -> int:
            if node not in known:
                below = self._level[node] + 1
                known[node] = sum(held(kid, below) for kid in self._kids[node])
            return known[node]

        return held(x, 0)

    def first(self, x: Edge) -> Point | None:
        """The first combination for which it holds, by the order of values; None without one."""
        if x == 1:
            return None
        found = [0] * len(self.sizes)
        while x > 1:
            kids = self._branches(x, self._level[x >> 1])
            value = next(v for v, k in enumerate(kids) if k != 1)
            found[self._level[x >> 1]], x = value, kids[value]
        return tuple(found)

    def holds(self, x: Edge, point: Sequence[int]) -> bool:
        """Whether it holds at one point."""
        while x > 1:
            level = self._level[x >> 1]
            x = self._branches(x, level)[point[level]]
        return x == 0

    def reaching(self, x: Edge, box: Sequence[Iterable[int]], variable: int) -> set[int]:
        """Values of ``variable`` with which ``x`` holds somewhere in ``box``.

        Args:
            x: a condition.
            box: for each variable the values that are looked at; of ``variable``, all are.
            variable: the one that is asked about.
        """
        below: dict[Edge, bool] = {}
        every = range(self.sizes[variable])

        def somewhere(edge: Edge) -> bool:
            if edge < 2:
                return edge == 0
            if edge not in below:
                level = self._level[edge >> 1]
                kids = self._branches(edge, level)
                below[edge] = any(somewhere(kids[v]) for v in box[level])
            return below[edge]

        found: set[int] = set()
        seen: set[Edge] = set()
        waiting = [x]
        while waiting and len(found) < len(every):
            edge = waiting.pop()
            level = self._level[edge >> 1]
            if edge in seen or edge == 1:
                continue
            seen.add(edge)
            if level > variable:
                if somewhere(edge):
                    return set(every)
            elif level == variable:
                kids = self._branches(edge, level)
                found |= {v for v in every if v not in found and somewhere(kids[v])}
            else:
                kids = self._branches(edge, level)
                waiting += [kids[v] for v in box[level]]
        return found

    def inside(self, box: Mapping[int, Iterable[int]]) -> Edge:
        """The points whose variables have the values of ``box``."""
        return self.all(self.where(variable, values) for variable, values in box.items())

    def __len__(self) -> int:
        return len(self._kids)

    # --- how ------------------------------------------------------------------------------------

    def _node(self, level: int, kids: tuple[Edge, ...]) -> Edge:
        if kids.count(kids[0]) == len(kids):
            return kids[0]
        odd = kids[0] & 1
        if odd:
            kids = tuple(k ^ 1 for k in kids)
        found = self._made.get((level, kids))
        if found is None:
            if len(self._kids) >= self.most:
                raise LimitReached(f"More than {self.most} nodes would be needed.")
            found = len(self._kids) << 1
            self._kids.append(kids)
            self._level.append(level)
            self._made[level, kids] = found
        return found | odd

    def _branches(self, x: Edge, level: int) -> tuple[Edge, ...]:
        node = x >> 1
        if self._level[node] != level:
            return (x,) * self.sizes[level]
        kids = self._kids[node]
        return tuple(k ^ 1 for k in kids) if x & 1 else kids

    def _and(self, x: Edge, y: Edge) -> Edge:
        if x == 0 or x == y:
            return y
        if y == 0:
            return x
        if x == 1 or y == 1 or x == y ^ 1:
            return 1
        if x > y:
            x, y = y, x
        found = self._both.get((x, y))
        if found is None:
            level = min(self._level[x >> 1], self._level[y >> 1])
            pairs = zip(self._branches(x, level), self._branches(y, level), strict=True)
            found = self._node(level, tuple(self._and(a, b) for a, b in pairs))
            self._both[x, y] = found
        return found
