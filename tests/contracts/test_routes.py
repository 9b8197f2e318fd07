"""Reading never writes, writing is always a POST from our own page, and every address answers as a page should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import routes

if TYPE_CHECKING:
    from panel_kit import RunningPanel

NO_PAGES = {"/healthz", "/readyz", "/metrics"}
LEADS_AWAY = {"/sign-in/redirect", "/step-up/redirect"}  # to the sign-in page of somebody else
SIGNED_OUT_PATHS = ("/sign-in", "/step-up", "/lock", "/appearance", *NO_PAGES)
FOR_PROGRAMS = "/api/"  # answers in JSON, and knows no session: a token opens it
FOR_SERVERS = "/hooks/"  # knows no cookie: the mail server's signature opens it, whoever carries it
pytestmark = pytest.mark.anyio


async def test_an_address_is_read_with_get_or_written_with_post(panel: RunningPanel) -> None:
    odd = {path: methods for path, methods in routes.all_routes(panel.app) if methods - {"GET", "HEAD", "POST"}}

    assert odd == {}


async def test_reading_any_page_writes_nothing_on_the_mail_server(panel: RunningPanel) -> None:
    browser = await panel.sign_in(await panel.mail_server.new_account())
    before = len(panel.upstream())
    visited = [
        path for path in routes.paths(panel.app, "GET") if path not in NO_PAGES | LEADS_AWAY and path != "/sign-out"
    ]

    for path in visited:
        if path.endswith(".csv"):
            await browser.request("GET", path)
        elif not path.startswith(FOR_PROGRAMS):
            await browser.open(path)

    methods = [method for request in panel.upstream()[before:] for method in request.methods]
    assert [method for method in methods if method.endswith("/set")] == []


async def test_no_page_of_an_account_opens_without_a_session(panel: RunningPanel) -> None:
    browser = panel.browser()

    for path in routes.paths(panel.app, "GET"):
        response = await browser.request("GET", path)
        if path.startswith(FOR_PROGRAMS):
            assert response.status_code == 401, path
        elif not path.startswith(SIGNED_OUT_PATHS):
            assert response.status_code in {303, 404}, path
            assert response.status_code != 303 or response.headers["location"].startswith("/sign-in"), path


async def test_every_post_from_another_site_is_refused(panel: RunningPanel) -> None:
    account = await panel.mail_server.new_account()
    browser = await panel.sign_in(account)
    posts = [path for path in routes.paths(panel.app, "POST") if not path.startswith(FOR_SERVERS)]
    assert posts
    before = len(panel.upstream())

    for path in posts:
        for headers in (
            {"sec-fetch-site": "cross-site", "origin": "https://evil.test"},
            {"sec-fetch-site": "same-site", "origin": "https://other.panel.test"},
            {"origin": "https://evil.test"},
            {"origin": "null"},
            {"origin": "https://panel.test.evil.test"},
            {"origin": "http://panel.test"},
            {"referer": "https://evil.test/https://panel.test/"},
        ):
            response = await browser.request("POST", path, pairs=[("account", "x")], headers=headers)
            assert response.status_code == 403, (path, headers)

    assert panel.upstream()[before:] == []
    assert (await browser.open("/")).path == "/"


async def test_every_unknown_address_is_a_page(panel: RunningPanel) -> None:
    signed_in = await panel.sign_in(await panel.mail_server.new_account())

    for browser in (panel.browser(), signed_in):
        for path in ("/nothing", "/password/nothing", "/%00", "/" + "a" * 3000, "/static/none.css"):
            response = await browser.request("GET", path)
            assert response.status_code in {303, 400, 404, 414}, path
            if "html" in response.headers.get("content-type", ""):
                browser.read(response)
