"""API keys, as administrators (and, where the operator says so, others) meet them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from credential_steps import asked_about, make, names, shown_secret

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
PATH = "/api-keys"
CREATE = "Create API key"
PICKED = ["sysAccountGet", "sysAccountQuery"]


async def administrator(panel: RunningPanel, mail_server: MailServer) -> Browser:
    return await panel.sign_in(await mail_server.new_account("grace", roles={"@type": "Admin"}))


async def test_an_administrator_makes_a_key_uses_it_changes_it_and_revokes_it(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser = await administrator(panel, mail_server)
    page = await browser.open(PATH)
    assert "No API keys yet" in page.text
    await browser.click("New API key")
    assert not [f for f in browser.page.form(f"{PATH}/new").fields if f.name == "pick" and f.is_sent]
    page = await browser.fill_in({"name": "Monitoring", "pick": PICKED}, button=CREATE)
    key = shown_secret(page)
    panel.watch.add(key)
    assert key.startswith("API_")
    assert page.headers["cache-control"] == "no-store"
    assert "It may do: 3 permissions, read only." in page.text
    assert "Ends 21 February 2027" in page.text
    assert "printf 'Authorization: Bearer %s' \"$API_KEY\"" in page.text
    async with httpx2.AsyncClient(base_url=mail_server.url, transport=mail_server.transport) as http:
        headers = {"authorization": f"Bearer {key}"}
        assert (await http.get("/jmap/session", headers=headers)).status_code == 200

        page = await browser.click("I have saved it, done")
        assert names(page) == ["Monitoring"]
        await browser.click("Edit Monitoring")
        page = await browser.fill_in({"name": "Watch", "end": "30"}, button="Save changes")
        assert "It was called “Monitoring” before." in page.text
        await browser.open(PATH)
        page = await browser.click("Revoke… Watch")
        assert "every program with this key is refused, within seconds" in page.text
        page = await browser.press("Revoke")
        assert "“Watch” was revoked" in page.text
        assert (await http.get("/jmap/session", headers=headers)).status_code == 401


async def test_opening_is_one_request_and_each_write_one_more(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await administrator(panel, mail_server)
    await browser.open(f"{PATH}/new")
    panel.sandbox.forget_requests()
    await browser.fill_in({"name": "One", "pick": PICKED}, button=CREATE)
    await browser.open(PATH)

    assert asked_about(panel, "ApiKey") == ["x:ApiKey/set", "x:ApiKey/query"]


@pytest.mark.parametrize(("preset", "said"), [("read-only", "read only"), ("manage-accounts", "reading and changing")])
async def test_a_preset_is_cut_to_what_one_holds(
    panel: RunningPanel, mail_server: MailServer, preset: str, said: str
) -> None:
    browser = await administrator(panel, mail_server)
    page = await make(browser, "Key", {"preset": preset}, path=PATH)
    panel.watch.add(shown_secret(page))

    assert said in page.text


async def test_all_permissions_of_an_administrator_can_be_ticked(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await administrator(panel, mail_server)
    page = await browser.open(f"{PATH}/new")
    every = [field.value for field in page.form(f"{PATH}/new").fields if field.name == "pick"]
    assert len(every) > 600
    page = await browser.fill_in({"name": "Big", "pick": every}, button=CREATE)

    assert page.h1 == "Big"


async def test_nothing_ticked_is_told_at_its_place(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await administrator(panel, mail_server)
    page = await make(browser, "Key", path=PATH)

    assert page.status == 422
    assert "Tick at least one permission." in page.text


async def test_everybody_else_is_told_whose_page_it_is(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    assert PATH not in browser.page.links.values()
    panel.sandbox.forget_requests()
    for path in (PATH, f"{PATH}/new", f"{PATH}/{'0' * 24}/edit", f"{PATH}/{'0' * 24}/revoke"):
        page = await browser.open(path)

        assert page.status == 403
        assert "sysAccountQuery" in page.text
    assert panel.upstream() == []


async def test_app_passwords_and_keys_do_not_meet(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await administrator(panel, mail_server)
    panel.watch.add(shown_secret(await make(browser, "Phone", path="/app-passwords")))
    await make(browser, "Script", {"pick": PICKED}, path=PATH)
    await browser.open("/app-passwords")
    mark = next(href for text, href in browser.page.links.items() if text.startswith("Edit")).split("/")[2]

    assert names(browser.page) == ["Phone"]
    assert names(await browser.open(PATH)) == ["Script"]
    page = await browser.open(f"{PATH}/{mark}/revoke")
    assert "This list has changed" in page.alerts[0]
    answer = await browser.post(f"{PATH}/revoke", [*_hidden(browser), ("pick", mark), ("confirmed", "yes")])
    assert answer.status_code == 409
    assert names(await browser.open("/app-passwords")) == ["Phone"]


def _hidden(browser: Browser) -> list[tuple[str, str]]:
    form = browser.page.form(f"{PATH}/revoke")
    return [(field.name, field.value) for field in form.fields if field.name == "account"]


async def test_a_lost_answer_after_creating_says_that_it_may_exist(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser = await administrator(panel, mail_server)
    await browser.open(f"{PATH}/new")
    mail_server.quirk("cut-after", method="x:ApiKey/set", times=1)
    page = await browser.fill_in({"name": "Key", "pick": PICKED}, button=CREATE)
    assert "We do not know whether “Key” was created" in page.text
    page = await browser.press("Look now")

    assert "It exists" in page.alerts[0]
    assert "Revoke “Key”…" in page.links


class TestOpenToEverybody:
    """With BULWARK_API_KEYS=permitted."""

    @pytest.fixture
    def panel_settings(self) -> dict[str, str]:
        return {"API_KEYS": "permitted", "API_KEY_LIMIT": "3"}

    async def test_whoever_holds_the_permissions_finds_it_under_sign_in(
        self, panel: RunningPanel, mail_server: MailServer
    ) -> None:
        browser = await panel.sign_in(await mail_server.new_account("alice"))
        page = await browser.click("API keys")
        headings = [element.text for element in page.root.first(id="nav").all("h2")]
        assert page.status == 200
        assert "Administration" not in headings
        page = await make(browser, "Script", {"pick": ["jmapEmailGet"]}, path=PATH)
        panel.watch.add(shown_secret(page))

        assert "1 of 3 in use" in (await browser.open(PATH)).text

    async def test_who_lacks_them_sees_no_entry(self, panel: RunningPanel, mail_server: MailServer) -> None:
        browser = await panel.sign_in(await mail_server.new_account("carol", without=["sysApiKeyGet"]))

        assert PATH not in browser.page.links.values()
        page = await browser.open(PATH)
        assert "You cannot see API keys" in page.text

    async def test_an_administrator_finds_it_under_administration_once(
        self, panel: RunningPanel, mail_server: MailServer
    ) -> None:
        browser = await administrator(panel, mail_server)
        entries = [element for element in browser.page.root.first(id="nav").all("a") if element.get("href") == PATH]

        assert len(entries) == 1
