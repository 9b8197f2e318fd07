"""The slices of the panel, in the order of the menu. Menu, documentation and contract tests read it."""

from __future__ import annotations

from bulwark.features.app_passwords import FEATURE as APP_PASSWORDS
from bulwark.features.identities import FEATURE as IDENTITIES
from bulwark.features.overview import FEATURE as OVERVIEW
from bulwark.features.password import FEATURE as PASSWORD
from bulwark.features.profile import FEATURE as PROFILE
from bulwark.features.two_factor import FEATURE as TWO_FACTOR

FEATURES = (OVERVIEW, PASSWORD, TWO_FACTOR, APP_PASSWORDS, IDENTITIES, PROFILE)
