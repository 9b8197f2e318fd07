"""The frame around a page: who is signed in, the menu, the look, the language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark import language
from bulwark.feature import Group
from bulwark.language import N_, _, ngettext
from bulwark.sessions.cookies import THEME, Cookies
from bulwark.sessions.keeper import Ended
from bulwark.sessions.others import others_of
from bulwark.web.frame import Frame, MenuEntry, MenuGroup, OtherAccount, Theme, language_choices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from bulwark.feature import Feature
    from bulwark.sessions.keeper import Session
    from bulwark.sessions.others import Other
    from bulwark.sessions.panel import Panel

_GROUPS = (
    (Group.TOP, ""),
    (Group.SIGN_IN, N_("Sign-in")),
    (Group.MAIL, N_("Mail")),
    (Group.YOU, N_("You")),
    (Group.ADMINISTRATION, N_("Administration")),
)


def theme_of(request: Request) -> Theme:
    """How this browser wants the panel to look."""
    value = Cookies(request).get(THEME)
    return Theme(value) if value in set(Theme) else Theme.AUTO


def plain_frame(panel: Panel, request: Request) -> Frame:
    """The frame of a page that belongs to nobody: signing in, errors."""
    tag = language.locale()
    return Frame(
        server_name=panel.settings.server_name,
        locale=tag,
        direction=language.direction(tag),
        theme=theme_of(request),
        languages=language_choices(tag),
        contact=panel.settings.contact,
        path=_path(request),
    )


def frame_for(
    panel: Panel, request: Request, *, session: Session, slug: str, as_of: str, facts: Mapping[str, str]
) -> Frame:
    """The frame of a signed-in page."""
    tag = language.locale()
    left = session.recent_auth_left(panel.clock.now())
    return Frame(
        server_name=panel.settings.server_name,
        locale=tag,
        direction=language.direction(tag),
        theme=theme_of(request),
        account=session.state.address,
        account_mark=panel.sessions.mark_of(session),
        menu=_menu(panel.features, session, slug, facts),
        account_links=(
            MenuEntry(label=_("Profile"), href="/profile", icon="person"),
            MenuEntry(label=_("Where you are signed in"), href="/activity", icon="activity"),
        ),
        other_accounts=other_accounts(panel, request),
        languages=language_choices(tag),
        unlock_minutes=None if left is None else max(1, round(left.total_seconds() / 60)),
        contact=panel.settings.contact,
        as_of=as_of,
        path=_path(request),
    )


def other_accounts(panel: Panel, request: Request) -> tuple[OtherAccount, ...]:
    """The further accounts of this browser, for the menu."""
    return tuple(other_account(panel, one) for one in others_of(request))


def other_account(panel: Panel, one: Other) -> OtherAccount:
    """One of them."""
    ended = "" if one.ended is None else _why_ended(panel, one.ended)
    return OtherAccount(address=one.session.state.address, mark=one.mark, ended=ended)


def _why_ended(panel: Panel, ended: Ended) -> str:
    if ended is not Ended.IDLE:
        return _("Signed out")
    minutes = int(panel.settings.session_idle.total_seconds() // 60)
    return ngettext("Signed out after %(n)s minute idle", "Signed out after %(n)s minutes idle", minutes)


def _menu(
    features: tuple[Feature, ...], session: Session, slug: str, facts: Mapping[str, str]
) -> tuple[MenuGroup, ...]:
    """All slices stay visible, but those that name permissions to be seen; an empty group is left out."""
    groups = []
    for group, label in _GROUPS:
        entries = tuple(
            MenuEntry(
                label=_(feature.label),
                href=feature.path,
                icon=feature.icon,
                fact=facts.get(feature.slug, ""),
                current=feature.slug == slug,
            )
            for feature in features
            if feature.group is group and feature.is_shown_to(session.state.permissions)
        )
        if entries:
            groups.append(MenuGroup(label=_(label) if label else "", entries=entries))
    return tuple(groups)


def _path(request: Request) -> str:
    """Where the person is, for coming back; only a GET can be gone back to."""
    return request.url.path if request.method == "GET" else "/"
