"""Signing in elsewhere, as the doctor sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import stalwart_jmap as jmap
from bulwark import language
from bulwark.account.provider import Providers
from bulwark.features.doctor import texts
from bulwark.features.doctor.service import Check, State
from bulwark.features.doctor.sign_in import examine_sign_in
from hostile_provider import lying
from panel_kit import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bulwark.features.doctor.service import Result
    from hand_clock import HandClock
    from hostile_provider import HostileProvider
    from mail_server import MailServer

pytestmark = pytest.mark.anyio


@pytest.fixture
def provider(clock: HandClock) -> Iterator[HostileProvider]:
    with lying(clock) as found:
        yield found


async def examined(mail_server: MailServer, folder: Path, **changes: str) -> Result:
    settings = load_settings(mail_server.url, folder, {"OIDC_PRIVATE_ADDRESSES": "allowed", **changes})
    async with jmap.Transport(mail_server.url, http=mail_server.transport, clock=mail_server.clock.now) as transport:
        return await examine_sign_in(transport, settings, Providers.of(settings, mail_server.clock))


async def test_the_form_alone_needs_nothing(mail_server: MailServer, tmp_path: Path) -> None:
    found = await examined(mail_server, tmp_path, PUBLIC_URL="")

    assert (found.check, found.state, found.case) == (Check.SIGN_IN, State.FINE, "form")


async def test_the_servers_own_page_is_named(mail_server: MailServer, tmp_path: Path) -> None:
    found = await examined(mail_server, tmp_path, SIGN_IN="redirect", LOGIN_URL="https://login.example.org")

    assert (found.state, found.case) == (State.FINE, "own")
    assert "https://login.example.org/login" in texts.said(found).meaning


async def test_a_provider_that_can_be_gone_to(
    mail_server: MailServer, tmp_path: Path, provider: HostileProvider
) -> None:
    found = await examined(mail_server, tmp_path, OIDC_ISSUER=provider.issuer)

    assert (found.state, found.case) == (State.FINE, "provider")
    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]
    assert "https://panel.test/sign-in/callback" in texts.said(found).meaning


@pytest.mark.parametrize(
    ("changes", "lie", "case"),
    [
        ({"OIDC_PRIVATE_ADDRESSES": "refused"}, {}, "address"),
        ({}, {"document": {"issuer": "https://sso.example.org"}}, "unreadable"),
        ({}, {"published": []}, "unreadable"),
        ({"OIDC_ISSUER": "http://127.0.0.1:9"}, {}, "silent"),
    ],
    ids=["private", "issuer", "keys", "silent"],
)
async def test_what_stands_in_the_way_is_named_with_the_issuer(
    mail_server: MailServer,
    tmp_path: Path,
    provider: HostileProvider,
    changes: dict[str, str],
    lie: dict[str, object],
    case: str,
) -> None:
    for name, value in lie.items():
        setattr(provider, name, value)

    found = await examined(mail_server, tmp_path, **{"OIDC_ISSUER": provider.issuer} | changes)

    assert (found.state, found.case) == (State.BROKEN, case)
    assert texts.said(found).meaning.startswith("http://127.0.0.1:")
    with language.use("de"):
        assert texts.said(found).remedy


async def test_the_provider_that_the_server_names_needs_a_way_back(
    mail_server: MailServer, tmp_path: Path, provider: HostileProvider
) -> None:
    mail_server.quirk("directory-oidc")
    sandbox = mail_server.needs_sandbox("the provider is made up")
    sandbox.state.provider["issuer"] = provider.issuer

    assert (await examined(mail_server, tmp_path, PUBLIC_URL="")).case == "no-address"
    assert (await examined(mail_server, tmp_path)).case == "provider"
    assert (await examined(mail_server, tmp_path, OIDC_ISSUER="https://sso.example.org")).case == "foreign"


async def test_without_settings_or_server_nothing_is_claimed(mail_server: MailServer, tmp_path: Path) -> None:
    mail_server.quirk("503")

    assert (await examined(mail_server, tmp_path)).state is State.UNCHECKED
    async with jmap.Transport(mail_server.url, http=mail_server.transport) as transport:
        assert (await examine_sign_in(transport, None, None)).case == "elsewhere"
