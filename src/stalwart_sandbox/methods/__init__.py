"""The table of methods: every JMAP method the stand-in knows, one module per object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stalwart_sandbox.methods import (
    account,
    account_password,
    account_settings,
    action,
    addresses,
    core,
    credential,
    domain,
    email,
    email_submission,
    enterprise,
    identity,
    mailbox,
    public_key,
    role,
    server_settings,
    webhook,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stalwart_sandbox.jmap import Method

METHODS: Final[Mapping[str, Method]] = {
    name: method
    for module in (
        account,
        account_password,
        account_settings,
        action,
        addresses,
        core,
        credential,
        domain,
        email,
        email_submission,
        enterprise,
        identity,
        mailbox,
        public_key,
        role,
        server_settings,
        webhook,
    )
    for name, method in module.METHODS.items()
}
