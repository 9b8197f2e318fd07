"""What the pages of encryption share: the receipt of a write, refusals above a form, the keys as cards."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING

import msgspec

from bulwark import errors
from bulwark.features.encryption import FEATURE, texts
from bulwark.features.encryption.key_texts import stored_card
from bulwark.language import N_
from bulwark.sessions import receipts

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.features.encryption.pages import KeyCard
    from bulwark.features.encryption.service import State
    from bulwark.sessions.visit import Visit

PURPOSE = N_("You are about to change how your mail is encrypted.")


class Receipt(msgspec.Struct, frozen=True, kw_only=True, tag="encryption-changed"):
    """What the last write did: `kind` is added, removed, on, off or gone."""

    at: datetime
    kind: str
    name: str
    lost: bool = False


def cards(visit: Visit, state: State) -> tuple[KeyCard, ...]:
    """Every key, the one in use first."""
    ordered = sorted(state.keys, key=lambda one: not state.is_in_use(one))
    return tuple(stored_card(one, in_use=state.is_in_use(one), mine=state.mine, now=visit.now) for one in ordered)


async def done(visit: Visit, kind: str, name: str, *, lost: bool = False) -> Response:
    """Back to the section, with a receipt."""
    await receipts.keep(visit, Receipt(at=visit.now, kind=kind, name=name, lost=lost))
    return visit.go(FEATURE.path)


def said(error: errors.Refusal) -> tuple[str, str]:
    """A refusal as the note above a form; anything unexpected goes its own way."""
    match error:
        case errors.QuotaReached():
            return texts.too_many_keys(error.limit)
        case errors.NotApplied():
            return texts.not_applied()
        case errors.InUse():
            return texts.in_use(), ""
        case errors.Refused():
            return texts.not_saved(error.text)
        case _:
            raise error
