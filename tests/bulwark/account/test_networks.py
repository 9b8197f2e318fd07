"""What people type as addresses and networks, and what the server is sent."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.account import credential_texts as texts
from bulwark.account import networks
from bulwark.account.networks import MOST, Change, Fault
from stalwart_jmap.objects import credential as wire

ANY_NETWORK = st.one_of(
    st.tuples(st.ip_addresses(v=4), st.integers(8, 32)), st.tuples(st.ip_addresses(v=6), st.integers(8, 128))
).map(lambda pair: f"{pair[0]}/{pair[1]}")


@pytest.mark.parametrize(
    ("typed", "entries"),
    [
        ("192.0.2.7", ("192.0.2.7",)),
        ("192.0.2.7/32", ("192.0.2.7",)),
        (" 192.0.2.0/24 \n\n2001:DB8::/32\r\n", ("192.0.2.0/24", "2001:db8::/32")),
        ("192.0.2.1, 192.0.2.2; 192.0.2.3", ("192.0.2.1", "192.0.2.2", "192.0.2.3")),
        ("10.0.0.0/255.0.0.0", ("10.0.0.0/8",)),
        ("2001:0db8:0000::0001/128", ("2001:db8::1",)),
        ("", ()),
    ],
)
def test_entries_come_out_in_their_normal_form(typed: str, entries: tuple[str, ...]) -> None:
    reading = networks.read(typed)

    assert (reading.entries, reading.problems) == (entries, ())


@pytest.mark.parametrize(
    ("typed", "entries", "change"),
    [
        ("192.0.2.17/24", ("192.0.2.0/24",), Change.HOST_BITS),
        ("2001:db8::1/32", ("2001:db8::/32",), Change.HOST_BITS),
        ("192.0.2.1\n192.0.2.1", ("192.0.2.1",), Change.DUPLICATE),
        ("192.0.2.9/24\n192.0.2.0/24", ("192.0.2.0/24",), Change.DUPLICATE),
        ("10.1.0.0/16\n10.0.0.0/8", ("10.1.0.0/16", "10.0.0.0/8"), Change.COVERED),
        ("::ffff:192.0.2.1", ("192.0.2.1",), Change.MAPPED),
        ("::ffff:192.0.2.0/120", ("192.0.2.0/24",), Change.MAPPED),
    ],
)
def test_what_was_understood_differently_is_explained(typed: str, entries: tuple[str, ...], change: Change) -> None:
    reading = networks.read(typed)

    assert reading.entries == entries
    assert reading.notes[-1].change is change
    assert texts.network_note(reading.notes[-1])


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("mail.example.org", Fault.NAME),
        ("192.0.2.1-192.0.2.9", Fault.RANGE),
        ("fe80::1%eth0", Fault.ZONE),
        ("10.0.0.0/7", Fault.TOO_WIDE),
        ("2000::/4", Fault.TOO_WIDE),
        ("0.0.0.0", Fault.UNSPECIFIED),
        ("0.0.0.0/8", Fault.UNSPECIFIED),
        ("0.0.0.1/8", Fault.UNSPECIFIED),
        ("::", Fault.UNSPECIFIED),
        ("::/128", Fault.UNSPECIFIED),
        ("192.0.2", Fault.UNREADABLE),
        ("192.0.2.300", Fault.UNREADABLE),
        ("192.0.2.010", Fault.UNREADABLE),
        ("192.0.2.0/33", Fault.UNREADABLE),
        ("192.0.2.0/-1", Fault.UNREADABLE),
        ("2001:db8::/129", Fault.UNREADABLE),
        ("/24", Fault.UNREADABLE),
        ("1" * 500, Fault.UNREADABLE),
        ("\u0661\u0662.\u0660.\u0660.\u0661", Fault.UNREADABLE),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(typed: str, fault: Fault) -> None:
    reading = networks.read(f"192.0.2.5\n{typed}")

    assert [(problem.line, problem.fault) for problem in reading.problems] == [(2, fault)]
    assert "2" in texts.network_problem(reading.problems[0])


def test_three_hundred_networks_are_too_many() -> None:
    reading = networks.read("\n".join(f"10.{number}.0.0/16" for number in range(1, 256)) + "\n192.0.2.1" * 50)

    assert reading.entries == ()
    assert reading.problems[0].fault is Fault.TOO_MANY
    assert str(MOST) in texts.network_problem(reading.problems[0])


@given(ANY_NETWORK)
def test_whatever_is_read_is_what_the_library_sends(typed: str) -> None:
    reading = networks.read(typed)

    for entry in reading.entries:
        assert wire.network(entry) == entry
        assert networks.read(entry).entries == (entry,)
        assert networks.read(entry).notes == ()
        assert ip_address(typed.partition("/")[0]) in ip_network(entry) or "::ffff:" in typed


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(typed: str) -> None:
    reading = networks.read(typed)

    for entry in reading.entries:
        assert wire.network(entry) == entry
    for problem in reading.problems:
        assert texts.network_problem(problem)


def test_no_entries_mean_every_address() -> None:
    assert networks.covers((), "203.0.113.7")
    assert networks.covers(("203.0.113.0/24",), "203.0.113.7")
    assert networks.covers(("203.0.113.0/24",), "::ffff:203.0.113.7")
    assert not networks.covers(("192.0.2.0/24",), "203.0.113.7")
    assert not networks.covers(("192.0.2.0/24",), "no address")


def test_entries_are_shown_in_the_order_of_their_numbers() -> None:
    assert networks.in_order({"2001:db8::1", "192.0.2.0/24", "10.0.0.1", "9.9.9.9", "new kind"}) == (
        "9.9.9.9",
        "10.0.0.1",
        "192.0.2.0/24",
        "2001:db8::1",
        "new kind",
    )
