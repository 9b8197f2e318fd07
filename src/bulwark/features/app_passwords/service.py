"""App passwords: what the server is asked. The rules are those of every credential, `bulwark.account.credentials`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.account import credentials, presets
from bulwark.account.credentials import APP_PASSWORD as KIND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.account.account import Account
    from bulwark.account.credentials import Created, Edited, Listing, Revocation
    from bulwark.account.presets import Offer
    from bulwark.account.rights import Rights
    from stalwart_jmap.objects.credential import Credential, NewCredential

MANY = 10  # from one more on, the list can be searched


def offers(rights: Rights) -> tuple[Offer, ...]:
    """The presets, cut to what one holds."""
    return presets.offers(rights)


def found(listing: Listing, words: str) -> tuple[Credential, ...]:
    """Those whose name holds every typed word; all of them without words."""
    wanted = words.casefold().split()
    return tuple(one for one in listing.credentials if all(word in one.description.casefold() for word in wanted))


async def look(account: Account) -> Listing:
    """Read all of them. Raises BulwarkError when the request as a whole failed."""
    return await credentials.look(account, KIND)


async def create(account: Account, new: NewCredential) -> Created:
    """Make one. Raises as `credentials.create` does."""
    return await credentials.create(account, KIND, new)


async def edit(account: Account, before: Credential, wanted: NewCredential) -> Edited:
    """Change one that was read just now. Raises as `credentials.edit` does."""
    return await credentials.edit(account, KIND, before, wanted)


async def revoke(account: Account, chosen: Sequence[Credential]) -> Revocation:
    """Revoke some that were read just now. Raises as `credentials.revoke` does."""
    return await credentials.revoke(account, KIND, chosen)
