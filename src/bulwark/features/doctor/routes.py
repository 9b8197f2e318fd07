"""The doctor over HTTP: one page that looks at everything anew each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from bulwark import errors
from bulwark.features.doctor import FEATURE, pages, service
from bulwark.features.doctor.service import Check, State
from bulwark.features.doctor.sign_in import examine_sign_in
from bulwark.language import _
from bulwark.sessions.unavailable import unavailable_page
from bulwark.signin.guard import signed_in
from bulwark.store.uses import UseStore

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.sessions.visit import Visit


async def show(visit: Visit) -> Response:
    """GET /administration/doctor."""
    missing = visit.account.rights.why_not(*FEATURE.needs["see"])
    if missing is not None:
        return unavailable_page(visit, FEATURE, missing, cannot=_("The doctor is for administrators"))
    settings, database = visit.panel.settings, visit.panel.database
    try:
        feed = await UseStore(database).feed()
    except errors.StoreUnavailable:
        feed = None
    server = await service.examine_server(visit.panel.transport)
    session = await service.examine_session(visit.account)
    if session.state is State.ATTENTION:
        server = tuple(session if one.check is Check.ADDRESSES else one for one in server)
    results = (
        *server,
        *await service.examine_settings(visit.account, settings, feed),
        await examine_sign_in(visit.panel.transport, settings, visit.panel.providers),
        *await service.examine_panel(settings, database),
    )
    return visit.page(pages.DOCTOR, pages.doctor_page(results), slug=FEATURE.slug)


ROUTES = (Route("/administration/doctor", signed_in(show), methods=["GET"]),)
