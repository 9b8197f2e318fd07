"""A browser inside the test's process: cookies, forms read from the page, and the headers a real one sends.

Each page is held against `page_rules`; addresses, cookies, error pages and passwords on any page go to the watch for
leaked secrets. Nothing is faked but the network: requests go through the whole application.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode, urljoin, urlsplit

import httpx2

import page_rules
from html_page import Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from canaries import Watch
    from html_page import Form, Value

BASE_URL = "https://panel.test"
_MAX_REDIRECTS = 8
_SERVER_FAULT = 500
_REFUSED = 400
_NEVER_SHOW = frozenset({"text/csv", "text/event-stream"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and what came back, for looking at afterwards."""

    method: str
    path: str
    status: int
    location: str | None
    set_cookie: tuple[str, ...]


@dataclass(slots=True)
class Browser:
    """One browser of one person; use as an async context manager, or let the `panel` fixture close it."""

    transport: httpx2.AsyncBaseTransport
    watch: Watch
    base_url: str = BASE_URL
    user_agent: str = USER_AGENT
    language: str = "en"
    checks_pages: bool = True
    history: list[Exchange] = field(default_factory=list)
    _page: Page | None = None
    _client: httpx2.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self._client = httpx2.AsyncClient(
            transport=self.transport, base_url=self.base_url, follow_redirects=False, timeout=60
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close it; cookies are gone."""
        await self._client.aclose()

    @property
    def page(self) -> Page:
        """The page the person looks at."""
        assert self._page is not None, "no page has been opened"
        return self._page

    @property
    def cookies(self) -> httpx2.Cookies:
        """What the panel keeps in this browser."""
        return self._client.cookies

    def forget(self) -> None:
        """Clear all cookies, as a person does, or as time does."""
        self._client.cookies.clear()

    async def open(self, path: str) -> Page:
        """Type an address; redirects are followed."""
        return await self._go("GET", path, site="none")

    async def click(self, text: str) -> Page:
        """Follow the link with this text on the current page."""
        return await self._go("GET", urljoin(self.page.url, self.page.link(text)), site="same-origin")

    async def reload(self) -> Page:
        """Read the current page again."""
        return await self._go("GET", self.page.url, site="none")

    async def fill_in(self, values: Mapping[str, Value], *, button: str | None = None, form: str | None = None) -> Page:
        """Fill in the form of the current page that has these fields (or goes to `form`) and press a button."""
        chosen = self.page.form(form, having=tuple(values))
        return await self.submit(chosen, values, button=button)

    async def press(self, button: str) -> Page:
        """Press a button in whatever form it stands."""
        for form in self.page.forms:
            if any(button in {b.text, b.get("aria-label")} for b in form.buttons):
                return await self.submit(form, {}, button=button)
        shown = [[b.text for b in form.buttons] for form in self.page.forms]
        raise AssertionError(f"no button {button!r} on {self.page.url}; there are {shown}")

    async def submit(self, form: Form, values: Mapping[str, Value] | None = None, *, button: str | None = None) -> Page:
        """Submit a form as it stands on its page, with `values` filled in."""
        pairs = form.filled(dict(values or {}), button)
        pressed = form.button(button)
        target = urljoin(self.page.url, (pressed.get("formaction") if pressed is not None else "") or form.action)
        if form.method == "get":
            return await self._go("GET", target.partition("?")[0] + "?" + urlencode(pairs), site="same-origin")
        return await self._go("POST", target, pairs=pairs, site="same-origin")

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        pairs: Sequence[tuple[str, str]] | None = None,
        content: bytes | None = None,
        accepts_faults: bool = False,
    ) -> httpx2.Response:
        """One raw request with this browser's cookies; nothing is followed. A status of 500 fails the test."""
        sent = {"user-agent": self.user_agent, "accept-language": self.language, "accept": "text/html,*/*;q=0.8"}
        if pairs is not None:
            content = urlencode(pairs).encode()
            sent["content-type"] = "application/x-www-form-urlencoded"
        sent.update(headers or {})
        response = await self._client.request(method, path, headers=sent, content=content)
        self._remember(response)
        assert response.status_code != _SERVER_FAULT or accepts_faults, (
            f"500 to {method} {path}: {response.text[:2000]}"
        )
        return response

    async def post(self, path: str, pairs: Sequence[tuple[str, str]], *, site: str = "same-origin") -> httpx2.Response:
        """POST pairs that no form on a page made, with the headers of a browser; nothing is followed."""
        return await self.request("POST", path, pairs=pairs, headers=self._navigation(site, posts=True))

    def read(self, response: httpx2.Response) -> Page:
        """An answer of `request` or `post` as a page, held against the rules."""
        url = response.request.url
        path = url.path + (f"?{url.query.decode()}" if url.query else "")
        page = Page(
            url=path,
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            html=response.text,
        )
        if self.checks_pages:
            rules = page_rules.broken(page)
            assert not rules, f"{page}:\n  " + "\n  ".join(rules)
        return page

    async def _go(self, method: str, path: str, *, site: str, pairs: Sequence[tuple[str, str]] | None = None) -> Page:
        for _ in range(_MAX_REDIRECTS):
            headers = self._navigation(site, posts=method == "POST")
            response = await self.request(method, path, pairs=pairs, headers=headers)
            if response.status_code not in _REDIRECTS:
                break
            path = urljoin(str(response.request.url), response.headers["location"])
            assert urlsplit(path).netloc == urlsplit(self.base_url).netloc, f"redirected to {path}"
            assert method == "GET" or response.status_code == httpx2.codes.SEE_OTHER, "a form is answered with 303"
            method, pairs = "GET", None
        else:
            raise AssertionError(f"redirected {_MAX_REDIRECTS} times: {self.history[-_MAX_REDIRECTS:]}")
        self._page = self.read(response)
        return self._page

    def _navigation(self, site: str, *, posts: bool) -> dict[str, str]:
        headers = {
            "sec-fetch-site": site,
            "sec-fetch-mode": "navigate",
            "sec-fetch-dest": "document",
            "sec-fetch-user": "?1",
        }
        if posts:
            headers["origin"] = self.base_url if site == "same-origin" else "https://evil.test"
        if site == "same-origin" and self._page is not None:
            headers["referer"] = urljoin(self.base_url, self._page.url)
        return headers

    def _remember(self, response: httpx2.Response) -> None:
        request = response.request
        cookies = tuple(response.headers.get_list("set-cookie"))
        location = response.headers.get("location")
        path = request.url.raw_path.decode("latin-1")
        self.history.append(
            Exchange(
                method=request.method, path=path, status=response.status_code, location=location, set_cookie=cookies
            )
        )
        what = f"{request.method} {request.url.path}"
        self.watch.see(f"the address of {what}", path)
        self.watch.see(f"the redirect of {what}", location or "")
        for cookie in cookies:
            self.watch.see(f"a cookie set by {what}", cookie)
        # A page may show a new credential once; lists for programs, event streams and metrics never may.
        kind = response.headers.get("content-type", "").partition(";")[0]
        shows_none = response.status_code >= _REFUSED or kind in _NEVER_SHOW or request.url.path == "/metrics"
        self.watch.see(f"the answer {response.status_code} to {what}", response.content, tokens=shows_none)
