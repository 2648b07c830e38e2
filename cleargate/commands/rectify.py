"""``cleargate records correct`` and ``seal``: one record, and letters to those who had it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from ..gate.answer import Answer
from ..model.errors import BadUse
from ..storage import private
from .session import Session, acting, acting_as, declare, finish

_LETTERS = click.option(
    "--letters",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Where letters to those who had the record go.  [default: letters, here]",
)
_DATASET = click.option("--dataset", "name", required=True, metavar="NAME", help="Where it is.")


def add_to(group: click.Group) -> None:
    """Declare both commands."""

    @declare(
        "correct",
        "cleargate records correct county P-1182 --dataset person --what corrected \\\n"
        "      --set 'birth_date = 1980-02-29' --reason 'birth certificate seen'",
        group,
    )
    @acting_as
    @click.argument("record", metavar="RECORD")
    @_DATASET
    @click.option("--what", default="corrected", metavar="challenged|upheld|corrected")
    @click.option("--set", "changes", multiple=True, metavar="'COLUMN = VALUE'", help="New value.")
    @click.option("--reason", default="", help="Why; sealed in the log.")
    @_LETTERS
    def correct(
        folder: Path, credential: Path | None, record: str, name: str, what: str,
        changes: tuple[str, ...], reason: str, letters: Path | None, as_json: bool,
    ) -> None:  # fmt: skip
        """Note that a record is challenged, uphold it, or correct it (28 CFR 20.34). Whoever
        received it before is listed, and a letter to each agency is written.
        """
        said = {"what": what, "changes": _changes(changes)}
        with acting(folder, credential) as session:
            answer = _ask(session, "records:correct", name, record, said, reason=reason)
        finish(_written(answer, letters or Path("letters")), as_json)

    @declare(
        "seal",
        "cleargate records seal county P-1182 --dataset person --basis E-7K2M9",
        group,
    )
    @acting_as
    @click.argument("record", metavar="RECORD")
    @_DATASET
    @click.option("--basis", multiple=True, metavar="EVIDENCE-ID", help="The court's order.")
    @click.option("--expunge", is_flag=True, help="Leave no value of it but its number.")
    @click.option("--reason", default="", help="Why; sealed in the log.")
    @_LETTERS
    def seal(
        folder: Path, credential: Path | None, record: str, name: str, basis: tuple[str, ...],
        expunge: bool, reason: str, letters: Path | None, as_json: bool,
    ) -> None:  # fmt: skip
        """Seal or expunge a record under a court's order that is verified. Whoever received it
        before is listed, and a letter to each agency is written.
        """
        said = {"what": "expunged" if expunge else "sealed"}
        with acting(folder, credential) as session:
            answer = _ask(session, "records:seal", name, record, said, reason=reason, basis=basis)
        finish(_written(answer, letters or Path("letters")), as_json)


def _ask(
    session: Session, action: str, dataset: str, record: str, said: Mapping[str, str],
    reason: str, basis: tuple[str, ...] = (),
) -> Answer:  # fmt: skip
    subject = {n: v for n, v in said.items() if v}
    return session.ask(
        action, dataset=dataset, target=record, subject=subject, reason=reason, basis=basis
    )


def _changes(texts: tuple[str, ...]) -> str:
    made: dict[str, str] = {}
    for text in texts:
        column, equals, value = text.partition("=")
        if not equals or not column.strip():
            raise BadUse(f"'{text}' is no change; write it like 'birth_date = 1980-02-29'.")
        made[column.strip()] = value.strip()
    return json.dumps(made) if made else ""


def _written(answer: Answer, folder: Path) -> Answer:
    """The answer with the names of the letters' files in place of their texts."""
    letters = answer.result.get("letters")
    if letters is None:
        return answer
    files = []
    for name, text in letters.items():
        path = folder / "".join(c if c.isalnum() or c in "-." else "_" for c in name)
        folder.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        private.write_new(path, text)
        files.append(str(path))
    return replace(answer, result={**answer.result, "letters": files})
