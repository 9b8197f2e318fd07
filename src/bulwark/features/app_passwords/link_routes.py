"""The link behind the QR code: another device opens it, signed in or not, and fetches its profile once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog
from starlette.responses import HTMLResponse, Response

from bulwark.features.app_passwords import pages as own
from bulwark.features.app_passwords.kits import profile
from bulwark.features.app_passwords.kits.links import Links
from bulwark.features.app_passwords.kits.servers import servers_for
from bulwark.sessions.frames import plain_frame
from bulwark.sessions.panel import panel_of
from bulwark.web import pages
from bulwark.web.problems import PageMissing
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from starlette.requests import Request

    from bulwark.sessions.panel import Panel

log = structlog.get_logger("bulwark.features.app_passwords")

LINK = "/app-passwords/set-up"


async def show_link(request: Request) -> Response:
    """GET: what the QR code opens on the device. It uses nothing up, so that a preview does no harm."""
    panel = panel_of(request)
    token = request.path_params["token"]
    waiting = await links_of(panel).look(token, panel.clock.now())
    if waiting is None:
        raise PageMissing
    page = own.ProfilePage(
        address=waiting.address, device=waiting.device, href=f"{LINK}/{quote(token)}/{profile.FILE_NAME}"
    )
    return HTMLResponse(pages.render(plain_frame(panel, request), own.PROFILE, page))


async def fetch_profile(request: Request) -> Response:
    """GET: the profile, once. A browser that only fetches ahead gets nothing."""
    panel = panel_of(request)
    if request.method != "GET" or "prefetch" in request.headers.get("sec-purpose", ""):
        raise PageMissing
    waiting = await links_of(panel).take(request.path_params["token"], panel.clock.now())
    if waiting is None:
        raise PageMissing
    made = profile.build(
        profile.ProfileFor(
            address=waiting.address,
            device=waiting.device,
            organisation=panel.settings.server_name,
            secret=Secret(waiting.secret),
            servers=servers_for(waiting.protocols, panel.settings),
        )
    )
    return Response(
        _signed(panel, made),
        media_type=profile.CONTENT_TYPE,
        headers={"content-disposition": f'attachment; filename="{profile.FILE_NAME}"'},
    )


def _signed(panel: Panel, made: bytes) -> bytes:
    """Signed where there is a certificate; a certificate that does not do must not cost the person the profile."""
    certificate = panel.settings.profile_certificate
    if certificate is None:
        return made
    try:
        return profile.sign(made, certificate)
    except (ValueError, OSError) as error:
        log.warning("profile-not-signed", reason=type(error).__name__)
        return made


def links_of(panel: Panel) -> Links:
    """The links that wait for their device."""
    return Links(panel.pending, panel.sealer)
