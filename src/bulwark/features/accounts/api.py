"""Accounts for programs: the command line did something to somebody, and lets the panel tell them.

The panel has the queue, the choices and the words of notices. It believes nothing: who reports must be allowed to do
such a thing, and it must be so at the mail server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from bulwark import errors
from bulwark.features.accounts import documents, service
from bulwark.features.accounts.telling import tell
from bulwark.signin.bearer import with_token
from bulwark.store.events import EventKind

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.features.accounts.service import Person
    from bulwark.signin.bearer import TokenVisit

_EVENTS = {
    "two-factor-reset": (EventKind.ADMIN_RESET_TWO_FACTOR, EventKind.TWO_FACTOR_RESET),
    "password-forced": (EventKind.ADMIN_FORCED_PASSWORD, EventKind.PASSWORD_FORCED),
    "revoked": (EventKind.ADMIN_REVOKED, EventKind.CREDENTIAL_TAKEN),
}


async def report(visit: TokenVisit[documents.Report]) -> documents.Reported:
    """POST /api/v1/accounts/report: note it for both, and place the notice."""
    done = visit.body
    lacking = visit.account.rights.why_not("impersonate" if done.step == "revoked" else "sysAccountUpdate")
    if lacking is not None:
        raise lacking
    person = await service.person(visit.account, done.account_id)
    if person.is_oneself:
        raise errors.OwnAccount
    if not _is_so(person, done, visit.now):
        raise errors.Gone
    mine, theirs = _EVENTS[done.step]
    address = person.row.account.address
    await visit.record(mine, name=f"{done.name}, {address}" if done.name else address)
    event = visit.event(theirs, name=done.name or visit.account.address)
    told = await tell(visit.panel, visit.account, person, event)
    return documents.Reported(notice=told.value)


def _is_so(person: Person, done: documents.Report, now: datetime) -> bool:
    password = person.row.account.password
    match done.step:
        case "two-factor-reset":
            return password is not None and not password.has_two_factor
        case "password-forced":
            return service.has_ended(person.row.account, now)
        case _:
            return done.mark not in {service.mark_of(one) for one in person.row.account.secondary}


ROUTES = (Route("/api/v1/accounts/report", with_token(report, documents.Report), methods=["POST"]),)
