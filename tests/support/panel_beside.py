"""A panel on a loopback port, beside the command line in the same process: silent, so that output stays readable."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from bulwark.app import create_app
from bulwark.settings import Settings
from loopback_server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def panel_beside(mail_url: str, data_dir: Path, **overrides: str) -> Iterator[str]:
    """Its address; `overrides` are settings by their names without prefix."""
    given = {"SERVER_URL": mail_url, "DATA_DIR": str(data_dir), **overrides}
    settings = Settings.load({f"BULWARK_{name}": value for name, value in given.items()}, None).settings
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        with serve(lambda _url: create_app(settings)) as url:
            yield url
    finally:
        structlog.reset_defaults()
