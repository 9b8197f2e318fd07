"""The slices of the panel, in the order of the menu. Menu, documentation and contract tests read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.features.accounts import FEATURE as ACCOUNTS
from bulwark.features.activity import FEATURE as ACTIVITY
from bulwark.features.api_keys import FEATURE as API_KEYS
from bulwark.features.api_keys import FOR_EVERYBODY as API_KEYS_FOR_EVERYBODY
from bulwark.features.app_passwords import FEATURE as APP_PASSWORDS
from bulwark.features.doctor import FEATURE as DOCTOR
from bulwark.features.encryption import FEATURE as ENCRYPTION
from bulwark.features.identities import FEATURE as IDENTITIES
from bulwark.features.overview import FEATURE as OVERVIEW
from bulwark.features.password import FEATURE as PASSWORD
from bulwark.features.permissions import FEATURE as PERMISSIONS
from bulwark.features.profile import FEATURE as PROFILE
from bulwark.features.two_factor import FEATURE as TWO_FACTOR

if TYPE_CHECKING:
    from bulwark.feature import Feature
    from bulwark.settings import Settings

FEATURES = (
    OVERVIEW,
    PASSWORD,
    TWO_FACTOR,
    APP_PASSWORDS,
    ACTIVITY,
    ENCRYPTION,
    IDENTITIES,
    PROFILE,
    API_KEYS,
    ACCOUNTS,
    PERMISSIONS,
    DOCTOR,
)


def features_for(settings: Settings) -> tuple[Feature, ...]:
    """The slices as this panel shows them: API keys to everybody who may, where the operator says so."""
    if settings.api_keys == "administrators":
        return FEATURES
    return (*FEATURES, API_KEYS_FOR_EVERYBODY)
