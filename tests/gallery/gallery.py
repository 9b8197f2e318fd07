"""Every template in every state as plain HTML files, for looking at and for axe.

    python tests/gallery/gallery.py FOLDER [LANGUAGE] [auto|light|dark] [ltr|rtl]

writes `FOLDER/<name>.html`, the static files beside them, and an `index.html`.
"""

from __future__ import annotations

import html
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import activity_samples
import overview_samples
import password_samples
import problem_samples
import signin_samples
import two_factor_samples
from bulwark import language
from bulwark.web import assets, pages
from bulwark.web.frame import Frame, Theme
from frames import PERSON, outside, signed_in

if TYPE_CHECKING:
    from gallery_types import Sample

SOURCES = (activity_samples, signin_samples, overview_samples, password_samples, problem_samples, two_factor_samples)


def all_samples() -> list[Sample]:
    """Every sample, in the language in force."""
    return [sample for source in SOURCES for sample in source.samples()]


def frame_of(sample: Sample, theme: Theme = Theme.AUTO, direction: str = "") -> Frame:
    """What stands around a sample."""
    if not sample.path:
        return outside(theme=theme, account=sample.account or None, direction=direction)
    return signed_in(
        sample.path,
        theme=theme,
        account=sample.account or PERSON,
        two_factor=sample.two_factor,
        unlock_minutes=9 if sample.unlocked else None,
        as_of=sample.as_of,
        direction=direction,
    )


def render_all(tag: str = "en", theme: Theme = Theme.AUTO, direction: str = "") -> dict[str, str]:
    """Every sample as HTML by its name."""
    with language.use(tag, ZoneInfo("Europe/Berlin")):
        return {
            sample.name: pages.render(frame_of(sample, theme, direction), sample.template, sample.page)
            for sample in all_samples()
        }


def write(folder: Path, tag: str = "en", theme: Theme = Theme.AUTO, direction: str = "") -> list[Path]:
    """The gallery as files that a browser opens without a server."""
    static = folder / "static"
    static.mkdir(parents=True, exist_ok=True)
    for asset in assets.all_assets().values():
        (static / Path(asset.path).name).write_bytes(asset.body)
    written: list[Path] = []
    for name, text in render_all(tag, theme, direction).items():
        path = folder / f"{name}.html"
        path.write_text(text.replace('"/static/', '"static/'), encoding="utf-8")
        written.append(path)
    links = "".join(f'<li><a href="{path.name}">{html.escape(path.stem)}</a></li>' for path in written)
    (folder / "index.html").write_text(f"<!doctype html><title>Gallery</title><ul>{links}</ul>", encoding="utf-8")
    return written


def main(arguments: list[str]) -> None:
    """Write the gallery named on the command line."""
    defaults = ("build/gallery", "en", "auto", "ltr")
    folder, tag, theme, direction = (*arguments, *defaults[len(arguments) :])[:4]
    written = write(Path(folder), tag, Theme(theme), direction)
    sys.stdout.write(f"{len(written)} pages in {folder}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
