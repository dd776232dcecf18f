from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.proxies import client_address, is_forwarded, within
from app.sources.addresses import parse_networks

PROXIES = parse_networks(("10.0.0.0/8", "127.0.0.1", "2001:db8::/32"))
CLIENT = "203.0.113.9"


@pytest.mark.parametrize(
    ("peer", "header", "address"),
    [
        (CLIENT, "", CLIENT),
        (CLIENT, "127.0.0.1", CLIENT),  # whoever is no proxy speaks for nobody
        ("127.0.0.1", CLIENT, CLIENT),
        ("::ffff:127.0.0.1", CLIENT, CLIENT),
        ("2001:db8::1", f"192.0.2.1, {CLIENT}", CLIENT),
        ("127.0.0.1", f"192.0.2.1, {CLIENT}, 10.1.1.1", CLIENT),
        # a proxy that does not say whom it speaks for
        ("127.0.0.1", "", ""),
        ("127.0.0.1", "10.0.0.1", ""),
        ("127.0.0.1", "unknown", ""),
        ("127.0.0.1", f"{CLIENT},", ""),
        ("", CLIENT, ""),
        ("socket", CLIENT, ""),
    ],
)
def test_the_last_hop_that_is_no_proxy_is_the_client(peer: str, header: str, address: str) -> None:
    assert client_address(peer, header, PROXIES) == address


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_an_address_or_none(peer: str, header: str) -> None:
    assert not within(client_address(peer, header, PROXIES), PROXIES)


def test_a_name_may_not_only_look_like_one_of_the_environment() -> None:
    assert not is_forwarded(["REMOTE_ADDR", "SERVER_NAME", "wsgi.input", "HTTP_HOST", "HTTP_ACCEPT"], "HTTP/1.1")
    assert is_forwarded(["HTTP_HOST"], "HTTP/1.0")
    assert is_forwarded(["HTTP_HOST", "HTTP_FORWARDED"], "HTTP/1.1")
