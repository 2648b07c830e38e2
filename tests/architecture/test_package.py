"""An installed wheel finds the law where a checkout finds it: in ``cleargate/packs``."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from flit_core import buildapi

from tests.architecture.source import PACKAGE, ROOT

DATA = ("*.toml", "*.cedar", "*.cedarschema", "SOURCES.md")


def test_the_wheel_ships_every_pack_source_and_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    wheel = tmp_path / buildapi.build_wheel(str(tmp_path))
    with zipfile.ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    wanted = {str(p.relative_to(ROOT)) for kind in DATA for p in PACKAGE.rglob(kind)}
    assert wanted - shipped == set()


def test_the_packs_at_the_root_are_the_packs_that_ship() -> None:
    assert (ROOT / "packs").resolve() == (PACKAGE / "packs").resolve()
