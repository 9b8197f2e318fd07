"""A grammar of hostile requests: what stands in an address, a header, a cookie, a form, a file, a JSON document.

`attacks` draws few choices for each request, so that hundreds of thousands are made in reasonable time. Words in braces
stand for what the attacker knows; `meaning` puts them in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

FORM_TYPE = b"application/x-www-form-urlencoded"
BOUNDARY = b"zq9boundary"
# Must never come back as it is in a page: markup, a quote that ends an attribute, a template.
TAG = "<zq9 onfocus=alert(1)>"
NEVER = (b"<zq9", b"\"zq9'", b"zq9-49-zq9")
SECRET_NAMES = frozenset({"password", "code", "old_code", "new_password", "new_password_again", "recovery_code"})
TOKENS = ("app_" + "a" * 36, "API_" + "A" * 38, "sw1." + "A" * 40)
SECRETS = ("{password}", "{password}", "{wrong}", "{new}", "{code}", "{wrong code}", "", "x" * 5_000, *TOKENS)
NASTY = (
    *("", " ", "%", "%00", "%zz", "alice%admin@example.org", "a@b@c", "@", "{login}", "{mark}", "{mark}", "{id}"),
    *("x" * 300, "x" * 5_000, "ü" * 2_000, "\x00", "a\x00b", "\r\nSet-Cookie: zq9=b", "\n\n", "\t", "\x1b[2J", "\x7f"),
    *("\u202eneddihd\u202c", "שלום عالم", "\ufeff", "\U0001f469\u200d\U0001f469", "e\u0301", "\u2028", "\ufffe", "ﬃ"),
    *(TAG, f"</textarea></script>{TAG}", "\"zq9' x=", "zq9-{{ 7*7 }}-zq9", "{% for x in y %}", "%(server)s %s {0}"),
    *("' OR 1=1 --", "../../etc/passwd", "..%2f..%2f", "//evil.test/", "https://evil.test/", "/\\evil.test"),
    *("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "/sign-out", "/step-up", "/?next=/"),
    *("000000", "١٢٣٤٥٦", "-1", "0", "1", "1e400", "nan", "9" * 400, "0x10", "1_000", "null", "true", "[]", "on"),
    *("10.0.0.0/8", "0.0.0.0/0", "::/0", "::ffff:1.2.3.4", "1.2.3.4/33", "fe80::1%eth0", "999.1.1.1", "1.2.3.4\n::1"),
    *("2026-02-30", "9999-12-31", "0000-01-01", "2026-11-26T25:00:00Z", "99999999999999999999d", "P1D"),
    *("AAAAAAAAAAAA", "0000-0000-0000", "ILO1-UUUU-ZZZZ", "AAAA" * 40, "A", "b", "singleton", "Aes256", "mail-app"),
    *("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nzq9\n-----END PGP PUBLIC KEY BLOCK-----", "-----BEGIN CERTIFICATE-----"),
    *("constructor", "__proto__", "__class__", "sysAccountPasswordGet", "de", "Europe/Berlin", "en_US", "dark", "C"),
)
RAW = (b"%ff%fe", b"%zz", b"%", b"%u0041", b"\xff\xfe\x00", b"%ed%a0%80", b"%c0%80", b"+" * 50, b";" * 50, b"&&&=&=")
NAMES = (
    *("account", "login", "next", "theme", "language", "confirm", "pick", "reveal", "time", "mark", "show_all", "add"),
    *("all", "before", "ended", "find", "key", "kind", "like", "since", "until", "with", "page", "show", "role", "q"),
    *("name", "address", "networks", "expires", "preset", "carried", "number", "id", "csv", *sorted(SECRET_NAMES)),
)
SAME = ((b"sec-fetch-site", b"same-origin"), (b"origin", b"https://panel.test"))
ORIGINS = (
    *(SAME, SAME, SAME, SAME, ((b"origin", b"https://panel.test"),), ((b"referer", b"https://panel.test/x"),), ()),
    ((b"sec-fetch-site", b"cross-site"), (b"origin", b"https://evil.test")),
    ((b"sec-fetch-site", b"same-site"), (b"origin", b"https://other.panel.test")),
    ((b"origin", b"null"),),
    ((b"origin", b"\x7f\xff"),),
    ((b"origin", b"https://[::1"),),
    ((b"referer", b"https://evil.test/?https://panel.test/"),),
)
FOREIGN = frozenset(ORIGINS[7:])
TYPES = (
    *(
        FORM_TYPE,
        FORM_TYPE,
        FORM_TYPE + b"; charset=utf-16",
        b"multipart/form-data",
        b"application/json",
        b"text/plain",
    ),
    *(b"", b"x/;;=", b"multipart/form-data; boundary=" + BOUNDARY, b"\xff/\xff"),
)
HEADERS: tuple[tuple[tuple[bytes, bytes], ...], ...] = (
    *((),) * 12,
    ((b"accept-language", b"x" * 500),),
    ((b"accept-language", b"de;q=nan, *;q=-1, \xff"),),
    ((b"user-agent", b"%s{}<zq9>\x7f\xff" * 20),),
    ((b"x-forwarded-for", b"1.2.3.4, nonsense"), (b"x-forwarded-proto", b"http")),
    ((b"x-forwarded-host", b"evil.test"), (b"forwarded", b"for=1.1.1.1;host=evil.test")),
    ((b"x-http-method-override", b"DELETE"), (b"x-original-url", b"/administration/accounts")),
    ((b"accept", b"text/event-stream"), (b"last-event-id", b"\xffzq9")),
    ((b"accept", b"application/json"), (b"authorization", b"Bearer \xff")),
    ((b"authorization", b"Bearer " + b"A" * 5_000),),
    ((b"authorization", b"Basic Og=="),),
    ((b"content-length", b"7"),),
    ((b"content-length", b"-1"),),
    ((b"content-length", b"9" * 300),),
    ((b"transfer-encoding", b"chunked"), (b"content-encoding", b"gzip")),
    ((b"if-none-match", b"*"), (b"range", b"bytes=0-1,5-")),
    ((b"host", b"evil.test"),),
    ((b"host", b"panel.test:443"),),
    ((b"host", b"\xff"),),
    ((b"cookie", b"__Host-bulwark=garbage; __Host-bulwark=twice; =; a"),),
    ((b"cookie", b"__Host-bulwark=" + b"A" * 6_000),),
    ((b"cookie", b"__Host-bulwark={tampered}"),),
    ((b"cookie", b'\xff\xfe=\x00; __Host-bulwark="{session}"; __Host-bulwark-language=zq9'),),
    ((b"cookie", b"__Host-bulwark-pending={session}; __Host-bulwark-browser=AAAA.BBBB"),),
    ((b"cookie", b"__Host-bulwark={session}; __Host-bulwark-theme=%0d%0a; __Host-bulwark-others=" + b"x," * 40),),
)
METHODS = ("HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post", "\x7f")
JSON_VALUES: tuple[object, ...] = (
    *(None, True, -1, 0, 2**70, 1e308, [], {}, [[[[]]]], {"a": {"b": None}}, ["x"] * 200, "x" * 9_000, "\ud800"),
    *NASTY[:60],
)
BROKEN_JSON = (b"", b"{", b"nul", b"[1,]", b'{"a":1,"a":2}', b"\xff\xfe", b"[" * 5_000, b"1e999", b'"\\ud800"', b"NaN")
JSON_NAMES = (
    *("device", "replace", "key", "number", "code", "set_up", "password", "old_code", "recovery_code", "codes", "zq9"),
    *("events", "id", "createdAt", "type", "data", "accountId", "remoteIp", "listenerId"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One hostile request, still without knowing whom it meets."""

    route: int  # which route, counted round
    method: str  # empty: the route's own
    variant: int  # which of the addresses seen for it; with path values for its parameters
    values: tuple[int, ...]  # which hostile values, in the order in which they are needed
    names: tuple[int, ...]
    shape: str
    origin: tuple[tuple[bytes, bytes], ...]
    headers: tuple[tuple[bytes, bytes], ...]
    content_type: bytes
    text: str  # some text that nobody thought of

    def value(self, at: int) -> str:
        """The hostile value at a place."""
        which = self.values[at % len(self.values)]
        return NASTY[which] if which < len(NASTY) else self.text

    def name(self, at: int) -> str:
        """A field's name at a place."""
        return NAMES[self.names[at % len(self.names)] % len(NAMES)]


