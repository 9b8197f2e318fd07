"""Build hook: compiles the gettext catalogues, so that a wheel carries the `.mo` files that the repository does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface[Any]):
    """Compiles every catalogue that is newer than its compiled form, and ships the result."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before each build of any `version` ("standard" or "editable")."""
        del version
        locales = Path(self.root, "src", "bulwark", "locale")
        for source in sorted(locales.glob("*/LC_MESSAGES/*.po")):
            compiled = source.with_suffix(".mo")
            if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
                with source.open("rb") as text:
                    catalogue = read_po(text, locale=source.parts[-3])
                with compiled.open("wb") as binary:
                    write_mo(binary, catalogue)
            build_data["artifacts"].append(compiled.relative_to(self.root).as_posix())
