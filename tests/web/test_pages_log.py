"""The log's pages: the public's own list, and how the log stands with its witnesses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cleargate.log.cosign import Cosigner
from cleargate.log.publish import Address, Unreachable, publish
from cleargate.log.witness import WitnessBook
from cleargate.web.app import make_app
from cleargate.web.serve import listening
from tests.jurisdiction import Jurisdiction
from tests.web.visiting import Site, office, text_of

PUBLIC = {"action": "statistics", "purpose": "PUB"}
ANSWERS, SILENT, NEW = (Cosigner.from_seed(f"{name}.example/w", name.encode() * 8)
                       for name in ("lamp", "mute", "late"))  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def people(here: Jurisdiction) -> None:
    """Others of the public, one with a name that is part of another's."""
    for person in ("neighbor", "publ"):
        here.credential(person, "PUBLIC", "public")


def test_whoever_asks_for_themselves_sees_a_list_of_that_and_of_nobody_elses(site: Site) -> None:
    with site.visitor("public") as one, site.visitor("neighbor") as other:
        assert "You have asked nothing yet." in text_of(other.get("/log").text)
        one.ask(**PUBLIC)
        mine = site.size - 2
        page, theirs = one.get("/log").text, other.get("/log").text
        assert f'href="/log/entry/{mine}"' in page and f'href="/log/entry/{mine}"' not in theirs
        assert one.get(f"/log/entry/{mine}").status_code == 200
        assert other.get(f"/log/entry/{mine}").status_code == 404


def test_a_name_that_is_part_of_anothers_shows_nothing_of_theirs(site: Site) -> None:
    with site.visitor("public") as one, site.visitor("publ") as other:
        one.ask(**PUBLIC)
        assert "You have asked nothing yet." in text_of(other.get("/log").text)


@pytest.mark.parametrize("before", ["0", "5", "-1", "9" * 30, "x", "²"])
def test_any_beginning_of_a_page_is_taken(site: Site, before: str) -> None:
    for person in ("public", "ada", "fbi"):
        with site.visitor(person) as visitor:
            assert visitor.client.get("/log", params={"before": before}).status_code == 200


def test_a_log_says_which_witnesses_agree_and_names_those_who_are_silent(
    here: Jurisdiction, tmp_path: Path
) -> None:
    log, kept = here.parts.log, tmp_path / "cosigned"
    book = WitnessBook(tmp_path / "seen.json", ANSWERS, [log.signer.verifier])
    at = int(here.clock().timestamp())

    def post(url: str, body: bytes) -> tuple[int, str, str]:
        if "mute" in url:
            raise Unreachable("it cannot be reached: nobody listens")
        reply = book.add_checkpoint(body, at)
        return reply.status, reply.media_type, reply.text

    asked = [Address(c.witness, f"https://{c.witness.name}") for c in (ANSWERS, SILENT)]
    publish(log, kept, asked, post, here.clock)
    keys = tuple(str(c.witness) for c in (ANSWERS, SILENT, NEW))
    told = replace(office(here), witnesses=keys, cosigned=kept)
    app = make_app(here.gate, office=told, cosigned=kept)
    with listening(app) as server, Site(here, server).visitor("auditor") as visitor:
        pages = [text_of(visitor.get(path).text) for path in ("/log", "/log/check")]
        signed = visitor.get(f"/log/cosigned/{ANSWERS.witness.key_id.hex()}")
        strip = text_of(visitor.get("/law").text)
    assert signed.status_code == 200 and "lamp.example/w" in signed.text
    assert "cosigned by 1 of 3 witnesses" in strip
    for page in pages:
        assert "1 of 3 witnesses agree" in page
        silent = page.split("mute.example/w")[1].split("late.example/w")[0]
        assert "silent since" in silent and "nobody listens" in silent
        assert "not asked yet" in page.split("late.example/w")[1]
