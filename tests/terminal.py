"""A jurisdiction made and used as people do it: with commands, tokens in files, and exit codes."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from click.testing import CliRunner, Result

from cleargate.cli import main

CAST: Final = Path(__file__).parents[1] / "packs" / "cast.toml"
ADMIN: Final = "a.ames"
SECOND: Final = "b.boyd"
POLICE, SHERIFF = "CHICAGO-POLICE", "COOK-SHERIFF"
JAIL: Final = f"{SHERIFF}-JAIL"
PEOPLE: Final = {
    "clerk": (POLICE, "clerk"),
    "detective": (POLICE, "officer"),
    "desk": (SHERIFF, "jail-desk"),
    "jail-clerk": (SHERIFF, "clerk"),
    "fbi": ("FBI", "officer"),
    "marshal": ("USMS", "officer"),
    "ice": ("ICE-ERO", "officer"),
    "citizen": ("PUBLIC", "public"),
}
ON_A_CASE: Final = ("--purpose", "C", "--case", "26-114", "--attention", "S. Okoro")
HEADER: Final = (
    "ID,Case Number,Date,Block,IUCR,Primary Type,Description,Location Description,Arrest,Domestic,"
    "Beat,District,Ward,Community Area,FBI Code,X Coordinate,Y Coordinate,Year,Updated On,"
    "Latitude,Longitude"
)


def run(*arguments: object) -> Result:
    """One command, as the shell would call it."""
    # Not the caller's: a test must not depend on who runs it.
    return CliRunner(env={"CLEARGATE_CREDENTIAL": ""}).invoke(main, [str(a) for a in arguments])


def told(result: Result, code: int = 0) -> str:
    """What a command printed; it must have left with ``code``."""
    assert result.exit_code == code, (result.exit_code, result.output, result.exception)
    return result.stdout


@dataclass(frozen=True)
class County:
    """A jurisdiction and the files of its people, all in one folder."""

    place: Path

    @property
    def folder(self) -> Path:
        """DIR."""
        return self.place / "county"

    @property
    def vkey(self) -> Path:
        """The log's public key."""
        return self.folder / "log.vkey"

    def token(self, person: str) -> Path:
        """The file of a person's credential."""
        own = self.folder / "private" / f"{person}.token"
        return own if own.exists() else self.place / f"{person}.token"

    def key(self, person: str) -> Path:
        """The file of an administrator's signing key."""
        own = self.folder / "private" / f"{person}.key"
        return own if own.exists() else self.place / f"{person}.key"

    def run(self, command: str, *arguments: object, by: str = "") -> Result:
        """``cleargate COMMAND DIR …``, as ``by``."""
        who = ("--as", self.token(by)) if by else ()
        return run(*command.split(), self.folder, *arguments, *who)

    def said(self, command: str, *arguments: object, by: str = "", code: int = 0) -> Any:
        """The same with ``--json``, read."""
        return json.loads(told(self.run(command, *arguments, "--json", by=by), code))

    def issue(self, person: str, agency: str, role: str, *more: object, by: str) -> None:
        """A credential for a person, in a file beside the jurisdiction."""
        file = self.place / f"{person}.token"
        told(
            self.run(
                "credential issue", "--person", person, "--agency", agency, "--role", role,
                "--token-file", file, *more, by=by,
            )
        )  # fmt: skip

    def size(self) -> int:
        """How many entries the log has."""
        checkpoint = (self.folder / "guard" / "checkpoint").read_text("utf-8", "replace")
        return max(int(lines[1]) for lines in self._slots(checkpoint))

    def entries(self, since: int = 0) -> list[dict[str, Any]]:
        """The entries from ``since`` on, as ``log show`` gives them."""
        return [self.said("log show", index) for index in range(since, self.size())]

    def copy(self, place: Path) -> County:
        """Another one like it."""
        shutil.copytree(self.place, place, dirs_exist_ok=True)
        return County(place)

    @staticmethod
    def _slots(text: str) -> list[list[str]]:
        slots = [text[:4096], text[4096:]]
        return [
            lines for slot in slots if len(lines := slot.split("\n")) > 2 and lines[1].isdigit()
        ]


def found(place: Path, *more: object) -> County:
    """Cook County and Chicago, two administrators and some people; ``more`` is for ``init``."""
    county = County(place)
    told(run("init", county.folder, "--book", "us-il-cook,us-il-chicago", "--admin", ADMIN,
             "--agencies", CAST, *more))  # fmt: skip
    county.issue(SECOND, POLICE, "administrator", "--new-key", place / f"{SECOND}.key", by=ADMIN)
    for person, (agency, role) in PEOPLE.items():
        county.issue(person, agency, role, by=SECOND if agency == POLICE else ADMIN)
    return county


def extract(path: Path, rows: int = 3, *, bad: int = 0) -> Path:
    """Robberies in the form of Chicago's extract; the last ``bad`` ones have no real date."""
    lines = [HEADER]
    for n in range(rows):
        day = "2025-03-99" if n >= rows - bad else f"2025-03-{n % 28 + 1:02}"
        lines.append(
            f"{7000 + n},JM{n:06},{day}T01:00:00,012XX W MAIN ST,0320,ROBBERY,STRONG ARM,STREET,"
            f"true,false,0735,007,17,67,03,1166911,1857552,2025,2025-04-01T00:00:00,41.76,-87.66"
        )
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
