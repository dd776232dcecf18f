from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from serve.environ import wsgi_environ

SCOPE = {
    "method": "POST",
    "raw_path": b"/images",
    "query_string": b"w=40&h=%20",
    "http_version": "1.1",
    "scheme": "http",
    "server": ("127.0.0.1", 5000),
    "client": ("192.0.2.7", 40000),
    "headers": [(b"host", b"localhost")],
}


def environ(**scope: Any) -> dict[str, Any]:
    return wsgi_environ({**SCOPE, **scope}, BytesIO(b"hello"), 5)


def test_a_request_is_what_it_was() -> None:
    found = environ()
    assert (found["REQUEST_METHOD"], found["PATH_INFO"], found["QUERY_STRING"]) == ("POST", "/images", "w=40&h=%20")
    assert (found["REMOTE_ADDR"], found["SERVER_NAME"], found["SERVER_PORT"]) == ("192.0.2.7", "127.0.0.1", "5000")
    assert (found["wsgi.input"].read(), found["CONTENT_LENGTH"]) == (b"hello", "5")
    assert found["HTTP_HOST"] == "localhost"
    assert all(isinstance(value, str) for name, value in found.items() if name.isupper())


@pytest.mark.parametrize(
    ("raw", "path"), [(b"/a%2Fb", "/a/b"), (b"/%ff%fe", "/\xff\xfe"), (b"/%C3%A4", "/\xc3\xa4"), (b"/%zz", "/%zz")]
)
def test_a_path_keeps_its_bytes(raw: bytes, path: str) -> None:
    """PEP 3333 has them as the characters of Latin-1."""
    assert environ(raw_path=raw)["PATH_INFO"] == path


def test_a_header_that_comes_twice_is_one() -> None:
    headers = [(b"accept", b"image/webp"), (b"accept", b"image/avif"), (b"cookie", b"a=1"), (b"cookie", b"b=2")]
    found = environ(headers=headers)
    assert (found["HTTP_ACCEPT"], found["HTTP_COOKIE"]) == ("image/webp,image/avif", "a=1; b=2")


def test_a_header_with_an_underscore_cannot_pass_for_another() -> None:
    found = environ(headers=[(b"x_forwarded_for", b"127.0.0.1"), (b"content_length", b"9")])
    assert "HTTP_X_FORWARDED_FOR" not in found
    assert found["CONTENT_LENGTH"] == "5"


def test_the_length_is_that_of_the_body_however_it_came() -> None:
    found = environ(
        headers=[(b"transfer-encoding", b"chunked"), (b"content-length", b"99"), (b"content-type", b"image/png")]
    )
    assert "HTTP_TRANSFER_ENCODING" not in found
    assert found["CONTENT_LENGTH"] == "5"
    assert found["CONTENT_TYPE"] == "image/png"
