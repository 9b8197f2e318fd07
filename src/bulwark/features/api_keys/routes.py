"""API keys over HTTP. The steps are those of every credential section; here are the table and the page after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from bulwark.account import credential_pages
from bulwark.account.credential_forms import Draft
from bulwark.account.credentials import API_KEY, mark_of
from bulwark.account.expiry import End
from bulwark.account.presets import CUSTOM, effective
from bulwark.errors import PermissionMissing
from bulwark.features.api_keys import ADMINISTERS, FEATURE, service
from bulwark.features.api_keys import pages as own
from bulwark.features.api_keys.snippets import snippets_for
from bulwark.language import N_, _, series
from bulwark.sessions.credential_form import FormWords
from bulwark.sessions.credential_section import CredentialSection
from bulwark.signin.guard import signed_in
from bulwark.web.page_types import Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from bulwark.account.credential_form_page import Choice
    from bulwark.account.credential_list_page import Row
    from bulwark.account.credentials import Created, Listing
    from bulwark.account.last_use import Uses
    from bulwark.account.presets import Offer
    from bulwark.errors import BulwarkError
    from bulwark.sessions.visit import Visit
    from stalwart_jmap.objects.credential import Credential, NewCredential

SLUG = FEATURE.slug


class ApiKeys(CredentialSection):
    """The section of API keys."""

    def closed(self, visit: Visit) -> BulwarkError | None:
        """Only for administrators of accounts, unless the operator opens it to everybody who may."""
        if visit.panel.settings.api_keys == "permitted" or visit.account.rights.has(ADMINISTERS):
            return None
        return PermissionMissing(ADMINISTERS)

    list_template = own.LIST

    def row(self, visit: Visit, one: Credential, uses: Uses) -> Row:
        """One key of the table."""
        return own.row_of(one, visit.now, visit.account.rights, uses)

    def fact(self, visit: Visit, listing: Listing) -> str:  # noqa: ARG002 - the same for everybody
        """How many there are."""
        return str(len(listing.credentials) or "")

    def offers(self, visit: Visit) -> tuple[Offer, ...]:
        """The presets, made of what the person holds."""
        return service.offers(visit.account.rights)

    def blank(self, visit: Visit) -> Draft:  # noqa: ARG002 - the same for everybody
        """Nothing is ticked at first."""
        return Draft(choice=CUSTOM, end=End.DAYS_90)

    def words(self, visit: Visit, before: Credential | None) -> FormWords:  # noqa: ARG002 - the same for everybody
        """What the form is called."""
        if before is None:
            return FormWords(
                heading=_("New API key"),
                text="",
                submit=_("Create API key"),
                name_label=_("Name"),
                name_hint=_("Which program uses it?"),
                more_label="",
            )
        return FormWords(
            heading=_("Edit “%(name)s”", name=before.description),
            text=_("Changes apply at once. The program keeps its key."),
            submit=_("Save changes"),
            name_label=_("Name"),
            name_hint="",
            more_label="",
            notice=own.everything_notice(before),
            replace=Link(label=_("Replace…"), href=f"{API_KEY.path}/new?like={mark_of(API_KEY, before)}"),
        )

    def choices(self, visit: Visit, before: Credential | None) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
        """The cards of what it may do; the list stands open below them."""
        held = visit.account.rights.permissions
        return own.cards(self.offers(visit), before, held), ()

    async def created_page(self, visit: Visit, made: Created, wanted: NewCredential) -> Response:
        """The page with the key; nothing of it is kept."""
        settings = visit.panel.settings
        held = visit.account.rights.permissions
        power = own.power_of(wanted.scope, held)
        what = series(part for part in (power.label, power.detail) if part)
        page = own.CreatedPage(
            kind=API_KEY,
            name=wanted.description,
            confirmed=credential_pages.confirmed(settings.server_name, made.at),
            may=credential_pages.may(what, wanted, visit.now),
            groups=own.grouped(made.secret.reveal()),
            raw=made.secret.reveal(),
            snippets=snippets_for(settings.server_url, visit.account.account_id, effective(wanted.scope, held)),
        )
        return visit.page(own.CREATED, page, slug=SLUG)

    def stops(self, visit: Visit, one: Credential) -> str:
        """What stops when it is revoked."""
        return own.stops(one, visit.now)

    def stays(self, listing: Listing, chosen: Sequence[Credential]) -> str:
        """What goes on working."""
        return own.stays(len(listing.credentials) - len(chosen))

    def cannot(self, action: str) -> str:
        """The heading where a permission is missing."""
        return own.cannot(action)


SECTION = ApiKeys(FEATURE, API_KEY)
CREATING = N_("You are about to create an API key.")
EDITING = N_("You are about to change an API key.")
REVOKING = N_("You are about to revoke API keys.")
ROUTES = (
    Route("/api-keys", signed_in(SECTION.show_list), methods=["GET"]),
    Route("/api-keys/new", signed_in(SECTION.show_new), methods=["GET"]),
    Route("/api-keys/new", signed_in(SECTION.submit_new, purpose=CREATING), methods=["POST"]),
    Route("/api-keys/done", signed_in(SECTION.show_done), methods=["GET"]),
    Route("/api-keys/unknown", signed_in(SECTION.show_unknown), methods=["GET"]),
    Route("/api-keys/unknown", signed_in(SECTION.submit_unknown), methods=["POST"]),
    Route("/api-keys/revoke", signed_in(SECTION.submit_revoke, purpose=REVOKING), methods=["POST"]),
    Route("/api-keys/{mark}/edit", signed_in(SECTION.show_edit), methods=["GET"]),
    Route("/api-keys/{mark}/edit", signed_in(SECTION.submit_edit, purpose=EDITING), methods=["POST"]),
    Route("/api-keys/{mark}/revoke", signed_in(SECTION.show_revoke), methods=["GET"]),
)
