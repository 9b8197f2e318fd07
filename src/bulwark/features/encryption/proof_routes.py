"""The test message over HTTP: sent, waited for, told; and whether the person could open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bulwark import errors
from bulwark.features.encryption import FEATURE, proof, results, service, texts
from bulwark.features.encryption import pages as shapes
from bulwark.features.encryption.proof import Outcome
from bulwark.language import _
from bulwark.sessions import receipts
from bulwark.sessions.unavailable import reason_of, unavailable_page
from bulwark.store.events import EventKind
from stalwart_jmap import Encrypted
from stalwart_jmap.objects.mail import EmailId

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.features.encryption.results import Receipt
    from bulwark.sessions.visit import Visit

SLUG = FEATURE.slug
PATH = "/encryption/test"


async def show(visit: Visit) -> Response:
    """GET /encryption/test: what it does, or what the last one showed."""
    receipt = receipts.peek(visit, results.Receipt) if "again" not in visit.request.query_params else None
    return _page(visit, receipt)


async def submit(visit: Visit) -> Response:
    """POST /encryption/test: send, wait, look, remove."""
    state = await service.look(visit.account)
    if not isinstance(state.encryption, Encrypted):
        return visit.go(FEATURE.path)
    last = receipts.peek(visit, results.Receipt)
    if last is not None and last.is_kept and last.left:
        await proof.remove(visit.account, [EmailId(one) for one in last.left])
    try:
        shown = await proof.send_and_look(visit.account, results.wording(visit.now), keep=visit.form.ticked("keep"))
    except errors.Unavailable as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_test())
    except errors.Refused as error:
        return _page(visit, None, note=texts.not_saved(error.text), status=422)
    await receipts.keep(visit, results.receipt_of(shown))
    kinds = {Outcome.ENCRYPTED: EventKind.ENCRYPTION_PROVEN, Outcome.CLEAR: EventKind.ENCRYPTION_NOT_PROVEN}
    if shown.outcome in kinds:
        await visit.record(kinds[shown.outcome], key=state.encryption.public_key)
    return visit.go(PATH)


async def opened(visit: Visit) -> Response:
    """POST /encryption/test/opened: the word was found, or not; the message is removed either way."""
    receipt = receipts.peek(visit, results.Receipt)
    if receipt is None or not receipt.is_kept:
        return visit.go(PATH)
    could = not visit.form.ticked("cannot")
    if could and visit.form.text("word").strip().casefold() != receipt.word:
        wrong = {"word": _("This is not the word in the message. Look again, or say that you cannot open it.")}
        return _page(visit, receipt, wrong=wrong, status=422)
    left = await proof.remove(visit.account, [EmailId(one) for one in receipt.left])
    settled = msgspec.structs.replace(
        receipt, is_kept=False, left=tuple(left), opened="yes" if could else "no", word=""
    )
    await receipts.keep(visit, settled)
    if not could:
        state = await service.look(visit.account)
        if isinstance(state.encryption, Encrypted):
            await visit.record(EventKind.ENCRYPTION_NOT_PROVEN, key=state.encryption.public_key)
    return visit.go(PATH)


def _page(
    visit: Visit,
    receipt: Receipt | None,
    *,
    wrong: dict[str, str] | None = None,
    note: tuple[str, str] = ("", ""),
    status: int = 200,
) -> Response:
    missing = visit.account.rights.why_not(*proof.NEEDED)
    page = shapes.TestPage(
        address=visit.account.address,
        steps=results.steps(receipt) if receipt is not None else (),
        asks_word=receipt is not None and receipt.is_kept,
        subject=receipt.subject if receipt is not None else "",
        plain=_("Subject, sender, recipients and date stay readable in any case."),
        why_not=None if missing is None else reason_of(visit, FEATURE, missing, cannot=texts.cannot_test()),
        errors=wrong or {},
        form_error=note[0],
        form_advice=note[1],
    )
    return visit.page(shapes.TEST, page, slug=SLUG, status=status)
