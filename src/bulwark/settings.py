"""Every setting of the panel: from the environment, from a TOML file, checked once, then frozen.

The environment wins over the file. In the file the names are flat and without the prefix: `BULWARK_SERVER_URL` is
`server_url`. `SETTINGS` is the list that the documentation shows and that unknown names are compared with. Nothing here
prints a value that may be a secret.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import urlsplit

from bulwark import master_keys, setting_sso
from bulwark import setting_values as values
from bulwark.setting_list import OF_COMMANDS, PREFIX, SETTINGS
from stalwart_jmap.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Value = TypeVar("Value")
Word = TypeVar("Word", bound=str)

DATABASE_NAME = "bulwark.sqlite3"
_SQLITE = "sqlite+aiosqlite:///"
_POSTGRESQL = "postgresql+psycopg://"
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


NO_SECRETS: tuple[Secret, ...] = ()
_BY_KEY = {setting.key: setting for setting in SETTINGS}
_FILE_KEYS = [key for key in _BY_KEY if key != "config"]


class SettingsError(Exception):
    """The settings do not do; `problems` are whole sentences, all of them, none with a secret in it."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The checked settings; see `SETTINGS` for their meaning."""

    server_url: str
    public_url: str | None
    data_dir: Path
    database_url: Secret
    master_key_file: Path
    sign_in: Literal["password", "redirect"]
    sso: setting_sso.SingleSignOn
    ca_file: Path | None
    trusted_proxies: tuple[values.Network, ...]
    server_name: str
    contact: str | None
    policy_text: str | None
    totp_issuer: str
    imap: values.Endpoint
    smtp: values.Endpoint
    pop3: values.Endpoint
    sieve: values.Endpoint
    dav: str
    profile_certificate: Path | None
    app_password_limit: int | None
    api_key_limit: int | None
    api_keys: Literal["administrators", "permitted"]
    session_idle: timedelta
    session_lifetime: timedelta
    attempts_limit: int
    attempts_window: timedelta
    attempts_longest_wait: timedelta
    events_kept: timedelta
    event_addresses: Literal["full", "shortened"]
    webhook_secret: tuple[Secret, ...]
    metrics_token: Secret | None
    default_language: str
    log_format: Literal["console", "json"]
    log_level: Literal["debug", "info", "warning", "error"]

    @staticmethod
    def load(environ: Mapping[str, str], file: Path | None) -> Loaded:
        """Read and check everything; `file` (from `--config`) wins over `BULWARK_CONFIG`.

        Raises `SettingsError` with every problem at once. Makes no file and no folder.
        """
        reader = _Reader(environ, file)
        settings = reader.settings()
        if reader.problems or settings is None:
            raise SettingsError(tuple(reader.problems))
        return Loaded(settings=settings, warnings=tuple(reader.warnings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Settings that hold, and sentences the administrator should see once at start."""

    settings: Settings
    warnings: tuple[str, ...]


class _Reader:
    """Collects texts from both sources, and every problem on the way."""

    def __init__(self, environ: Mapping[str, str], file: Path | None) -> None:
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self._environ = environ
        self._texts: dict[str, tuple[str, str, Path | None]] = {}  # key → text, name as written, folder of the file
        named = environ.get(f"{PREFIX}CONFIG", "").strip()
        path = file or (Path(named) if named else None)
        if path is not None:
            self._read_file(path)
        self._read_environment()

    def _read_file(self, path: Path) -> None:
        try:
            with path.open("rb") as source:
                table = tomllib.load(source)
        except OSError as error:
            self.problems.append(f"The settings file {path} cannot be read ({error.strerror}). Name one that exists.")
            return
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            where = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is not UTF-8"
            self.problems.append(
                f'{path} is not TOML: {where}. Write lines such as server_url = "https://mail.example.org"'
            )
            return
        for key, value in table.items():
            name = f"{key} in {path}"
            if key not in _FILE_KEYS:
                hint = _nearest(key, _FILE_KEYS) or "server_url"
                self.problems.append(f"{name} is no setting. Did you mean {hint}?")
            elif (text := _as_text(value)) is None:
                self.problems.append(f'{name} must be a text. Write for example {key} = "{_BY_KEY[key].example}"')
            elif text.strip():
                self._texts[key] = (text.strip(), name, path.resolve().parent)

    def _read_environment(self) -> None:
        for name, text in self._environ.items():
            if not name.startswith(PREFIX):
                continue
            key = name.removeprefix(PREFIX).lower()
            if name in OF_COMMANDS and key not in _BY_KEY:
                continue
            if key not in _BY_KEY or name != name.upper():
                hint = _nearest(name.upper(), [setting.name for setting in SETTINGS])
                self.warnings.append(
                    f"{name} is no setting and has no effect." + (f" Did you mean {hint}?" if hint else "")
                )
            elif text.strip():
                self._texts[key] = (text.strip(), name, None)
        if "STALWART_API_URL" in self._environ:
            self.warnings.append(
                "STALWART_API_URL has no effect and can be removed; BULWARK_SERVER_URL names the server."
            )

    def take(self, key: str, read: Callable[[str], Value], default: Value) -> Value:
        """The value of one setting, or its default when it is absent or wrong (then with a problem noted)."""
        if key not in self._texts:
            return default
        text, name, folder = self._texts[key]
        if _BY_KEY[key].takes in {"file", "folder"}:
            text = str((folder or Path.cwd()) / Path(text).expanduser())
        try:
            return read(text)
        except (values.WrongValue, master_keys.MasterKeyFileError) as error:
            self.problems.append(f"{name}: {error}")
            return default

    def settings(self) -> Settings | None:
        """All values, with cross-checks; None when a value without default is missing."""
        take = self.take
        if "server_url" not in self._texts:
            self.problems.append(
                "BULWARK_SERVER_URL is missing. Write the mail server's address, for example "
                "BULWARK_SERVER_URL=https://mail.example.org",
            )
        server_url = take("server_url", values.origin, "")
        name = take("server_name", values.line, urlsplit(server_url).hostname or "")
        data_dir = take("data_dir", Path, self._default_data_dir())
        idle, lifetime = self._span("session_idle", "30m", most="7d"), self._span("session_lifetime", "12h", most="90d")
        if idle > lifetime:
            self.problems.append(
                f"BULWARK_SESSION_IDLE ({values.in_words(idle)}) is longer than BULWARK_SESSION_LIFETIME "
                f"({values.in_words(lifetime)}). Write for example BULWARK_SESSION_IDLE={values.in_words(lifetime)}",
            )
        if data_dir is None:
            return None
        return Settings(
            server_url=server_url,
            public_url=take("public_url", values.origin, None),
            data_dir=data_dir,
            database_url=self._database_url(data_dir),
            master_key_file=take("master_key_file", _key_file, self._default_key_file(data_dir)),
            sign_in=self._choice("sign_in", "password", "redirect"),
            sso=self._single_sign_on(server_url),
            ca_file=take("ca_file", values.file, None),
            trusted_proxies=take("trusted_proxies", values.networks, ()),
            server_name=name,
            contact=take("contact", values.mail_address, None),
            policy_text=take("policy_text", values.line, None),
            totp_issuer=take("totp_issuer", values.issuer, name.replace(":", " ")),
            imap=self._endpoint("imap", server_url, 993),
            smtp=self._endpoint("smtp", server_url, 465),
            pop3=self._endpoint("pop3", server_url, 995),
            sieve=self._endpoint("sieve", server_url, 4190),
            dav=take("dav", values.origin, server_url),
            profile_certificate=take("profile_certificate", values.file, None),
            app_password_limit=take("app_password_limit", _limit, None),
            api_key_limit=take("api_key_limit", _limit, None),
            api_keys=self._choice("api_keys", "administrators", "permitted"),
            session_idle=idle,
            session_lifetime=lifetime,
            attempts_limit=take("attempts_limit", partial(values.number, least=3, most=50), 10),
            attempts_window=self._span("attempts_window", "15m", most="1d"),
            attempts_longest_wait=self._span("attempts_longest_wait", "1h", most="1d"),
            events_kept=self._span("events_kept", "180d", least="1d", most="3650d"),
            event_addresses=self._choice("event_addresses", "full", "shortened"),
            webhook_secret=self._webhook_secrets(),
            metrics_token=self._metrics_token(),
            default_language=take("default_language", _language, "en"),
            log_format=self._choice("log_format", "console", "json"),
            log_level=self._choice("log_level", "info", "debug", "warning", "error"),
        )

    def _single_sign_on(self, server_url: str) -> setting_sso.SingleSignOn:
        """Who signs people in elsewhere; the way back needs the panel's own address."""
        take = self.take
        asked = [self._texts[key] for key in ("sign_in", "oidc_issuer") if key in self._texts]
        if any(text != "password" for text, _name, _folder in asked) and "public_url" not in self._texts:
            self.problems.append(
                "BULWARK_PUBLIC_URL is missing: redirect sign-in leads back to it. Write for example "
                "BULWARK_PUBLIC_URL=https://account.example.org"
            )
        self._only_one("oidc_client_secret")
        return setting_sso.SingleSignOn(
            issuer=take("oidc_issuer", setting_sso.issuer, None),
            client_id=take("oidc_client_id", setting_sso.client_id, setting_sso.CLIENT_ID),
            client_secret=take(
                "oidc_client_secret_file",
                setting_sso.client_secret_in,
                take("oidc_client_secret", setting_sso.client_secret, None),
            ),
            scopes=take("oidc_scopes", setting_sso.scopes, setting_sso.SCOPES),
            name=take("oidc_name", values.line, None),
            account_url=take("oidc_account_url", setting_sso.page, None),
            private_addresses=self._choice("oidc_private_addresses", "refused", "allowed") == "allowed",
            login_url=take("login_url", values.origin, server_url),
        )

    def _only_one(self, key: str) -> None:
        """Note a problem where a secret is given both as itself and in a file."""
        if {key, f"{key}_file"} <= self._texts.keys():
            name = f"{PREFIX}{key.upper()}"
            self.problems.append(f"Write either {name} or {name}_FILE, not both.")

    def _webhook_secrets(self) -> tuple[Secret, ...]:
        """None (the hook does not exist then), one, or two while the secret is being changed."""
        self._only_one("webhook_secret")
        newest = self.take("webhook_secret", values.shared_secret, None)
        old = self.take("webhook_secret_old", values.shared_secret, None)
        in_file = self.take("webhook_secret_file", partial(values.shared_secrets, most=2), NO_SECRETS)
        found = tuple(secret for secret in (newest, *in_file, old) if secret is not None)
        if old is not None and len(found) == 1:
            self.problems.append(
                "BULWARK_WEBHOOK_SECRET_OLD alone is no secret in force. Write BULWARK_WEBHOOK_SECRET."
            )
        return found

    def _metrics_token(self) -> Secret | None:
        self._only_one("metrics_token")
        in_file = self.take("metrics_token_file", partial(values.shared_secrets, most=1), NO_SECRETS)
        return in_file[0] if in_file else self.take("metrics_token", values.shared_secret, None)

    def _span(self, key: str, default: str, *, least: str = "1m", most: str) -> timedelta:
        read = partial(values.duration, least=_span(least), most=_span(most))
        return self.take(key, read, _span(default))

    def _choice(self, key: str, default: Word, *others: Word) -> Word:
        return self.take(key, lambda text: values.choice(text, default, *others), default)

    def _endpoint(self, key: str, server_url: str, port: int) -> values.Endpoint:
        default = values.Endpoint(host=urlsplit(server_url).hostname or "", port=port)
        return self.take(key, partial(values.endpoint, port=port), default)

    def _default_data_dir(self) -> Path | None:
        """The state folder of a systemd unit, else the person's; None, with a problem noted, when there is neither."""
        state = self._environ.get("STATE_DIRECTORY", "").split(":")[0]
        if state:
            return Path(state)
        data_home, home = self._environ.get("XDG_DATA_HOME", ""), self._environ.get("HOME", "")
        if data_home.startswith("/"):
            return Path(data_home) / "bulwark"
        if home:
            return Path(home) / ".local" / "share" / "bulwark"
        if "data_dir" not in self._texts:
            self.problems.append(
                "BULWARK_DATA_DIR is missing and there is no home folder to fall back to. Write for example "
                "BULWARK_DATA_DIR=/var/lib/bulwark",
            )
        return None

    def _default_key_file(self, data_dir: Path) -> Path:
        path = data_dir / "master.key"
        if "master_key_file" not in self._texts and master_keys.is_there(path):
            try:
                master_keys.read(path)
            except master_keys.MasterKeyFileError as error:
                self.problems.append(str(error))
        return path

    def _database_url(self, data_dir: Path) -> Secret:
        self._only_one("database_url")
        default = Secret(f"{_SQLITE}{(data_dir / DATABASE_NAME).absolute()}")
        return self.take("database_url_file", _database_url_in, self.take("database_url", _database_url, default))


def _limit(text: str) -> int:
    return values.number(text, least=1, most=10_000)


def _span(text: str) -> timedelta:
    return values.duration(text, least=timedelta(0), most=timedelta.max)


def _as_text(value: object) -> str | None:
    """A TOML value as the environment would spell it; None for tables, dates, true and false."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return None


def _nearest(name: str, names: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=0.7)), None)


def _key_file(text: str) -> Path:
    """A key file may be absent (it is made at the first start) but not unusable."""
    path = Path(text)
    if master_keys.is_there(path):
        master_keys.read(path)
    return path


def _database_url(text: str) -> Secret:
    """The address is never shown in a problem: it may carry a password."""
    example = f"Write for example {_POSTGRESQL}bulwark@localhost/bulwark or {_SQLITE}/var/lib/bulwark/{DATABASE_NAME}"
    if text.startswith(_SQLITE):
        if not text.removeprefix(_SQLITE).startswith("/"):
            raise values.WrongValue(f"An SQLite address needs a whole path, so four slashes. {example}")
        return Secret(text)
    if text.startswith(_POSTGRESQL):
        if find_spec("psycopg") is None:
            raise values.WrongValue(
                "The PostgreSQL driver is not installed. Add the extra: bulwark-account-security[postgresql]"
            )
        return Secret(text)
    raise values.WrongValue(f"It names no database that is understood. {example}")


def _database_url_in(text: str) -> Secret:
    return _database_url(values.file(text).read_text(encoding="utf-8", errors="replace").strip())


def _language(text: str) -> str:
    """One of the languages there is a catalogue for."""
    folders = (Path(__file__).parent / "locale").glob("*/LC_MESSAGES")
    return values.choice(text, "en", *sorted({folder.parent.name.replace("_", "-") for folder in folders} - {"en"}))
