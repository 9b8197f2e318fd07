"""`bulwark app-passwords list|create|edit|revoke`: the same rules as the pages."""

from __future__ import annotations

from bulwark.account.credentials import APP_PASSWORD
from bulwark.account.presets import DEFAULT
from bulwark.features.app_passwords import service
from bulwark.signin.credential_commands import Verbs, group_of

app_passwords = group_of(
    Verbs(kind=APP_PASSWORD, offers=service.offers, default=DEFAULT, thing="app password"),
    "app-passwords",
    "Passwords for one app or device: list, create, edit, revoke.",
)
