"""What an administrator writes about other people, for doing it while something is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canaries import OTHER_TOTP_SECRET
from deed import Deed

if TYPE_CHECKING:
    from deed import Scene

ACCOUNTS = "/administration/accounts"
PERMISSIONS = "/administration/permissions"


async def _reset(scene: Scene) -> None:
    assert scene.other is not None
    url = f"otpauth://totp/Test:{scene.other.name}?secret={OTHER_TOTP_SECRET}&issuer=Test"
    await scene.mail_server.change(scene.other, {"credentials/0/otpAuth": url})
    await scene.open(f"{ACCOUNTS}/{scene.other.account_id}/two-factor", button="Reset two-factor")


async def _they_are_reset(scene: Scene) -> bool:
    return scene.theirs.credentials[0].otp_url is None


async def _demand(scene: Scene) -> None:
    assert scene.other is not None
    await scene.mail_server.change(scene.other, {"credentials/0/expiresAt": None})
    await scene.open(f"{ACCOUNTS}/{scene.other.account_id}/password", button="Demand a new password")


async def _they_must_change(scene: Scene) -> bool:
    return scene.theirs.credentials[0].expires_at is not None


async def _revoke_theirs(scene: Scene) -> None:
    assert scene.other is not None
    scene.theirs.credentials[1:] = []
    scene.sandbox.add_app_password(scene.other.login, "Phone")
    await scene.browser.open(f"{ACCOUNTS}/{scene.other.account_id}")
    await scene.browser.click("Revoke… Phone")
    scene.values, scene.button = {}, "Revoke it"


async def _they_have_no_phone(scene: Scene) -> bool:
    return "Phone" not in scene.names(scene.theirs)


async def _plan(scene: Scene) -> None:
    assert scene.other is not None
    denied = "sysAccountPasswordUpdate"
    if "role" not in scene.remembered:
        scene.remembered["role"] = scene.sandbox.add_role("No password change", disabled=(denied,))
    role = scene.remembered["role"]
    _role(scene).disabled = {denied: True}
    scene.theirs.roles = {"@type": "Custom", "roleIds": {"b": True, role: True}}
    await scene.open(f"{PERMISSIONS}/plan?who={scene.other.account_id}", button="Apply what is ticked")


def _role(scene: Scene) -> Any:
    return next(one for one in scene.sandbox.state.roles.values() if one.description == "No password change")


async def _role_is_mended(scene: Scene) -> bool:
    return not _role(scene).disabled


DEEDS = (
    Deed(
        name="reset somebody’s second factor",
        method="x:Account/set",
        tells="Two-factor was reset",
        is_admin=True,
        ready=_reset,
        holds=_they_are_reset,
    ),
    Deed(
        name="demand a new password",
        method="x:Account/set",
        tells="A new password is demanded",
        is_admin=True,
        ready=_demand,
        holds=_they_must_change,
    ),
    Deed(
        name="revoke somebody’s app password",
        method="x:AppPassword/set",
        tells="was revoked",
        is_admin=True,
        ready=_revoke_theirs,
        holds=_they_have_no_phone,
    ),
    Deed(
        name="apply a plan to a role",
        method="x:Role/set",
        tells="Applied: 1 change",
        is_admin=True,
        ready=_plan,
        holds=_role_is_mended,
    ),
)
