"""Which notices a person wants in the Inbox: one form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from starlette.routing import Route

from bulwark.account.notice_texts import ALWAYS, NoticeKind, label_of
from bulwark.features.activity import FEATURE
from bulwark.language import _
from bulwark.sessions import receipts
from bulwark.signin.guard import signed_in
from bulwark.store.events import EventKind
from bulwark.web.page_types import Notice, Page
from stalwart_jmap.objects.notice import CREATE

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.sessions.visit import Visit

NOTICES = "activity/notices.html"
PATH = "/activity/notices"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesPage(Page):
    """`always` are told whatever one chooses; `choices` are value, label, and whether it is wanted."""

    always: tuple[str, ...]
    choices: tuple[tuple[str, str, bool], ...]
    cannot: str = ""
    notice: Notice | None = None


class Saved(msgspec.Struct, frozen=True, kw_only=True, tag="notices-chosen"):
    """For the page after it."""

    done: bool = True


async def show(visit: Visit) -> Response:
    """GET /activity/notices."""
    turned_off = await visit.panel.notices.turned_off(visit.account_keys)
    saved = await receipts.take(visit, Saved)
    page = NoticesPage(
        always=tuple(label_of(kind) for kind in ALWAYS),
        choices=tuple(
            (kind.value, label_of(kind), kind.value not in turned_off) for kind in NoticeKind if kind not in ALWAYS
        ),
        cannot="" if visit.account.rights.has(CREATE) else CREATE,
        notice=Notice(heading=_("Your choice was saved"), tone="ok", alert=True) if saved is not None else None,
    )
    return visit.page(NOTICES, page, slug=FEATURE.slug)


async def submit(visit: Visit) -> Response:
    """POST /activity/notices: what is ticked is wanted."""
    wanted = set(visit.form.many("pick"))
    turned_off = frozenset(kind for kind in NoticeKind if kind not in ALWAYS and kind.value not in wanted)
    await visit.panel.notices.choose(visit.account_keys, turned_off)
    await visit.record(EventKind.NOTICES_CHOSEN)
    await receipts.keep(visit, Saved())
    return visit.go(PATH)


ROUTES = (
    Route(PATH, signed_in(show), methods=["GET"]),
    Route(PATH, signed_in(submit), methods=["POST"]),
)
