"""How long the server takes for each page of the demonstration county, beside the API's own answer.

Run it with ``python benchmarks/pages.py``. It builds the invented county with 20,000 incidents,
takes the tour, serves it in this process, and asks for each page in turn over loopback: the median
and the 95th percentile, in ms, from the first byte sent to the last received; the median of the
processor's time, the client's included, which a busy machine changes less; and the bytes of a page.
First of all stands the first look at the laws side by side, right after the start. The peers in the
same run are the API's answer to the same search, which shares everything but the page,
``/openapi.json``, which costs no more than HTTP itself, and a bare template: Litestar and Jinja
with 50 rows in a table, and nothing else.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from os import getloadavg
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time

import httpx
from jinja2 import Environment
from litestar import Litestar, Response, get

from cleargate.agencies.secret import new_secret
from cleargate.commands.library import SHIPPED
from cleargate.config import random_bytes
from cleargate.demo.law import DEFAULT
from cleargate.demo.setting import County, build
from cleargate.demo.tour import Console, Tour
from cleargate.opening import close, desk
from cleargate.web.app import make_app
from cleargate.web.console.office import Office
from cleargate.web.serve import listening

TURNS = 40
MOST_MS, MOST_BYTES = 50.0, 150_000
PROOF = re.compile(r'name="proof" value="([0-9a-f]+)"')
SEARCH = {"purpose": "C", "case": "JM-2025-0417", "attention": "Det. R. Ames"}
PAGES = (
    ("", "/law"), ("", "/law/us-il-cook"), ("", "/law/side-by-side"), ("", "/agencies"),
    ("", "/agencies/ICE-ERO"), ("", "/sign-in"), ("detective", "/ask"),
    ("administrator", "/overview"), ("auditor", "/log"), ("auditor", "/log?outcome=refuse"),
    ("auditor", "/log/entry/100"), ("desk", "/custody"),
)  # fmt: skip


def main() -> None:
    """Print one line for each page."""
    place = Path(tempfile.mkdtemp(prefix="cleargate-pages-"))
    county = build(place / "county", SHIPPED, list(DEFAULT), lambda *_: None)
    try:
        silent = Console(*[lambda *_: None] * 7)
        Tour(county.gate, county.people, silent, place / "county", county.vkey,
             desk(county.settings)).run()  # fmt: skip
        _measure(county)
    finally:
        close(county.gate.parts)
        shutil.rmtree(place)


def _measure(county: County) -> None:
    secrets = {who: new_secret(random_bytes) for who in county.people.tokens}
    links = {secret: county.people.tokens[who] for who, secret in secrets.items()}
    office = Office.of(county.settings, SHIPPED, url="http://127.0.0.1", links=links)
    app = make_app(county.gate, county.settings.serve, county.settings.limits, office=office)
    print(f"load {getloadavg()[0]:.1f} at the start; {TURNS} turns; ms")
    print(f"{'':44}{'median':>8}{'p95':>8}{'CPU':>8}{'bytes':>9}")
    with listening(app) as server:
        with httpx.Client(base_url=server.url, timeout=60) as client:
            begin = perf_counter()
            client.get("/law/side-by-side")
            print(f"first look at /law/side-by-side: {(perf_counter() - begin) * 1e3:,.0f} ms")
            _line("peer: /openapi.json", lambda: client.get("/openapi.json"))
            token = {"authorization": f"Bearer {county.people.tokens['detective']}"}
            asked = SEARCH | {"action": "search", "represented": "MARLOW-POLICE", "limit": 50}
            with listening(_bare()) as bare, httpx.Client(base_url=bare.url) as plain:
                _line("peer: a bare template of 50 rows", lambda: plain.get("/"))
            _line("peer: API, a search of 50 rows",
                  lambda: client.post("/v1/requests", json=asked, headers=token))  # fmt: skip
        for who, path in PAGES:
            with httpx.Client(base_url=server.url, timeout=60) as client:
                if who:
                    client.get(f"/link/{secrets[who]}")
                _line(f"{path} {who and f'({who})'}", lambda c=client, p=path: c.get(p))
        for who, name, fields in (
            ("detective", "a search of 50 rows", SEARCH),
            ("ice", "a refusal", {"purpose": "CIV-IMM"}),
        ):
            with httpx.Client(base_url=server.url, timeout=60) as client:
                client.get(f"/link/{secrets[who]}")
                proof = PROOF.search(client.get("/ask").text)
                assert proof
                form = {"proof": proof[1], "action": "search", "dataset": "incident",
                        "before": "incident", "represented": county.people.agency(who),
                        "step": "ask", **fields}  # fmt: skip
                _line(f"POST /ask, {name}", lambda c=client, f=form: c.post("/ask", data=f))
        _first_page(server.url)


def _bare() -> Litestar:
    """A page of 50 rows with nothing behind it."""
    template = Environment(autoescape=True).from_string(
        "<!doctype html><table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>"
        "{% endfor %}</tr>{% endfor %}</table>"
    )
    rows = [[f"row {k}, cell {n}" for n in range(7)] for k in range(50)]

    @get("/")
    async def page() -> Response[str]:
        return Response(template.render(rows=rows), media_type="text/html")

    return Litestar([page], openapi_config=None, logging_config=None)


def _line(name: str, work: Callable[[], httpx.Response]) -> None:
    size = len(work().content)  # what is kept after a first look is not measured
    found, busy = [], []
    for _ in range(TURNS):
        begin, spent = perf_counter(), process_time()
        work()
        found.append((perf_counter() - begin) * 1e3)
        busy.append((process_time() - spent) * 1e3)
    slow = quantiles(found, n=20)[-1]
    mark = "" if slow <= MOST_MS else f"  over {MOST_MS:.0f}"
    print(f"{name:44}{median(found):8.1f}{slow:8.1f}{median(busy):8.1f}{size:9,}{mark}")


def _first_page(url: str) -> None:
    """Everything that a browser loads for its first page, apart from fonts."""
    with httpx.Client(base_url=url) as client:
        page = client.get("/law")
        total = len(page.content)
        for address in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)):
            total += int(client.get(address).headers["content-length"])
    print(f"first page, apart from fonts: {total:,} bytes of {MOST_BYTES:,}")


if __name__ == "__main__":
    main()
