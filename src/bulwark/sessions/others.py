"""The other accounts of a browser: each is a session of its own, its id one of up to five in a second cookie.

Law: only a sign-in, a switch and a sign-out write that cookie, never a page that is looked at, because answers under
way may overtake each other. For the same reason an id that opens nothing any more stays in it until the next of these,
and whoever writes keeps every other id that was there: an answer that comes late then loses nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark.sessions.cookies import OTHERS, SESSION
from bulwark.sessions.keeper import Ended, Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.sessions.cookies import Cookies
    from bulwark.sessions.keeper import Sessions

MOST = 5  # besides the one in use
_ID = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another session of this browser; `mark` names its account in forms, `ended` says why it opens nothing."""

    session: Session
    mark: str
    ended: Ended | None


def ids_of(jar: Cookies) -> list[str]:
    """What the second cookie holds, as far as it can be an id; one more than `MOST`, where two answers met."""
    found = dict.fromkeys(one for one in jar.get(OTHERS).split(".") if _ID.fullmatch(one))
    return [one for one in found if one != jar.get(SESSION)][: MOST + 1]


async def open_all(sessions: Sessions, jar: Cookies) -> tuple[Session | Ended | None, tuple[Other, ...]]:
    """The session in use and the others of a browser, in one look at the database; each account once."""
    cookie, ids = jar.get(SESSION), ids_of(jar)
    if not ids:
        return (await sessions.find(cookie) if cookie else None), ()
    first, *rest = await sessions.find_several([cookie, *ids])
    in_use: Session | Ended | None = None
    if cookie:
        in_use = Ended.UNKNOWN if first is None else sessions.why_ended(first) or first
    seen = {in_use.state.account_id} if isinstance(in_use, Session) else set()
    others = []
    for session in rest:
        if session is None or session.row.replaced_at is not None or session.state.account_id in seen:
            continue
        seen.add(session.state.account_id)
        others.append(Other(session=session, mark=sessions.mark_of(session), ended=sessions.why_ended(session)))
    return in_use, tuple(others)


def others_of(request: Request) -> tuple[Other, ...]:
    """The other accounts of the browser that sent this request, the latest used first."""
    found: tuple[Other, ...] = request.scope.get("state", {}).get("others", ())
    return found


def good_ones(request: Request) -> tuple[Other, ...]:
    """Those that are still signed in."""
    return tuple(one for one in others_of(request) if one.ended is None)


def marked(request: Request, mark: str) -> Other | None:
    """The one of the account with this mark."""
    return next((one for one in others_of(request) if one.mark == mark), None)


def keep(jar: Cookies, response: Response, sessions: Iterable[Session]) -> None:
    """Write the second cookie anew, the latest used first."""
    ids = [one.id.reveal() for one in sessions][: MOST + 1]
    if ids:
        jar.put(response, OTHERS, ".".join(ids))
    elif jar.get(OTHERS):
        jar.drop(response, OTHERS)


def forget_session(request: Request, jar: Cookies, response: Response) -> None:
    """Take a dead session's cookie away, but not from a browser that may have gone to another account meanwhile."""
    if not others_of(request):
        jar.drop(response, SESSION)
