"""`python -m build` gives packages that install and run: plain, and with the panel's parts."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tarfile
import time
from typing import TYPE_CHECKING
from zipfile import ZipFile

import httpx2
import pytest

from canaries import PASSWORD
from loopback_server import listening_socket
from repository import ROOT, tracked_files
from stalwart_sandbox import Sandbox
from stalwart_sandbox.server import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from installed import Built, Installed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
LOGIN = "alice@example.org"


@pytest.fixture(scope="module")
def plain(install: Callable[..., Installed]) -> Installed:
    return install()


@pytest.fixture(scope="module")
def with_panel(install: Callable[..., Installed]) -> Installed:
    return install("web")


@pytest.fixture
def mail() -> Iterator[str]:
    sandbox = Sandbox()
    sandbox.add_account(LOGIN, PASSWORD)
    with running(sandbox) as url:
        yield url


def test_the_source_archive_has_what_the_checkout_has(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {path.relative_to(ROOT).as_posix() for path in tracked_files()}

    assert wanted - inside == set()


def test_the_source_archive_runs_its_own_tests(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:xdist",
            "tests/stalwart_jmap/test_totp.py",
            "tests/contracts/test_features.py",
            "tests/journeys/test_profile.py",
        ],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder / "src"), "HOME": str(tmp_path), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]


def test_the_wheel_carries_translations_the_manual_and_the_schemas(built: Built) -> None:
    with ZipFile(built.wheel) as wheel:
        names = wheel.namelist()

    assert any(name.endswith("bulwark/locale/de/LC_MESSAGES/bulwark.mo") for name in names)
    assert any(name.endswith(".data/data/share/man/man1/bulwark.1") for name in names)
    assert any(name.endswith("share/bulwark-account-security/schemas/check.json") for name in names)
    assert [name for name in names if name.startswith(("tests/", "bench/", "docs/"))] == []


def test_the_plain_command_works_without_the_panels_parts(plain: Installed, mail: str) -> None:
    plain.run("python", "-W", "error", "-I", "-c", "import stalwart_jmap, bulwark.cli")
    plain.run("python", "-c", "import stalwart_jmap, bulwark.cli, sys; sys.exit('starlette' in sys.modules)")
    plain.run("python", "-c", "import starlette", status=1)
    plain.run("python", "-c", "import babel", status=1)
    assert "sign-in" in plain.run("bulwark", "--help").stdout
    plain.run("bulwark", "--server", mail, "sign-in", "--password", LOGIN, typed=f"{PASSWORD}\n")
    checked = json.loads(plain.run("bulwark", "check", "--json", status=1).stdout)

    assert checked["account"] == LOGIN
    assert (plain.folder / "share" / "man" / "man1" / "bulwark.1").exists()
    assert "Zwei-Faktor" in plain.run("bulwark", "check", status=1, LANG="de_DE.UTF-8").stdout


@pytest.mark.parametrize(
    "verb",
    [
        ("app-passwords", "list"),
        ("api-keys", "list"),
        ("identities", "list"),
        ("profile", "show"),
        ("two-factor", "status"),
        ("sign-ins", "list"),
        ("doctor",),
        ("completion", "bash"),
    ],
)
def test_every_area_opens_in_a_plain_install(plain: Installed, mail: str, verb: tuple[str, ...]) -> None:
    plain.run("bulwark", "--server", mail, "sign-in", "--password", LOGIN, typed=f"{PASSWORD}\n")

    assert plain.run("bulwark", *verb, LANG="de_DE.UTF-8").stdout


@pytest.mark.parametrize(
    ("verb", "typed"), [(("serve",), ""), (("password", "strength"), "correct horse battery staple\n")]
)
def test_what_needs_more_says_how_to_get_it(plain: Installed, mail: str, verb: tuple[str, ...], typed: str) -> None:
    ran = plain.run("bulwark", *verb, typed=typed, status=2, BULWARK_SERVER_URL=mail)

    assert "pip install 'bulwark-account-security[web]'" in ran.stderr


def test_with_the_panels_parts_it_serves(with_panel: Installed, mail: str, tmp_path: Path) -> None:
    sock = listening_socket()
    address = f"127.0.0.1:{sock.getsockname()[1]}"
    sock.close()
    environ = with_panel.environ | {"BULWARK_SERVER_URL": mail, "BULWARK_DATA_DIR": str(tmp_path / "data")}
    command = [str(with_panel.folder / "bin" / "bulwark"), "serve", "--listen", address]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as panel:
        try:
            page = _opened(f"http://{address}/sign-in", panel)
        finally:
            panel.send_signal(signal.SIGTERM)
            said, _ = panel.communicate(timeout=20)

    assert page.status_code == 200, said
    (sheet,) = re.findall(r'href="(/static/app[^"]*\.css)"', page.text)
    assert sheet


def _opened(url: str, panel: subprocess.Popen[str]) -> httpx2.Response:
    deadline = time.monotonic() + 40
    while True:
        try:
            return httpx2.get(url)
        except httpx2.ConnectError:
            assert panel.poll() is None, panel.stdout.read() if panel.stdout else ""
            assert time.monotonic() < deadline, "the panel does not start"
            time.sleep(0.1)
