"""The one write to password and second factor, `x:AccountPassword/set`, in the panel's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import stalwart_jmap as jmap
from bulwark.account import refusals
from stalwart_jmap import KEEP
from stalwart_jmap.objects import account_password

if TYPE_CHECKING:
    from bulwark.account.account import Account
    from stalwart_jmap import Keep, Secret


async def change(
    account: Account,
    *,
    current: Secret,
    new: Secret | None = None,
    otp_url: Secret | Keep | None = KEEP,
    code: Secret | None = None,
) -> None:
    """Change the password, the second factor, or both; `otp_url` and `code` as in `account_password.change`.

    Raises:
        Refusal, ManagedElsewhere, PermissionMissing: the server said no; nothing was changed.
        OutcomeUnknown: the answer was lost.
        ServerProblem: nothing was changed.
    """
    try:
        refused = await account_password.change(
            account.client, current=current, new=new, otp_url=otp_url, otp_code=code
        )
    except jmap.OutcomeUnknown as error:
        raise refusals.lost(error) from error
    except jmap.MethodError as error:
        raise refusals.from_method_error(error, "sysAccountPasswordUpdate") from error
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
    if refused is not None:
        raise refusals.from_password_set(refused, with_code=code is not None)
