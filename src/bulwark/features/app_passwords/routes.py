"""App passwords over HTTP. The steps are those of every credential section; here are the list and the page after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bulwark import language
from bulwark.account import credential_pages
from bulwark.account import credential_texts as texts
from bulwark.account.credential_forms import Draft
from bulwark.account.credentials import APP_PASSWORD, mark_of
from bulwark.account.presets import DEFAULT, EVERYTHING, effective, protocols_of
from bulwark.features.app_passwords import FEATURE, service
from bulwark.features.app_passwords import pages as own
from bulwark.features.app_passwords.kits import profile
from bulwark.features.app_passwords.kits.links import WORKS_FOR
from bulwark.features.app_passwords.kits.servers import servers_for
from bulwark.features.app_passwords.kits.snippets import snippets_for
from bulwark.features.app_passwords.link_routes import LINK, fetch_profile, links_of, show_link
from bulwark.language import N_, _
from bulwark.sessions.credential_form import FormWords
from bulwark.sessions.credential_section import CredentialSection
from bulwark.signin.guard import signed_in
from bulwark.web import qr
from bulwark.web.page_types import Link
from bulwark.web.problems import PageMissing
from stalwart_jmap.core.ids import to_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.account.credential_form_page import Choice
    from bulwark.account.credential_list_page import Row
    from bulwark.account.credentials import Created, Listing
    from bulwark.account.last_use import Uses
    from bulwark.account.presets import Offer
    from bulwark.sessions.visit import Visit
    from stalwart_jmap.objects.credential import Credential, NewCredential

SLUG = FEATURE.slug


class AppPasswords(CredentialSection):
    """The section of app passwords."""

    list_template = own.LIST

    def row(self, visit: Visit, one: Credential, uses: Uses) -> Row:
        """One line of the list, with what it may do."""
        return own.row_of(one, visit.now, visit.account.rights, uses)

    def fact(self, visit: Visit, listing: Listing) -> str:
        """How many have ended, else how many there are."""
        return own.fact(listing.credentials, visit.now)

    def offers(self, visit: Visit) -> tuple[Offer, ...]:
        """The presets, cut to what the person holds."""
        return service.offers(visit.account.rights)

    def blank(self, visit: Visit) -> Draft:
        """The usual preset, or the first that can be had."""
        offers = self.offers(visit)
        possible = [one.preset.slug for one in offers if not one.lacking]
        return Draft(choice=DEFAULT if DEFAULT in possible else (possible or [EVERYTHING])[0])

    def words(self, visit: Visit, before: Credential | None) -> FormWords:
        """What the form is called."""
        if before is None:
            return FormWords(
                heading=_("New app password"),
                text="",
                submit=_("Create app password"),
                name_label=_("Where will you use it?"),
                name_hint=_("A name that tells you later which device this was."),
                more_label=_("Everything, or choose single permissions"),
                suggestions=own.suggestions(),
            )
        return FormWords(
            heading=_("Edit “%(name)s”", name=before.description),
            text=_("Changes apply at once. The app does not need to be set up again."),
            submit=_("Save changes"),
            name_label=_("Name"),
            name_hint="",
            more_label=_("Other choices"),
            notice=own.everything_notice(before, visit.account.rights.permissions),
            replace=Link(label=_("Replace…"), href=f"{APP_PASSWORD.path}/new?like={mark_of(APP_PASSWORD, before)}"),
        )

    def choices(self, visit: Visit, before: Credential | None) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
        """The cards of what it may do."""
        held = visit.account.rights.permissions
        if before is None:
            return own.cards(self.offers(visit), len(held))
        return own.cards_of(before, self.offers(visit), held)

    async def created_page(self, visit: Visit, made: Created, wanted: NewCredential) -> Response:
        """The page with the secret; nothing of it is kept but what the profile's link needs, sealed."""
        settings = visit.panel.settings
        held = visit.account.rights.permissions
        protocols = protocols_of(effective(wanted.scope, held))
        servers = servers_for(protocols, settings)
        token = ""
        if profile.is_offered(protocols):
            token = await links_of(visit.panel).make(
                visit.account_keys[0],
                address=visit.account.address,
                device=wanted.description,
                protocols=protocols,
                secret=made.secret,
                now=visit.now,
            )
        shared = f"{settings.public_url}{LINK}/{token}" if settings.public_url and token else ""
        dav = next((server.address for server in servers if server.protocol in {"CalDAV", "CardDAV"}), "")
        davx5 = _davx5(settings.dav, visit.account.address) if dav else ""
        what = own.may_do(texts.power_of(wanted.scope, held).label, protocols)
        page = own.CreatedPage(
            kind=APP_PASSWORD,
            name=wanted.description,
            confirmed=credential_pages.confirmed(settings.server_name, made.at),
            may=credential_pages.may(what, wanted, visit.now),
            groups=own.grouped(made.secret.reveal()),
            raw=made.secret.reveal(),
            login=visit.account.address,
            servers=servers,
            profile_href=f"{LINK}/{token}/{profile.FILE_NAME}" if token else "",
            profile_qr=qr.draw(shared) if shared else None,
            profile_until=language.time_of_day(visit.now + WORKS_FOR),
            davx5=qr.draw(davx5) if davx5 else None,
            davx5_address=settings.dav if dav else "",
            has_mail={"IMAP", "SMTP"} <= set(protocols),
            first_use_href=await _first_use_href(visit, made),
            snippets=snippets_for(visit.account.address, servers),
        )
        return visit.page(own.CREATED, page, slug=SLUG)

    def stops(self, visit: Visit, one: Credential) -> str:
        """What stops when it is revoked."""
        return own.stops(one, visit.now, visit.account.rights.permissions)

    def stays(self, listing: Listing, chosen: Sequence[Credential]) -> str:
        """What goes on working."""
        return own.stays(len(listing.credentials) - len(chosen))

    def cannot(self, action: str) -> str:
        """The heading where a permission is missing."""
        return own.cannot(action)


