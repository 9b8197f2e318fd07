"""Several accounts in one browser: each is a session of its own; a second cookie holds the ids of those not in use.

At most five of them, and the one in use last: an answer to it that is still on its way (a new id after a proof of
presence) may put it back in the first cookie, and then the account that was switched to must not be lost. The cookie
opens nothing that its ids would not open by themselves, and no page ever contains an id: a form names another account
by the same opaque mark that its own forms carry.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bulwark.sessions.cookies import OTHERS, Cookies
from bulwark.sessions.keeper import Session
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.sessions.keeper import Beside, Sessions

MOST = 5
_BETWEEN = "."  # no letter of an id
_ID = re.compile(r"[A-Za-z0-9_-]{43}")


def ids_in(cookies: Cookies) -> tuple[Secret, ...]:
    """The ids in the cookie, each once, the most recently left first."""
    found = dict.fromkeys(each for each in cookies.get(OTHERS).split(_BETWEEN) if _ID.fullmatch(each))
    return tuple(Secret(each) for each in list(found)[: MOST + 1])


async def find(sessions: Sessions, cookies: Cookies, present: object) -> tuple[Beside, ...]:
    """The other accounts of this browser, one lookup for all; of the present account's own earlier ids nothing."""
    ids = ids_in(cookies)
    if not ids:
        return ()
    account = present.state.account_id if isinstance(present, Session) else ""
    return tuple(one for one in await sessions.beside(ids) if one.account_id != account)


def keep(request: Request, response: Response, accounts: Iterable[Beside | Session]) -> None:
    """Keep these accounts of the browser, the one in use included; what does not fit is left out."""
    value = _BETWEEN.join(one.id.reveal() for one in list(accounts)[: MOST + 1])
    cookies = Cookies(request)
    if value:
        cookies.put(response, OTHERS, value)
    elif cookies.get(OTHERS):
        cookies.drop(response, OTHERS)


def of(request: Request) -> tuple[Beside, ...]:
    """The other accounts that came with this request."""
    found: tuple[Beside, ...] = getattr(request.state, "others", ())
    return found


def named(request: Request, mark: str) -> Beside | None:
    """The other account that a form names."""
    return next((one for one in of(request) if one.mark == mark), None)
