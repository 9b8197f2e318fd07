"""The doctor: whether panel and mail server work together, and how to mend what does not. See the docs."""

from __future__ import annotations

from bulwark.feature import Feature, Group
from bulwark.language import N_

FEATURE = Feature(
    slug="doctor",
    path="/administration/doctor",
    label=N_("Doctor"),
    icon="check",
    group=Group.ADMINISTRATION,
    needs={"see": ("sysAccountQuery", "sysAccountGet")},
)
