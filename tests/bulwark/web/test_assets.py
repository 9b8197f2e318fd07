"""Static files: named after their content, small, harmless."""

from __future__ import annotations

import gzip
import re

import pytest

from bulwark.web import assets

TOKENS = re.compile(r"(--[a-z0-9]+):light-dark\((#[0-9a-f]+),(#[0-9a-f]+)\)")


@pytest.mark.parametrize("name", sorted(assets.all_assets()))
def test_a_file_is_found_under_its_address_and_under_no_other(name: str) -> None:
    url = assets.asset_url(name)
    found = assets.find(url)

    assert found is not None
    assert gzip.decompress(found.gzip_body) == found.body
    assert found.etag.strip('"') in url
    assert assets.find(f"/static/{name}") is None
    assert assets.find(url.replace(found.etag.strip('"'), "0" * 12)) is None


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        assets.asset_url("app.min.css")


def test_the_style_sheet_keeps_its_size() -> None:
    sheet = assets.all_assets()["app.css"]

    assert len(sheet.body) <= 30 * 1024
    assert len(sheet.gzip_body) <= 7.5 * 1024


def test_everything_a_first_visit_loads_stays_small() -> None:
    assert sum(len(asset.gzip_body) for asset in assets.all_assets().values()) < 16 * 1024


def test_the_style_sheet_loads_nothing() -> None:
    assert b"url(" not in assets.all_assets()["app.css"].body
    assert b"@import" not in assets.all_assets()["app.css"].body


def test_the_script_writes_no_html_and_evaluates_nothing() -> None:
    script = assets.all_assets()["app.js"].body.decode()

    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "localStorage",
    ):
        assert sink not in script


def test_the_style_sheet_uses_logical_sides_only() -> None:
    sheet = assets.all_assets()["app.css"].body.decode()

    assert re.findall(r"(?:margin|padding|border)-(?:left|right)", sheet) == []
    assert re.findall(r"[;{](?:left|right):", sheet) == []


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == len("#rrggbb") else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_is_readable_on_every_ground_it_stands_on(theme: int) -> None:
    sheet = assets.all_assets()["app.css"].body.decode()
    token = {name: (light, dark)[theme] for name, light, dark in TOKENS.findall(sheet)}
    grounds = ("--canvas", "--surface", "--raised", "--sunken", "--hover", "--head")
    tints = {"--ok": "--okw", "--warn": "--warnw", "--bad": "--badw", "--unk": "--unkw", "--accent": "--wash"}

    for ink in ("--ink", "--ink2", "--ink3"):
        for ground in grounds:
            assert contrast(token[ink], token[ground]) >= 4.5, (ink, ground)
    for tone, tint in tints.items():
        assert contrast(token[tone], token["--surface"]) >= 4.5, tone
        assert contrast(token[tone], token[tint]) >= 4.5, tone
        assert contrast(token["--ink2"], token[tint]) >= 4.5, tint
    for fill in ("--fill", "--fill2", "--badf"):
        assert contrast("#ffffff", token[fill]) >= 4.5, fill
    for ground in ("--surface", "--canvas"):
        assert contrast(token["--edge"], token[ground]) >= 3, ground