SHAPES = (
    *("honest", "one", "one", "several", "several", "missing", "doubled", "many", "raw", "upload", "json", "none"),
)


def attacks() -> SearchStrategy[Attack]:
    """Any attack."""
    number = st.integers(0, 9_999)
    value = st.integers(0, len(NASTY) + 8)
    return st.builds(
        Attack,
        route=number,
        method=st.sampled_from((*("",) * 30, *METHODS)),
        variant=number,
        values=st.tuples(value, value, value),
        names=st.tuples(number, number),
        shape=st.sampled_from(SHAPES),
        origin=st.sampled_from(ORIGINS),
        headers=st.sampled_from(HEADERS),
        content_type=st.sampled_from(TYPES),
        text=st.text(max_size=20),
    )


def meaning(raw: bytes, knows: Mapping[str, str]) -> bytes:
    """Put in what the words in braces stand for, as a form carries it."""
    for word, value in knows.items():
        raw = raw.replace(f"%7B{quote_plus(word)}%7D".encode(), quote_plus(value).encode())
        raw = raw.replace(f"{{{word}}}".encode(), value.encode())
    return raw


def secret_or(attack: Attack, name: str, at: int) -> str:
    """A value for a field: what is typed into one for secrets is a secret, or the like."""
    if name in SECRET_NAMES:
        return SECRETS[attack.values[at % len(attack.values)] % len(SECRETS)]
    return attack.value(at)


