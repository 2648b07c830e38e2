"""What people read at a terminal: values in, text blocks out. Nothing here asks, decides or prints.

``answers`` has the block of an answer, ``results`` what came with it, ``roads`` a cut-off's effect,
``papers`` proposals, entries, reports and the release; ``differences``
what another law would change; ``matrix_page`` makes a page of its own.
"""

from .answers import answer, glyph, law, rule
from .papers import entry, filter, proposal, released, report, steps
from .roads import effect

__all__ = [
    "answer",
    "effect",
    "entry",
    "filter",
    "glyph",
    "law",
    "proposal",
    "released",
    "report",
    "rule",
    "steps",
]
