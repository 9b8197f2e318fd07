"""Encryption at rest over HTTP: keys, on and off, and the test message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bulwark import errors
from bulwark.features.encryption import FEATURE, key_routes, proof_routes, results, service, texts
from bulwark.features.encryption import pages as shapes
from bulwark.features.encryption.answers import PURPOSE, Receipt, cards, done, said
from bulwark.features.encryption.key_texts import stored_card
from bulwark.language import _, ngettext
from bulwark.sessions import receipts, unknown
from bulwark.sessions.unavailable import reason_of, unavailable_page
from bulwark.signin.guard import signed_in
from bulwark.store.events import EventKind
from bulwark.web.uploads import read_upload_form
from stalwart_jmap import Cipher, Encrypted, PublicKeyId, Unknown

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.features.encryption.service import State, StoredKey
    from bulwark.sessions.visit import Visit
    from bulwark.store.events import Event
    from bulwark.web.page_types import Notice

SLUG = FEATURE.slug
PATH = FEATURE.path
ABOUT = (*results.PROVING, EventKind.ENCRYPTION_TURNED_ON)
LATEST = 20


async def show(visit: Visit) -> Response:
    """GET /encryption."""
    try:
        state = await service.look(visit.account)
    except (errors.Unavailable, errors.Refused) as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_see())
    events = await visit.panel.events.list(visit.account_keys, limit=LATEST, kinds=ABOUT)
    receipt = await receipts.take(visit, Receipt)
    rights = visit.account.rights
    lacking = (
        (texts.cannot_set(), service.SETTINGS_WRITING),
        (texts.cannot_add(), service.KEY_ADDING),
        (texts.cannot_remove(), service.KEY_REMOVING),
    )
    is_on = isinstance(state.encryption, Encrypted)
    heading, text = _how_it_is(state, events)
    page = shapes.ShowPage(
        is_on=is_on,
        heading=heading,
        text=text,
        tone="ok" if is_on else "",
        tested=results.tested(events, state.encryption.public_key, visit.now)
        if isinstance(state.encryption, Encrypted)
        else None,
        keys=cards(visit, state),
        count=ngettext("%(n)s key", "%(n)s keys", len(state.keys)) if state.keys else "",
        can_set=rights.has(service.SETTINGS_WRITING),
        can_add=rights.has(service.KEY_ADDING),
        can_remove=rights.has(service.KEY_REMOVING),
        usable_keys=any(one.reading is not None for one in state.keys),
        why_not=tuple(
            reason_of(visit, FEATURE, errors.PermissionMissing(name), cannot=sentence)
            for sentence, name in lacking
            if not rights.has(name)
        ),
        notice=None if receipt is None else _notice(visit, receipt),
    )
    return visit.page(shapes.SHOW, page, slug=SLUG, facts={SLUG: _("On") if is_on else _("Off")})


async def show_turn_on(visit: Visit) -> Response:
    """GET /encryption/on: the first time, or to another key or cipher."""
    return await _turn_on_form(visit, await service.look(visit.account))


async def submit_turn_on(visit: Visit) -> Response:
    """POST /encryption/on."""
    state = await service.look(visit.account)
    key = state.find(visit.form.text("key"))
    cipher = visit.form.text("cipher") or Cipher.AES256.value
    wrong: dict[str, str] = {}
    if key is None or key.reading is None:
        wrong["key"] = texts.no_key_chosen()
    elif cipher not in {one.value for one in service.CIPHERS[key.reading.kind]}:
        wrong["cipher"] = texts.cipher_does_not_fit(texts.cipher_name(cipher))
    if not visit.form.ticked("have_key"):
        wrong["have_key"] = texts.private_key_needed()
    if wrong or key is None:
        return await _turn_on_form(visit, state, wrong=wrong, note=texts.look_below(), status=422)
    visit.require_recent_auth()
    wanted = Encrypted(
        cipher=Cipher(cipher),
        public_key=PublicKeyId(key.id),
        encrypt_on_append=visit.form.ticked("append"),
        allow_spam_training=visit.form.ticked("spam"),
    )
    try:
        written = await service.turn_on(visit.account, wanted, seen=visit.form.text(f"mark-{key.id}"))
    except errors.CipherUnknown:
        wrong = {"cipher": texts.cipher_unknown(texts.cipher_name(cipher))}
        return await _turn_on_form(visit, state, wrong=wrong, note=texts.look_below(), status=422)
    except errors.Gone:
        return await done(visit, "gone", "")
    except errors.Refusal as error:
        return await _turn_on_form(visit, state, note=said(error), status=422)
    except errors.Unavailable as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_set())
    except errors.OutcomeUnknown as error:
        return await unknown.tell(visit, FEATURE, error, texts.unknown_outcome("on"))
    name = key.key.description
    await visit.record(EventKind.ENCRYPTION_TURNED_ON, name=name, key=key.id)
    return await done(visit, "on", name, lost=written.answer_was_lost)


async def show_turn_off(visit: Visit) -> Response:
    """GET /encryption/off: what that does."""
    state = await service.look(visit.account)
    if not isinstance(state.encryption, Encrypted):
        return visit.go(PATH)
    return _turn_off_page(visit, state)


async def submit_turn_off(visit: Visit) -> Response:
    """POST /encryption/off."""
    visit.require_recent_auth()
    try:
        written = await service.turn_off(visit.account)
    except errors.Refusal as error:
        return _turn_off_page(visit, await service.look(visit.account), note=said(error), status=422)
    except errors.Unavailable as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_set())
    except errors.OutcomeUnknown as error:
        return await unknown.tell(visit, FEATURE, error, texts.unknown_outcome("off"))
    await visit.record(EventKind.ENCRYPTION_TURNED_OFF)
    return await done(visit, "off", "", lost=written.answer_was_lost)


async def show_unknown(visit: Visit) -> Response:
    """GET /encryption/unknown: the third outcome."""
    return unknown.show(visit, FEATURE)


async def show_remove(visit: Visit) -> Response:
    """GET /encryption/keys/{id}/remove: what that does."""
    state = await service.look(visit.account)
    key = state.find(str(visit.request.path_params["id"]))
    if key is None:
        return await done(visit, "gone", "")
    return _remove_page(visit, state, key)


async def submit_remove(visit: Visit) -> Response:
    """POST /encryption/keys/{id}/remove."""
    visit.require_recent_auth()
    key_id = str(visit.request.path_params["id"])
    name = visit.form.text("name")[:100]
    try:
        written = await service.remove(visit.account, key_id, seen=visit.form.text("mark"))
    except errors.Gone:
        return await done(visit, "gone", "")
    except errors.Refusal as error:
        state = await service.look(visit.account)
        key = state.find(key_id)
        if key is None:
            return await done(visit, "gone", "")
        return _remove_page(visit, state, key, note=said(error), status=422)
    except errors.Unavailable as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_remove())
    except errors.OutcomeUnknown as error:
        return await unknown.tell(visit, FEATURE, error, texts.unknown_outcome("remove"))
    await visit.record(EventKind.PUBLIC_KEY_REMOVED, name=name)
    return await done(visit, "removed", name, lost=written.answer_was_lost)


async def download(visit: Visit) -> Response:
    """GET /encryption/keys/{id}/download: the public key as a file."""
    key = (await service.look(visit.account)).find(str(visit.request.path_params["id"]))
    if key is None:
        return await done(visit, "gone", "")
    ending = "pem" if "CERTIFICATE" in key.key.key[:40] else "asc"
    headers = {"content-disposition": f'attachment; filename="public-key-{key.id}.{ending}"'}
    return PlainTextResponse(key.key.key, headers=headers)


def _how_it_is(state: State, events: tuple[Event, ...]) -> tuple[str, str]:
    """Heading and sentence of the state."""
    if not isinstance(state.encryption, Encrypted):
        return _("Off"), _("Messages are stored as they arrive. That is the usual state.")
    current = state.current
    heading = _("On, with a key not listed here")
    if current is not None:
        heading = _("On, with “%(name)s”", name=current.key.description)
    if isinstance(state.encryption.cipher, Unknown):
        text = _(
            "New mail is encrypted in a way this panel does not know: %(name)s.", name=state.encryption.cipher.value
        )
        return heading, text
    return heading, texts.on_since(events, state.encryption.public_key)


def _notice(visit: Visit, receipt: Receipt) -> Notice:
    server = visit.panel.settings.server_name
    return texts.receipt(receipt.kind, receipt.name, server, receipt.at, lost=receipt.lost)


async def _turn_on_form(
    visit: Visit,
    state: State,
    *,
    wrong: dict[str, str] | None = None,
    note: tuple[str, str] = ("", ""),
    status: int = 200,
) -> Response:
    missing = visit.account.rights.why_not(service.SETTINGS_WRITING)
    if missing is not None:
        return unavailable_page(visit, FEATURE, missing, cannot=texts.cannot_set())
    usable = tuple(card for card in cards(visit, state) if card.fingerprint)
    if not usable:
        return visit.go("/encryption/keys/add")
    now = state.encryption if isinstance(state.encryption, Encrypted) else None
    form, is_again = visit.form, status != 200  # noqa: PLR2004 - a refused form is shown again as it was typed
    asked = visit.request.query_params.get("key", "")
    chosen = form.text("key") or (asked if state.find(asked) else "") or usable[0].id
    page = shapes.TurnOnPage(
        keys=usable,
        chosen=chosen,
        radius=texts.turning_on(),
        append=form.ticked("append") if is_again else (now.encrypt_on_append if now else True),
        spam=form.ticked("spam") if is_again else (now.allow_spam_training if now else False),
        ciphers=texts.cipher_options(),
        cipher=form.text("cipher") or (now.cipher.value if now else Cipher.AES256.value),
        changing=now is not None,
        have_key=texts.have_key(next((one.name for one in usable if one.id == chosen), "") if len(usable) == 1 else ""),
        errors=wrong or {},
        form_error=note[0],
        form_advice=note[1],
    )
    return visit.page(shapes.TURN_ON, page, slug=SLUG, status=status)


def _turn_off_page(visit: Visit, state: State, *, note: tuple[str, str] = ("", ""), status: int = 200) -> Response:
    missing = visit.account.rights.why_not(service.SETTINGS_WRITING)
    if missing is not None:
        return unavailable_page(visit, FEATURE, missing, cannot=texts.cannot_set())
    name = state.current.key.description if state.current is not None else ""
    page = shapes.TurnOffPage(name=name, radius=texts.turning_off(), form_error=note[0], form_advice=note[1])
    return visit.page(shapes.TURN_OFF, page, slug=SLUG, status=status)


def _remove_page(
    visit: Visit, state: State, key: StoredKey, *, note: tuple[str, str] = ("", ""), status: int = 200
) -> Response:
    missing = visit.account.rights.why_not(service.KEY_REMOVING)
    if missing is not None:
        return unavailable_page(visit, FEATURE, missing, cannot=texts.cannot_remove())
    in_use = state.is_in_use(key)
    page = shapes.RemovePage(
        key=stored_card(key, in_use=in_use, mine=state.mine, now=visit.now),
        radius=texts.removing(key.key.description),
        in_use=texts.in_use() if in_use else "",
        form_error=note[0],
        form_advice=note[1],
    )
    return visit.page(shapes.REMOVE, page, slug=SLUG, status=status)


ROUTES = (
    Route("/encryption", signed_in(show), methods=["GET"]),
    Route("/encryption/on", signed_in(show_turn_on), methods=["GET"]),
    Route("/encryption/on", signed_in(submit_turn_on, purpose=PURPOSE), methods=["POST"]),
    Route("/encryption/off", signed_in(show_turn_off), methods=["GET"]),
    Route("/encryption/off", signed_in(submit_turn_off, purpose=PURPOSE), methods=["POST"]),
    Route("/encryption/unknown", signed_in(show_unknown), methods=["GET"]),
    Route("/encryption/keys/add", signed_in(key_routes.show_add), methods=["GET"]),
    Route("/encryption/keys/add", signed_in(key_routes.submit_add, reads=read_upload_form), methods=["POST"]),
    Route(
        "/encryption/keys",
        signed_in(key_routes.save, purpose=PURPOSE, reads=read_upload_form),
        methods=["POST"],
    ),
    Route("/encryption/keys/{id}/remove", signed_in(show_remove), methods=["GET"]),
    Route("/encryption/keys/{id}/remove", signed_in(submit_remove, purpose=PURPOSE), methods=["POST"]),
    Route("/encryption/keys/{id}/download", signed_in(download), methods=["GET"]),
    Route("/encryption/test", signed_in(proof_routes.show), methods=["GET"]),
    Route("/encryption/test", signed_in(proof_routes.submit), methods=["POST"]),
    Route("/encryption/test/opened", signed_in(proof_routes.opened), methods=["POST"]),
)
