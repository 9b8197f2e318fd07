"""Journeys take their mail server from here: the stand-in, or the real one that two variables name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

import loopback_only
from hand_clock import START, HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mail_server import MailServer

REAL_URL = os.environ.get("STALWART_TEST_URL", "").rstrip("/")
REAL_ADMIN = os.environ.get("STALWART_TEST_ADMIN", "")


def _is_real() -> bool:
    if bool(REAL_URL) != bool(REAL_ADMIN):
        pytest.fail("STALWART_TEST_URL and STALWART_TEST_ADMIN (login:password) belong together")
    return bool(REAL_URL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what plays on the real server."""
    if REAL_URL:
        for item in items:
            if "mail_server" in getattr(item, "fixturenames", ()) and "journeys" in item.path.parts:
                item.add_marker(pytest.mark.live)


@pytest.fixture
def clock() -> HandClock:
    """Stands still on the stand-in; goes with the real time on a real server, whose codes count."""
    return HandClock(None if _is_real() else START)


if REAL_URL or REAL_ADMIN:

    @pytest.fixture
    async def mail_server(clock: HandClock) -> AsyncIterator[MailServer]:
        """A real Stalwart, with a domain of this test's own that is removed afterwards."""
        from mail_server import MailServer

        assert _is_real()
        loopback_only.allow(urlsplit(REAL_URL).hostname or "")
        login, _, password = REAL_ADMIN.partition(":")
        server = MailServer(url=REAL_URL, admin=(login, password), clock=clock, transport=None)
        yield server
        await server.close()
