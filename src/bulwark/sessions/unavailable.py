"""A whole section that cannot be used: which words for which reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark import errors
from bulwark.account.abilities import NEEDED
from bulwark.language import _
from bulwark.web import unavailable
from bulwark.web.page_types import Link
from bulwark.web.unavailable import SECTION, SectionPage

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.feature import Feature
    from bulwark.sessions.visit import Visit
    from bulwark.web.unavailable import Unavailable


def reason_of(visit: Visit, feature: Feature, error: errors.BulwarkError, *, cannot: str = "") -> Unavailable:
    """The reason as a page tells it; `cannot` is the heading for a missing permission."""
    settings = visit.panel.settings
    match error:
        case errors.PermissionMissing() if _is_sign_in_limited(visit):
            return unavailable.sign_in_limited(settings.contact, error.names)
        case errors.PermissionMissing():
            return unavailable.permission_missing(
                cannot or _("You cannot use this section"),
                error.names,
                account=visit.session.state.address,
                contact=settings.contact,
            )
        case errors.ManagedElsewhere() | errors.NoPassword():
            return unavailable.managed_elsewhere(visit.session.state.address.rpartition("@")[2], _elsewhere(visit))
        case errors.FeatureAbsent():
            return unavailable.other_edition()
        case errors.UnsupportedServer():
            return unavailable.server_too_old(settings.server_name)
        case errors.TooManyRequests():
            return unavailable.slow_down(feature.path, error.retry_after)
        case errors.ServerUnreachable():
            return unavailable.not_answered(_(feature.label), feature.path)
        case _:
            return unavailable.not_understood(_(feature.label), feature.path)


def _elsewhere(visit: Visit) -> Link | None:
    """Where the provider that signed this person in manages their password."""
    source, sso = visit.session.state.source, visit.panel.settings.sso
    if source is None or not source.is_external:
        return None
    return Link(label=sso.name_of(source.issuer), href=sso.account_page(source.issuer), icon="out")


def _is_sign_in_limited(visit: Visit) -> bool:
    """Whether somebody who signed in elsewhere may do nothing here: then it is about the sign-in, not about a role."""
    return visit.session.state.source is not None and NEEDED & visit.account.rights.permissions <= {"authenticate"}


def unavailable_page(
    visit: Visit, feature: Feature, error: errors.BulwarkError, *, cannot: str = "", status: int = 403
) -> Response:
    """The section's page with the reason in its place. It says why, so nothing is ever blank or falsely "off"."""
    page = SectionPage(heading=_(feature.label), reason=reason_of(visit, feature, error, cannot=cannot))
    return visit.page(SECTION, page, slug=feature.slug, status=status)
