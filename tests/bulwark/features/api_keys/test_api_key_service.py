"""API keys: presets made of what one holds, keys that do what they say, and calls that really run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx2
import pytest

from account_kit import account_on
from bulwark.account import credentials
from bulwark.account.credentials import API_KEY
from bulwark.account.rights import Rights
from bulwark.features.api_keys import pages, service
from bulwark.features.api_keys.snippets import snippets_for
from repository import ROOT
from stalwart_jmap.objects.credential import Except, Inherit, NewCredential, Only, UnknownVariant

if TYPE_CHECKING:
    from mail_server import MailServer
    from stalwart_jmap.objects.credential import Scope

KNOWN = json.loads((ROOT / "src" / "stalwart_sandbox" / "data" / "enums.json").read_text(encoding="utf-8"))
ALL = frozenset(entry["name"] for entry in KNOWN["permissions"])


def holding(permissions: frozenset[str]) -> Rights:
    return Rights(permissions=permissions, edition="oss", locale="en", read_at=datetime(2026, 11, 23, tzinfo=UTC))


def test_read_only_holds_nothing_that_changes_anything() -> None:
    reading, _ = service.offers(holding(ALL))

    assert reading.lacking == ()
    assert service.is_reading(reading.granted)
    changing = ("Create", "Update", "Destroy", "Import", "Upload", "Copy", "Set")
    assert [name for name in reading.granted if name.endswith(changing)] == []
    assert {name[:3] for name in reading.granted} == {"aut", "sys", "jma"}


def test_managing_accounts_names_what_is_missing() -> None:
    _, managing = service.offers(holding(frozenset({"authenticate", "sysAccountGet"})))

    assert managing.lacking == ("sysAccountQuery", "sysAccountUpdate")
    assert managing.granted == {"authenticate", "sysAccountGet"}


@pytest.mark.parametrize(
    ("scope", "tone", "detail"),
    [
        (Inherit(), "bad", "660 permissions"),
        (Only(frozenset({"authenticate", "sysAccountGet"})), "", "read only"),
        (Only(frozenset({"authenticate", "sysAccountUpdate"})), "", "reading and changing"),
        (Only(frozenset({"sysAccountGet"})), "warn", "opens nothing: authenticate is missing"),
        (Except(frozenset({"emailSend"})), "bad", "659 permissions"),
        (UnknownVariant("Later", {}), "unknown", ""),
    ],
)
def test_what_a_key_may_do_is_told_in_words(scope: Scope, tone: str, detail: str) -> None:
    power = pages.power_of(scope, ALL)

    assert (power.tone, power.detail) == (tone, detail)


@pytest.mark.anyio
async def test_a_key_does_what_it_says_and_nothing_else(mail_server: MailServer) -> None:
    grace = await mail_server.new_account("grace", roles={"@type": "Admin"})
    async with account_on(mail_server, grace) as account:
        scope = Only(frozenset({"authenticate", "sysAccountGet", "sysAccountQuery"}))
        made = await credentials.create(account, API_KEY, NewCredential(description="Monitoring", scope=scope))
    calls = [
        ["x:Account/query", {}, "0"],
        ["x:Account/set", {"create": {"n": {"@type": "User", "name": "eve"}}}, "1"],
        ["x:ApiKey/query", {}, "2"],
    ]
    async with httpx2.AsyncClient(base_url=mail_server.url, transport=mail_server.transport) as http:
        headers = {"authorization": f"Bearer {made.secret.reveal()}"}
        body = {"using": ["urn:ietf:params:jmap:core"], "methodCalls": calls}
        answer = (await http.post("/jmap/", json=body, headers=headers)).json()

    assert [result[0] for result in answer["methodResponses"]] == ["x:Account/query", "error", "error"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
@pytest.mark.parametrize("program", ["curl", "python"])
@pytest.mark.parametrize("permission", ["sysAccountQuery", "jmapMailboxGet", "sysAccountSettingsGet", "jmapCoreEcho"])
def test_the_calls_to_try_really_run(program: str, permission: str) -> None:
    from stalwart_sandbox import Sandbox
    from stalwart_sandbox import server as sandbox_server

    sandbox = Sandbox()
    login = "grace@example.org"
    account_id = sandbox.add_account(login, "velvet tractor 41", roles={"@type": "Admin"})
    permissions = frozenset({"authenticate", permission})
    replaced = {"@type": "Replace", "permissions": dict.fromkeys(permissions, True)}
    key = sandbox.add_api_key(login, "Trial", permissions=replaced)
    with sandbox_server.running(sandbox) as url:
        snippets = snippets_for(url, account_id, permissions)
        command = ["sh", "-c", snippets.curl] if program == "curl" else [sys.executable, "-c", snippets.python]
        environ = {"PATH": os.environ["PATH"], "API_KEY": key, "NO_PROXY": "*"}
        ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)

    assert ran.returncode == 0, ran.stderr
    assert "error" not in ran.stdout
    assert key not in snippets.curl + snippets.python + snippets.export
