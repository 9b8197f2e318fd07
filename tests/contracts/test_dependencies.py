"""What the panel is made of is listed with its licence, and what is known about it is told as it is."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from importlib import metadata

import pytest

from repository import ROOT

LOCK = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
DOCUMENT = (ROOT / "docs" / "security" / "dependencies.md").read_text(encoding="utf-8")
PINNED = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", LOCK, re.MULTILINE)
LISTED = dict(re.findall(r"^\| (?!package )([a-z0-9][a-z0-9._-]*) \| ([^|]+) \|", DOCUMENT, re.MULTILINE))
# May be combined with a work under AGPL-3.0-or-later.
COMPATIBLE = re.compile(r"(MIT|MIT-0|BSD-2-Clause|BSD-3-Clause|Apache-2.0|PSF-2.0|MPL-2.0|LGPL-3.0-only)")
# How packages name their licences beside the form of SPDX.
SPELLINGS = {
    "MIT": {"MIT License", "MIT"},
    "BSD-3-Clause": {"BSD License", "BSD-3-Clause"},
    "Apache-2.0": {"Apache Software License"},
    "MPL-2.0": {"Mozilla Public License 2.0 (MPL 2.0)"},
}

_SPEC = importlib.util.spec_from_file_location("audit", ROOT / "requirements" / "audit.py")
assert _SPEC is not None
assert _SPEC.loader is not None
audit = importlib.util.module_from_spec(_SPEC)
sys.modules["audit"] = audit
_SPEC.loader.exec_module(audit)


def declared(package: str) -> set[str]:
    """The licences that an installed package declares; empty for one of another platform."""
    try:
        found = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return set()
    if expression := found.get_all("License-Expression"):
        return set(expression)
    classified = [one for one in found.get_all("Classifier") or [] if one.startswith("License ::")]
    return {one.rpartition("::")[2].strip() for one in classified}


def test_the_table_lists_what_is_locked() -> None:
    assert sorted(LISTED) == sorted(PINNED)


@pytest.mark.parametrize("package", PINNED)
def test_a_licence_is_compatible_and_as_the_package_says(package: str) -> None:
    listed = LISTED[package]
    said = declared(package)

    assert all(COMPATIBLE.fullmatch(one) for one in re.split(r" (?:OR|AND) ", listed)), listed
    if said and listed not in said:
        spelled = set().union(*(SPELLINGS.get(one, set()) for one in re.split(r" (?:OR|AND) ", listed)))
        assert said <= spelled, f"{package} says {said}"


def report(**weak: list[dict[str, object]]) -> str:
    """What the tool writes, for these packages."""
    return json.dumps({"dependencies": [{"name": n, "version": "1", "vulns": found} for n, found in weak.items()]})


def test_an_audit_where_all_were_judged_and_none_is_weak_ends_well() -> None:
    found = audit.read(report(anyio=[], click=[]), "anyio==1 \\\nclick==1 \\\n")

    assert (found.exit_status, found.judged, found.silent) == (0, 2, ())


def test_a_weakness_is_named_with_what_mends_it() -> None:
    found = audit.read(report(anyio=[{"id": "PYSEC-1", "fix_versions": ["2"]}]), "anyio==1 \\\n")

    assert found.weak == ("anyio 1: PYSEC-1, mended in 2",)
    assert found.exit_status == 1


@pytest.mark.parametrize("silence", ["", json.dumps({"dependencies": [{"name": "anyio", "skip_reason": "not found"}]})])
def test_silence_is_no_proof(silence: str) -> None:
    found = audit.read(silence, "anyio==1 \\\n")

    assert found.silent == ("anyio",)
    assert found.exit_status == 2
