"""Every kind of thing that the panel writes, as a person does it: for doing it while something is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canaries import NEW_PASSWORD, PASSWORD, TOTP_SECRET
from credential_steps import button_of
from deed import Deed
from deeds_for_others import DEEDS as FOR_OTHERS
from key_samples import openpgp
from password_steps import account_mark, typed
from totp_code import totp_code
from two_factor_steps import begin, enrol, prove

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from deed import Scene
    from html_page import Value

ADMIN = {"@type": "Admin"}


async def _password(scene: Scene) -> None:
    if not scene.sandbox.password_is(scene.account.login, PASSWORD):
        await scene.mail_server.change(scene.account, {"credentials/0/secret": PASSWORD})
    await scene.open("/password", typed(scene.account))


async def _has_new_password(scene: Scene) -> bool:
    return scene.sandbox.password_is(scene.account.login, NEW_PASSWORD)


async def _everywhere(scene: Scene) -> None:
    scene.remembered["token"] = scene.mine.credentials[0].secret
    await scene.open("/activity/sign-out-everywhere", {"current-password": PASSWORD})


async def _same_password(scene: Scene) -> bool:
    # The same password saved again is another salt: the call was carried out.
    return bool(scene.mine.credentials[0].secret != scene.remembered["token"])


async def _without_second_factor(scene: Scene) -> None:
    await scene.mail_server.change(scene.account, {"credentials/0/otpAuth": None})
    scene.account.totp_secret = None


async def _set_up(scene: Scene, start: str) -> str:
    """Go as far as the last step, or go on there; returns the new key."""
    page = await scene.browser.open("/two-factor/set-up/3")
    if page.path == "/two-factor/set-up/3" and "key" in scene.remembered:
        return str(scene.remembered["key"])
    page = await scene.browser.open("/two-factor/check")
    if page.path == "/two-factor/check":  # an answer was lost, and which app holds is still to be settled
        form = page.form(having=("password",))
        typed_before = {name: value for name, value in scene.values.items() if form.find(name)}
        await scene.browser.submit(form, typed_before)
        page = await scene.browser.open("/two-factor")
    await scene.browser.post("/two-factor/set-up/cancel", [("account", account_mark(page))])
    scene.remembered["key"] = await begin(scene.browser, start=start)
    await prove(scene.browser)
    return str(scene.remembered["key"])


async def _enrol(scene: Scene) -> None:
    await _without_second_factor(scene)
    key = await _set_up(scene, "Start set-up")
    scene.values = {"code": totp_code(key, scene.mail_server.clock.now()), "password": PASSWORD}
    scene.button = None


async def _replace(scene: Scene) -> None:
    holds = scene.sandbox.otp_url(scene.account.login) or ""
    if scene.remembered.get("key", "?") in holds:
        scene.account.totp_secret = scene.remembered.pop("key")
    elif (scene.account.totp_secret or "?") not in holds:
        await enrol(scene.browser, scene.account)
    key = await _set_up(scene, "Replace Pixel 8")
    now = totp_code(key, scene.mail_server.clock.now())
    scene.values = {"code": now, "old_code": scene.account.code(), "password": PASSWORD}
    scene.button = None


async def _has_the_new_app(scene: Scene) -> bool:
    return scene.remembered["key"] in (scene.sandbox.otp_url(scene.account.login) or "")


async def _off(scene: Scene) -> None:
    url = f"otpauth://totp/Test:{scene.account.name}?secret={TOTP_SECRET}&issuer=Test"
    await scene.mail_server.change(scene.account, {"credentials/0/otpAuth": url})
    scene.account.totp_secret = TOTP_SECRET
    await scene.open("/two-factor/off", {"current-password": PASSWORD, "one-time-code": scene.account.code()})


async def _is_off(scene: Scene) -> bool:
    return not scene.sandbox.two_factor_on(scene.account.login)


def _create(path: str, **more: Value) -> Callable[[Scene], Awaitable[None]]:
    async def ready(scene: Scene) -> None:
        scene.mine.credentials[1:] = []
        await scene.open(f"{path}/new", {"name": "Tablet", **more}, button_of(path))

    return ready


async def _has_tablet(scene: Scene) -> bool:
    return "Tablet" in scene.names()


def _existing(scene: Scene, path: str) -> None:
    scene.mine.credentials[1:] = []
    add = scene.sandbox.add_app_password if path == "/app-passwords" else scene.sandbox.add_api_key
    add(scene.account.login, "Phone")


def _edit(path: str) -> Callable[[Scene], Awaitable[None]]:
    async def ready(scene: Scene) -> None:
        _existing(scene, path)
        await scene.browser.open(path)
        await scene.browser.click("Edit Phone")
        scene.values, scene.button = {"name": "Tablet"}, "Save changes"

    return ready


def _revoke(path: str) -> Callable[[Scene], Awaitable[None]]:
    async def ready(scene: Scene) -> None:
        _existing(scene, path)
        await scene.browser.open(path)
        await scene.browser.click("Revoke… Phone")
        scene.values, scene.button = {}, "Revoke"

    return ready


async def _has_no_phone(scene: Scene) -> bool:
    return "Phone" not in scene.names()


def _keys(scene: Scene) -> list[str]:
    number = scene.mine.number
    return [one.description or "" for one in scene.sandbox.state.public_keys.values() if one.account == number]


async def _no_keys(scene: Scene) -> None:
    scene.mine.encryption = {"@type": "Disabled"}
    keys = scene.sandbox.state.public_keys
    for number in [one.number for one in keys.values() if one.account == scene.mine.number]:
        del keys[number]


async def _add_key(scene: Scene) -> None:
    await _no_keys(scene)
    path = "/encryption/keys/add"
    await scene.browser.open(path)
    await scene.browser.fill_in({"name": "Key", "key": openpgp("curve25519").decode()}, form=path)
    scene.values, scene.button = {}, "Save key"


async def _with_key(scene: Scene) -> None:
    await _add_key(scene)
    await scene.send()
    assert _keys(scene) == ["Key"], scene.browser.page.text


async def _has_key(scene: Scene) -> bool:
    return _keys(scene) == ["Key"]


async def _remove_key(scene: Scene) -> None:
    await _with_key(scene)
    await scene.browser.click("Remove… Key")
    scene.values, scene.button = {}, "Remove key"


async def _has_no_key(scene: Scene) -> bool:
    return _keys(scene) == []


async def _encrypt(scene: Scene) -> None:
    await _with_key(scene)
    await scene.open("/encryption/on", {"have_key": True})


async def _is_encrypted(scene: Scene) -> bool:
    return bool(scene.mine.encryption["@type"] != "Disabled")


async def _decrypt(scene: Scene) -> None:
    await _encrypt(scene)
    await scene.send()
    assert await _is_encrypted(scene), scene.browser.page.text
    await scene.open("/encryption/off", button="Turn off encryption")


async def _is_clear(scene: Scene) -> bool:
    return not await _is_encrypted(scene)


def _identities(scene: Scene) -> list[str]:
    return [str(one["name"]) for one in scene.sandbox.state.identities(scene.mine).records.values()]


async def _one_identity(scene: Scene) -> None:
    records = scene.sandbox.state.identities(scene.mine).records
    for number in list(records)[1:]:
        del records[number]
    for record in records.values():
        record["name"] = "Alice"


async def _new_identity(scene: Scene) -> None:
    await _one_identity(scene)
    await scene.open("/identities/new", {"name": "Library"})


async def _has_library(scene: Scene) -> bool:
    return "Library" in _identities(scene)


async def _edit_identity(scene: Scene) -> None:
    await _one_identity(scene)
    await scene.browser.open("/identities")
    await scene.browser.click("Edit Alice")
    scene.values, scene.button = {"name": "Library"}, None


async def _remove_identity(scene: Scene) -> None:
    await _new_identity(scene)
    await scene.send()
    await scene.browser.open("/identities")
    await scene.browser.click("Remove… Library")
    scene.values, scene.button = {}, "Remove identity"


async def _has_no_library(scene: Scene) -> bool:
    return "Library" not in _identities(scene)


async def _profile(scene: Scene) -> None:
    scene.mine.description = "Alice"
    await scene.open("/profile", {"name": "Ada"})


async def _is_ada(scene: Scene) -> bool:
    return bool(scene.mine.description == "Ada")


APP, API = "/app-passwords", "/api-keys"
PICK: dict[str, Value] = {"pick": ["jmapEmailGet"]}
PASSWORD_SET = "x:AccountPassword/set"
DEEDS = (
    Deed(
        name="change the password",
        method=PASSWORD_SET,
        tells="Your password was changed",
        ready=_password,
        holds=_has_new_password,
    ),
    Deed(
        name="sign out everywhere",
        method=PASSWORD_SET,
        tells="You are signed out everywhere else",
        ready=_everywhere,
        holds=_same_password,
    ),
    Deed(
        name="turn two-factor on", method=PASSWORD_SET, tells="Two-factor is on", ready=_enrol, holds=_has_the_new_app
    ),
    Deed(
        name="replace the authenticator", method=PASSWORD_SET, tells="replaced", ready=_replace, holds=_has_the_new_app
    ),
    Deed(name="turn two-factor off", method=PASSWORD_SET, tells="Two-factor is off", ready=_off, holds=_is_off),
    Deed(
        name="create an app password",
        method="x:AppPassword/set",
        tells="App password created",
        ready=_create(APP),
        holds=_has_tablet,
    ),
    Deed(
        name="edit an app password",
        method="x:AppPassword/set",
        tells="was changed",
        ready=_edit(APP),
        holds=_has_tablet,
    ),
    Deed(
        name="revoke an app password",
        method="x:AppPassword/set",
        tells="was revoked",
        ready=_revoke(APP),
        holds=_has_no_phone,
    ),
    Deed(
        name="create an API key",
        method="x:ApiKey/set",
        tells="API key created",
        is_admin=True,
        ready=_create(API, **PICK),
        holds=_has_tablet,
    ),
    Deed(
        name="edit an API key",
        method="x:ApiKey/set",
        tells="was changed",
        is_admin=True,
        ready=_edit(API),
        holds=_has_tablet,
    ),
    Deed(
        name="revoke an API key",
        method="x:ApiKey/set",
        tells="was revoked",
        is_admin=True,
        ready=_revoke(API),
        holds=_has_no_phone,
    ),
    Deed(name="add a public key", method="x:PublicKey/set", tells="was saved", ready=_add_key, holds=_has_key),
    Deed(
        name="remove a public key", method="x:PublicKey/set", tells="was removed", ready=_remove_key, holds=_has_no_key
    ),
    Deed(
        name="turn encryption on", method="x:AccountSettings/set", tells="On, with", ready=_encrypt, holds=_is_encrypted
    ),
    Deed(
        name="turn encryption off",
        method="x:AccountSettings/set",
        tells="Encryption at rest is off.",
        ready=_decrypt,
        holds=_is_clear,
    ),
    Deed(
        name="create an identity", method="Identity/set", tells="was created", ready=_new_identity, holds=_has_library
    ),
    Deed(name="edit an identity", method="Identity/set", tells="was changed", ready=_edit_identity, holds=_has_library),
    Deed(
        name="remove an identity",
        method="Identity/set",
        tells="was removed",
        ready=_remove_identity,
        holds=_has_no_library,
    ),
    Deed(name="change the profile", method="x:AccountSettings/set", tells="Saved: name", ready=_profile, holds=_is_ada),
    *FOR_OTHERS,
)
