"""Facts of the mail server that the panel ships: proven preset permission sets, and every permission's group and name.

`presets.json` holds the sets that were proven on a real server: what a kind of program uses, and what it cannot do
without. `permissions.json` names each permission of the server in English words, in groups.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def read(name: str) -> Any:
    """The decoded content of `<name>.json` of this package."""
    return json.loads(files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
