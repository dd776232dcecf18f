from __future__ import annotations

import pytest

from app.access.cross_site import may_read, may_write, origin_of

HOST = "localhost:5000"
LISTED = ("https://app.example", "")


@pytest.mark.parametrize(
    ("origin", "fetch_site", "read", "write"),
    [
        ("", "", True, True),
        ("", "none", True, True),
        (f"http://{HOST}", "same-origin", True, True),
        (f"http://{HOST}", "", True, True),
        # another port of this machine shows images, and writes nothing
        ("http://localhost:3000", "same-site", True, False),
        ("http://localhost", "", True, False),
        ("", "same-site", True, False),
        # another site does neither, whichever of the headers tells
        ("https://evil.example", "cross-site", False, False),
        ("https://evil.example", "", False, False),
        ("", "cross-site", False, False),
        ("null", "", False, False),
        (HOST, "", False, False),
        (f"http://{HOST}.evil.example", "", False, False),
        (f"http://evil.example#{HOST}", "", False, False),
        # one that was named does both; an empty entry names nobody
        ("https://app.example", "cross-site", True, True),
    ],
)
def test_what_a_page_may_do(origin: str, fetch_site: str, read: bool, write: bool) -> None:
    assert may_read(origin, fetch_site, HOST, LISTED) is read
    assert may_write(origin, fetch_site, HOST, LISTED) is write


def test_a_host_without_a_port_is_compared_whole() -> None:
    assert may_read("http://[::1]:3000", "", "[::1]", ())
    assert not may_read("http://[::2]:3000", "", "[::1]", ())


@pytest.mark.parametrize(
    ("origin", "fetch_site", "write"),
    [
        ("https://img.example", "same-origin", True),
        ("https://img.example", "", True),
        ("https://img.example", "cross-site", False),
        ("http://img.example", "", False),
        ("https://img.example.evil.example", "", False),
    ],
)
def test_a_page_at_the_public_address_writes_through_a_proxy(origin: str, fetch_site: str, write: bool) -> None:
    assert may_write(origin, fetch_site, HOST, (), "https://img.example") is write


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("", ""),
        ("https://img.example", "https://img.example"),
        ("https://IMG.example:443/pictures/", "https://img.example"),
        ("http://img.example:80", "http://img.example"),
        ("https://img.example:80", "https://img.example:80"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("https://bilder.münchen.example/ü", "https://bilder.xn--mnchen-3ya.example"),
    ],
)
def test_the_origin_of_a_url_is_as_browsers_send_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin
