"""`bulwark demo`: a stand-in mail server with demo people and a panel in front of it, on this machine only.

Everything lives in a temporary folder and is gone when it stops.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import secrets
import socket
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bulwark.console.output import note, say, table
from bulwark.serving import APPLICATION, split_listen
from bulwark.settings import SettingsError

if TYPE_CHECKING:
    from stalwart_sandbox.demo import DemoPerson
    from stalwart_sandbox.sandbox import Sandbox

WITH_CODES = "ivan@example.org"
STEP = 30  # seconds a code lasts


def print_code(person: str) -> int:
    """Print the current code of a demo person with two-factor on. Returns the exit status."""
    from stalwart_jmap import totp
    from stalwart_sandbox.demo import DEMO_PEOPLE

    found = next((one for one in DEMO_PEOPLE if person.lower() in {one.login, one.login.partition("@")[0]}), None)
    if found is None or found.otp_secret is None:
        note(f"No demo person called {person} has two-factor on.")
        return 1
    now = datetime.now(UTC)
    key = base64.b32decode(found.otp_secret)
    say(totp.code(key, now).reveal())
    note(f"for {found.login}, for another {STEP - int(now.timestamp()) % STEP} seconds")
    return 0


def run_demo(listen: str) -> int:
    """Serve until Ctrl-C. Returns the exit status."""
    try:
        host, port = split_listen(listen)
    except SettingsError as error:
        note(str(error))
        return 2
    from bulwark.account.webhook import PATH
    from stalwart_sandbox.demo import DEMO_PEOPLE, HISTORY, populate
    from stalwart_sandbox.sandbox import Sandbox
    from stalwart_sandbox.server import running

    listener = _bind(host, port)
    address = f"http://{host}:{listener.getsockname()[1]}"
    sandbox = Sandbox(admin=None)
    populate(sandbox)
    secret = secrets.token_urlsafe(32)
    sandbox.add_webhook(f"{address}{PATH}", secret, discard_after=HISTORY)
    with tempfile.TemporaryDirectory(prefix="bulwark-demo-") as folder, running(sandbox) as mail_server:
        os.environ.update(
            {
                "BULWARK_SERVER_URL": mail_server,
                "BULWARK_SERVER_NAME": "mail.example.org",
                "BULWARK_PUBLIC_URL": address,
                "BULWARK_CONTACT": "postmaster@example.org",
                "BULWARK_WEBHOOK_SECRET": secret,
                "BULWARK_DATA_DIR": str(Path(folder) / "data"),
                "BULWARK_LOG_LEVEL": os.environ.get("BULWARK_LOG_LEVEL", "warning"),
            }
        )
        codes = asyncio.run(_recovery_codes(sandbox))
        _introduce(address, mail_server, DEMO_PEOPLE)
        say(f"  Recovery codes of {WITH_CODES.partition('@')[0]}: {'  '.join(codes)}, …")
        say("")
        _serve(listener)
    say("Stopped. Nothing was kept.")
    return 0


async def _recovery_codes(sandbox: Sandbox) -> list[str]:
    """Let one of the people have set up two-factor in this panel; returns some of the codes."""
    from bulwark.account import recovery_codes
    from bulwark.account.recovery import Label, Recovery
    from bulwark.clock import SystemClock
    from bulwark.master_keys import read_or_make
    from bulwark.settings import Settings
    from bulwark.store.engine import Database
    from bulwark.store.sealed import Sealer
    from stalwart_jmap import Secret

    settings = Settings.load(os.environ, None).settings
    database = Database.open(settings.database_url)
    await database.prepare()
    recovery = Recovery(
        database=database,
        sealer=Sealer(read_or_make(settings.master_key_file)),
        server_url=settings.server_url,
        clock=SystemClock(),
    )
    account_id = sandbox.account(WITH_CODES).id
    new = await recovery.make(account_id, (WITH_CODES,), Secret(sandbox.otp_url(WITH_CODES) or ""))
    await recovery.sending(new.set_id, Label(device="Pixel 8"))
    await recovery.took(account_id, new.set_id)
    await recovery.saved(new.set_id)
    await database.dispose()
    return [recovery_codes.written(code) for code in new.codes[:3]]


def _serve(listener: socket.socket) -> None:
    """Until Ctrl-C."""
    import uvicorn

    config = uvicorn.Config(
        APPLICATION,
        factory=True,
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _bind(host: str, port: int) -> socket.socket:
    """Take the wanted port, or any free one when somebody else has it."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.bind((host, 0))
        note(f"Port {port} is taken, so this demo uses another one.")
    return listener


def _introduce(address: str, mail_server: str, people: tuple[DemoPerson, ...]) -> None:
    say("")
    say(f"  Open  {address}")
    say("")
    table(("sign in as", "password", "shows"), [(one.login, one.password, one.shows) for one in people])
    say("")
    command = Path(sys.argv[0])
    shown = os.path.relpath(command) if command.name == "bulwark" and command.exists() else "bulwark"
    coded = [one.login.partition("@")[0] for one in people if one.otp_secret is not None]
    say(f"  Codes of {', '.join(coded)}: {shown} demo --code {coded[0]}")
    say(f"  The stand-in mail server: {mail_server}   Stop with Ctrl-C.")
    say("")
    sys.stdout.flush()
