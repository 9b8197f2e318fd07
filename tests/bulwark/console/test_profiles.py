"""The kept sign-in: in the keyring where there is one, else in a file that only its owner may read."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import keyring
import keyring.errors
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends.null import Keyring as NullKeyring

from bulwark.console.profiles import KeptTokens, Profiles, kept
from stalwart_jmap import Secret, Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKENS = KeptTokens(
    server="https://mail.test",
    address="alice@example.org",
    access="an access token",
    refresh="a refresh token",
    access_ends_at=1000.0,
)


class MemoryKeyring(KeyringBackend):
    """A keyring that works."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # upstream has no types
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError("not there")
        del self.kept[service, username]


class LockedKeyring(KeyringBackend):
    """A keyring whose owner does not unlock it."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.KeyringLocked(f"{service} {username} {len(password)}")

    def delete_password(self, service: str, username: str) -> None:
        raise keyring.errors.KeyringLocked(f"{service} {username}")


@pytest.fixture(autouse=True)
def own_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NullKeyring())  # type: ignore[no-untyped-call]  # upstream has no types
    yield
    keyring.set_keyring(before)


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    return Profiles(folder=tmp_path / "state" / "bulwark")


@pytest.mark.parametrize("backend", [NullKeyring, LockedKeyring])
def test_without_a_keyring_that_keeps_it_is_a_file(profiles: Profiles, backend: type[KeyringBackend]) -> None:
    keyring.set_keyring(backend())
    where = profiles.save("default", TOKENS)

    assert where == str(profiles.folder / "default.json")
    assert profiles.load("default") == TOKENS


def test_the_file_is_for_its_owner_only_whatever_the_mask_and_whatever_lay_there(profiles: Profiles) -> None:
    profiles.folder.mkdir(parents=True)
    profiles.folder.chmod(0o755)
    (profiles.folder / "default.json").write_text("left over", encoding="utf-8")
    (profiles.folder / "default.json").chmod(0o644)
    before = os.umask(0)
    try:
        where = profiles.save("default", TOKENS)
    finally:
        os.umask(before)

    assert stat.S_IMODE(os.stat(where).st_mode) == 0o600  # noqa: PTH116 - the path is a text here
    assert stat.S_IMODE(profiles.folder.stat().st_mode) == 0o700
    assert [one.name for one in profiles.folder.iterdir()] == ["default.json"]


def test_a_keyring_that_works_holds_it_and_the_file_goes(profiles: Profiles) -> None:
    profiles.save("default", TOKENS)
    memory = MemoryKeyring()
    keyring.set_keyring(memory)
    where = profiles.save("default", TOKENS)

    assert where == "keyring"
    assert profiles.load("default") == TOKENS
    assert [one.name for one in profiles.folder.iterdir()] == ["index"]
    assert profiles.names() == ("default",)
    assert profiles.forget("default")
    assert list(profiles.folder.iterdir()) == []
    assert memory.kept == {}
    assert not profiles.forget("default")


def test_forgetting_removes_the_file(profiles: Profiles) -> None:
    profiles.save("default", TOKENS)

    assert profiles.forget("default")
    assert profiles.load("default") is None
    assert not profiles.forget("default")


def test_a_locked_keyring_is_no_fault_when_forgetting(profiles: Profiles) -> None:
    keyring.set_keyring(LockedKeyring())  # type: ignore[no-untyped-call]  # upstream has no types
    profiles.save("default", TOKENS)

    assert profiles.forget("default")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"server": 1}', "\x00", "{" * 500])
def test_a_file_that_cannot_be_read_counts_as_none(profiles: Profiles, text: str) -> None:
    profiles.folder.mkdir(parents=True)
    (profiles.folder / "default.json").write_text(text, encoding="utf-8")

    assert profiles.load("default") is None


def test_a_file_that_is_no_text_counts_as_none(profiles: Profiles) -> None:
    profiles.folder.mkdir(parents=True)
    (profiles.folder / "default.json").write_bytes(b"\xff\xfe")

    assert profiles.load("default") is None


def test_a_link_is_replaced_and_what_it_leads_to_is_left_alone(profiles: Profiles, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("somebody's file", encoding="utf-8")
    profiles.folder.mkdir(parents=True)
    (profiles.folder / "default.json").symlink_to(elsewhere)

    assert profiles.load("default") is None
    profiles.save("default", TOKENS)
    assert elsewhere.read_text(encoding="utf-8") == "somebody's file"
    assert profiles.load("default") == TOKENS


def test_a_folder_that_is_a_link_takes_nothing(profiles: Profiles, tmp_path: Path) -> None:
    profiles.folder.parent.mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    profiles.folder.symlink_to(tmp_path / "shared")

    with pytest.raises(PermissionError):
        profiles.save("default", TOKENS)
    assert list((tmp_path / "shared").iterdir()) == []


def test_a_copy_that_others_can_read_is_closed_to_them_again(profiles: Profiles) -> None:
    profiles.save("default", TOKENS)
    (profiles.folder / "default.json").chmod(0o644)

    assert profiles.load("default") == TOKENS
    assert stat.S_IMODE((profiles.folder / "default.json").stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_leaves_the_old_one(profiles: Profiles, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles.save("default", TOKENS)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        profiles.save("default", msgspec.structs.replace(TOKENS, access="another"))

    assert profiles.load("default") == TOKENS
    assert [one.name for one in profiles.folder.iterdir()] == ["default.json"]


def test_one_of_several_is_in_use(profiles: Profiles) -> None:
    for name in ("work", "default", "at home/β"):
        profiles.save(name, TOKENS)

    assert profiles.in_use() == "default"
    profiles.use("work")
    assert profiles.in_use() == "work"
    assert profiles.names() == ("at home/β", "default", "work")
    assert profiles.forget("work")
    assert profiles.in_use() == "default"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12))
def test_any_name_stays_inside_the_folder(profiles: Profiles, name: str) -> None:
    where = profiles.save(name, TOKENS)

    assert (profiles.folder / where).parent == profiles.folder
    assert profiles.load(name) == TOKENS
    assert profiles.forget(name)


def test_the_usual_place_follows_the_environment(tmp_path: Path) -> None:
    assert Profiles.from_environment({"XDG_STATE_HOME": str(tmp_path)}).folder == tmp_path / "bulwark"
    expected = tmp_path / ".local" / "state" / "bulwark"
    assert Profiles.from_environment({"HOME": str(tmp_path)}).folder == expected


def test_tokens_are_never_printed_and_know_what_is_left() -> None:
    tokens = Tokens(access=Secret("an access token"), refresh=Secret("a refresh token"), expires_in=3600)
    made = kept(server="https://mail.test", address="alice@example.org", tokens=tokens, now=1000.0)

    assert "token" not in repr(made)
    assert made.access_ends_at == 4600.0
    assert made.tokens(1100.0).expires_in == 3500
    assert made.tokens(9000.0).expires_in == 0
    assert made.tokens(1000.0) == tokens