def form_body(attack: Attack, honest: list[tuple[str, str]]) -> bytes:
    """A form: as the page made it, with some fields spoiled, missing, doubled, of broken bytes."""
    pairs = [(name, SECRETS[0] if name in SECRET_NAMES and not value else value) for name, value in honest]
    if not pairs:
        pairs = [("account", "{mark}"), (attack.name(0), ""), (attack.name(1), "")]
    if attack.shape in {"one", "several", "many"}:
        places = [attack.names[0] % len(pairs)] if attack.shape == "one" else range(len(pairs))
        for at in places:
            name = pairs[at][0]
            if name != "account" or attack.names[1] % 50 == 0:
                pairs[at] = (name, secret_or(attack, name, at))
    if attack.shape == "missing":
        del pairs[attack.names[0] % len(pairs)]
    if attack.shape == "doubled":
        pairs += [pairs[attack.names[0] % len(pairs)], ("pick", attack.value(1)), ("pick", attack.value(2))]
    if attack.shape == "many":
        pairs += [(attack.name(0), secret_or(attack, attack.name(0), 0))] * (attack.names[1] % 1_200)
    body = "&".join(f"{quote_plus(n, errors='replace')}={quote_plus(v, errors='replace')}" for n, v in pairs).encode()
    return body + b"&" + RAW[attack.names[0] % len(RAW)] if attack.shape == "raw" else body


def upload_body(attack: Attack, honest: list[tuple[str, str]]) -> bytes:
    """The same as a form with files (RFC 7578), with odd names, odd headers and broken ends."""
    parts = []
    for at, (name, value) in enumerate(honest or [("account", "{mark}"), (attack.name(0), "")]):
        spoiled = name != "account" and (at + attack.names[0]) % 2
        content = (secret_or(attack, name, at) if spoiled else value).encode("utf-8", "replace")
        more = f'; filename="{attack.value(at + 1)}"\r\nContent-Type: application/pgp-keys' if spoiled else ""
        head = f'Content-Disposition: form-data; name="{name}"{more}'.encode("utf-8", "replace")
        parts.append(b"--" + BOUNDARY + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n")
    end = (b"--" + BOUNDARY + b"--\r\n", b"", b"--" + BOUNDARY, b"\x00" * 100)[attack.names[1] % 4]
    return b"".join(parts) + end


def json_body(attack: Attack) -> bytes:
    """A JSON document of the right names and wrong values, or none at all."""
    if attack.shape == "raw":
        return BROKEN_JSON[attack.names[0] % len(BROKEN_JSON)]
    chosen = [JSON_NAMES[(number + at) % len(JSON_NAMES)] for number in attack.names for at in range(4)]
    right = {"password": "{password}", "code": "{code}", "number": 1, "replace": False, "device": "Pixel"}
    document: dict[str, object] = {}
    for at, name in enumerate(chosen):
        bad = JSON_VALUES[attack.values[at % 3] % len(JSON_VALUES)]
        document[name] = right.get(name, "{mark}") if (attack.names[0] >> at) % 3 else bad
    if attack.shape == "many":
        document = {"events": [{"id": "1", "createdAt": "{now}", "type": "auth.success", "data": document}] * 3}
    return json.dumps([document] if attack.shape == "doubled" else document).encode()


def in_path(value: str) -> bytes:
    """A value as one piece of a path."""
    return quote(value, safe="", errors="replace").encode()
