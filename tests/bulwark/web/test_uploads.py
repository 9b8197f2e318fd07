"""Forms with files, as browsers send them and as nobody should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.web.forms import MAX_FIELDS
from bulwark.web.problems import FormUnreadable
from bulwark.web.uploads import parse_multipart

HEAD = 'Content-Disposition: form-data; name="{}"'


def body(*parts: tuple[str, bytes], boundary: str = "xyz") -> bytes:
    joined = b"".join(f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts)
    return joined + f"--{boundary}--\r\n".encode()


@given(st.binary(max_size=400).filter(lambda content: b"--xyz" not in content))
def test_a_file_arrives_byte_for_byte(content: bytes) -> None:
    head = HEAD.format("key_file") + '; filename="a.gpg"\r\nContent-Type: application/octet-stream'
    form = parse_multipart(body((HEAD.format("name"), "Žofie".encode()), (head, content)), "boundary=xyz")

    assert form.text("name") == "Žofie"
    assert form.files == {"key_file": content}


def test_a_quoted_boundary_and_an_empty_file_are_ordinary() -> None:
    head = HEAD.format("key_file") + '; filename=""'
    form = parse_multipart(body((head, b""), boundary="a b"), 'charset=utf-8; boundary="a b"')

    assert form.files == {"key_file": b""}


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        (b"", "boundary=xyz"),
        (body((HEAD.format("a"), b"1")), ""),
        (body((HEAD.format("a"), b"1")), "boundary=other"),
        (body((HEAD.format("a"), b"1"), (HEAD.format("a"), b"2")), "boundary=xyz"),
        (body((HEAD.format("a"), b"\xff")), "boundary=xyz"),
        (body(("X: y", b"1")), "boundary=xyz"),
        (body((HEAD.format("a") + "\r\nX: " + "y" * 3000, b"1")), "boundary=xyz"),
        (body((HEAD.format("a"), b"1"))[:-6], "boundary=xyz"),
        (body(*((HEAD.format(f"a{n}"), b"") for n in range(MAX_FIELDS + 1))), "boundary=xyz"),
        (b"--xyz\r\n" + HEAD.format("a").encode() + b"\r\n--xyz--", "boundary=xyz"),
    ],
)
def test_a_body_no_browser_makes_is_refused(sent: bytes, parameters: str) -> None:
    with pytest.raises(FormUnreadable):
        parse_multipart(sent, parameters)


@given(st.binary(max_size=600), st.text(max_size=40))
def test_any_bytes_are_a_form_or_refused(sent: bytes, parameters: str) -> None:
    for text in (parameters, "boundary=x"):
        try:
            parse_multipart(sent, text)
        except FormUnreadable:
            continue
