"""The presets of app passwords. What the server is asked is the same for every credential: `account.credentials`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.account import presets

if TYPE_CHECKING:
    from bulwark.account.presets import Offer
    from bulwark.account.rights import Rights


def offers(rights: Rights) -> tuple[Offer, ...]:
    """The presets, cut to what one holds."""
    return presets.offers(rights)
