"""The list of settings: what each takes, its default, and what it means; documentation and messages read it."""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "BULWARK_"
# Names that the command line reads for itself; no mistakes beside the panel's.
OF_COMMANDS = frozenset({"BULWARK_PROFILE", "BULWARK_OIDC_CLIENT_ID"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the documentation says about one setting."""

    name: str
    takes: str
    default: str
    example: str
    meaning: str

    @property
    def key(self) -> str:
        """Its name in the TOML file."""
        return self.name.removeprefix(PREFIX).lower()


def _row(name: str, takes: str, default: str, example: str, meaning: str) -> Setting:
    return Setting(name=PREFIX + name, takes=takes, default=default, example=example, meaning=meaning)


SETTINGS: tuple[Setting, ...] = (
    _row("SERVER_URL", "address", "required", "https://mail.example.org",
         "The mail server. Only its origin counts; a path is dropped. Plain http is taken for this machine only."),
    _row("PUBLIC_URL", "address", "from the request, on this machine only", "https://account.example.org",
         "Where people open the panel. Needed for links in messages and on sheets, and for any host but this one."),
    _row("DATA_DIR", "folder", "`$STATE_DIRECTORY`, else `~/.local/share/bulwark`", "/var/lib/bulwark",
         "Holds the SQLite database and the master key file. Made with mode 0700 when absent."),
    _row("DATABASE_URL", "database address", "SQLite in the data folder", "postgresql+psycopg://bulwark@db/bulwark",
         "`sqlite+aiosqlite:///` and a path, or `postgresql+psycopg://` for several machines."),
    _row("DATABASE_URL_FILE", "file", "none", "/run/secrets/database-url",
         "A file whose one line is the database address, so that its password stays out of the environment."),
    _row("MASTER_KEY_FILE", "file", "`master.key` in the data folder", "/etc/bulwark/master.key",
         "One base64url key of 32 bytes a line: the first seals, all open. Made when absent; mode 0600 is demanded."),
    _row("CA_FILE", "file", "the system's authorities", "/etc/bulwark/ca.pem",
         "Certificate authorities (PEM) that the mail server's certificate is checked against."),
    _row("SIGN_IN", "`password` or `redirect`", "password", "redirect",
         "`redirect`: people sign in at the mail server's own page or at the provider; see `single-sign-on.md`."),
    _row("LOGIN_URL", "address", "the mail server's address", "https://mail.example.org",
         "Where browsers reach the mail server's own sign-in page, if that is another address than the panel uses."),
    _row("OIDC_ISSUER", "address", "none", "https://sso.example.org/realms/mail",
         "The OpenID Connect provider that signs people in, exactly as it names itself."),
    _row("OIDC_CLIENT_ID", "text without spaces", "bulwark-account-security", "bulwark",
         "The name under which this panel is registered, at the mail server or at the provider."),
    _row("OIDC_CLIENT_SECRET", "text without spaces", "none: a public client", "k3pT9vXq2LmZ7wRb4NsY",
         "The secret that the provider gave for it. It is sent to the provider alone."),
    _row("OIDC_CLIENT_SECRET_FILE", "file", "none", "/run/secrets/oidc-client-secret", "A file with the same."),
    _row("OIDC_SCOPES", "texts with spaces", "email profile", "email profile offline_access",
         "What is asked for at the provider besides `openid`; many give a refresh token for `offline_access` only."),
    _row("OIDC_NAME", "text", "the provider's host", "Example login", "What the sign-in button calls the provider."),
    _row("OIDC_ACCOUNT_URL", "address", "the provider's host", "https://sso.example.org/account",
         "Where people manage password and second factor at the provider; pages lead there."),
    _row("OIDC_PRIVATE_ADDRESSES", "`refused` or `allowed`", "refused", "allowed",
         "Whether the provider may live in your own network, at an address that the internet cannot reach."),
    _row("TRUSTED_PROXIES", "addresses or networks with commas", "none", "127.0.0.1, 10.0.0.0/8",
         "Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."),
    _row("SERVER_NAME", "text", "the mail server's host", "Example mail", "What pages call the mail server."),
    _row("CONTACT", "mail address", "none", "postmaster@example.org", "The administrator that pages point to."),
    _row("POLICY_TEXT", "text", "the server's defaults in words", "At least 14 characters, not your name.",
         "Your own wording of the password policy, shown beside the new password."),
    _row("TOTP_ISSUER", "text without colon", "the server name", "Example mail",
         "The name that an authenticator app shows for the account."),
    _row("IMAP", "host, port optional", "the mail server's host, port 993", "imap.example.org",
         "Where mail programs read mail; shown and written into profiles. The port tells TLS from STARTTLS."),
    _row("SMTP", "host, port optional", "the mail server's host, port 465", "smtp.example.org:587",
         "Where mail programs send mail."),
    _row("POP3", "host, port optional", "the mail server's host, port 995", "pop.example.org", "The same for POP3."),
    _row("SIEVE", "host, port optional", "the mail server's host, port 4190", "mail.example.org",
         "The same for ManageSieve, which edits mail filters."),
    _row("DAV", "address", "the mail server's address", "https://dav.example.org",
         "Where calendars, contacts and files are."),
    _row("PROFILE_CERTIFICATE", "file", "none: profiles are unsigned", "/etc/bulwark/profile.pem",
         "PEM with certificate, chain and private key (without passphrase); signs the profiles for Apple devices."),
    _row("APP_PASSWORD_LIMIT", "number", "learned from a refusal", "5",
         "How many app passwords the mail server allows an account. The mail server decides; this is only shown."),
    _row("API_KEY_LIMIT", "number", "learned from a refusal", "5", "The same for API keys."),
    _row("API_KEYS", "`administrators` or `permitted`", "administrators", "permitted",
         "Who sees the page for API keys: administrators of accounts, or everybody who holds the permissions."),
    _row("SESSION_IDLE", "duration", "30m", "30m", "A signed-in browser is forgotten after so long without use."),
    _row("SESSION_LIFETIME", "duration", "12h", "12h", "A sign-in lasts so long at most."),
    _row("ATTEMPTS_LIMIT", "number", "10", "10", "Wrong tries that are taken before waiting begins."),
    _row("ATTEMPTS_WINDOW", "duration", "15m", "15m", "The time in which wrong tries are counted together."),
    _row("ATTEMPTS_LONGEST_WAIT", "duration", "1h", "1h", "The wait doubles with each further wrong try up to this."),
    _row("EVENTS_KEPT", "duration", "180d", "180d", "How long the list of events is kept."),
    _row("EVENT_ADDRESSES", "`full` or `shortened`", "full", "shortened",
         "Whether events keep the whole network address or only its network (IPv4 /24, IPv6 /48)."),
    _row("WEBHOOK_SECRET", "text without spaces, 16 letters or more", "none: no webhook", "k3pT9vXq2LmZ7wRb4NsY",
         "The key with which the mail server signs its reports of sign-ins; see `webhook.md`."),
    _row("WEBHOOK_SECRET_FILE", "file", "none", "/run/secrets/webhook-secret",
         "A file with the same; a second line is the key before, taken as well while you change it."),
    _row("WEBHOOK_SECRET_OLD", "text without spaces, 16 letters or more", "none", "k3pT9vXq2LmZ7wRb4NsY",
         "The key before, taken as well while you change it."),
    _row("METRICS_TOKEN", "text without spaces, 16 letters or more", "none: there are no metrics",
         "k3pT9vXq2LmZ7wRb4NsY", "What Prometheus sends as a bearer token to read `/metrics`."),
    _row("METRICS_TOKEN_FILE", "file", "none", "/run/secrets/metrics-token", "A file with the same."),
    _row("DEFAULT_LANGUAGE", "language", "en", "de", "Shown to browsers that ask for no language the panel speaks."),
    _row("LOG_FORMAT", "`console` or `json`", "console", "json", "One line for people, or one JSON object, per entry."),
    _row("LOG_LEVEL", "`debug`, `info`, `warning` or `error`", "info", "warning", "The least weight that is logged."),
    _row("CONFIG", "file", "none", "/etc/bulwark/bulwark.toml", "A TOML file with these settings; `--config` wins."),
)  # fmt: skip
