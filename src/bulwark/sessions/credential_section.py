"""What the sections of app passwords and of API keys do alike, for one request of a signed-in person.

List, make, change, revoke, and the third outcome: the order of the checks is the same, the words and some pages differ.
Proof of presence is asked for after a form was found good and before anything is sent.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from bulwark import errors
from bulwark.account import credential_forms as forms
from bulwark.account import credential_list_page as lists
from bulwark.account import credential_pages as pages
from bulwark.account import credential_texts as texts
from bulwark.account import credential_unknown_page as unknown_pages
from bulwark.account import credentials as service
from bulwark.account.credential_limits import Limits
from bulwark.account.credential_traces import Attempt, find_out
from bulwark.account.credentials import API_KEY, APP_PASSWORD
from bulwark.account.last_use import latest_first
from bulwark.sessions import credential_receipts as receipts
from bulwark.sessions.credential_form import CredentialForm
from bulwark.sessions.unavailable import unavailable_page
from bulwark.store.events import EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from bulwark.account.credential_forms import Draft
    from bulwark.account.credential_list_page import Row
    from bulwark.account.credentials import Created, Listing
    from bulwark.account.last_use import Uses
    from bulwark.sessions.visit import Visit
    from bulwark.web.page_types import Notice
    from stalwart_jmap.objects.credential import Credential, NewCredential

_ONCE_COUNTS_FOR = timedelta(days=1)
_MOST_WORDS = 100  # letters of what is looked for in the list


class Events(NamedTuple):
    """What is noted for the person's activity page."""

    created: EventKind
    edited: EventKind
    revoked: EventKind


EVENTS = {
    APP_PASSWORD.slug: Events(
        EventKind.APP_PASSWORD_CREATED, EventKind.APP_PASSWORD_EDITED, EventKind.APP_PASSWORD_REVOKED
    ),
    API_KEY.slug: Events(EventKind.API_KEY_CREATED, EventKind.API_KEY_EDITED, EventKind.API_KEY_REVOKED),
}


