"""Faults and odd servers that a test or the demonstration switches on, for everybody or for one account.

    quirks.set("429", retry_after=17)                        the server's own request limit
    quirks.set("cut-after", account="alice@example.org",     the change is made, the answer is lost
               method="x:AccountPassword/set", times=1)
    quirks.clear("429"); quirks.clear()

`account` is an address; `method` a JMAP method name of the request; `path` the beginning of an HTTP path; `times` how
often it happens before it switches itself off, `skip` how many fitting exchanges are spared before the first. Whatever
is not given matches everything. The latest one set goes first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Quirk(StrEnum):
    """Every fault there is; the comment names its options with their defaults."""

    BEFORE_0_16 = "before-0.16"  # no urn:stalwart:jmap, no /api/account, REST instead of x: methods
    DIRECTORY_SQL = "directory-sql"  # passwords live in an outside database
    DIRECTORY_OIDC = "directory-oidc"  # passwords live with an OpenID Connect provider
    NO_DEVICE_FLOW = "no-device-flow"  # something before the server lets no device code through
    EXPIRED_PASSWORD = "expired-password"  # until the account's password is changed
    TOO_MANY_REQUESTS = "429"  # retry_after=17 (seconds)
    BAN = "ban"  # address=None: everything from it, or from everywhere, is 403
    INTERNAL_ERROR = "500"  # instead of an answer; nothing was done
    UNAVAILABLE = "503"  # a proxy's page, as HTML
    TOO_MANY_CONCURRENT = "concurrency"  # 400 limit maxConcurrentRequests
    CUT_BEFORE = "cut-before"  # the connection ends before anything was done
    CUT_AFTER = "cut-after"  # everything was done, then the connection ends
    SLOW = "slow"  # seconds=1.0 before anything is done
    SLOW_ANSWER = "slow-answer"  # seconds=1.0 after everything was done
    TRUNCATED_JSON = "truncated-json"  # half of the answer's body, complete as HTTP
    NONSENSE = "nonsense"  # everything was done, and the answer is JSON of another shape
    WRONG_ID = "wrong-id"  # everything was done, and the answer names other objects than were asked about
    HTML = "html"  # status=200: a web page instead of JSON
    EMPTY = "empty"  # status=200: no body
    HUGE = "huge"  # size=11_000_000 (bytes): the answer, padded
    REDIRECT = "redirect"  # location="https://elsewhere.example/", status=307
    RELATIVE_URLS = "relative-urls"  # the session resource without an origin, as in recovery mode
    MISLEADING_URLS = "misleading-urls"  # origin="https://mail.internal.example": session URLs that lead elsewhere
    CLOCK_SKEW = "clock-skew"  # seconds=300: the server's clock, its Date header and its codes


_OPTIONS: Final[dict[Quirk, dict[str, Any]]] = {
    Quirk.TOO_MANY_REQUESTS: {"retry_after": 17},
    Quirk.BAN: {"address": None},
    Quirk.SLOW: {"seconds": 1.0},
    Quirk.SLOW_ANSWER: {"seconds": 1.0},
    Quirk.HTML: {"status": 200},
    Quirk.EMPTY: {"status": 200},
    Quirk.HUGE: {"size": 11_000_000},
    Quirk.REDIRECT: {"location": "https://elsewhere.example/", "status": 307},
    Quirk.MISLEADING_URLS: {"origin": "https://mail.internal.example"},
    Quirk.CLOCK_SKEW: {"seconds": 300},
}
_GLOBAL: Final = frozenset({Quirk.CLOCK_SKEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What a quirk can be tied to: the account as far as it is known, the path, the JMAP methods, the client."""

    path: str
    client: str
    account: str | None = None
    methods: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Active:
    quirk: Quirk
    account: str | None
    path: str | None
    method: str | None
    times: int | None
    skip: int
    options: dict[str, Any]
    spared: set[str] = field(default_factory=set)

    def concerns(self, account: str | None) -> bool:
        """Whether the quirk is meant for this account."""
        return (self.account is None or self.account == account) and account not in self.spared

    def matches(self, exchange: Exchange) -> bool:
        """Whether the quirk is meant for this exchange."""
        return (
            self.concerns(exchange.account)
            and (self.path is None or exchange.path.startswith(self.path))
            and (self.method is None or self.method in exchange.methods)
            and self.options.get("address") in {None, exchange.client}
        )


class Quirks:
    """The quirks that are on."""

    def __init__(self) -> None:
        self._active: list[_Active] = []

    def set(
        self,
        quirk: Quirk | str,
        *,
        account: str | None = None,
        path: str | None = None,
        method: str | None = None,
        times: int | None = None,
        skip: int = 0,
        **options: Any,
    ) -> None:
        """Switch a quirk on; ValueError for an unknown name, option, or a scope it cannot have."""
        quirk = Quirk(quirk)
        defaults = _OPTIONS.get(quirk, {})
        if not set(options) <= set(defaults):
            raise ValueError(f"{quirk} has the options {sorted(defaults)}")
        if quirk in _GLOBAL and (account, path, method, times) != (None, None, None, None):
            raise ValueError(f"{quirk} concerns the whole server")
        self._active.insert(
            0,
            _Active(
                quirk=quirk,
                account=account.lower() if account else None,
                path=path,
                method=method,
                times=times,
                skip=skip,
                options=defaults | options,
            ),
        )

    def clear(self, quirk: Quirk | str | None = None, *, account: str | None = None) -> None:
        """Switch off one quirk or all of them, for everybody or where it was set for one account."""
        self._active = [
            active
            for active in self._active
            if (quirk is not None and active.quirk != Quirk(quirk))
            or (account is not None and active.account != account)
        ]

    def is_on(self, quirk: Quirk | str, account: str | None = None) -> bool:
        """Whether a lasting quirk concerns this account; does not use up `times`."""
        return bool(self._active) and any(item.quirk == quirk and item.concerns(account) for item in self._active)

    def option(self, quirk: Quirk, name: str, account: str | None = None) -> Any:
        """One option of a lasting quirk that concerns this account, or None when it is off."""
        return next(
            (item.options[name] for item in self._active if item.quirk is quirk and item.concerns(account)), None
        )

    def take(self, quirk: Quirk, exchange: Exchange) -> dict[str, Any] | None:
        """The quirk's options when it applies to this exchange, counting it; None otherwise."""
        for active in self._active:
            if active.quirk is quirk and active.matches(exchange):
                if active.skip > 0:
                    active.skip -= 1
                    continue
                if active.times is not None:
                    active.times -= 1
                    if active.times <= 0:
                        self._active.remove(active)
                return active.options
        return None

    def spare(self, quirk: Quirk, account: str) -> None:
        """End a quirk for one account, as changing the password ends `expired-password`."""
        for active in self._active:
            if active.quirk is quirk:
                active.spared.add(account)

    @property
    def any_on(self) -> bool:
        """Whether there is anything to look for; false keeps ordinary requests quick."""
        return bool(self._active)

    @property
    def clock_skew(self) -> float:
        """Seconds that the server's clock runs ahead."""
        return next((float(item.options["seconds"]) for item in self._active if item.quirk is Quirk.CLOCK_SKEW), 0.0)
