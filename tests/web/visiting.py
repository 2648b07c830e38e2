"""The pages of a small jurisdiction behind a real server, and visitors who look at them by HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from zoneinfo import ZoneInfo

import httpx

from cleargate.custody.release import Desk
from cleargate.log.read import Entry, entries
from cleargate.web.app import make_app
from cleargate.web.console.office import Office
from cleargate.web.serve import Listening, listening
from tests.jurisdiction import PACKS, POLICE, SHERIFF, Jurisdiction

PROOF = re.compile(r'name="proof" value="([0-9a-f]{64})"')
CASE = {"purpose": "C", "case": "JH-1", "attention": "A. Reed"}
CIVIL = {"purpose": "CIV-IMM"}


def link_of(person: str) -> str:
    """The secret of the link that signs ``person`` in."""
    return f"{person:x<52}"


def office(here: Jurisdiction, *, url: str = "http://127.0.0.1") -> Office:
    """The office of a test's jurisdiction, with a link for everyone."""
    zone = ZoneInfo("America/Chicago")
    return Office(
        name="Cook County",
        zone=zone,
        desk=Desk(here.parts.spool, "Cook County", zone),
        url=url,
        library=PACKS,
        contacts={POLICE: "Records counsel, 555-0140", SHERIFF: "Jail desk, 555-0160"},
        invented=True,
        links={link_of(person): token for person, token in here.tokens.items()},
    )


@dataclass
class Visitor:
    """One browser without a script: it keeps cookies and proves its forms."""

    site: Site
    person: str
    client: httpx.Client

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Look at a page."""
        return self.client.get(path, headers=headers)

    def post(
        self, path: str, fields: Mapping[str, object] = {}, *, form: str = "/ask"
    ) -> httpx.Response:
        """Send a form, with the proof that the page ``form`` gave."""
        shown = PROOF.search(self.get(form).text)
        assert shown, f"{form} shows no form"
        return self.client.post(path, data={"proof": shown[1], **fields})

    def ask(self, **fields: object) -> httpx.Response:
        """Ask by the form as it is at first, with ``fields`` filled in."""
        given: dict[str, object] = {"action": "search", "dataset": "incident", "before": "incident",
                                    "represented": self.agency, "step": "ask"}  # fmt: skip
        return self.post("/ask", given | fields)

    @property
    def agency(self) -> str:
        """The agency of whoever looks."""
        return self.site.here.agency(self.person)


@dataclass
class Site:
    """The server and the jurisdiction behind it."""

    here: Jurisdiction
    server: Listening

    @contextmanager
    def visitor(self, person: str = "") -> Iterator[Visitor]:
        """A visitor, signed in as ``person``; nobody for an empty name."""
        with httpx.Client(
            base_url=self.server.url, timeout=60, follow_redirects=True,
            headers={"accept": "text/html"},
        ) as client:  # fmt: skip
            if person:
                made = client.get(f"/link/{link_of(person)}", follow_redirects=False)
                assert made.status_code == 303, made.text
            yield Visitor(self, person, client)

    @property
    def size(self) -> int:
        """How many entries the log has."""
        return self.here.parts.log.head().size

    def since(self, size: int) -> list[Entry]:
        """The entries after the first ``size``, oldest first."""
        new = self.size - size
        return entries(self.here.parts.log, limit=new)[::-1] if new else []


@contextmanager
def visiting(here: Jurisdiction, *, url: str = "http://127.0.0.1", port: int = 0) -> Iterator[Site]:
    """The pages of ``here``, served."""
    app = make_app(here.gate, office=office(here, url=url))
    with listening(app, port=port) as server:
        yield Site(here, server)


def text_of(page: str) -> str:
    """The text of a page, without its marks."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", "", page)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))