class CredentialSection(CredentialForm):
    """One section; its routes call these methods, and a slice fills in what is its own."""

    # What a slice says

    list_template: ClassVar[str]

    @abstractmethod
    def row(self, visit: Visit, one: Credential, uses: Uses) -> Row:
        """One line of the list."""

    @abstractmethod
    def fact(self, visit: Visit, listing: Listing) -> str:
        """The word at the end of the menu's entry."""

    @abstractmethod
    async def created_page(self, visit: Visit, made: Created, wanted: NewCredential) -> Response:
        """The page with the secret: this once."""

    @abstractmethod
    def stops(self, visit: Visit, one: Credential) -> str:
        """What stops when this one is revoked."""

    @abstractmethod
    def stays(self, listing: Listing, chosen: Sequence[Credential]) -> str:
        """What goes on working."""

    @abstractmethod
    def cannot(self, action: str) -> str:
        """The heading where a permission is missing for `Query`, `Create`, `Update` or `Destroy`."""

    def closed(self, visit: Visit) -> errors.BulwarkError | None:  # noqa: ARG002 - a slice may look at the visit
        """Why the whole section is not for this person, or None."""
        return None

    # What both do

    async def show_list(self, visit: Visit) -> Response:
        """GET: the list."""
        listing, refused = await self._listing(visit)
        return refused or await self._list_page(visit, listing)

    async def _list_page(
        self, visit: Visit, listing: Listing, *, notice: Notice | None = None, status: int = 200
    ) -> Response:
        """The list, the latest used first; `notice` stands above it."""
        uses = await visit.panel.last_uses.of(visit.account_keys)
        find = visit.request.query_params.get("find", "")[:_MOST_WORDS]
        page = lists.list_page(
            self.kind,
            listing,
            [self.row(visit, one, uses) for one in latest_first(listing.named(find), uses)],
            rights=visit.account.rights,
            limit=await self.limits(visit).known(self.kind, visit.now),
            uses=uses,
            find=find,
            cannot_create=self.cannot("Create"),
            notice=notice,
        )
        slug = self.feature.slug
        return visit.page(self.list_template, page, slug=slug, status=status, facts={slug: self.fact(visit, listing)})

    async def show_new(self, visit: Visit) -> Response:
        """GET: the form for a new one. One reading tells how many there are, and renews a right that was missing."""
        listing, refused = await self._listing(visit)
        if refused is None:
            refused = self._lacks(visit, "Create")
        if refused is not None:
            return refused
        known = await self.limits(visit).known(self.kind, visit.now)
        draft = self._like(visit, listing) or self.blank(visit)
        return self.form(visit, draft, text=texts.in_use(len(listing.credentials), known) + ".")

    def _like(self, visit: Visit, listing: Listing) -> Draft | None:
        """The form filled in like an existing one that is to be replaced; its end begins anew."""
        try:
            model = listing.marked(self.kind, visit.request.query_params.get("like", ""))
        except errors.Gone:
            return None
        draft = forms.draft_of(model, state="", choice="", held=visit.account.rights.permissions)
        return replace(draft, choice=forms.choice_like(model.scope, self.offers(visit)), end=self.blank(visit).end)

    async def submit_new(self, visit: Visit) -> Response:
        """POST: make it, and answer with the one page that shows its secret."""
        refused = self._lacks(visit, "Create")
        if refused is not None:
            return refused
        draft = forms.typed(visit.form)
        if visit.form.text("show"):
            return self.form(visit, self.shown(visit, draft))
        judged = forms.judge(draft, self.here(visit))
        if judged.wanted is None:
            return self.not_yet(visit, draft, judged)
        visit.require_recent_auth()
        if not await self._first_time(visit, draft.once):
            return visit.go(self.kind.path)
        try:
            made = await service.create(visit.account, self.kind, judged.wanted)
        except errors.OutcomeUnknown as error:
            attempt = Attempt(act="create", names=(judged.wanted.description,), sent_at=error.sent_at)
            return await self._unknown(visit, attempt)
        except (errors.QuotaReached, errors.PermissionMissing, errors.Refused) as error:
            if isinstance(error, errors.QuotaReached) and error.limit is not None:
                await self.limits(visit).remember(self.kind, error.limit, visit.now)
            return self.refused(visit, draft, error)
        await visit.record(EVENTS[self.kind.slug].created, name=judged.wanted.description)
        await self._forget_lower_limit(visit, made)
        return await self.created_page(visit, made, judged.wanted)

    async def show_edit(self, visit: Visit) -> Response:
        """GET: the form of an existing one."""
        listing, refused = await self._listing(visit)
        if refused is None:
            refused = self._lacks(visit, "Update")
        if refused is not None:
            return refused
        try:
            before = listing.marked(self.kind, visit.request.path_params["mark"])
        except errors.Gone:
            return await self._changed(visit, listing)
        held = visit.account.rights.permissions
        draft = forms.draft_of(before, state=service.state_of(before), choice=forms.KEEP, held=held)
        return self.form(visit, draft, before=before)

    async def submit_edit(self, visit: Visit) -> Response:
        """POST: change it; what was seen must still be so."""
        listing, refused = await self._listing(visit)
        if refused is None:
            refused = self._lacks(visit, "Update")
        if refused is not None:
            return refused
        draft = forms.typed(visit.form)
        try:
            before = listing.marked(self.kind, visit.request.path_params["mark"])
        except errors.Gone:
            return await self._changed(visit, listing)
        if service.state_of(before) != draft.state:
            return await self._changed(visit, listing)
        if visit.form.text("show"):
            return self.form(visit, self.shown(visit, draft), before=before)
        judged = forms.judge(draft, self.here(visit, before))
        if judged.wanted is None:
            return self.not_yet(visit, draft, judged, before=before)
        visit.require_recent_auth()
        return await self._edit(visit, draft, before, judged.wanted)

    async def _edit(self, visit: Visit, draft: Draft, before: Credential, wanted: NewCredential) -> Response:
        try:
            done = await service.edit(visit.account, self.kind, before, wanted)
        except errors.OutcomeUnknown as error:
            after = replace(
                before,
                description=wanted.description,
                expires_at=wanted.expires_at,
                scope=wanted.scope,
                allowed_ips=wanted.allowed_ips,
            )
            names = (wanted.description,)
            attempt = Attempt(act="edit", names=names, state=service.state_of(after), sent_at=error.sent_at)
            return await self._unknown(visit, attempt)
        except errors.Gone:  # between the reading and the writing
            listing, refused = await self._listing(visit)
            return refused or await self._changed(visit, listing)
        except (errors.PermissionMissing, errors.Refused) as error:
            return self.refused(visit, draft, error, before=before)
        if done.changed:
            await visit.record(EVENTS[self.kind.slug].edited, name=wanted.description)
        held = visit.account.rights.permissions
        receipt = receipts.Edited(
            slug=self.kind.slug,
            at=done.at,
            name=wanted.description,
            changed=done.changed,
            sentences=pages.differences(done, held),
        )
        await receipts.keep(visit, receipt)
        return visit.go(f"{self.kind.path}/done")

    async def show_revoke(self, visit: Visit) -> Response:
        """GET: the confirmation for one."""
        return await self._revoke(visit, (visit.request.path_params["mark"],))

    async def submit_revoke(self, visit: Visit) -> Response:
        """POST: the confirmation for those that were ticked, and, once confirmed, the revocation."""
        return await self._revoke(visit, visit.form.many("pick"))

    async def _revoke(self, visit: Visit, marks: Sequence[str]) -> Response:
        listing, refused = await self._listing(visit)
        if refused is None:
            refused = self._lacks(visit, "Destroy")
        if refused is not None:
            return refused
        if not marks:
            return await self._list_page(visit, listing, notice=pages.nothing_ticked(), status=422)
        try:
            chosen = [listing.marked(self.kind, mark) for mark in dict.fromkeys(marks)]
        except errors.Gone:
            return await self._changed(visit, listing)
        if not visit.form.ticked("confirmed"):
            stops = [self.stops(visit, one) for one in chosen]
            page = pages.revoke_page(self.kind, chosen, stops=stops, stays=self.stays(listing, chosen))
            return visit.page(pages.REVOKE, page, slug=self.feature.slug)
        visit.require_recent_auth()
        try:
            done = await service.revoke(visit.account, self.kind, chosen)
        except errors.OutcomeUnknown as error:
            attempt = Attempt(
                act="revoke",
                names=tuple(one.description for one in chosen),
                marks=tuple(service.mark_of(self.kind, one) for one in chosen),
                sent_at=error.sent_at,
            )
            return await self._unknown(visit, attempt)
        for item in done.items:
            if item.fate is service.Fate.REVOKED:
                await visit.record(EVENTS[self.kind.slug].revoked, name=item.name)
        items = [(item.name, item.fate.value, item.why) for item in done.items]
        await receipts.keep(visit, receipts.Revoked(slug=self.kind.slug, at=done.at, items=items, left=done.left))
        return visit.go(f"{self.kind.path}/done")

    async def show_done(self, visit: Visit) -> Response:
        """GET: the receipt of the last change or revocation."""
        server = visit.panel.settings.server_name
        match receipts.kept(visit, self.kind):
            case receipts.Edited(at=at, name=name, changed=True, sentences=sentences):
                page = pages.edited_page(self.kind, name, server_name=server, at=at, sentences=sentences)
            case receipts.Edited(name=name):
                page = pages.unchanged_page(self.kind, name)
            case receipts.Revoked() as done:
                page = pages.revoked_page(self.kind, done.revocation, server)
            case _:
                return visit.go(self.kind.path)
        return visit.page(pages.DONE, page, slug=self.feature.slug)

    async def show_unknown(self, visit: Visit) -> Response:
        """GET: the third outcome."""
        return await self._unknown_page(visit, looks=False)

    async def submit_unknown(self, visit: Visit) -> Response:
        """POST: look for traces of what was sent; reads once and changes nothing."""
        return await self._unknown_page(visit, looks=True)

    async def _unknown_page(self, visit: Visit, *, looks: bool) -> Response:
        unknown = receipts.kept(visit, self.kind)
        if not isinstance(unknown, receipts.Unknown):
            return visit.go(self.kind.path)
        found = await find_out(visit.account, self.kind, unknown.attempt) if looks else None
        page = unknown_pages.unknown_page(
            self.kind,
            unknown.attempt,
            server_name=visit.panel.settings.server_name,
            reference=unknown.reference,
            found=found,
        )
        return visit.page(unknown_pages.UNKNOWN, page, slug=self.feature.slug)

    def limits(self, visit: Visit) -> Limits:
        """What is known of the server's limits for this account."""
        settings = visit.panel.settings
        return Limits(
            visit.panel.pending,
            visit.panel.sealer,
            visit.account_keys[0],
            app_passwords=settings.app_password_limit,
            api_keys=settings.api_key_limit,
        )

    # Parts

    async def _listing(self, visit: Visit) -> tuple[Listing, Response | None]:
        """The list, or the page that says why there is none."""
        closed = self.closed(visit)
        if closed is None:
            listing = await service.look(visit.account, self.kind)
            closed = listing.unavailable
            if closed is None:
                return listing, None
        status = 502 if isinstance(closed, errors.ServerProblem) else 403
        page = unavailable_page(visit, self.feature, closed, cannot=self.cannot("Query"), status=status)
        return service.Listing(read_at=visit.now), page

    def _lacks(self, visit: Visit, action: str) -> Response | None:
        lacking = self.closed(visit) or visit.account.rights.why_not(self.kind.permission(action))
        if lacking is None:
            return None
        return unavailable_page(visit, self.feature, lacking, cannot=self.cannot(action))

    async def _first_time(self, visit: Visit, once: str) -> bool:
        """Whether this very form comes for the first time: a reload of the page with the secret makes no second one."""
        purpose = f"once {self.kind.slug} {once[:100]}"
        return await visit.panel.rates.allow(visit.account_keys[0], purpose, 1, _ONCE_COUNTS_FOR, visit.now)

    async def _forget_lower_limit(self, visit: Visit, made: Created) -> None:
        limits = self.limits(visit)
        known = await limits.known(self.kind, visit.now)
        if known is not None and made.total is not None and made.total > known.number:
            await limits.forget(self.kind)

    async def _changed(self, visit: Visit, listing: Listing) -> Response:
        return await self._list_page(visit, listing, notice=pages.changed_elsewhere(self.kind), status=409)

    async def _unknown(self, visit: Visit, attempt: Attempt) -> Response:
        reference = visit.request.state.reference
        await receipts.keep(visit, receipts.Unknown(slug=self.kind.slug, attempt=attempt, reference=reference))
        return visit.go(f"{self.kind.path}/unknown")
