"""Reading address, scheme and host of a request, whatever headers say."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.web.client_address import canonical, is_trusted, peer_of, split_host

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
addresses = st.one_of(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str))
hops = st.one_of(addresses, st.sampled_from(("unknown", "", "_hidden", "10.0.0.7", "[::1]:1", "1.2.3.4:5")), st.text())


def scope(client: str | None, *headers: tuple[str, str], scheme: str = "http") -> dict[str, Any]:
    """An ASGI scope as far as it is looked at."""
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
    return {"scheme": scheme, "headers": raw, "client": (client, 1) if client is not None else None}


@given(st.text(max_size=60))
def test_any_text_is_an_address_in_one_spelling_or_none(text: str) -> None:
    found = canonical(text)

    assert found == "" or str(ip_address(found)) == found
    assert canonical(found) == found


@given(addresses)
def test_an_address_stays_the_same_one(address: str) -> None:
    parsed = ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)

    assert canonical(address) == str(mapped or parsed)
    assert canonical(address.upper()) == canonical(address)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("203.0.113.9:443", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("localhost", ""),
        ("testclient", ""),
        ("unknown", ""),
        ("203.0.113.999", ""),
        ("", ""),
    ],
)
def test_spellings(text: str, address: str) -> None:
    assert canonical(text) == address


@given(st.one_of(st.none(), addresses, st.text(max_size=10)), st.lists(hops, max_size=4), st.text(max_size=8))
def test_whatever_comes_the_person_has_an_address_or_none(client: str | None, chain: list[str], proto: str) -> None:
    headers = [("x-forwarded-for", ", ".join(chain)), ("x-forwarded-proto", proto), ("host", "panel.test")]
    peer = peer_of(scope(client, *headers), PROXIES)

    assert peer.address == "" or str(ip_address(peer.address)) == peer.address


@given(addresses.filter(lambda text: not is_trusted(canonical(text), PROXIES)), st.lists(hops, max_size=3))
def test_nobody_but_a_trusted_proxy_is_believed(client: str, chain: list[str]) -> None:
    headers = [("x-forwarded-for", ", ".join(chain)), ("x-forwarded-proto", "https")]
    peer = peer_of(scope(client, *headers), PROXIES)

    assert peer.address == canonical(client)
    assert not peer.is_https


@given(addresses.filter(lambda text: not is_trusted(canonical(text), PROXIES)), st.lists(hops, max_size=3))
def test_what_a_person_writes_in_front_changes_nothing(person: str, made_up: list[str]) -> None:
    chain = ", ".join([*made_up, person, "10.9.9.9"])
    peer = peer_of(scope("10.0.0.1", ("x-forwarded-for", chain)), PROXIES)

    assert peer.address == canonical(person)


def test_several_headers_are_one_list() -> None:
    headers = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.9")]

    assert peer_of(scope("10.0.0.1", *headers), PROXIES).address == "203.0.113.9"


@given(st.text(max_size=30))
def test_any_host_header_can_be_split(host: str) -> None:
    name, _port = split_host(host)

    assert name == name.lower()


@pytest.mark.parametrize(
    ("host", "parts"),
    [
        ("Panel.Test", ("panel.test", "")),
        ("panel.test:8443", ("panel.test", "8443")),
        ("[::1]:80", ("[::1]", "80")),
        ("[::1]", ("[::1]", "")),
        ("", ("", "")),
        ("[", ("[]", "")),
    ],
)
def test_hosts(host: str, parts: tuple[str, str]) -> None:
    assert split_host(host) == parts


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8700", "127.0.0.1:1", "[::1]:8700"])
def test_this_machine_has_three_names(host: str) -> None:
    assert peer_of(scope("127.0.0.1", ("host", host)), ()).is_loopback_host


@pytest.mark.parametrize("host", ["localhost.evil.test", "127.0.0.1.evil.test", "127.0.0.2", "::1", "", "0.0.0.0"])
def test_other_names_are_not_this_machine(host: str) -> None:
    assert not peer_of(scope("127.0.0.1", ("host", host)), ()).is_loopback_host
