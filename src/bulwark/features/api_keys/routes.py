"""API keys over HTTP. The steps are those of every credential section; here are the table and the page after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from bulwark import language
from bulwark.account import credential_pages
from bulwark.account import credential_texts as texts
from bulwark.account.credential_forms import Draft
from bulwark.account.credentials import API_KEY, mark_of
from bulwark.account.expiry import End
from bulwark.account.last_use import latest_first
from bulwark.account.last_use_texts import not_known
from bulwark.account.networks import in_order
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
    from bulwark.account.credentials import Created, Listing
    from bulwark.account.presets import Offer
    from bulwark.errors import BulwarkError
    from bulwark.sessions.visit import Visit
    from bulwark.web.page_types import Notice
    from stalwart_jmap.objects.credential import Credential, NewCredential

SLUG = FEATURE.slug
MANY = 10  # from one more on, the table can be searched


class ApiKeys(CredentialSection):
    """The section of API keys."""

    def closed(self, visit: Visit) -> BulwarkError | None:
        """Only for administrators of accounts, unless the operator opens it to everybody who may."""
        if visit.panel.settings.api_keys == "permitted" or visit.account.rights.has(ADMINISTERS):
            return None
        return PermissionMissing(ADMINISTERS)

    async def list_page(
        self, visit: Visit, listing: Listing, *, notice: Notice | None = None, status: int = 200
    ) -> Response:
        """The table, newest first."""
        rights = visit.account.rights
        known = await self.limits(visit).known(API_KEY, visit.now)
        uses = await visit.panel.last_uses.of(visit.account_keys)
        find = visit.request.query_params.get("find", "")[:100]
        words = find.casefold().split()
        may_create = rights.has(API_KEY.permission("Create"))
        may_edit = rights.has(API_KEY.permission("Update"))
        may_revoke = rights.has(API_KEY.permission("Destroy"))
        count = len(listing.credentials)
        rows = tuple(
            own.row_of(one, visit.now, rights.permissions, uses, may_edit=may_edit, may_revoke=may_revoke)
            for one in latest_first(listing.credentials, uses)
            if all(word in one.description.casefold() for word in words)
        )
        page = own.ListPage(
            notice=notice,
            title=texts.in_use(count, known),
            text=texts.quota(known) if uses.is_known else f"{texts.quota(known)} {not_known()}",
            rows=rows,
            total=count,
            has_search=count > MANY,
            find=find,
            can_create=may_create,
            full=own.full(count, known),
            closed="" if may_create else own.cannot("Create"),
            can_revoke=may_revoke,
        )
        return visit.page(own.LIST, page, slug=SLUG, status=status, facts={SLUG: str(count) if count else ""})

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
        what = _("It may do: %(what)s.", what=series(part for part in (power.label, power.detail) if part))
        end = _("Never ends.")
        if wanted.expires_at is not None:
            day = language.long_date(wanted.expires_at)
            end = _("Ends %(date)s, %(left)s.", date=day, left=texts.left(wanted.expires_at, visit.now))
        where = _("From anywhere.")
        if wanted.allowed_ips:
            where = _("Only from %(networks)s.", networks=series(in_order(wanted.allowed_ips)))
        page = own.CreatedPage(
            name=wanted.description,
            confirmed=credential_pages.confirmed(settings.server_name, made.at),
            may=(what, end, where),
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
