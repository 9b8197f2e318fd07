"""Adding a public key over HTTP: read first, shown with everything it says of itself, then saved."""

from __future__ import annotations

import unicodedata
from functools import partial
from typing import TYPE_CHECKING

import anyio

from bulwark import errors
from bulwark.account.key_blocks import MAX_KEY
from bulwark.account.key_facts import KeyRefused, Why
from bulwark.features.encryption import FEATURE, key_texts, service, texts
from bulwark.features.encryption import pages as shapes
from bulwark.features.encryption.answers import done, said
from bulwark.sessions import unknown
from bulwark.sessions.unavailable import unavailable_page
from bulwark.store.events import EventKind
from bulwark.web.uploads import UploadForm

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.account.key_facts import KeyReading
    from bulwark.sessions.visit import Visit

SLUG = FEATURE.slug
MAX_NAME = 100
_NEVER_GIVEN_BACK = frozenset({Why.PRIVATE, Why.BUNDLE})


async def show_add(visit: Visit) -> Response:
    """GET /encryption/keys/add."""
    return _add_page(visit)


async def submit_add(visit: Visit) -> Response:
    """POST /encryption/keys/add: read the key and show it; nothing is sent to the mail server but a reading."""
    name, wrong = _name(visit)
    try:
        readings = await _read(visit, _pasted(visit))
    except KeyRefused as refused:
        return _refused(visit, refused)
    if wrong:
        return _add_page(visit, wrong={"name": wrong}, note=texts.look_below(), status=422)
    try:
        mine = (await service.look(visit.account)).mine
    except (errors.Unavailable, errors.Refused) as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_see())
    cards = []
    for place, reading in enumerate(readings, 1):
        shown = _numbered(name or key_texts.usual_name(reading), place)
        cards.append(key_texts.reading_card(reading, name=shown, mine=mine, now=visit.now))
    return visit.page(shapes.READ, shapes.ReadPage(keys=tuple(cards)), slug=SLUG)


async def save(visit: Visit) -> Response:
    """POST /encryption/keys: read it once more, then store it."""
    visit.require_recent_auth()
    name, wrong = _name(visit)
    try:
        readings = await _read(visit, visit.form.text("key").encode())
    except KeyRefused as refused:
        return _refused(visit, refused)
    if wrong or not name:
        return _add_page(visit, wrong={"name": wrong or texts.name_wrong()}, note=texts.look_below(), status=422)
    try:
        written = await service.add(visit.account, name=name, reading=readings[0])
    except errors.Refusal as error:
        return _add_page(visit, note=said(error), status=422)
    except errors.Unavailable as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_add())
    except errors.OutcomeUnknown as error:
        return await unknown.tell(visit, FEATURE, error, texts.unknown_outcome("add"))
    await visit.record(EventKind.PUBLIC_KEY_ADDED, name=name)
    return await done(visit, "added", name, lost=written.answer_was_lost)


def _pasted(visit: Visit) -> bytes:
    """What was uploaded, or else pasted."""
    files = visit.form.files if isinstance(visit.form, UploadForm) else {}
    return files.get("key_file") or visit.form.text("key").encode()


async def _read(visit: Visit, pasted: bytes) -> tuple[KeyReading, ...]:
    """Read it in a thread: a hostile key may take its time."""
    return await anyio.to_thread.run_sync(partial(service.read_pasted, pasted, visit.now))


def _name(visit: Visit) -> tuple[str, str]:
    """The name as typed, and what is wrong with it."""
    name = unicodedata.normalize("NFC", visit.form.text("name")).strip()
    if len(name) > MAX_NAME or any(unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"} for one in name):
        return "", texts.name_wrong()
    return name, ""


def _numbered(name: str, place: int) -> str:
    return name if place == 1 else f"{name[: MAX_NAME - 4]} {place}"


def _refused(visit: Visit, refused: KeyRefused) -> Response:
    """The form again, with the reason; a private key is never given back."""
    typed = visit.form.text("key")
    keep = refused.why not in _NEVER_GIVEN_BACK and len(typed) <= MAX_KEY
    note = key_texts.refusal(refused)
    return _add_page(visit, wrong={"key": note[0]}, note=note, key=typed if keep else "", status=422)


def _add_page(
    visit: Visit,
    *,
    wrong: dict[str, str] | None = None,
    note: tuple[str, str] = ("", ""),
    key: str = "",
    status: int = 200,
) -> Response:
    missing = visit.account.rights.why_not(service.KEY_ADDING)
    if missing is not None:
        return unavailable_page(visit, FEATURE, missing, cannot=texts.cannot_add())
    page = shapes.AddPage(
        name=visit.form.text("name")[:MAX_NAME],
        key=key,
        errors=wrong or {},
        form_error=note[0],
        form_advice=note[1],
    )
    return visit.page(shapes.ADD, page, slug=SLUG, status=status)
