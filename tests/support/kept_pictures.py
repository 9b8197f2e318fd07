"""Pictures of pages that are kept, small, to notice when a page suddenly looks different.

Another Chromium draws letters a little differently; a broken style sheet moves whole blocks. So both pictures are
shrunk until letters are grey and only blocks are left, and a few blocks may differ.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

KEPT = Path(__file__).resolve().parents[1] / "pictures" / "kept"
WIDTH = 120  # pixels of a kept picture
TALLER = 0.06  # by how much of its height a page may have grown or shrunk
MEAN = 6.0  # of 255, over the whole page
STRONG = 56  # of 255: a point that differs plainly
MANY = 0.03  # of all points


def shrunk(png: bytes) -> Image.Image:
    """A picture as it is kept."""
    with Image.open(io.BytesIO(png)) as full:
        height = max(1, round(full.height * WIDTH / full.width))
        return full.convert("RGB").resize((WIDTH, height), Image.Resampling.BOX)


def keep(name: str, png: bytes) -> None:
    """Keep this picture from now on."""
    KEPT.mkdir(parents=True, exist_ok=True)
    shrunk(png).quantize(32).save(KEPT / f"{name}.png", optimize=True)


def difference(name: str, png: bytes) -> str:
    """What is plainly different from the kept picture; empty when nothing is."""
    path = KEPT / f"{name}.png"
    if not path.exists():
        return "there is no kept picture; `make pictures` keeps one"
    now = shrunk(png)
    with Image.open(path) as opened:
        before = opened.convert("RGB")
    if abs(now.height - before.height) > max(2.0, TALLER * before.height):
        return f"the page is {now.height} high, it was {before.height} (at a width of {WIDTH})"
    changed = ImageChops.difference(now.resize(before.size, Image.Resampling.BOX), before).convert("L")
    mean = ImageStat.Stat(changed).mean[0]
    strong = sum(changed.histogram()[STRONG:]) / (before.width * before.height)
    if mean > MEAN or strong > MANY:
        return f"it differs by {mean:.1f} of 255 on average, plainly in {strong:.1%} of it"
    return ""
