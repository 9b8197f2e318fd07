"""Every kind of event has a sentence and a sign that is in the sprite."""

from __future__ import annotations

from pathlib import Path

import pytest

import bulwark.web
from bulwark.account.event_texts import sentence_of
from bulwark.store.events import Event, EventKind
from hand_clock import START

SPRITE = (Path(bulwark.web.__file__).parent / "static" / "icons.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", EventKind, ids=str)
def test_every_kind_is_said_in_words(kind: EventKind) -> None:
    said = sentence_of(Event(kind=kind, at=START, params={"name": "Phone"}))

    assert said.what
    assert str(kind) not in said.what
    assert "%(" not in said.what
    assert f'id="{said.icon}"' in SPRITE


def test_a_name_stands_in_its_sentence_as_it_is() -> None:
    event = Event(kind=EventKind.APP_PASSWORD_CREATED, at=START, params={"name": "100% <Phone>"})

    assert "100% <Phone>" in sentence_of(event).what


def test_a_lost_name_leaves_a_sentence() -> None:
    assert sentence_of(Event(kind=EventKind.APP_PASSWORD_CREATED, at=START)).what == "App password “…” created"


@pytest.mark.parametrize(
    ("device", "address", "params", "how"),
    [
        ("Firefox/Linux", "203.0.113.7", {"code": "yes"}, "Firefox on Linux, 203.0.113.7, with a code"),
        ("curl", None, {}, "curl"),
        (None, "203.0.113.7", {}, "203.0.113.7"),
        (None, None, {}, ""),
    ],
)
def test_how_it_happened(device: str | None, address: str | None, params: dict[str, str], how: str) -> None:
    event = Event(kind=EventKind.SIGNED_IN, at=START, device=device, address=address, params=params)

    assert sentence_of(event).how == how
