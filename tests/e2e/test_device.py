"""A code of the command line, approved in Chromium at the mail server's own page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from chromium_person import Look, Person

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


def test_a_code_is_approved_in_a_browser(chromium: Browser, stage: Any, tmp_path: Path) -> None:
    account = stage.new_account()
    stage.sandbox.state.device_interval = 1
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    command = [sys.executable, "-m", "bulwark.cli", "--server", stage.mail_server.url, "sign-in", "--json"]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    ) as waiting:
        assert waiting.stderr is not None
        said = waiting.stderr.readline() + waiting.stderr.readline()
        address, code = re.findall(r": (\S+)$", said, re.MULTILINE)
        alice = Person.arrive(chromium, stage.mail_server.url, Look(size="phone"))
        page = alice.open(f"{address}?code={code}")
        assert page.get_by_label("Code that the device shows").input_value() == code
        alice.picture("device")
        page.get_by_label("Account name").fill(account.login)
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Approve").click()
        page.get_by_text("Not approved.").wait_for()
        page.get_by_label("Password").fill(account.password)
        page.get_by_role("button", name="Approve").click()
        page.get_by_text("Approved. You can close this page.").wait_for()
        alice.picture("device-approved")
        alice.leave()
        out, _err = waiting.communicate(timeout=30)

    assert waiting.returncode == 0
    assert json.loads(out)["account"] == account.login
