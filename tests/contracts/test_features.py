"""Every slice is whole: pages, service, command, documentation and tests; every setting is documented."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from bulwark.catalog import FEATURES
from bulwark.setting_list import SETTINGS
from repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from bulwark.feature import Feature

SLICES = pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.slug)


def folder_of(feature: Feature) -> Path:
    return ROOT / "src" / "bulwark" / "features" / feature.slug.replace("-", "_")


def test_the_catalogue_and_the_folders_agree() -> None:
    folders = {path.parent.name for path in (ROOT / "src" / "bulwark" / "features").glob("*/__init__.py")}

    assert {folder_of(feature).name for feature in FEATURES} == folders
    assert len({feature.path for feature in FEATURES}) == len(FEATURES)


@SLICES
def test_a_slice_has_its_files(feature: Feature) -> None:
    present = {path.name for path in folder_of(feature).iterdir()}

    assert {"__init__.py", "routes.py", "service.py", "pages.py", "templates"} <= present


@SLICES
def test_a_slice_is_documented_for_the_people_who_use_it(feature: Feature) -> None:
    page = ROOT / "docs" / "use" / f"{feature.slug}.md"

    assert page.exists()
    assert page.read_text(encoding="utf-8").startswith("# ")


@SLICES
def test_a_slice_has_tests(feature: Feature) -> None:
    tests, name = ROOT / "tests", folder_of(feature).name
    own = list((tests / "bulwark" / "features" / name).glob("test_*.py"))

    assert own or list((tests / "journeys").glob(f"test_{name}*.py"))


@SLICES
def test_a_slice_needs_only_permissions_the_server_knows(feature: Feature) -> None:
    data = ROOT / "src" / "stalwart_sandbox" / "data" / "enums.json"
    known = json.dumps(json.loads(data.read_text(encoding="utf-8")))

    assert [name for name in feature.all_permissions() if f'"{name}"' not in known] == []


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_is_documented(setting: object) -> None:
    text = (ROOT / "docs" / "configure.md").read_text(encoding="utf-8")

    assert re.search(rf"\b{getattr(setting, 'name')}\b", text)  # noqa: B009 - the parametrisation hides the type
