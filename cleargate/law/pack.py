"""A pack: one law-maker's law as files, read whole or refused with every mistake at once."""

from __future__ import annotations

import hashlib
from codecs import BOM_UTF8
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import available_timezones

import msgspec

from ..model.errors import PackError
from ..model.words import PURPOSES, Layer
from . import cedar, rules
from .rules import Rule

CUSTODIAN_KINDS = frozenset(
    ("law-enforcement", "sheriff", "jail", "police", "city-police", "city-department",
     "county-department", "corrections", "local-government", "state-government", "state-agency",
     "driver-licensing", "prosecutor", "court", "probation", "federal")
)  # fmt: skip
_LONGEST = 160  # of who decides a conflict, with its text: an entry of the log says it in the clear
_LAYERS = {layer.word: layer for layer in Layer}


class Conflicts(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who decides a request on which laws contradict each other, and by which text."""

    decides: str
    cite: str

    @property
    def words(self) -> str:
        """Both, as an item says them."""
        return f"{self.decides} ({self.cite})"


@dataclass(frozen=True, slots=True)
class Pack:
    """One law-maker's law.

    Attributes:
        name: its folder's name.
        layer: who made it.
        under: the packs above it.
        binds: kinds of custodian that its rules bind unless a rule says otherwise.
        custodian: for an agency's own pack, that agency's id.
        kinds: for an agency's own pack, what kinds of custodian it is.
        tests: named tests of law that an officer's decision may answer, in words.
        starter: agency packs that ``init`` copies when only this pack is named.
        timezone: where most of its people live; what ``init`` begins with.
        conflicts: who decides what its law leaves in conflict; None where it does not say.
        publishes: purposes; decisions for them, and what came of these, are public in the log.
        digest: SHA-256 over its files' names and bytes, hex.
    """

    name: str
    title: str
    layer: Layer
    under: tuple[str, ...]
    binds: tuple[str, ...]
    custodian: str
    kinds: frozenset[str]
    tests: dict[str, str]
    starter: tuple[str, ...]
    publishes: tuple[str, ...]
    rules: tuple[Rule, ...]
    folder: Path
    digest: str
    timezone: str = ""
    conflicts: Conflicts | None = None


def load(folder: Path) -> Pack:
    """Read the pack in ``folder``.

    Raises:
        PackError: with every mistake found, each naming file, line and rule.
    """
    head = _head(folder)
    layer, layers = _LAYERS[head.maker], [_LAYERS[w] for w in head.layers]
    mistakes = _unread(folder)
    found: list[Rule] = []
    for path in sorted((folder / "policies").glob("*.cedar")):
        for text in cedar.split(_read(path)):
            place = f"{folder.name}/policies/{path.name}:{text.line}"
            try:
                found.append(rules.read(text, folder.name, f"policies/{path.name}", layer, layers))
            except rules.RuleMistake as mistake:
                mistakes.append(f"{place}: {_rule_name(text.text)} {mistake}.")
    mistakes += _doubles(folder.name, found)
    if mistakes:
        raise PackError(mistakes)
    return Pack(
        name=folder.name,
        title=head.title,
        layer=layer,
        under=head.under,
        binds=head.binds,
        custodian=head.custodian,
        kinds=frozenset(head.kinds),
        tests=head.tests,
        starter=head.starter,
        publishes=head.publishes,
        rules=tuple(found),
        folder=folder,
        digest=digest(folder),
        timezone=head.timezone,
        conflicts=head.conflicts,
    )


def digest(folder: Path) -> str:
    """SHA-256 over the law of a pack: pack.toml and policies, names and bytes."""
    total = hashlib.sha256()
    for path in (folder / "pack.toml", *sorted((folder / "policies").glob("*.cedar"))):
        name = path.relative_to(folder).as_posix().encode()
        body = path.read_bytes()
        total.update(len(name).to_bytes(4, "big") + name + len(body).to_bytes(8, "big") + body)
    return total.hexdigest()


def _unread(folder: Path) -> list[str]:
    """A mistake for each file in ``policies/`` that would be taken for law and is none.

    Notes (README), hidden files and the copies that editors leave are passed over.
    """
    policies = folder / "policies"
    read = set(policies.glob("*.cedar"))
    strays = [p for p in policies.rglob("*") if p not in read and not p.is_dir()]
    return [
        f"{folder.name}/{path.relative_to(folder).as_posix()}: is not read; name it NAME.cedar "
        "in policies/."
        for path in sorted(strays)
        if not any(_no_law(part) for part in path.relative_to(policies).parts)
    ]


def _no_law(name: str) -> bool:
    return name.startswith((".", "README")) or name.endswith("~")


def _read(path: Path) -> str:
    place = f"{path.parent.parent.name}/policies/{path.name}"
    try:
        return path.read_text("utf-8-sig")  # some editors begin a file with a mark of its encoding
    except UnicodeDecodeError:
        raise PackError([f"{place}: is not UTF-8."]) from None
    except OSError as fault:
        raise PackError([f"{place}: cannot be read: {fault.strerror}."]) from None


class Head(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """pack.toml, as written."""

    title: str
    maker: str
    under: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
    custodian: str = ""
    kinds: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    tests: dict[str, str] = {}
    starter: tuple[str, ...] = ()
    timezone: str = ""
    conflicts: Conflicts | None = None
    publishes: tuple[str, ...] = ()


def _head(folder: Path) -> Head:
    place = f"{folder.name}/pack.toml"
    try:
        text = (folder / "pack.toml").read_bytes().removeprefix(BOM_UTF8)
        head = msgspec.toml.decode(text, type=Head)
    except FileNotFoundError:
        raise PackError(
            [f"{place}: is missing; a pack is a folder with pack.toml in it."]
        ) from None
    except msgspec.ValidationError as fault:
        raise PackError([f"{place}: {fault}."]) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise PackError([f"{place}: is not TOML: {fault}."]) from None
    own = head.maker == "agency"
    mistakes = _unknown_words(place, head)
    if own != bool(head.custodian) or own != bool(head.kinds):
        mistakes.append(f"{place}: an agency's own pack, and no other, names custodian and kinds.")
    if not own and not head.binds:
        mistakes.append(f'{place}: binds nobody; say binds = ["law-enforcement"] or the like.')
    if head.binds and (wrong := rules.bound_to_nobody(head.binds)):
        mistakes.append(f"{place}: {wrong}.")
    if head.timezone and head.timezone not in available_timezones():
        mistakes.append(f"{place}: {head.timezone} is no time zone; write America/Chicago.")
    if (said := head.conflicts) and not (said.decides.strip() and said.cite.strip()):
        mistakes.append(f"{place}: [conflicts] says who decides and by which text; fill both.")
    if said and len(said.words) > _LONGEST:
        mistakes.append(f"{place}: [conflicts] is longer than {_LONGEST} letters; shorten it.")
    if mistakes:
        raise PackError(mistakes)
    return head


def _unknown_words(place: str, head: Head) -> list[str]:
    """A mistake for each word of a list that has it not."""
    kinds = [k for k in (*head.binds, *head.kinds) if k.lstrip("!") not in CUSTODIAN_KINDS]
    known = ", ".join(sorted(CUSTODIAN_KINDS))
    layers = [word for word in (head.maker, *head.layers) if word not in _LAYERS]
    purposes = [code for code in head.publishes if code not in PURPOSES]
    return [
        *(f"{place}: {kind} is no kind of custodian; known are {known}." for kind in kinds),
        *(f"{place}: {word} is no layer; say federal, state, local or agency." for word in layers),
        *(f"{place}: {c} is no purpose; known are {', '.join(PURPOSES)}." for c in purposes),
    ]


def _rule_name(text: str) -> str:
    _, mark, after = text.partition('@id("')
    return f"rule {after.partition(chr(34))[0]}" if mark else "this rule"


def _doubles(pack: str, found: list[Rule]) -> list[str]:
    seen: dict[str, Rule] = {}
    mistakes = []
    for rule in found:
        first = seen.setdefault(rule.id, rule)
        if first is not rule:
            mistakes.append(
                f"{pack}/{rule.file}:{rule.line}: rule {rule.id.partition('/')[2]} is already in "
                f"{first.file}:{first.line}; give one of them another @id."
            )
    return mistakes
