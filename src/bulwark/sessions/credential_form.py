"""The form of a credential for one request: filled in anew, judged, and shown again with what was wrong."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bulwark.account import credential_form_page as form_pages
from bulwark.account import credential_forms as forms
from bulwark.account import credential_pages as pages
from bulwark.account import credential_texts as texts
from bulwark.account import credentials as service

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark import errors
    from bulwark.account.credential_form_page import Choice, FormPage
    from bulwark.account.credential_forms import Circumstances, Draft, Judged
    from bulwark.account.credentials import Kind
    from bulwark.account.presets import Offer
    from bulwark.feature import Feature
    from bulwark.sessions.visit import Visit
    from bulwark.web.page_types import Link, Notice
    from stalwart_jmap.objects.credential import Credential

_ONCE = 12  # random bytes that name a form


@dataclass(frozen=True, slots=True, kw_only=True)
class FormWords:
    """What a section calls things in its form."""

    heading: str
    text: str
    submit: str
    name_label: str
    name_hint: str
    more_label: str
    suggestions: tuple[str, ...] = ()
    notice: Notice | None = None
    replace: Link | None = None


class CredentialForm(ABC):
    """The form of one section; a slice says what stands in it."""

    def __init__(self, feature: Feature, kind: Kind) -> None:
        self.feature = feature
        self.kind = kind

    @abstractmethod
    def offers(self, visit: Visit) -> tuple[Offer, ...]:
        """The presets, cut to what the person holds."""

    @abstractmethod
    def blank(self, visit: Visit) -> Draft:
        """The form of a new one as it opens."""

    @abstractmethod
    def words(self, visit: Visit, before: Credential | None) -> FormWords:
        """What the form is called."""

    @abstractmethod
    def choices(self, visit: Visit, before: Credential | None) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
        """The cards that stand open, and those under the disclosure."""

    def here(self, visit: Visit, before: Credential | None = None) -> Circumstances:
        """What a draft of this person is judged by."""
        return forms.Circumstances(
            rights=visit.account.rights,
            offers=self.offers(visit),
            now=visit.now,
            zone=visit.request.state.zone,
            address=visit.address,
            before=before,
        )

    def shown(self, visit: Visit, draft: Draft) -> Draft:
        """The draft after one of its helping buttons: `mine` adds one's address."""
        if visit.form.text("show") != "mine":
            return draft
        return replace(draft, only=True, networks=forms.with_address(draft, visit.address))

    def not_yet(self, visit: Visit, draft: Draft, judged: Judged, *, before: Credential | None = None) -> Response:
        """The form again: something is missing, and nothing was sent."""
        sentence, advice = form_pages.not_yet(judged, editing=before is not None)
        return self.form(visit, draft, before=before, judged=judged, sentences=(sentence, advice), status=422)

    def refused(
        self, visit: Visit, draft: Draft, error: errors.BulwarkError, *, before: Credential | None = None
    ) -> Response:
        """The form again, with the server's refusal above it."""
        sentences = texts.refused(self.kind, error, editing=before is not None)
        if sentences is None:
            raise error
        return self.form(visit, draft, before=before, sentences=sentences, status=422)

    def form(
        self,
        visit: Visit,
        draft: Draft,
        *,
        before: Credential | None = None,
        judged: Judged | None = None,
        text: str = "",
        sentences: tuple[str, str] = ("", ""),
        status: int = 200,
    ) -> Response:
        """The page with the form; each gets a name of its own (`once`)."""
        draft = replace(draft, once=secrets.token_urlsafe(_ONCE))
        page = self._form_page(visit, draft, before=before, judged=judged, sentences=sentences, text=text)
        return visit.page(form_pages.FORM, page, slug=self.feature.slug, status=status)

    def _form_page(
        self,
        visit: Visit,
        draft: Draft,
        *,
        before: Credential | None,
        judged: Judged | None,
        sentences: tuple[str, str],
        text: str,
    ) -> FormPage:
        words = self.words(visit, before)
        main, more = self.choices(visit, before)
        here = self.here(visit, before)
        mark = "" if before is None else service.mark_of(self.kind, before)
        path = self.kind.path
        return form_pages.FormPage(
            heading=words.heading,
            text=words.text or text,
            back=pages.back_to(self.kind),
            action=f"{path}/new" if before is None else f"{path}/{mark}/edit",
            submit=words.submit,
            name_label=words.name_label,
            name_hint=words.name_hint,
            suggestions=words.suggestions,
            draft=draft,
            choices=main,
            more_label=words.more_label,
            more=more,
            more_open=draft.choice in {choice.value for choice in more},
            permissions=form_pages.permission_list(draft, visit.account.rights.permissions),
            ends=form_pages.end_options(before),
            ends_hint=form_pages.end_hint(here, visit.session.state.time_zone or "UTC"),
            earliest=form_pages.earliest_day(visit.now, here.zone),
            latest=form_pages.latest_day(),
            address=visit.address,
            excludes=judged is not None and "anyway" in judged.wrong,
            networks_notes=form_pages.notes_of(judged),
            notice=words.notice,
            revoke=None if before is None else pages.revoke_link(self.kind, mark),
            replace=words.replace,
            errors={} if judged is None else judged.wrong,
            form_error=sentences[0],
            form_advice=sentences[1],
        )
