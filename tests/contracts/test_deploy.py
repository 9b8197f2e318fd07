"""The examples under `deploy/` name settings, commands, addresses and files that exist."""

from __future__ import annotations

import re
import shlex

import click
import pytest
from starlette.routing import Route

from bulwark.app import ROUTES
from bulwark.cli import bulwark
from bulwark.setting_list import SETTINGS
from repository import ROOT

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
