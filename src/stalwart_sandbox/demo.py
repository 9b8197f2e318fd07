"""The demonstration's people: one mail domain, each person showing something else. Their passwords are public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import dates
from stalwart_sandbox.identities import blank

if TYPE_CHECKING:
    from stalwart_sandbox.sandbox import Sandbox

DOMAIN: Final = "example.org"
_HOUR: Final = 3600
_DAY: Final = 86_400
HISTORY: Final = _DAY  # seconds: how far back the reported sign-ins go
_MAIL_ONLY: Final = {
    "@type": "Replace",
    "permissions": {"authenticate": True, "imapAuthenticate": True, "emailSend": True, "emailReceive": True},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """Somebody to sign in as; `otp_secret` is the base32 secret of a second factor that is on."""

    login: str
    password: str
    shows: str
    otp_secret: str | None = None


DEMO_PEOPLE: Final[tuple[DemoPerson, ...]] = (
    DemoPerson(
        login=f"alice@{DOMAIN}",
        password="harbour lantern velvet 1",
        shows="an ordinary account: two app passwords, an API key, two addresses",
    ),
    DemoPerson(
        login=f"bob@{DOMAIN}",
        password="maple river candle 2",
        shows="two-factor authentication is on, set up elsewhere",
        otp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    ),
    DemoPerson(
        login=f"carol@{DOMAIN}",
        password="copper meadow whistle 3",
        shows="few permissions: no new app passwords, no API keys, no encryption keys",
    ),
    DemoPerson(
        login=f"dave@{DOMAIN}",
        password="autumn pebble orchard 4",
        shows="the password has expired and must be changed first",
    ),
    DemoPerson(
        login=f"erin@{DOMAIN}",
        password="winter saddle compass 5",
        shows="the password is managed in an outside directory",
    ),
    DemoPerson(
        login=f"frank@{DOMAIN}",
        password="marble garden tractor 6",
        shows="many credentials: the quota of app passwords is used up, some have ended",
    ),
    DemoPerson(
        login=f"grace@{DOMAIN}",
        password="silver thunder blanket 7",
        shows="an administrator of the server",
    ),
    DemoPerson(
        login=f"heidi@{DOMAIN}",
        password="walnut island feather 8",
        shows="may not change the password: a role forbids it",
    ),
    DemoPerson(
        login=f"ivan@{DOMAIN}",
        password="ginger anchor notebook 9",
        shows="two-factor authentication is on, set up in the panel: has recovery codes",
        otp_secret="KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TF",
    ),
)

_CAROL_LACKS: Final = (
    "sysAppPasswordCreate",
    "sysApiKeyGet",
    "sysApiKeyQuery",
    "sysApiKeyCreate",
    "sysApiKeyUpdate",
    "sysApiKeyDestroy",
    "sysPublicKeyGet",
    "sysPublicKeyQuery",
    "sysPublicKeyCreate",
    "sysPublicKeyUpdate",
    "sysPublicKeyDestroy",
    "jmapIdentityCreate",
    "jmapIdentityUpdate",
    "jmapIdentityDestroy",
)


def populate(sandbox: Sandbox) -> None:
    """Make every person of DEMO_PEOPLE on a server that has none of them."""
    denied = sandbox.add_role("No password change", disabled=("sysAccountPasswordGet", "sysAccountPasswordUpdate"))
    special: dict[str, dict[str, Any]] = {
        "alice": {"aliases": ("al",)},
        "carol": {"lacks": _CAROL_LACKS},
        "dave": {"expired": True},
        "erin": {"directory": "sql"},
        "grace": {"roles": {"@type": "Admin"}},
        "heidi": {"roles": {"@type": "Custom", "roleIds": {"b": True, denied: True}}},
    }
    for person in DEMO_PEOPLE:
        name = person.login.partition("@")[0]
        sandbox.add_account(
            person.login,
            person.password,
            otp_secret=person.otp_secret,
            description=f"{name.capitalize()} Example",
            **special.get(name, {}),
        )
    _fill_alice(sandbox)
    _fill_frank(sandbox)
    sandbox.add_app_password(f"carol@{DOMAIN}", "Phone", created_at=_ago(sandbox, 40))
    sandbox.add_app_password(f"bob@{DOMAIN}", "Thunderbird", created_at=_ago(sandbox, 12))
    for report in _HISTORY:
        _report(sandbox, report)


@dataclass(frozen=True, slots=True)
class _Report:
    """A sign-in some hours ago; `credential` is the description of an app password or key, empty for the password."""

    name: str
    hours: float
    credential: str = ""
    listener: str = "imaps"
    address: str = "203.0.113.7"
    kind: str = "auth.success"


_HISTORY: Final = (
    _Report("alice", 0.4, "Laptop"),
    _Report("alice", 5, "Phone", address="198.51.100.23"),
    _Report("alice", 2, listener="submissions"),
    _Report("alice", 3),
    _Report("alice", 6, kind="auth.failed", address="192.0.2.66"),
    _Report("alice", 6.1, kind="auth.failed", address="192.0.2.66"),
    _Report("alice", 9, "Backup script", listener="http", address="192.0.2.14"),
    _Report("bob", 1, "Thunderbird"),
    _Report("bob", 7, listener="submissions", kind="auth.mfa-required", address="198.51.100.77"),
    _Report("carol", 4, "Phone"),
    _Report("frank", 0.2, "Tablet", address="2001:db8::17"),
    _Report("frank", 8, "Nightly backup", listener="http"),
)
_PORTS: Final = {"imaps": 993, "submissions": 465, "http": 443}


def _report(sandbox: Sandbox, report: _Report) -> None:
    account = sandbox.account(f"{report.name}@{DOMAIN}")
    used = next(
        (one for one in account.credentials if report.credential and one.description == report.credential), None
    )
    sandbox.state.events.report(
        report.kind,
        _ago(sandbox, report.hours * _HOUR / _DAY),
        accountName=account.address if used is None else account.name,
        accountId=account.number,
        id=None if used is None else used.number,
        listenerId=report.listener,
        localPort=_PORTS[report.listener],
        remoteIp=report.address,
    )


def _ago(sandbox: Sandbox, days: float) -> str:
    """The registry date so many days ago; a negative number is the future."""
    return dates.text(sandbox.state.now() - days * _DAY)


def _fill_alice(sandbox: Sandbox) -> None:
    login = f"alice@{DOMAIN}"
    sandbox.add_app_password(login, "Phone", created_at=_ago(sandbox, 200), permissions=_MAIL_ONLY)
    sandbox.add_app_password(login, "Laptop", created_at=_ago(sandbox, 3), expires_at=_ago(sandbox, -90))
    sandbox.add_api_key(login, "Backup script", created_at=_ago(sandbox, 75), allowed_ips=("192.0.2.0/24",))
    account = sandbox.account(login)
    identities = sandbox.state.identities(account)
    identities.sync(sandbox.state.addresses(account), account.description)
    identities.add(
        blank(email=f"al@{DOMAIN}", name="Alice at the choir")
        | {"replyTo": [{"name": None, "email": "choir@example.net"}], "textSignature": "-- \nAlice, second alto"}
    )


def _fill_frank(sandbox: Sandbox) -> None:
    login = f"frank@{DOMAIN}"
    app_passwords: tuple[tuple[str, dict[str, Any]], ...] = (
        ("Old phone", {"created_at": _ago(sandbox, 900), "expires_at": _ago(sandbox, 30)}),
        ("Tablet", {"created_at": _ago(sandbox, 400), "permissions": _MAIL_ONLY}),
        ("Office computer", {"created_at": _ago(sandbox, 220), "allowed_ips": ("198.51.100.0/24", "2001:db8::/32")}),
        ("Calendar on the fridge", {"created_at": _ago(sandbox, 60), "expires_at": _ago(sandbox, -5)}),
        ("Everything, everywhere", {"created_at": _ago(sandbox, 1)}),
    )
    for text, properties in app_passwords:
        sandbox.add_app_password(login, text, **properties)
    reading = {"@type": "Replace", "permissions": {"authenticate": True, "jmapEmailGet": True, "jmapEmailQuery": True}}
    sandbox.add_api_key(login, "Nightly backup", created_at=_ago(sandbox, 300), permissions=reading)
    sandbox.add_api_key(login, "Monitoring", created_at=_ago(sandbox, 90), allowed_ips=("203.0.113.7",))
    sandbox.add_api_key(login, "Trial", created_at=_ago(sandbox, 30), expires_at=_ago(sandbox, 2))
