"""Style, script, mark and fonts, each under a name that holds its digest, so that it may be kept.

The fonts are no part of the repository: ``make fonts`` fetches them where npm is. Without them the
pages use the system's, and the style names none, so that no browser asks for what is not there.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ...model.errors import NotFound

_FOLDER: Final = Path(str(files(__package__).joinpath("static")))
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_FONTS: Final = {
    # family → (weight, file of the USWDS package, without its ending)
    "Public Sans": ((400, "PublicSans-Regular"), (600, "PublicSans-SemiBold"),
                    (700, "PublicSans-Bold")),
    "Merriweather": ((400, "Latin-Merriweather-Regular"), (700, "Latin-Merriweather-Bold")),
    "Roboto Mono": ((400, "roboto-mono-v5-latin-regular"),),
}  # fmt: skip
_MODULES: Final = ("receipt.js", "passkey.js")
"""What the script of the pages imports."""
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Static:
    """One file as it is served.

    Attributes:
        packed: the same bytes by gzip; empty where that saves nothing.
    """

    name: str
    kind: str
    data: bytes
    packed: bytes


@cache
def statics() -> Mapping[str, Static]:
    """Every file by its name in the folder, and under ``name.digest.ending``."""
    found = {p.name: p.read_bytes() for p in sorted(_FOLDER.glob("*")) if p.suffix in _TYPES}
    fonts = {p.name: p.read_bytes() for p in sorted((_FOLDER / "fonts").glob("*.woff2"))}
    made = {name: _static(name, data) for name, data in (fonts | found).items()}
    style = made["console.css"].data.decode()
    made["console.css"] = _static("console.css", (_faces(made) + style).encode())
    script = made["console.js"].data
    for name in _MODULES:
        script = script.replace(f"./{name}".encode(), f"./{made[name].name}".encode())
    made["console.js"] = _static("console.js", script)
    return made


def address(name: str) -> str:
    """Where a file is served."""
    return f"/static/{statics()[name].name}"


def routes() -> list[HTTPRouteHandler]:
    """``/static/{name}``."""
    by_address = {one.name: one for one in statics().values()}

    @get("/static/{name:str}", cache=False)
    async def static(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        one = by_address.get(name)
        if one is None:
            raise NotFound("There is no such file; it may be an older page's.")
        headers = {"cache-control": _FOR_EVER, "vary": "accept-encoding"}
        data = one.data
        if one.packed and "gzip" in request.headers.get("accept-encoding", ""):
            data = one.packed
            headers["content-encoding"] = "gzip"
        return Response(data, media_type=one.kind, headers=headers)

    return [static]


def _static(name: str, data: bytes) -> Static:
    digest = hashlib.sha256(data).hexdigest()[:16]
    stem, _, ending = name.rpartition(".")
    packed = b"" if ending == "woff2" else gzip.compress(data, 9, mtime=0)
    return Static(f"{stem}.{digest}.{ending}", _TYPES[f".{ending}"], data, packed)


def _faces(made: Mapping[str, Static]) -> str:
    """``@font-face`` for the fonts that are there."""
    return "".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:swap;'
        f"src:url({made[file + '.woff2'].name}) format('woff2')}}\n"
        for family, weights in _FONTS.items()
        for weight, file in weights
        if f"{file}.woff2" in made
    )
