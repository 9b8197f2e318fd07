"""The library by itself: without the web extra, and typed for those who use it (`tests/packaging` installs it)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import stalwart_jmap

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "stalwart_jmap"

USER_FILE = '''
"""What somebody might write; `reveal_type` is what mypy must see."""

from stalwart_jmap import (
    KEEP, ApiKey, AppPassword, BasicCredentials, MethodError, Secret, SetError, StalwartClient, Tokens, Transport,
    account_password, api_key, app_password, sign_in, totp,
)


async def main(transport: Transport) -> None:
    outcome = await sign_in(
        transport, login="alice", password=Secret("x"), client_id="x", redirect_uri="https://x.invalid/"
    )
    if not isinstance(outcome, Tokens):
        return
    reveal_type(outcome.access)
    async with StalwartClient.connect("https://mail.example.org", BasicCredentials("a", outcome.access)) as client:
        reveal_type(await account_password.change(client, current=Secret("x"), new=Secret("y"), otp_url=KEEP))
        reveal_type(await app_password.read(client))
        call = api_key.get_call(["b"])
        reveal_type((await client.call(call)).get(call))
        reveal_type(totp.find_step(b"", Secret("1"), client.transport.now()))
'''
MISUSE = """
from stalwart_jmap import BasicCredentials, Secret, StalwartClient, account_password


async def main(client: StalwartClient) -> None:
    await account_password.change(client, current="a plain text")
    BasicCredentials("alice", "a plain text")
    f: str = Secret("x")
    client.nothing()
"""


def run(*command: str | Path, cwd: Path = ROOT, seconds: int = 300) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, check=False, text=True, timeout=seconds, cwd=cwd)


def distribution(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match is not None
    return match[0].lower().replace("_", "-")


def dependencies() -> tuple[set[str], set[str]]:
    """The distributions of a plain install, and those that only extras bring."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    base = {distribution(entry) for entry in project["dependencies"]}
    extras = {distribution(entry) for entries in project["optional-dependencies"].values() for entry in entries}
    return base, extras - base


def test_every_import_is_one_of_a_plain_install() -> None:
    imported: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path.name}: imports are absolute"
                imported.add((node.module or "").partition(".")[0])

    third_party = imported - sys.stdlib_module_names - {"stalwart_jmap"}

    base, _ = dependencies()
    assert third_party
    assert third_party <= base


@pytest.mark.parametrize("module", ["stalwart_jmap", "bulwark.cli"])
def test_a_plain_install_is_enough(module: str) -> None:
    _, extras = dependencies()
    forbidden = sorted({name.replace("-", "_") for name in extras} | {"starlette", "jinja2", "sqlalchemy", "argon2"})
    program = f"""
import sys
from importlib.abc import MetaPathFinder

class Forbidden(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {forbidden!r}:
            raise ModuleNotFoundError(f"{{name}} comes with the web extra")

sys.meta_path.insert(0, Forbidden())
import {module}
"""

    result = run(sys.executable, "-W", "error", "-c", program, seconds=60)

    assert result.returncode == 0, result.stderr


def test_everything_public_is_named_once_and_exists() -> None:
    assert sorted(set(stalwart_jmap.__all__)) == sorted(stalwart_jmap.__all__)
    for name in stalwart_jmap.__all__:
        assert hasattr(stalwart_jmap, name), name


def test_the_package_says_that_it_is_typed() -> None:
    assert (SOURCE / "py.typed").exists()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_those_who_use_it_see_its_types(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(USER_FILE, "utf-8")
    (tmp_path / "misuse.py").write_text(MISUSE, "utf-8")
    strict = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={tmp_path}", "--config-file="]

    good = run(*strict, "user.py", cwd=tmp_path)
    bad = run(*strict, "misuse.py", cwd=tmp_path)

    revealed = re.findall(r'Revealed type is "(.*)"', good.stdout)
    assert good.returncode == 0, good.stdout + good.stderr
    assert [re.sub(r"[\w.]+\.(\w+)", r"\1", text) for text in revealed] == [
        "Secret",
        "SetError | None",
        "tuple[AppPassword, ...]",
        "dict[str, Any] | MethodError",
        "int | None",
    ]
    assert bad.stdout.count("error:") == 4, bad.stdout
