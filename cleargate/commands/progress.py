"""A bar for work that takes more than a moment: on a terminal, and nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def bar(things: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, told how many ``things`` are done, and of how many."""
    err = Console(stderr=True)
    made = Progress(
        TextColumn(f"  {{task.completed}} of {{task.total}} {things}"), BarColumn(),
        TimeRemainingColumn(), console=err, disable=not err.is_terminal, transient=True,
    )  # fmt: skip
    with made:
        task = made.add_task(things, total=None)
        yield lambda done, total: made.update(task, completed=done, total=total)
