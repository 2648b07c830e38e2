"""What agencies may be answered is decided once, and anew when law, agencies or the day move."""

from __future__ import annotations

import re

from cleargate.gate import access
from cleargate.model.request import Person, Request
from cleargate.settings import Limits
from cleargate.web.console.agency_pages import QUESTIONS, Standing
from cleargate.web.console.pages import Pages
from cleargate.web.exports import Exports
from cleargate.web.health import Health
from cleargate.web.metrics import Metrics
from cleargate.web.pool import Pool
from tests.jurisdiction import POLICE
from tests.web.visiting import Site, office


def _shown(site: Site) -> dict[str, list[str]]:
    """Agency → the outcomes that its line of the page shows."""
    with site.visitor() as nobody:
        page = nobody.get(f"/agencies?custodian={POLICE}").text
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    found = {}
    for row in rows:
        id = re.search(r'href="/agencies/([^"]+)"', row)
        assert id
        found[id[1]] = re.findall(r"<span>([A-Z][a-z]+(?: authority)?)", row)
    return found


def _decided(site: Site) -> dict[str, list[str]]:
    """The same, decided one by one."""
    gate, found = site.here.gate, {}
    for agency in gate.parts.directory.all().values():
        if agency.id in set(gate.parts.custodian_of.values()):
            continue
        role = "public" if agency.kind == "public" else "officer"
        person = Person("", agency.id, role, agency.enforces_civil_immigration)
        outcomes = []
        for q in QUESTIONS:
            asked = Request(q.action, agency.id, q.purpose, POLICE, dataset="incident", case=q.case)
            outcome = access.tried(gate, person, asked, [q.action])[q.action].outcome
            outcomes.append(outcome.replace("-", " ").capitalize())
        found[agency.id] = outcomes
    return found


def test_each_cell_is_what_is_decided_now(site: Site) -> None:
    assert _shown(site) == _decided(site)
    assert _shown(site) == _decided(site), "and is the same when it was kept"


def test_a_new_agency_has_its_own_line_at_once(site: Site) -> None:
    before = _shown(site)
    subject = {"id": "NEWCOMER", "name": "A new agency", "kind": "law-enforcement", "state": "IL",
               "criminal_justice": "yes", "enforces_civil_immigration": "no"}  # fmt: skip
    assert site.here.ask("ada", "agency:add", custodian=POLICE, subject=subject).opens
    after = _shown(site)
    assert after.keys() - before.keys() == {"NEWCOMER"} and after == _decided(site)


def test_what_was_decided_is_kept_until_the_agencies_the_law_or_the_day_move(site: Site) -> None:
    here = site.here
    health, pool = Health(here.gate, Metrics()), Pool(1, 1, 1)
    exporting = pool, Exports(here.gate, health, None)
    standing = Standing(Pages(here.gate, pool, office(here), health, Limits(), 1, exporting))
    fbi = here.parts.directory.agency("FBI")
    first = standing.of(fbi, POLICE)
    assert first and standing.of(fbi, POLICE) is first
    standing.all()
    assert standing.of(fbi, POLICE) is first
    here.clock.forward(days=1)
    assert standing.of(fbi, POLICE) is not first
