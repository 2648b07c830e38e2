"""The fields of ``evidence:add`` and ``evidence:verify``, turned into values or refused by name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from ..model.actions import ACTIONS
from ..model.errors import FieldError
from ..model.evidence import EVIDENCE_KINDS, FORMS, ISSUERS, Document
from ..model.fields import HEX_SHA256, Fields, near

FIELDS: Final = ("kind", "form", "issued_by", "criminal", "complete", "served", "probable_cause",
                 "asks", "finds", "finds_not", "accepts", "agency", "target", "sha256", "expires",
                 "title")  # fmt: skip

_TEST: Final = re.compile(r"[a-z0-9][a-z0-9.:-]{0,63}")
_DIGEST: Final = "its SHA-256, 64 lower-case hexadecimal digits"

FORMS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "detainer": ("I-247A", "I-247D", "I-247N", "I-247G", "I-247X", "other", "none"),
    "administrative-warrant": ("I-200", "I-203", "I-205", "I-286", "NCIC", "other", "none"),
}
"""Which forms a kind of document can be; the kinds that are not here have no numbered form."""

ISSUERS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "judicial-warrant": ("federal-judge", "federal-magistrate", "state-judge", "unknown"),
    "administrative-warrant": ("immigration-judge", "immigration-officer", "unknown"),
    "detainer": ("immigration-officer", "unknown"),
    "officer-decision": ("custodian-officer",),
}
"""Who can have signed a kind of document, where the kind says so.

An immigration officer's paper filed as a judge's warrant would open what only a judge can.
"""


def document(subject: Mapping[str, str], *, id: str = "") -> Document:
    """The document that ``evidence:add`` describes.

    Whether its agency exists is the gate's to check, for agencies are another store's.

    Raises:
        FieldError: a field is missing, unknown, malformed, or does not go with the kind.
    """
    fields = Fields(subject, FIELDS)
    found = Document(
        id=id,
        kind=fields.choice("kind", tuple(EVIDENCE_KINDS)),
        form=fields.choice("form", FORMS, default="none"),
        issued_by=fields.choice("issued_by", tuple(ISSUERS), default="unknown"),
        criminal=fields.tri("criminal"),
        complete=fields.tri("complete"),
        served=fields.tri("served"),
        probable_cause=fields.tri("probable_cause"),
        asks=_actions(fields, "asks"),
        finds=_tests(fields, "finds"),
        finds_not=_tests(fields, "finds_not"),
        accepts=_actions(fields, "accepts"),
        agency=fields.text("agency", longest=64),
        target=fields.text("target", longest=64),
        sha256=fields.matching("sha256", HEX_SHA256, _DIGEST),
        expires=fields.time("expires"),
        title=fields.text("title"),
    )
    _goes_together(found)
    return found


def digest(subject: Mapping[str, str]) -> str:
    """The digest that ``evidence:verify`` gives of what was looked at; empty when it gives none.

    Raises:
        FieldError: it is malformed, or there are other fields.
    """
    return Fields(subject, ("sha256",)).matching("sha256", HEX_SHA256, _DIGEST)


def _actions(fields: Fields, name: str) -> frozenset[str]:
    given = fields.words(name)
    for word in sorted(given):
        if word not in ACTIONS:
            raise FieldError(name, f"'{word}' in '{name}' is not an action{near(word, ACTIONS)}")
    return given


def _tests(fields: Fields, name: str) -> frozenset[str]:
    given = fields.words(name)
    for word in sorted(given):
        if not _TEST.fullmatch(word):
            raise FieldError(name, f"'{word}' in '{name}' is not the name of a test of law.")
    return given


def _goes_together(doc: Document) -> None:
    forms: Collection[str] = FORMS_OF.get(doc.kind, ("none", "other"))
    if doc.form not in forms:
        raise FieldError("form", f"Form {doc.form} is not a {doc.kind}; give its true kind.")
    issuers: Collection[str] = ISSUERS_OF.get(doc.kind, tuple(ISSUERS))
    if doc.issued_by not in issuers:
        raise FieldError(
            "issued_by", f"A {doc.kind} is signed by {' or '.join(issuers)}; give its true kind."
        )
    both = sorted(doc.finds & doc.finds_not)
    if both:
        raise FieldError("finds_not", f"'{both[0]}' is answered with yes and with no; choose one.")
    decides = doc.finds | doc.finds_not | doc.accepts
    if decides and doc.kind != "officer-decision":
        raise FieldError("kind", f"A {doc.kind} decides no test; only an officer-decision does.")
