"""The settings of signing in elsewhere: what holds, what is refused and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bulwark.setting_sso import SingleSignOn
from bulwark.settings import Settings, SettingsError
from stalwart_jmap import Secret

SERVER = {"SERVER_URL": "https://mail.example.org", "DATA_DIR": "/var/lib/bulwark"}
PANEL = {"PUBLIC_URL": "https://account.example.org"}
ISSUER = "https://sso.example.org/realms/mail"


def load(**named: str) -> Settings:
    return Settings.load({f"BULWARK_{name}": text for name, text in {**SERVER, **named}.items()}, None).settings


def problems(**named: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(**named)
    return "\n".join(caught.value.problems)


@pytest.mark.parametrize("wanted", [{"SIGN_IN": "redirect"}, {"OIDC_ISSUER": ISSUER}])
def test_whoever_signs_in_elsewhere_needs_a_way_back(wanted: dict[str, str]) -> None:
    assert "BULWARK_PUBLIC_URL=https://account.example.org" in problems(**wanted)


def test_signing_in_elsewhere_needs_no_more_than_that() -> None:
    settings = load(SIGN_IN="redirect", **PANEL)

    assert settings.sign_in == "redirect"
    assert settings.sso == SingleSignOn(
        issuer=None,
        client_id="bulwark-account-security",
        client_secret=None,
        scopes=("email", "profile"),
        name=None,
        account_url=None,
        private_addresses=False,
        login_url="https://mail.example.org",
    )
    assert load().sign_in == "password"


def test_an_issuer_is_kept_as_the_provider_writes_it() -> None:
    assert load(OIDC_ISSUER=f"{ISSUER}/", **PANEL).sso.issuer == f"{ISSUER}/"
    assert load(OIDC_ISSUER="http://127.0.0.1:9000/o", **PANEL).sso.issuer == "http://127.0.0.1:9000/o"


@pytest.mark.parametrize(
    "wrong",
    [
        {"OIDC_ISSUER": "sso.example.org"},
        {"OIDC_ISSUER": "http://sso.example.org"},
        {"OIDC_ISSUER": f"{ISSUER}?x=1"},
        {"OIDC_ISSUER": f"{ISSUER}#x"},
        {"OIDC_ISSUER": "https://sso.example.org/ä"},
        {"OIDC_CLIENT_ID": "the panel"},
        {"OIDC_CLIENT_SECRET": "cAnArY with spaces"},
        {"OIDC_CLIENT_SECRET": "x" * 513},
        {"OIDC_SCOPES": 'email "profile"'},
        {"OIDC_ACCOUNT_URL": "https://sso.example.org/my account"},
        {"OIDC_PRIVATE_ADDRESSES": "yes"},
        {"LOGIN_URL": "http://mail.example.org"},
        {"SIGN_IN": "sso"},
        {"OIDC_CLIENT_SECRET": "one", "OIDC_CLIENT_SECRET_FILE": str(Path(__file__))},
    ],
    ids=str,
)
def test_what_does_not_do_for_signing_in_elsewhere_is_told(wrong: dict[str, str]) -> None:
    told = problems(**{**PANEL, **wrong})

    assert f"BULWARK_{next(iter(wrong))}" in told
    assert "Write " in told
    assert "cAnArY" not in told


def test_the_clients_secret_comes_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("short\n", encoding="utf-8")

    assert load(OIDC_CLIENT_SECRET_FILE=str(tmp_path / "secret"), **PANEL).sso.client_secret == Secret("short")


def test_scopes_are_taken_with_spaces_or_commas_and_openid_need_not_be_named() -> None:
    assert load(OIDC_SCOPES="openid email,offline_access  email", **PANEL).sso.scopes == ("email", "offline_access")
