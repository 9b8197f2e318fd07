"""The check-up for programs, with what only the panel knows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.routing import Route

from bulwark.features.overview import service
from bulwark.features.overview.documents import CheckUp, check_up
from bulwark.features.overview.records import records_of
from bulwark.signin.bearer import Nothing, with_token

if TYPE_CHECKING:
    from bulwark.signin.bearer import TokenVisit


async def check(visit: TokenVisit[Nothing]) -> CheckUp:
    """GET /api/v1/check."""
    account = visit.account
    state = await service.look(account)
    known = await visit.panel.recovery.state(account.account_id)
    if state.has_two_factor.value is not None:
        known, _voided = await visit.panel.recovery.after_reading(
            account.account_id, is_on=state.has_two_factor.value, read_at=state.read_at, known=known
        )
    records = await records_of(visit.panel, account.account_id)
    return check_up(replace(state, recovery=known, records=records), account.address, with_panel=True)


ROUTES = (Route("/api/v1/check", with_token(check, Nothing), methods=["GET"]),)
