"""What `make audit` found, in words: weak packages, and packages that nobody could say anything about.

    python requirements/audit.py REPORT LOCK

The exit status is 0 only when the advisory service spoke about every locked package and knows nothing bad of any.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WEAK, UNKNOWN = 1, 2
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """`weak` are sentences; `silent` are packages that were not judged; `judged` is how many were."""

    weak: tuple[str, ...]
    silent: tuple[str, ...]
    judged: int

    @property
    def exit_status(self) -> int:
        """0 only when all is known and good."""
        if self.weak:
            return WEAK
        return UNKNOWN if self.silent or not self.judged else 0


def read(report: str, lock: str) -> Findings:
    """What pip-audit's JSON report says about the packages of a lock; an empty report says nothing about any."""
    entries: list[dict[str, Any]] = json.loads(report)["dependencies"] if report.strip() else []
    judged = {entry["name"]: entry for entry in entries if "vulns" in entry}
    weak = [
        f"{name} {entry['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'no release'}"
        for name, entry in sorted(judged.items())
        for found in entry["vulns"]
    ]
    # What is for other platforms alone is in the lock and is not looked up.
    asked = {entry["name"] for entry in entries} or set(_PIN.findall(lock))
    return Findings(weak=tuple(weak), silent=tuple(sorted(asked - set(judged))), judged=len(judged))


def main(report: Path, lock: Path) -> int:
    """Print it."""
    found = read(report.read_text(encoding="utf-8") if report.exists() else "", lock.read_text(encoding="utf-8"))
    said = [*found.weak, f"{found.judged} packages were judged, {len(found.weak)} weaknesses are known."]
    if found.silent:
        said.append(f"The advisory service said nothing about {len(found.silent)}: {', '.join(found.silent)}.")
        said.append("So this is no proof that they are sound. Try again where the service can be reached.")
    sys.stdout.write("\n".join(said) + "\n")
    return found.exit_status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
