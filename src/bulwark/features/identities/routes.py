"""Sender identities over HTTP: list, form, removal, the preview of a signature, and the stream of changes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import HTMLResponse
from starlette.routing import Route

from bulwark import errors, language
from bulwark.account import identities
from bulwark.features.identities import FEATURE, forms, live, service, signature
from bulwark.features.identities import pages as texts
from bulwark.sessions import receipts, unknown
from bulwark.sessions.unavailable import reason_of, unavailable_page
from bulwark.signin.guard import signed_in
from bulwark.store.events import EventKind
from stalwart_jmap import IdentityId
from stalwart_jmap.objects.identity import SIGNATURE_BYTES

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.features.identities.pages import Typed
    from bulwark.features.identities.service import Written
    from bulwark.sessions.visit import Visit
    from bulwark.web.page_types import Notice
    from stalwart_jmap import Identity

SLUG = FEATURE.slug
PATH = FEATURE.path
_ID = re.compile(r"[a-z0-9]{1,24}")
_PREVIEW_HEADERS = {"content-security-policy": signature.POLICY, "x-frame-options": "SAMEORIGIN"}


class Receipt(msgspec.Struct, frozen=True, kw_only=True, tag="identity-saved"):
    """What the last write did: `kind` is created, changed, removed, same or gone."""

    at: datetime
    id: str
    label: str
    kind: str
    lost: bool = False


async def show(visit: Visit) -> Response:
    """GET /identities."""
    try:
        now = await identities.read(visit.account)
    except (errors.Unavailable, errors.Refused) as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_see())
    rights, main = visit.account.rights, visit.account.address
    rows = tuple(texts.row_of(one, main) for one in now.identities)
    receipt = await receipts.take(visit, Receipt)
    lacking = (
        (texts.cannot_create(), service.CREATING),
        (texts.cannot_change(), service.CHANGING),
        (texts.cannot_remove(), service.REMOVING),
    )
    page = texts.ListPage(
        rows=rows,
        count=texts.counted(len(rows)),
        state=now.state,
        live=True,
        read_at=language.time_of_day(visit.now, zone=True),
        can_create=rights.has(service.CREATING),
        can_change=rights.has(service.CHANGING),
        can_remove=rights.has(service.REMOVING),
        why_not=tuple(
            reason_of(visit, FEATURE, errors.PermissionMissing(name), cannot=heading)
            for heading, name in lacking
            if not rights.has(name)
        ),
        notice=None if receipt is None else _notice(visit, receipt, now.identities),
    )
    return visit.page(texts.LIST, page, slug=SLUG, facts={SLUG: str(len(rows))})


async def show_new(visit: Visit) -> Response:
    """GET /identities/new."""
    if not visit.account.rights.has(service.CREATING):
        missing = errors.PermissionMissing(service.CREATING)
        return unavailable_page(visit, FEATURE, missing, cannot=texts.cannot_create())
    return await _new_form(visit, forms.typed(visit.form))


async def submit_new(visit: Visit) -> Response:
    """POST /identities/new."""
    typed = forms.typed(visit.form)
    email, wrong = forms.address_of(typed)
    content, _none, more = forms.contents(typed)
    wrong |= more
    if wrong:
        return await _new_form(visit, typed, wrong=wrong, note=texts.look_below(), status=422)
    try:
        written = await service.create(visit.account, email=email, content=content)
    except errors.ForeignAddress:
        name = "other_email" if typed.other_email else "email"
        wrong = {name: texts.foreign_address()}
        return await _new_form(visit, typed, wrong=wrong, note=texts.look_below(), status=422)
    except errors.Refusal as error:
        return await _new_form(visit, typed, note=_refused(error), status=422)
    except errors.Unavailable as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_create())
    except errors.OutcomeUnknown as error:
        return await unknown.tell(visit, FEATURE, error, texts.unknown_outcome(made=True))
    await visit.record(EventKind.IDENTITY_CREATED, name=content.name or email)
    return await _done(visit, written, "created", content.name or email)


async def show_edit(visit: Visit) -> Response:
    """GET /identities/{id}."""
    try:
        one, state = await service.found(visit.account, _id(visit))
    except errors.Gone:
        return await _gone(visit)
    except (errors.Unavailable, errors.Refused) as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_see())
    if not visit.account.rights.has(service.CHANGING):
        missing = errors.PermissionMissing(service.CHANGING)
        return unavailable_page(visit, FEATURE, missing, cannot=texts.cannot_change())
    shown = forms.as_typed(service.content_of(one), one.email)
    return _form(visit, one.id, shown, seen=shown, state=state)


async def submit_edit(visit: Visit) -> Response:
    """POST /identities/{id}: save what was changed."""
    typed, seen = forms.typed(visit.form), forms.typed(visit.form, forms.SEEN)
    typed = replace(typed, email=seen.email)
    wanted, had, wrong = forms.contents(typed, seen)
    if wrong:
        return _form(visit, _id(visit), typed, seen=seen, wrong=wrong, note=texts.look_below(), status=422)
    try:
        written = await service.change(visit.account, _id(visit), seen=had, wanted=wanted)
    except errors.Gone:
        return await _gone(visit)
    except errors.Refusal as error:
        return _form(visit, _id(visit), typed, seen=seen, note=_refused(error), status=422)
    except errors.Unavailable as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_change())
    except errors.OutcomeUnknown as error:
        return await unknown.tell(visit, FEATURE, error, texts.unknown_outcome(made=False))
    if isinstance(written, service.ChangedElsewhere):
        heading, advice, wrong = texts.changed_elsewhere(written)
        now = forms.as_typed(written.now, seen.email)
        return _form(visit, _id(visit), typed, seen=now, wrong=wrong, note=(heading, advice), status=422)
    changed = wanted.differs(had)
    if changed:
        await visit.record(EventKind.IDENTITY_EDITED, name=typed.name or seen.email)
    return await _done(visit, written, "changed" if changed else "same", typed.name or seen.email)


async def show_remove(visit: Visit) -> Response:
    """GET /identities/{id}/remove: what stops, what stays, the way back."""
    try:
        one = await service.one(visit.account, _id(visit))
    except errors.Gone:
        return await _gone(visit)
    except (errors.Unavailable, errors.Refused) as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_see())
    row = texts.row_of(one, visit.account.address)
    missing = visit.account.rights.why_not(service.REMOVING)
    page = texts.RemovePage(
        row=row,
        radius=texts.removal(row),
        why_not=None if missing is None else reason_of(visit, FEATURE, missing, cannot=texts.cannot_remove()),
    )
    return visit.page(texts.REMOVE, page, slug=SLUG)


async def submit_remove(visit: Visit) -> Response:
    """POST /identities/{id}/remove."""
    label = visit.form.text("label")[:200]
    try:
        written = await service.remove(visit.account, _id(visit), email=visit.form.text("email"))
    except errors.Gone:
        return await _gone(visit)
    except errors.Unavailable as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_remove())
    except errors.OutcomeUnknown as error:
        return await unknown.tell(visit, FEATURE, error, texts.unknown_removal())
    await visit.record(EventKind.IDENTITY_REMOVED, name=label)
    return await _done(visit, written, "removed", label)


async def show_unknown(visit: Visit) -> Response:
    """GET /identities/unknown: the third outcome."""
    return unknown.show(visit, FEATURE)


async def show_signature(visit: Visit) -> Response:
    """GET /identities/{id}/signature: the stored signature with formatting, cleaned, for a frame of its own policy."""
    markup = (await service.one(visit.account, _id(visit))).html_signature
    return HTMLResponse(signature.document(markup), headers=_PREVIEW_HEADERS)


async def preview(visit: Visit) -> Response:
    """POST /identities/preview: the same for a signature that is still being typed; nothing of it is kept."""
    markup = visit.form.text("html_signature")
    shown = markup if len(markup.encode()) <= SIGNATURE_BYTES else ""
    return HTMLResponse(signature.document(shown), headers=_PREVIEW_HEADERS)


def _id(visit: Visit) -> IdentityId:
    """The identity in the address.

    Raises:
        Gone: no identity has such an id.
    """
    value = str(visit.request.path_params["id"])
    if not _ID.fullmatch(value):
        raise errors.Gone
    return IdentityId(value)


async def _new_form(
    visit: Visit,
    typed: Typed,
    *,
    wrong: dict[str, str] | None = None,
    note: tuple[str, str] = ("", ""),
    status: int = 200,
) -> Response:
    try:
        known: tuple[Identity, ...] = (await identities.read(visit.account)).identities
    except (errors.Unavailable, errors.Refused):
        known = ()
    listed = service.addresses(visit.account, known)
    if not typed.email:
        typed = replace(typed, email=listed[0])
    return _form(visit, "", typed, seen=texts.Typed(), addresses=listed, wrong=wrong, note=note, status=status)


def _form(
    visit: Visit,
    identity_id: str,
    typed: Typed,
    *,
    seen: Typed,
    addresses: tuple[str, ...] = (),
    state: str = "",
    wrong: dict[str, str] | None = None,
    note: tuple[str, str] = ("", ""),
    status: int = 200,
) -> Response:
    page = texts.EditPage(
        id=identity_id,
        typed=typed,
        seen=seen,
        addresses=addresses,
        text_counter=texts.bytes_used(typed.text_signature, SIGNATURE_BYTES),
        counter=texts.counter(SIGNATURE_BYTES),
        state=state,
        html_counter=texts.bytes_used(typed.html_signature, SIGNATURE_BYTES),
        errors=wrong or {},
        form_error=note[0],
        form_advice=note[1],
    )
    return visit.page(texts.EDIT, page, slug=SLUG, status=status)


def _refused(error: errors.Refusal) -> tuple[str, str]:
    match error:
        case errors.QuotaReached():
            return texts.too_many()
        case errors.NotApplied():
            return texts.not_applied()
        case errors.Refused():
            return texts.refused(error.text)
        case _:
            raise error


async def _done(visit: Visit, written: Written, kind: str, label: str) -> Response:
    receipt = Receipt(at=written.at, id=written.id, label=label, kind=kind, lost=written.answer_was_lost)
    await receipts.keep(visit, receipt)
    return visit.go(PATH)


async def _gone(visit: Visit) -> Response:
    await receipts.keep(visit, Receipt(at=visit.now, id="", label="", kind="gone"))
    return visit.go(PATH)


def _notice(visit: Visit, receipt: Receipt, known: tuple[Identity, ...]) -> Notice:
    server = visit.panel.settings.server_name
    row = next((texts.row_of(one, visit.account.address) for one in known if one.id == receipt.id), None)
    match receipt.kind:
        case "created" | "changed" if row is not None:
            return texts.saved(row, server, receipt.at, made=receipt.kind == "created", lost=receipt.lost)
        case "removed":
            return texts.removed(receipt.label, server, receipt.at, lost=receipt.lost)
        case "same":
            return texts.nothing_changed()
        case _:
            return texts.already_gone()


ROUTES = (
    Route("/identities", signed_in(show), methods=["GET"]),
    Route("/identities/live", signed_in(live.stream), methods=["GET"]),
    Route("/identities/new", signed_in(show_new), methods=["GET"]),
    Route("/identities/new", signed_in(submit_new), methods=["POST"]),
    Route("/identities/preview", signed_in(preview), methods=["POST"]),
    Route("/identities/unknown", signed_in(show_unknown), methods=["GET"]),
    Route("/identities/{id}", signed_in(show_edit), methods=["GET"]),
    Route("/identities/{id}", signed_in(submit_edit), methods=["POST"]),
    Route("/identities/{id}/remove", signed_in(show_remove), methods=["GET"]),
    Route("/identities/{id}/remove", signed_in(submit_remove), methods=["POST"]),
    Route("/identities/{id}/signature", signed_in(show_signature), methods=["GET"]),
)
