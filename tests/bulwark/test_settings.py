"""Settings from both sources: what holds, what is refused and in which words."""

from __future__ import annotations

import stat
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark import master_keys, setting_values
from bulwark.setting_list import SETTINGS
from bulwark.setting_sso import SingleSignOn
from bulwark.settings import Settings, SettingsError
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

IN_FILES = {"database_url_file", "webhook_secret_file", "metrics_token_file", "oidc_client_secret_file"}
NEEDED = {"BULWARK_SERVER_URL": "https://mail.example.org", "HOME": "/home/somebody"}
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "configure.md"


def load(file: Path | None = None, /, **named: str) -> Settings:
    return Settings.load({**NEEDED, **{f"BULWARK_{name}": text for name, text in named.items()}}, file).settings


def problems(environ: Mapping[str, str], file: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.load(environ, file)
    return caught.value.problems


def problem(**named: str) -> str:
    (only,) = problems({**NEEDED, **{f"BULWARK_{name}": text for name, text in named.items()}})
    return only


def test_the_server_address_is_enough() -> None:
    loaded = Settings.load(NEEDED, None)

    assert loaded.warnings == ()
    settings = loaded.settings
    assert settings.server_url == "https://mail.example.org"
    assert settings.server_name == settings.totp_issuer == "mail.example.org"
    assert settings.data_dir == Path("/home/somebody/.local/share/bulwark")
    assert settings.master_key_file == settings.data_dir / "master.key"
    assert settings.database_url.reveal() == "sqlite+aiosqlite:////home/somebody/.local/share/bulwark/bulwark.sqlite3"
    assert (settings.session_idle, settings.session_lifetime) == (timedelta(minutes=30), timedelta(hours=12))
    assert (settings.attempts_limit, settings.attempts_window) == (10, timedelta(minutes=15))
    assert (settings.public_url, settings.ca_file, settings.contact, settings.trusted_proxies) == (None, None, None, ())


def test_nothing_at_all_names_what_is_needed_and_all_of_it() -> None:
    found = problems({})

    assert [text.partition(" ")[0] for text in found] == ["BULWARK_SERVER_URL", "BULWARK_DATA_DIR"]
    assert "BULWARK_SERVER_URL=https://mail.example.org" in found[0]


def test_every_problem_is_told_at_once_and_with_an_example() -> None:
    wrong = {
        "SERVER_URL": "mail.example.org",
        "PUBLIC_URL": "ftp://panel.example.org",
        "DATABASE_URL": "mysql://root:cAnArY@db/x",
        "CA_FILE": "/nonexistent/ca.pem",
        "TRUSTED_PROXIES": "127.0.0.1, 10.0.0.1/8",
        "CONTACT": "the administrator",
        "TOTP_ISSUER": "a:b",
        "SESSION_IDLE": "30",
        "SESSION_LIFETIME": "900d",
        "ATTEMPTS_LIMIT": "1000",
        "EVENT_ADDRESSES": "some",
        "DEFAULT_LANGUAGE": "tlh",
        "LOG_FORMAT": "xml",
        "LOG_LEVEL": "loud",
    }
    found = problems({"HOME": "/home/somebody", **{f"BULWARK_{name}": text for name, text in wrong.items()}})

    assert {text.partition(":")[0] for text in found} == {f"BULWARK_{name}" for name in wrong}
    assert [text for text in found if "Write " not in text] == []
    assert "cAnArY" not in str(found)
    assert "10.0.0.0/8" in str(found)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://mail.example.org/jmap/session", "https://mail.example.org"),
        ("https://Mail.Example.org:443/", "https://mail.example.org"),
        ("https://mail.example.org:8443?x=1#y", "https://mail.example.org:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:80", "http://localhost"),
        ("http://mail.localhost:8080", "http://mail.localhost:8080"),
        ("https://[2001:DB8::0:1]:8443", "https://[2001:db8::1]:8443"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_only_the_origin_of_the_server_is_kept(written: str, kept: str) -> None:
    assert load(SERVER_URL=written).server_url == kept


@pytest.mark.parametrize(
    "written",
    [
        "http://mail.example.org",
        "http://10.0.0.1",
        "https://",
        "https://user:pass@mail.example.org",
        "https://mail.example.org:99999",
        "https://mail.example.org:x",
        "https://mail_x .example",
        "https://[::1",
        "ldap://mail.example.org",
        "https://\N{ZERO WIDTH SPACE}\N{ZERO WIDTH SPACE}",
    ],
)
def test_other_addresses_are_refused_with_an_example(written: str) -> None:
    assert "Write " in problem(SERVER_URL=written)


def test_plain_http_to_another_machine_is_explained() -> None:
    found = problem(SERVER_URL="http://mail.example.org")

    assert "passwords in the clear" in found
    assert "https://mail.example.org" in found


@given(st.text(max_size=60))
def test_any_address_is_taken_as_an_origin_or_refused_in_a_sentence(text: str) -> None:
    try:
        kept = setting_values.origin(text)
    except setting_values.WrongValue as error:
        said = str(error)
    else:
        said = "Write nothing else"
        assert setting_values.origin(kept) == kept

    assert "Write " in said


@given(st.integers(1, 86400 * 30))
def test_a_duration_reads_back_as_it_was_written(seconds: int) -> None:
    value = timedelta(seconds=seconds)

    assert setting_values.duration(setting_values.in_words(value), least=value, most=value) == value


def test_proxies_are_addresses_and_networks() -> None:
    assert load(TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8,::1").trusted_proxies == (
        ip_network("127.0.0.1/32"),
        ip_network("10.0.0.0/8"),
        ip_network("::1/128"),
    )


def test_idle_longer_than_the_lifetime_is_refused() -> None:
    assert "longer than BULWARK_SESSION_LIFETIME" in problem(SESSION_IDLE="2h", SESSION_LIFETIME="1h")


def test_the_environment_wins_over_the_file_and_empty_counts_as_absent(tmp_path: Path) -> None:
    file = tmp_path / "bulwark.toml"
    file.write_text(
        'server_name = "From the file"\nlog_level = "debug"\n'
        'attempts_limit = 7\ntrusted_proxies = ["10.0.0.0/8", "::1"]\n',
        encoding="utf-8",
    )
    settings = load(file, SERVER_NAME="From the environment", LOG_LEVEL="")

    assert settings.server_name == "From the environment"
    assert settings.log_level == "debug"
    assert settings.attempts_limit == 7
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1/128"))


def test_the_file_is_named_by_the_environment_or_by_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text('server_name = "one"', encoding="utf-8")
    (tmp_path / "two.toml").write_text('server_name = "two"', encoding="utf-8")

    assert load(CONFIG=str(tmp_path / "one.toml")).server_name == "one"
    assert load(tmp_path / "two.toml", CONFIG=str(tmp_path / "one.toml")).server_name == "two"


def test_paths_in_the_file_count_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "bulwark.toml").write_text('data_dir = "state"', encoding="utf-8")

    assert load(tmp_path / "bulwark.toml").data_dir == tmp_path / "state"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('servr_url = "x"', "Did you mean server_url?"),
        ("config = 'x'", "is no setting"),
        ("log_level = true", 'log_level = "warning"'),
        ("[log]\nlevel = 'info'", "is no setting"),
        ("log_level = ", "is not TOML"),
    ],
)
def test_a_wrong_file_is_told_with_its_name_and_a_remedy(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "bulwark.toml"
    file.write_text(content, encoding="utf-8")
    (found,) = problems(NEEDED, file)

    assert told in found
    assert str(file) in found


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")

    assert "cannot be read" in problems(NEEDED, tmp_path / "absent.toml")[0]
    assert "UTF-8" in problems(NEEDED, tmp_path / "binary.toml")[0]


def test_an_unknown_name_in_the_environment_is_a_warning_with_the_nearest_match() -> None:
    loaded = Settings.load({**NEEDED, "BULWARK_SESION_IDLE": "1h", "BULWARK_SERVICE_HOST": "10.0.0.1"}, None)

    assert len(loaded.warnings) == 2
    assert "Did you mean BULWARK_SESSION_IDLE?" in loaded.warnings[0]


def test_the_old_variable_gets_one_warning_that_it_can_be_removed() -> None:
    loaded = Settings.load({**NEEDED, "STALWART_API_URL": "https://mail.example.org/api"}, None)

    assert [text for text in loaded.warnings if "STALWART_API_URL has no effect and can be removed" in text] == list(
        loaded.warnings
    )
    assert len(loaded.warnings) == 1


def test_the_database_address_may_come_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    secret = "postgresql+psycopg://bulwark:cAnArY-database@db/bulwark"
    (tmp_path / "url").write_text(secret + "\n", encoding="utf-8")
    settings = load(DATABASE_URL_FILE=str(tmp_path / "url"))

    assert settings.database_url.reveal() == secret
    assert "cAnArY" not in repr(settings)
    assert "not both" in problem(DATABASE_URL_FILE=str(tmp_path / "url"), DATABASE_URL=secret)


def test_a_relative_sqlite_address_is_refused() -> None:
    assert "four slashes" in problem(DATABASE_URL="sqlite+aiosqlite:///bulwark.sqlite3")
    assert "four slashes" in problem(DATABASE_URL="sqlite+aiosqlite:///:memory:")


def test_the_state_folder_of_the_unit_is_the_data_folder() -> None:
    loaded = Settings.load({**NEEDED, "STATE_DIRECTORY": "/var/lib/bulwark:/var/lib/other"}, None)

    assert loaded.settings.data_dir == Path("/var/lib/bulwark")


def test_an_absent_key_file_is_made_for_the_owner_alone_and_then_kept(tmp_path: Path) -> None:
    path = tmp_path / "data" / "master.key"
    made = master_keys.read_or_make(path)

    assert len(made) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert master_keys.read_or_make(path) == made
    assert [found.name for found in path.parent.iterdir()] == ["master.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    master_keys.read_or_make(path)
    path.chmod(mode)

    assert f"chmod 600 {path}" in problem(MASTER_KEY_FILE=str(path))
    assert f"chmod 600 {path}" in problem(DATA_DIR=str(tmp_path))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "holds no key"),
        ("# only words\n", "holds no key"),
        ("cAnArY-too-short\n", "Line 1"),
        ("A" * 43 + "\n\n" + "A" * 43 + "=\n", "Line 3"),
        ("\N{LATIN SMALL LETTER E WITH ACUTE}" * 43, "something else"),
        ("A" * 42 + "+\n", "Line 1"),
    ],
)
def test_a_key_file_with_something_else_is_refused_without_showing_it(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    found = problem(MASTER_KEY_FILE=str(path))

    assert told in found
    assert "cAnArY" not in found
    assert "AAAA" not in found


def test_several_keys_keep_their_order_with_comments_between(tmp_path: Path) -> None:
    first, second = master_keys.new_master_key(), master_keys.new_master_key()
    path = tmp_path / "master.key"
    path.write_text(f"# since Monday\n{first.reveal()}\n\n{second.reveal()}=\n", encoding="utf-8")
    path.chmod(0o600)

    found = master_keys.read(path)

    assert [master_keys.key_bytes(key) for key in found] == [master_keys.key_bytes(key) for key in (first, second)]


def test_a_key_file_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    with pytest.raises(master_keys.MasterKeyFileError, match="BULWARK_DATA_DIR"):
        master_keys.read_or_make(tmp_path / "file" / "master.key")


def test_mail_programs_are_sent_to_the_mail_server_unless_told_otherwise() -> None:
    plain, named = load(), load(IMAP="imap.example.org:143", SMTP="[2001:db8::1]:587", DAV="https://dav.example.org/x")

    assert (plain.imap.host, plain.imap.port, plain.imap.is_upgraded) == ("mail.example.org", 993, False)
    assert (plain.sieve.port, plain.sieve.is_upgraded, plain.dav) == (4190, True, "https://mail.example.org")
    assert (named.imap.host, named.imap.port, named.imap.is_upgraded) == ("imap.example.org", 143, True)
    assert (named.smtp.host, named.smtp.port, named.dav) == ("2001:db8::1", 587, "https://dav.example.org")


@pytest.mark.parametrize("text", ["", " : ", "imap.example.org:0", "imap.example.org:70000", "a/b", "u@h", "x:y", "-"])
def test_what_is_no_host_with_a_port_is_refused(text: str) -> None:
    with pytest.raises(setting_values.WrongValue, match="Write for example imap"):
        setting_values.endpoint(text, port=993)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_each_setting_is_documented_as_it_is(setting: object) -> None:
    name, takes, default, example, meaning = (
        getattr(setting, part) for part in ("name", "takes", "default", "example", "meaning")
    )

    assert f"| `{name}` | {takes} | {default} | `{example}` | {meaning} |" in DOCUMENTATION.read_text(encoding="utf-8")


def test_the_documentation_names_no_other_setting() -> None:
    rows = [line for line in DOCUMENTATION.read_text(encoding="utf-8").splitlines() if line.startswith("| `BULWARK_")]

    assert [row.split("`")[1] for row in rows] == [setting.name for setting in SETTINGS]


def test_each_setting_has_a_use() -> None:
    elsewhere = {name if name == "login_url" else f"oidc_{name}" for name in SingleSignOn.__dataclass_fields__}
    fields = Settings.__dataclass_fields__.keys() - {"sso"} | elsewhere

    assert {setting.key for setting in SETTINGS} - fields == {"config", "webhook_secret_old"} | IN_FILES
    assert fields <= {setting.key for setting in SETTINGS}


def test_each_example_is_accepted_as_it_stands(tmp_path: Path) -> None:
    examples = {setting.name.removeprefix("BULWARK_"): setting.example for setting in SETTINGS}
    for name in ("CONFIG", *(key.upper() for key in IN_FILES)):
        del examples[name]
    (tmp_path / "ca.pem").write_text("authorities", encoding="utf-8")
    examples["CA_FILE"] = examples["PROFILE_CERTIFICATE"] = str(tmp_path / "ca.pem")

    assert load(**examples).server_url == "https://mail.example.org"


FIRST, SECOND = "k3pT9vXq2LmZ7wRb4NsY", "another-one-of-sixteen"


def test_the_webhook_takes_one_secret_or_two_while_it_is_changed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{FIRST}\n\n{SECOND}\n", encoding="utf-8")

    assert load().webhook_secret == ()
    assert load(WEBHOOK_SECRET=FIRST).webhook_secret == (Secret(FIRST),)
    assert load(WEBHOOK_SECRET=FIRST, WEBHOOK_SECRET_OLD=SECOND).webhook_secret == (Secret(FIRST), Secret(SECOND))
    assert load(WEBHOOK_SECRET_FILE=str(tmp_path / "secret")).webhook_secret == (Secret(FIRST), Secret(SECOND))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"WEBHOOK_SECRET": "short"}, "openssl rand"),
        ({"WEBHOOK_SECRET": FIRST, "WEBHOOK_SECRET_FILE": "secret"}, "not both"),
        ({"WEBHOOK_SECRET_OLD": FIRST}, "Write BULWARK_WEBHOOK_SECRET"),
        ({"METRICS_TOKEN": FIRST, "METRICS_TOKEN_FILE": "secret"}, "not both"),
        ({"METRICS_TOKEN_FILE": "nothing-here"}, "METRICS_TOKEN_FILE"),
    ],
)
def test_secrets_of_other_programs_are_checked(given: dict[str, str], told: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(FIRST, encoding="utf-8")
    given = {name: str(tmp_path / text) if name.endswith("FILE") else text for name, text in given.items()}

    with pytest.raises(SettingsError, match=told) as refused:
        load(**given)
    assert FIRST not in str(refused.value)
