"""The accounts of a browser: each is a session of its own with a cookie of its own; one more names the one in use.

Law: answers overtake each other, so an answer writes only the cookies of the accounts it is about. Two accounts that
are added at the same instant are then both there, whichever answer comes last. Only a sign-in, a new id, a switch and
a sign-out write them, never a page that is looked at. An id that opens nothing any more is not shown; it stays where
it is until the browser holds too many.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark.sessions.cookies import HELD, SESSION
from bulwark.sessions.keeper import Ended, Session

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.sessions.cookies import Cookies
    from bulwark.sessions.keeper import Sessions

MOST = 5  # besides the one in use
_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_MARK = re.compile(r"[0-9a-f]{20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another session of this browser; `mark` names its account in forms, `ended` says why it opens nothing."""

    session: Session
    mark: str
    ended: Ended | None


def held_by(jar: Cookies) -> dict[str, str]:
    """The ids that a browser holds by the marks of their accounts, as far as they can be such; twice as many as fit."""
    found = jar.family(HELD).items()
    good = [(mark, held) for mark, held in found if _MARK.fullmatch(mark) and _ID.fullmatch(held)]
    return dict(good[: 2 * (MOST + 1)])


async def open_all(sessions: Sessions, jar: Cookies) -> tuple[Session | Ended | None, tuple[Other, ...]]:
    """The session in use and the others of a browser, in one look at the database; each account once.

    The latest used comes first.
    """
    cookie = jar.get(SESSION)
    ids = [one for one in dict.fromkeys(held_by(jar).values()) if one != cookie]
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
    return in_use, tuple(sorted(others, key=_last_used, reverse=True))


def _last_used(one: Other) -> datetime:
    row = one.session.row
    return row.left_at or row.last_used_at


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


def hold(jar: Cookies, response: Response, session: Session, mark: str) -> None:
    """Give a browser the id of a session that is not in use."""
    jar.put(response, HELD + mark, session.id.reveal())


def use(jar: Cookies, response: Response, session: Session, mark: str) -> None:
    """Give a browser the id of the session that is in use from now on."""
    hold(jar, response, session, mark)
    jar.put(response, SESSION, session.id.reveal())


def let_go(jar: Cookies, response: Response, *marks: str) -> None:
    """Take the ids of these accounts away."""
    for mark in marks:
        jar.drop(response, HELD + mark)


def drop_in_use(jar: Cookies, response: Response) -> None:
    """Take the id of the session in use away."""
    cookie = jar.get(SESSION)
    let_go(jar, response, *(mark for mark, held in held_by(jar).items() if held == cookie))
    jar.drop(response, SESSION)


def tidy(request: Request, jar: Cookies, response: Response) -> None:
    """Where a browser holds more than fits, take away what opens nothing any more."""
    held = held_by(jar)
    if len(held) > MOST + 1:
        good = {one.mark for one in good_ones(request)}
        let_go(jar, response, *(mark for mark, one in held.items() if mark not in good and one != jar.get(SESSION)))


def forget_session(request: Request, jar: Cookies, response: Response) -> None:
    """Take a dead session's id away, but not from a browser that may have gone to another account meanwhile."""
    if not others_of(request):
        drop_in_use(jar, response)
