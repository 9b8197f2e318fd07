"""Addresses as people type them, and what must never get into a mail header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.features.identities.mailboxes import MAX_BOXES, Unreadable, parse, written
from stalwart_jmap import Mailbox

LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Co"])
NAMES = st.text(LETTERS, max_size=30).map(lambda text: " ".join(text.split()))
BOXES = st.builds(
    lambda name, local: Mailbox(email=f"{local}@example.org", name=name or None),
    NAMES,
    st.from_regex(r"[a-z0-9.+_-]{1,20}", fullmatch=True),
)


@pytest.mark.parametrize(
    ("typed", "boxes"),
    [
        ("", []),
        ("  ", []),
        ("a@b.example", [Mailbox(email="a@b.example")]),
        ("Desk <desk@example.org>", [Mailbox(email="desk@example.org", name="Desk")]),
        ('"Desk, the" <desk@example.org>', [Mailbox(email="desk@example.org", name="Desk, the")]),
        ('"a \\"b\\" c" <d@example.org>', [Mailbox(email="d@example.org", name='a "b" c')]),
        ("<a@b.example>,c@d.example,", [Mailbox(email="a@b.example"), Mailbox(email="c@d.example")]),
        ("Žofie ☂ <z@example.org>", [Mailbox(email="z@example.org", name="Žofie ☂")]),
    ],
)
def test_addresses_are_read(typed: str, boxes: list[Mailbox]) -> None:
    assert list(parse(typed)) == boxes


@pytest.mark.parametrize(
    "typed",
    [
        "nobody",
        "a@b",
        "a@@b.example",
        "a b@c.example",
        "a@b.example c@d.example",
        "Name <a@b.example",
        "a@b.example\r\nBcc: c@d.example",
        "Name\n<a@b.example>",
        "a@b.example\u2028Bcc: c@d.example",
        "a@b.example\0",
        "a" * 250 + "@b.example",
        ", ".join(f"a{n}@b.example" for n in range(MAX_BOXES + 1)),
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Unreadable):
        parse(typed)


@given(st.lists(BOXES, max_size=8))
def test_what_is_written_reads_back(boxes: list[Mailbox]) -> None:
    assert parse(written(tuple(boxes))) == tuple(boxes)


@given(st.text(max_size=200))
def test_nothing_that_is_let_through_holds_a_line_break(typed: str) -> None:
    try:
        boxes = parse(typed)
    except Unreadable:
        return
    for box in boxes:
        assert "\n" not in (box.name or "") + box.email
        assert "\r" not in (box.name or "") + box.email
        assert box.email.count("@") == 1
