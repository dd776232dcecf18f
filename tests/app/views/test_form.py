"""Forms within bounds; tests/live/attacks sends those beyond them to real servers."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.errors import InvalidParameter, SourceTooLarge
from app.views.form import FormParser

HEAD = b'--B\r\nContent-Disposition: form-data; name="%b"\r\n\r\n'
MULTIPART = "multipart/form-data"


def read(body: bytes, mimetype: str = MULTIPART, boundary: str = "B", **options: Any) -> tuple[Any, Any]:
    parser = FormParser(max_form_parts=options.get("max_form_parts", 100))
    length = options.get("content_length", len(body))
    _, fields, files = parser.parse(BytesIO(body), mimetype, length, {"boundary": boundary})
    found = []
    for name, file in files.items(multi=True):
        with file.stream:
            found.append((name, file.filename, file.read()))
    return list(fields.items(multi=True)), found


def test_fields_and_files_are_read_in_order() -> None:
    body = HEAD % b"w" + b"40\r\n" + HEAD % b"w" + b"\xc3\xbc\xff\r\n"
    body += HEAD % b'file"; filename="a b.jpg' + b"bytes\r\n--\r\n" * 20_000 + b"\r\n--B--\r\n"
    fields, files = read(body)
    assert fields == [("w", "40"), ("w", "ü\ufffd")]
    assert files == [("file", "a b.jpg", b"bytes\r\n--\r\n" * 20_000)]


def test_a_hundred_files_with_the_longest_names_are_read() -> None:
    name = "ü" * 127  # 254 bytes, of the 255 that file systems allow
    part = HEAD % f'file"; filename="{name}'.encode() + b"x\r\n"
    assert read(part * 100 + b"--B--")[1] == [("file", name, b"x")] * 100


def test_a_part_without_a_name_is_one_with_an_empty_name() -> None:
    assert read(b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--")[0] == [("", "x")]


@pytest.mark.parametrize(
    "body",
    [b"", b"words", b"--B\r\n\r\nx\r\n--B--", HEAD % b"w" + b"40", b"--C\r\n", HEAD[:20], b"--B--"],
)
def test_a_broken_form_is_empty(body: bytes) -> None:
    assert read(body) == ([], [])


def form_of(boundary: str) -> bytes:
    return (HEAD % b"w" + b"x\r\n--B--").replace(b"--B", b"--" + boundary.encode())


@pytest.mark.parametrize("boundary", ["B", "B" * 70, "B" * 72, "B" * 200])
def test_a_boundary_may_be_longer_than_the_standard_allows(boundary: str) -> None:
    assert read(form_of(boundary), boundary=boundary)[0] == [("w", "x")]


@pytest.mark.parametrize("boundary", ["", "B" * 201, "\xe4"])
def test_a_boundary_that_is_none_finds_no_form(boundary: str) -> None:
    assert read(form_of(boundary), boundary=boundary) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        HEAD % (b"w" * 3000),
        HEAD % b"w" * 101,
        (HEAD % (b"w" * 1900) + b"x\r\n") * 40,
        b"\r\n" * 100_000,
        b"--B\r\n" + b"X-Y: z\r\n" * 30_000,
    ],
    ids=["headers", "parts", "headers of all parts", "preamble", "headers without end"],
)
def test_what_would_be_dear_to_parse_is_refused(body: bytes) -> None:
    with pytest.raises(RequestEntityTooLarge):
        read(body)


def test_a_field_with_too_much_text_is_named() -> None:
    with pytest.raises(InvalidParameter) as caught:
        read(HEAD % b"url" + b"x" * 32_001 + b"\r\n--B--")
    assert [error.parameter for error in caught.value.errors] == ["url"]


def test_a_urlencoded_form_is_read_if_it_is_short() -> None:
    kind = "application/x-www-form-urlencoded"
    assert read(b"key=a+b&key=c", kind) == ([("key", "a b"), ("key", "c")], [])
    assert read(b"key=" + b"a" * 65_532, kind, content_length=None) == ([("key", "a" * 65_532)], [])
    for body, length in ((b"a=b", 65_537), (b"key=" + b"a" * 65_533, None)):
        with pytest.raises(SourceTooLarge, match="at most 65536 bytes"):
            read(body, kind, content_length=length)


def test_a_urlencoded_form_has_no_more_pairs_than_a_multipart_form_has_parts() -> None:
    kind = "application/x-www-form-urlencoded"
    assert read(b"&".join([b"a=b"] * 100), kind) == ([("a", "b")] * 100, [])
    with pytest.raises(SourceTooLarge, match="at most 100 pairs"):
        read(b"&".join([b"a=b"] * 101), kind)