async def first_use(visit: Visit) -> Response:
    """GET: for the script of the page after a creation, whether the server has reported a use since then."""
    try:
        number, since = int(visit.request.path_params["number"]), int(visit.request.query_params.get("since", ""))
        after = datetime.fromtimestamp(since, UTC)
    except (ValueError, OverflowError, OSError):
        raise PageMissing from None
    found = (await visit.panel.last_uses.of(visit.account_keys)).by_number.get(number)
    if found is None or found.at < after:
        return JSONResponse({})
    when = language.time_of_day(found.at)
    if not found.protocol:
        return JSONResponse({"used": _("Used at %(time)s.", time=when)})
    return JSONResponse({"used": _("Used at %(time)s over %(protocol)s.", time=when, protocol=found.protocol)})


async def _first_use_href(visit: Visit, made: Created) -> str:
    """Where the script asks; nothing where the server reports no uses."""
    if not (await visit.panel.last_uses.of(visit.account_keys)).is_known:
        return ""
    return f"{APP_PASSWORD.path}/first-use/{to_number(made.id)}?since={int(made.at.timestamp())}"


def _davx5(origin: str, address: str) -> str:
    """The address that DAVx5 opens by itself: server and login name, never the password."""
    scheme, _colon, rest = origin.partition("://")
    return f"{'davx5' if scheme == 'https' else 'caldav'}://{quote(address, safe='')}@{rest}/"


SECTION = AppPasswords(FEATURE, APP_PASSWORD)
CREATING = N_("You are about to create an app password.")
EDITING = N_("You are about to change an app password.")
REVOKING = N_("You are about to revoke app passwords.")
ROUTES = (
    Route("/app-passwords", signed_in(SECTION.show_list), methods=["GET"]),
    Route("/app-passwords/new", signed_in(SECTION.show_new), methods=["GET"]),
    Route("/app-passwords/new", signed_in(SECTION.submit_new, purpose=CREATING), methods=["POST"]),
    Route("/app-passwords/done", signed_in(SECTION.show_done), methods=["GET"]),
    Route("/app-passwords/unknown", signed_in(SECTION.show_unknown), methods=["GET"]),
    Route("/app-passwords/unknown", signed_in(SECTION.submit_unknown), methods=["POST"]),
    Route("/app-passwords/revoke", signed_in(SECTION.submit_revoke, purpose=REVOKING), methods=["POST"]),
    Route("/app-passwords/first-use/{number}", signed_in(first_use), methods=["GET"]),
    Route(f"{LINK}/{{token}}", show_link, methods=["GET"]),
    Route(f"{LINK}/{{token}}/{profile.FILE_NAME}", fetch_profile, methods=["GET"]),
    Route("/app-passwords/{mark}/edit", signed_in(SECTION.show_edit), methods=["GET"]),
    Route("/app-passwords/{mark}/edit", signed_in(SECTION.submit_edit, purpose=EDITING), methods=["POST"]),
    Route("/app-passwords/{mark}/revoke", signed_in(SECTION.show_revoke), methods=["GET"]),
)
