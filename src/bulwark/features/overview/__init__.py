"""The overview: check-up, state of every area, latest events. See `docs/use/overview.md`."""

from __future__ import annotations

from bulwark.feature import Feature, Group
from bulwark.language import N_

FEATURE = Feature(slug="overview", path="/", label=N_("Overview"), icon="shield", group=Group.TOP)
