"""The library's documentation, executed: every Python block, page by page, against the stand-in server."""

from __future__ import annotations

import ast
import asyncio
import getpass
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

import stalwart_jmap
from canaries import NEW_PASSWORD, PASSWORD
from loopback_server import serve
from stalwart_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs" / "library"
LOGIN = "alice@example.org"
PAGES = ["quickstart", "authentication", "errors", "objects", "cookbook", "testing"]
ADMIN = "grace@example.org"
DENIED = ("sysAccountPasswordGet", "sysAccountPasswordUpdate")


class Mail:
    """The stand-in on a loopback port."""

    def __init__(self, url: str, sandbox: Sandbox) -> None:
        self.url = url
        self.sandbox = sandbox


@pytest.fixture
def mail() -> Iterator[Mail]:
    made: list[Sandbox] = []

    def make(url: str) -> Any:
        sandbox = Sandbox(base_url=url)
        sandbox.add_account(LOGIN, PASSWORD, app_passwords=["Old phone"])
        sandbox.add_account(ADMIN, PASSWORD, roles={"@type": "Admin"})
        sandbox.add_account("bob@example.org", PASSWORD, otp_secret="CANARYCANARYCANARYCANARYCANARY24")
        sandbox.add_role("No password change", disabled=DENIED)
        made.append(sandbox)
        return sandbox.app

    with serve(make) as url:
        yield Mail(url, made[0])


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / f"{page}.md").read_text("utf-8"), re.DOTALL)


def run(page: str, mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"Password: ": PASSWORD, "New password: ": NEW_PASSWORD}
    monkeypatch.setattr(getpass, "getpass", lambda prompt: answers[prompt])
    namespace: dict[str, Any] = {"__name__": f"docs.{page}"}
    with asyncio.Runner() as runner:
        for number, block in enumerate(blocks(page), 1):
            source = block.replace("https://mail.example.org", mail.url)
            code = compile(source, f"{page}.md, block {number}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            waiting = eval(code, namespace)  # noqa: S307 - our own documentation
            if waiting is not None:
                runner.run(waiting)
        transport = namespace.get("transport")
        if transport is not None:
            runner.run(transport.aclose())


def test_the_quick_start_changes_the_password(
    mail: Mail, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("quickstart", mail, monkeypatch)

    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == "Old phone None"
    assert "Changed." in shown
    assert mail.sandbox.password_is(LOGIN, NEW_PASSWORD)


def test_the_ways_to_sign_in_work(
    mail: Mail, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def approve(user_code: str) -> None:
        body = {"type": "authDevice", "accountName": LOGIN, "accountSecret": PASSWORD, "code": user_code}
        assert httpx2.post(f"{mail.url}/api/auth", json=body).json() == {"type": "verified"}

    start = stalwart_jmap.start_device

    async def start_and_approve(*arguments: Any, **named: Any) -> stalwart_jmap.DeviceGrant:
        grant = await start(*arguments, **named)
        person = threading.Thread(target=approve, args=(grant.user_code,))
        person.start()
        await asyncio.to_thread(person.join)
        return grant

    monkeypatch.setattr(stalwart_jmap, "start_device", start_and_approve)
    run("authentication", mail, monkeypatch)

    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == [LOGIN, "True oss"]
    assert shown[-1] == "Tokens"


def test_errors_are_told_as_written(
    mail: Mail, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("errors", mail, monkeypatch)

    assert capsys.readouterr().out.splitlines() == [
        "invalidProperties: Password must be at least 8 characters long.",
        "[]",
        "AccountPassword(has_two_factor=False)",
    ]


def test_every_object_can_be_used_as_written(
    mail: Mail, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("objects", mail, monkeypatch)

    shown = capsys.readouterr().out.splitlines()
    assert shown[:4] == ["False", "NotEncrypted()", "['Old phone']", f"['{LOGIN}']"]
    assert "Secret(****)" in shown
    assert shown[-1] == "StateChange"
    assert mail.sandbox.two_factor_on(LOGIN)


def test_the_recipes_do_what_they_say(
    mail: Mail, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("cookbook", mail, monkeypatch)

    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "Secret(****)"
    assert "Old phone 20" in shown[1]
    assert shown[2:4] == [LOGIN, ADMIN]
    assert shown[4:] == ["No password change: mended", "False"]


@pytest.mark.shows_secrets("the page has passwords of its own")
def test_the_sandbox_is_used_as_written(
    mail: Mail, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("testing", mail, monkeypatch)

    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "['Old phone']"
    assert "x:AccountPassword/set" in shown[1]
    assert shown[2:] == ["wait 17", "the answer was lost; changed: True"]


def test_every_page_is_executed_and_every_link_leads_somewhere() -> None:
    assert sorted(page.stem for page in DOCS.glob("*.md")) == sorted(PAGES)
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
            assert (DOCS / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES)
def test_names_in_the_documentation_exist(page: str) -> None:
    text = (DOCS / f"{page}.md").read_text("utf-8")
    named = set(re.findall(r"`([A-Z][A-Za-z]+)`", text)) - {"None"}

    unknown = {name for name in named if not hasattr(stalwart_jmap, name) and not hasattr(stalwart_jmap.totp, name)}

    assert not unknown
