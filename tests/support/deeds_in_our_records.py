"""What the panel keeps itself: recovery codes, and which notices are wanted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from canaries import PASSWORD
from deed import Deed
from html_page import Page
from password_steps import account_mark
from two_factor_steps import asked_on, codes_on, enrol

if TYPE_CHECKING:
    from deed import Scene

_LEFT = re.compile(r"(\d+) of 10 left")


async def _codes(scene: Scene) -> list[str]:
    """The account's recovery codes; two-factor is set up where it is not."""
    if "codes" not in scene.remembered:
        scene.remembered["codes"] = await enrol(scene.browser, scene.account)
    codes: list[str] = scene.remembered["codes"]
    return codes


async def _left(scene: Scene) -> int:
    found = _LEFT.search((await scene.browser.request("GET", "/two-factor")).text)
    assert found
    return int(found[1])


async def _use(scene: Scene) -> None:
    codes = await _codes(scene)
    scene.remembered["left"] = left = await _left(scene)
    proof = {"current-password": PASSWORD, "recovery_code": codes[10 - left]}
    await scene.open("/step-up?with=recovery-code", {**proof})


async def _one_is_gone(scene: Scene) -> bool:
    return bool(await _left(scene) < scene.remembered["left"])


async def _make(scene: Scene) -> None:
    codes = await _codes(scene)
    page = await scene.browser.open("/two-factor/codes")
    if page.path != "/two-factor/codes":  # none wait to be typed back
        await scene.browser.open("/two-factor/codes/new")
        page = await scene.browser.fill_in({"recovery_code": scene.remembered.get("new", codes)[0]})
    scene.remembered["new"] = new = codes_on(page)
    for one in new:
        scene.browser.watch.add(one)
    scene.values, scene.button = {"proof": new[asked_on(page) - 1]}, None


async def _they_hold(scene: Scene) -> bool:
    page = await scene.browser.request("GET", "/two-factor/codes/test")
    mark = account_mark(Page(url="/two-factor/codes/test", status=page.status_code, headers={}, html=page.text))
    typed = {"account": mark, "recovery_code": scene.remembered["new"][1], "code": scene.account.code()}
    return (await scene.browser.post("/two-factor/codes/test", list(typed.items()))).status_code == 200


async def _choose(scene: Scene) -> None:
    page = await scene.browser.open("/activity/notices")
    await scene.browser.post("/activity/notices", [("account", account_mark(page)), ("pick", "ending")])
    await scene.open("/activity/notices", {"pick": ["address"]})


async def _address_is_wanted(scene: Scene) -> bool:
    page = (await scene.browser.request("GET", "/activity/notices")).text
    return bool(re.search(r'value="address"[^>]*\bchecked', page))


DEEDS = (
    Deed(name="use a recovery code", path="/api/auth", tells="Lock now", ready=_use, holds=_one_is_gone),
    Deed(name="make new recovery codes", tells="are active", ready=_make, holds=_they_hold),
    Deed(name="choose notices", tells="Your choice was saved", ready=_choose, holds=_address_is_wanted),
)
