"""The static files: named after their content, compressed once, kept for a year by the browser.

Nothing here knows the web framework: an `Asset` is data, and whoever serves it reads the headers from it.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
CACHE_CONTROL = "public, max-age=31536000, immutable"

_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One static file: `path` as in the URL, `gzip_body` the same bytes compressed, `etag` with its quotes."""

    path: str
    body: bytes
    gzip_body: bytes
    content_type: str
    etag: str


@cache
def all_assets() -> dict[str, Asset]:
    """Every static file by its name in the folder, read and compressed at the first call."""
    return {file.name: _read(file) for file in sorted(FOLDER.iterdir()) if file.suffix in _CONTENT_TYPES}


def asset_url(name: str) -> str:
    """The address of a static file, `/static/app.<hash>.css`; KeyError when there is no such file."""
    return all_assets()[name].path


def find(path: str) -> Asset | None:
    """The file behind a URL path, or None: an old hash finds nothing, so a stale page never gets a new file."""
    return _by_path().get(path)


@cache
def _by_path() -> dict[str, Asset]:
    return {asset.path: asset for asset in all_assets().values()}


def _read(file: Path) -> Asset:
    body = file.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:12]
    name = PurePosixPath(file.name)
    return Asset(
        path=f"{PREFIX}{name.stem}.{digest}{name.suffix}",
        body=body,
        gzip_body=gzip.compress(body, compresslevel=9, mtime=0),
        content_type=_CONTENT_TYPES[name.suffix],
        etag=f'"{digest}"',
    )
