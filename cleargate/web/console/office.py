"""Whose pages these are: what the settings say of the jurisdiction, handed down once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ...agencies.passkeys import Site
from ...config import Settings
from ...custody.release import Desk
from ...opening import desk


@dataclass(frozen=True, slots=True)
class Office:
    """A jurisdiction as its pages need it.

    Attributes:
        name: as it heads the pages.
        zone: of the times on the pages.
        desk: where a release is written down when nothing else answers.
        url: the pages' address as browsers see it; with ``https`` cookies are for it alone.
        library: the packs that come with the program, for laws side by side.
        contacts: custodian → whom to ask about an answer.
        invented: nothing here is real; every page says so.
        witnesses: keys of those who are asked to cosign the log.
        cosigned: the folder of what they signed; None where nobody is asked.
        ahead: what costs seconds when it is first looked at is made when the server starts.
        links: secret of a link → credential that it signs in; empty but in the demonstration.
    """

    name: str
    zone: ZoneInfo
    desk: Desk
    url: str
    library: Path
    contacts: Mapping[str, str] = field(default_factory=dict)
    invented: bool = False
    witnesses: tuple[str, ...] = ()
    cosigned: Path | None = None
    ahead: bool = False
    links: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        settings: Settings,
        library: Path,
        *,
        url: str = "",
        links: Mapping[str, str] | None = None,
    ) -> Office:
        """The office of a jurisdiction's settings.

        Args:
            library: the packs that come with the program.
            url: where it is served, when that is not what the settings say.
            links: only in the demonstration.
        """
        return cls(
            name=settings.name,
            zone=settings.zone,
            desk=desk(settings),
            url=url or settings.serve.url,
            library=library,
            contacts={c.id: c.contact for c in settings.custodians if c.contact},
            invented=links is not None,
            witnesses=tuple(w.key for w in settings.witnesses),
            cosigned=settings.cosigned,
            ahead=True,
            links=links or {},
        )

    @property
    def passkeys(self) -> Site | None:
        """Whom devices make passkeys for; None where browsers make none: at an address of digits,
        or over a connection that is not encrypted (WebAuthn 3, 5.1.2; Secure Contexts, 3.1).
        """
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        digits = ":" in host or host.replace(".", "").isdigit()
        if digits or not (self.secure or host == "localhost"):
            return None
        return Site(host, f"{parts.scheme}://{parts.netloc}", self.name)

    @property
    def secure(self) -> bool:
        """Whether browsers reach the pages over an encrypted connection."""
        return self.url.startswith("https://")
