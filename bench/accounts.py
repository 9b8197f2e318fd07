"""Ten thousand accounts: what the panel adds to the first page of the list, and what the CSV does to its memory.

The stand-in runs in this process, the panel in one of its own. Prints one table.
"""

from __future__ import annotations

import argparse
import base64
import dataclasses
import json
import statistics
import tempfile
import time
import urllib.parse

from run import Kept, free_port, process, resident

from stalwart_jmap.objects import account, role
from stalwart_sandbox import Sandbox
from stalwart_sandbox import server as sandbox_server

GRACE = ("grace@example.org", "silver thunder blanket 7")
PATH = "/administration/accounts"


def fill(sandbox: Sandbox, count: int) -> None:
    """People, a quarter of them with two-factor."""
    sandbox.add_account(GRACE[0], GRACE[1], roles={"@type": "Admin"})
    password = sandbox.account(GRACE[0]).password
    if password is None:
        raise SystemExit("the stand-in made an administrator without a password")
    for number in range(count):
        sandbox.add_account(f"person{number:05}@example.org", None, description=f"Person {number}")
    for number, person in enumerate(sandbox.state.accounts.values()):
        if person.password is None:
            url = f"otpauth://totp/Bench:{number}?secret=JBSWY3DPEHPK3PXP" if number % 4 == 0 else None
            person.credentials.append(dataclasses.replace(password, otp_url=url))


def sign_in(port: int) -> dict[str, str]:
    """The cookie header of a signed-in browser."""
    form = urllib.parse.urlencode({"login": GRACE[0], "password": GRACE[1]}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    status, answered, _ = Kept(port).ask("POST", "/sign-in", form, headers)
    if status != 303:
        raise SystemExit(f"signing in was answered with {status}")
    cookies = [value.partition(";")[0] for name, value in answered if name.lower() == "set-cookie"]
    return {"Cookie": "; ".join(cookie for cookie in cookies if not cookie.endswith('=""'))}


def direct_request(port: int) -> tuple[Kept, bytes, dict[str, str]]:
    """The same JMAP request that the first page makes, for asking the server directly."""
    query, roles = account.query_call(), role.query_call()
    calls = (query, account.get_call(query.ref("/ids")), roles, role.get_call(roles.ref("/ids")))
    methods = []
    for call in (*calls, role.defaults_call(), account.domains_call()):
        arguments = {}
        for name, value in call.arguments.items():
            if hasattr(value, "result_of"):
                arguments[f"#{name}"] = {"resultOf": value.result_of, "name": value.name, "path": value.path}
            else:
                arguments[name] = value
        methods.append([call.name, arguments, call.id])
    body = json.dumps({"using": ["urn:ietf:params:jmap:core", "urn:stalwart:jmap"], "methodCalls": methods}).encode()
    basic = base64.b64encode(":".join(GRACE).encode()).decode()
    return Kept(port), body, {"Content-Type": "application/json", "Authorization": f"Basic {basic}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000, help="how many accounts")
    parser.add_argument("--rounds", type=int, default=15, help="pairs for the latency")
    arguments = parser.parse_args()
    sandbox = Sandbox(admin=None)
    fill(sandbox, arguments.accounts)
    panel = free_port()
    with sandbox_server.running(sandbox) as url, tempfile.TemporaryDirectory() as folder:
        environ = {"BULWARK_SERVER_URL": url, "BULWARK_DATA_DIR": folder, "BULWARK_LOG_LEVEL": "warning"}
        with process(["serve", "--listen", f"127.0.0.1:{panel}"], environ, panel, "/readyz") as (child, _):
            cookie, browser = sign_in(panel), Kept(panel)
            direct, body, headers = direct_request(urllib.parse.urlsplit(url).port or 80)
            own: list[float] = []
            share: list[float] = []
            page = b""
            for number in range(arguments.rounds + 3):
                begun = time.perf_counter()
                direct.ask("POST", "/jmap/", body, headers)
                between = time.perf_counter()
                status, _, page = browser.ask("GET", PATH, None, cookie)
                ended = time.perf_counter()
                if status != 200:
                    raise SystemExit(f"the list was answered with {status}")
                if number > 2:
                    own.append((between - begun) * 1000)
                    share.append((ended - between) * 1000 - own[-1])
            before, file, seconds = resident(child.pid), b"", 0.0
            for _ in range(3):
                begun = time.perf_counter()
                _, _, file = browser.ask("GET", f"{PATH}.csv", None, cookie)
                seconds = time.perf_counter() - begun
            after = resident(child.pid)
    rows = (
        ("accounts", f"{len(sandbox.state.accounts)}", ""),
        ("the server's own time for the first page (median)", f"{statistics.median(own):.0f} ms", ""),
        ("the panel's share of it (median)", f"{statistics.median(share):.0f} ms", "300 ms"),
        ("bytes of the page", f"{len(page) / 1000:.0f} KB", ""),
        ("lines of the CSV", str(len(file.splitlines())), ""),
        ("the CSV, whole", f"{seconds:.1f} s", ""),
        ("memory before, after three CSVs", f"{before:.0f} MB, {after:.0f} MB", "flat"),
    )
    for name, found, promised in rows:
        print(f"{name:<52}{found:>16}  {promised}")


if __name__ == "__main__":
    main()
