"""Step-up of somebody who signed in elsewhere: a fresh round trip to the same place, by the same person.

At a provider the ID token must say that they were asked anew; the mail server's own page keeps no cookie, so the round
trip itself is the proof. The form that waited for it is sent on by one press: an address that others can link to writes
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.routing import Route

from bulwark.errors import ProviderProblem
from bulwark.language import _
from bulwark.sessions.keeper import Session
from bulwark.signin import redirect_pages as texts
from bulwark.signin import redirect_service as service
from bulwark.signin import redirect_targets as targets
from bulwark.signin import step_up
from bulwark.signin.gate import bound
from bulwark.signin.guard import signed_in
from bulwark.signin.pending import PendingRedirect

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.account.entry import SignedIn
    from bulwark.sessions.keeper import Ended
    from bulwark.sessions.state import Carried
    from bulwark.sessions.visit import Visit


async def start(visit: Visit) -> Response:
    """GET /step-up/redirect: leave for whoever signed this session in."""
    source = visit.session.state.source
    if source is None:
        return visit.go("/step-up")
    state = visit.session.state
    await service.count(visit.panel, visit.address)
    target = await targets.target_at(visit.panel, source.issuer)
    url, pending_id = await service.leave(visit.panel, target, hint=state.address, account_id=state.account_id)
    return bound(visit.request, visit.go(url), pending_id, PendingRedirect)


def require_same_account(session: Session | Ended | None, waiting: PendingRedirect) -> None:
    """Go on only in the session that asked.

    Raises:
        ProviderProblem: it has ended, or another account is signed in now.
    """
    if not isinstance(session, Session) or session.is_read_only:
        raise ProviderProblem("expired")
    if session.state.account_id != waiting.account_id:
        raise ProviderProblem("other-person")


async def finish(visit: Visit, *, signed: SignedIn) -> Response:
    """The round trip is complete: unlock, and lead to what was wanted.

    Raises:
        ProviderProblem: somebody else signed in there; nothing is changed.
    """
    state, source = visit.session.state, signed.source
    before = state.source
    if before is None or source is None or signed.session.account_id != state.account_id:
        raise ProviderProblem("other-person")
    if (source.issuer, source.subject) != (before.issuer, before.subject):
        raise ProviderProblem("other-person")
    await step_up.unlock(visit, msgspec.structs.replace(state.with_tokens(signed.tokens, visit.now), source=source))
    carried = step_up.carried_of(visit)
    if carried is not None and carried.fields:
        response = visit.go("/step-up/go-on")
    else:
        response = visit.go(carried.path if carried is not None else "/")
    visit.put_session_cookie(response)
    return response


async def show(visit: Visit) -> Response:
    """GET /step-up/go-on: one press away from what was wanted."""
    carried = _waiting(visit)
    if carried is None:
        return visit.go("/")
    page = texts.GoOnPage(purpose=_(carried.purpose or step_up.DEFAULT_PURPOSE), carried=carried.mark)
    return visit.page(texts.GO_ON, page)


async def go_on(visit: Visit) -> Response:
    """POST /step-up/go-on: do what was wanted, once."""
    carried = _waiting(visit)
    if carried is None or visit.form.text("carried") != carried.mark:
        return visit.go("/")
    await visit.keep(msgspec.structs.replace(visit.session.state, carried=None))
    return await step_up.carry_on(visit, carried)


def _waiting(visit: Visit) -> Carried | None:
    """The request that waits, as long as the proof counts."""
    return None if visit.session.recent_auth_left(visit.now) is None else step_up.carried_of(visit)


ROUTES = (
    Route("/step-up/redirect", signed_in(start), methods=["GET"]),
    Route("/step-up/go-on", signed_in(show), methods=["GET"]),
    Route("/step-up/go-on", signed_in(go_on), methods=["POST"]),
)
