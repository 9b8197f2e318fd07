"""Reading event streams, wherever the network cuts them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stalwart_jmap import NotJson, Ping, ResponseTooLarge, StateChange
from stalwart_jmap.core.event_source import EventParser, ServerEvent, event_source_request, read_event
from stalwart_jmap.core.session import EVENT_SOURCE_PATH

RECORDED = (
    b'event: state\ndata: {"@type":"StateChange","changed":{"c":{"Identity":"sbb","Email":"sa"}}}\n\n'
    b'event: ping\ndata: {"interval": 30000}\n\n'
)
EXPECTED = [
    ServerEvent(name="state", data='{"@type":"StateChange","changed":{"c":{"Identity":"sbb","Email":"sa"}}}'),
    ServerEvent(name="ping", data='{"interval": 30000}'),
]


def _fed(*parts: bytes) -> list[ServerEvent]:
    parser = EventParser()
    return [event for part in parts for event in parser.feed(part)]


def test_a_recorded_stream_reads_as_state_and_ping() -> None:
    state, ping = (read_event(event) for event in _fed(RECORDED))

    assert isinstance(state, StateChange)
    assert state.of("c", "Identity") == "sbb"
    assert state.of("c", "Quota") is state.of("d", "Identity") is None
    assert ping == Ping(interval=30)


@given(
    cuts=st.lists(st.integers(0, len(RECORDED) + 4), max_size=8).map(sorted),
    ends=st.sampled_from([b"\n", b"\r\n", b"\r"]),
)
def test_a_stream_reads_the_same_wherever_it_is_cut(cuts: list[int], ends: bytes) -> None:
    text = RECORDED.replace(b"\n", ends) + b"\n"
    places = [0, *cuts, len(text)]
    parts = [text[start:stop] for start, stop in pairwise(places)]

    assert _fed(*parts) == EXPECTED


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_no_bytes_break_the_reader(parts: list[bytes]) -> None:
    for event in _fed(*parts):
        try:
            read_event(event)
        except NotJson:
            assert event.name == "state"


def test_comments_ids_and_unknown_events_are_passed_over() -> None:
    events = _fed(b": keep-alive\n\nid: 7\nretry: 10\n\nevent: news\ndata: x\ndata: y\n\ndata:z\n\n")

    assert events == [ServerEvent(name="news", data="x\ny"), ServerEvent(name="message", data="z")]
    assert [read_event(event) for event in events] == [None, None]


@pytest.mark.parametrize("text", [b"data: " + b"x" * 1_000_001, b"data: x\n" * 200_000])
def test_an_event_without_end_is_given_up(text: bytes) -> None:
    with pytest.raises(ResponseTooLarge):
        _fed(*(text[start : start + 65_536] for start in range(0, len(text), 65_536)))


@pytest.mark.parametrize("data", ["", "[]", '{"changed": 3}', "{"])
def test_a_broken_state_is_told_as_such(data: str) -> None:
    with pytest.raises(NotJson):
        read_event(ServerEvent(name="state", data=data))


def test_the_request_fills_the_published_path() -> None:
    request = event_source_request(EVENT_SOURCE_PATH, ["Identity", "Email"], ping=60)

    assert request.path == "/jmap/eventsource/?types=Identity,Email&closeafter=no&ping=60"
    assert "types=*" in event_source_request(EVENT_SOURCE_PATH, []).path
