"""The app passwords and API keys of an account together, in one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import stalwart_jmap as jmap
from stalwart_jmap.objects import api_key, app_password

if TYPE_CHECKING:
    from bulwark.account.account import Account
    from stalwart_jmap.objects.credential import Credential


async def credentials_of(account: Account) -> tuple[Credential, ...]:
    """The app passwords and API keys there are now, in one request; those that may not be read are left out.

    Raises:
        BulwarkError: the request as a whole failed.
    """
    app_ids, key_ids = app_password.query_call(), api_key.query_call()
    response = await account.read(
        app_ids, app_password.get_call(app_ids.ref("/ids")), key_ids, api_key.get_call(key_ids.ref("/ids"))
    )
    found: list[Credential] = []
    for call_id, parse in (("app_password", app_password.parse), ("api_key", api_key.parse)):
        result = response.get(call_id)
        if not isinstance(result, jmap.MethodError):
            try:
                found += parse(result)
            except jmap.BadAnswer:
                continue
    return tuple(found)
