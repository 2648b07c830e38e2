"""Sentences as they may leave the house: without the folders of this machine."""

from __future__ import annotations

from pathlib import Path

from ..gate.parts import Parts


class Outside:
    """Takes folders out of sentences that were written for the operator.

    Args:
        parts: whose stores, law and spool lie in those folders.
    """

    def __init__(self, parts: Parts) -> None:
        stores = (parts.agencies, parts.evidence, parts.custody, parts.records, parts.log.store)
        folders = {store.folder for store in stores if store.folder is not None}
        self._names = {s.name: s.schema.name for s in stores if s.folder is None}
        folders |= {parts.log.guard.path.parent, parts.law, parts.spool}
        # Longest first, for one may lie in another. A relative one says nothing of this machine.
        self._folders = sorted((str(f) for f in folders if f.is_absolute()), key=len, reverse=True)

    def __call__(self, sentence: str) -> str:
        """``sentence`` with the names of files or stores only."""
        for name, said in self._names.items():
            sentence = sentence.replace(name, said)
        for folder in self._folders:
            sentence = sentence.replace(f"{folder}/", "").replace(folder, Path(folder).name)
        return sentence
