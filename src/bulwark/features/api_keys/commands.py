"""`bulwark api-keys list|create|edit|revoke`: the same rules as the pages."""

from __future__ import annotations

from bulwark.account.credentials import API_KEY
from bulwark.account.presets import CUSTOM
from bulwark.features.api_keys import service
from bulwark.signin.credential_commands import Verbs, group_of

api_keys = group_of(
    Verbs(kind=API_KEY, offers=service.offers, default=CUSTOM, thing="API key"),
    "api-keys",
    "Keys for programs: list, create, edit, revoke.",
)
