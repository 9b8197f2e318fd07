"""The examples under `deploy/` name settings, commands, addresses and files that exist."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest
from starlette.routing import Route

from bulwark.app import ROUTES
from bulwark.cli import bulwark
from bulwark.setting_list import SETTINGS
from repository import ROOT
from self_signed import self_signed

if TYPE_CHECKING:
    from pathlib import Path

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.iterdir() if path.is_file())
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in FILES}
PORT = "8700"


@pytest.mark.parametrize("name", TEXTS)
def test_every_setting_exists(name: str) -> None:
    named = set(re.findall(r"\bBULWARK_[A-Z0-9_]+", TEXTS[name]))

    assert named <= {setting.name for setting in SETTINGS}


def commands() -> list[list[str]]:
    """What the container and the service start, after the program's name."""
    container = re.search(r"^CMD \[(.+)\]$", TEXTS["Dockerfile"], re.MULTILINE)
    service = re.search(r"^ExecStart=(.+)$", TEXTS["bulwark.service"], re.MULTILINE)
    assert container
    assert service
    return [re.findall(r'"([^"]*)"', container[1]), shlex.split(service[1])]


@pytest.mark.parametrize("words", commands(), ids=["Dockerfile", "bulwark.service"])
def test_every_command_is_understood(words: list[str]) -> None:
    program, name, *arguments = words
    command = bulwark.get_command(click.Context(bulwark), name)

    assert program.rpartition("/")[2] == "bulwark"
    assert command is not None
    context = command.make_context(name, list(arguments))  # a UsageError names what it does not know
    assert context.params["listen"].endswith(f":{PORT}")


def test_proxies_ask_for_addresses_that_are_served() -> None:
    served = {route.path for route in ROUTES if isinstance(route, Route)}
    asked = re.findall(r"health_uri (\S+)", TEXTS["Caddyfile"])
    asked += re.findall(rf"127\.0\.0\.1:{PORT}(/\w+)", TEXTS["Dockerfile"])
    asked += re.findall(r"respond (/\w+) 404", TEXTS["Caddyfile"]) + re.findall(
        r"location = (/\w+)", TEXTS["nginx.conf"]
    )

    assert len(asked) == 4
    assert set(asked) <= served


def test_the_proxy_knows_the_panels_of_the_composition() -> None:
    panels = re.findall(r"^  (\w+): \*panel$", TEXTS["compose.yaml"], re.MULTILINE)
    proxied = re.search(r"reverse_proxy (.+) \{", TEXTS["Caddyfile"])

    assert panels == ["panel1", "panel2"]
    assert proxied
    assert proxied[1].split() == [f"{panel}:{PORT}" for panel in panels]
    assert f"EXPOSE {PORT}" in TEXTS["Dockerfile"]


def test_every_file_that_is_copied_or_mounted_exists() -> None:
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", TEXTS["Dockerfile"], re.MULTILINE)
        for source in line.split()[:-1]
    ]
    made = set(re.findall(r"secrets/[a-z.-]+", TEXTS["compose.yaml"].partition("x-panel")[0]))
    mounted = re.findall(r"- \./(\S+?):", TEXTS["compose.yaml"]) + re.findall(r"file: \./(\S+)", TEXTS["compose.yaml"])

    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert [name for name in mounted if name not in made and not (DEPLOY / name).exists()] == []


def test_secrets_are_mounted_where_the_panel_looks_for_them() -> None:
    wanted = set(re.findall(r"_FILE: (/run/secrets/\S+)", TEXTS["compose.yaml"]))
    mounted = set(re.findall(r":(/run/secrets/[^:]+):ro", TEXTS["compose.yaml"]))

    assert wanted - {"/run/secrets/postgres-password"} == mounted


def shown(kind: str) -> str:
    """The block of that kind on the page about proxies."""
    page = (ROOT / "docs" / "reverse-proxy.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return str(found)


def said_by(program: str, *arguments: str, folder: Path) -> str:
    """What a program that only reads a file says about it; skips where it is not installed."""
    path = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"{program} is not on this machine")
    environ = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    ran = subprocess.run(
        [path, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=folder,
        env=os.environ | environ,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


@pytest.mark.parametrize("text", [TEXTS["nginx.conf"], shown("nginx")], ids=["nginx.conf", "reverse-proxy.md"])
def test_nginx_takes_its_file(text: str, tmp_path: Path) -> None:
    identity = self_signed(tmp_path, "127.0.0.1")
    text = text.replace("/etc/ssl/account.example.org.pem", str(identity.certificate))
    (tmp_path / "site.conf").write_text(text.replace("/etc/ssl/account.example.org.key", str(identity.key)))
    places = "".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    main = f"pid pid; error_log stderr; events {{}} http {{ access_log off; {places} include site.conf; }}"
    (tmp_path / "main.conf").write_text(main)

    assert "successful" in said_by("nginx", "-t", "-p", str(tmp_path), "-c", "main.conf", folder=tmp_path)


@pytest.mark.parametrize("text", [TEXTS["Caddyfile"], shown("caddyfile")], ids=["Caddyfile", "reverse-proxy.md"])
def test_caddy_takes_its_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "Caddyfile").write_text(text)

    assert "Valid configuration" in said_by("caddy", "validate", "--config", "Caddyfile", folder=tmp_path)


def test_systemd_takes_its_unit(tmp_path: Path) -> None:
    unit = tmp_path / "bulwark.service"
    unit.write_text(TEXTS["bulwark.service"].replace("/opt/bulwark/bin/bulwark", sys.executable))

    assert said_by("systemd-analyze", "verify", "--man=no", str(unit), folder=tmp_path) == ""


def test_docker_takes_its_composition(tmp_path: Path) -> None:
    if "Docker Compose" not in said_by("docker", "--help", folder=tmp_path):
        pytest.skip("docker has no compose on this machine")

    assert (
        said_by("docker", "compose", "--file", str(DEPLOY / "compose.yaml"), "config", "--quiet", folder=tmp_path) == ""
    )
