from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from app.core.config import ConfigError
from app.core.errors import InvalidParameter
from app.sources.guard import MAX_URL, check_url, host_allowed, require_allow_list

CANONICAL = [
    ("http://example.com", "http://example.com/"),
    ("HTTPS://Example.COM.:443/a?b#c", "https://example.com/a?b"),
    ("http://example.com:80/", "http://example.com/"),
    ("http://example.com:/", "http://example.com/"),
    ("http://example.com:8080/", "http://example.com:8080/"),
    ("http://under_score.example/", "http://under_score.example/"),
    ("http://h/a b/é?q=ü z&x=%41", "http://h/a%20b/%C3%A9?q=%C3%BC%20z&x=%41"),
    ("http://h/100%.png", "http://h/100%25.png"),
    ("http://h/a@b:c", "http://h/a@b:c"),
    ("http://h?q=http://user@x/", "http://h/?q=http://user@x/"),
    ("http://bücher.example/", "http://xn--bcher-kva.example/"),
    ("http://faß.example/", "http://xn--fa-hia.example/"),
    ("http://[2001:DB8:0:0::1]/", "http://[2001:db8::1]/"),
    ("http://1.2.3.4/", "http://1.2.3.4/"),
]


LOOPBACK = [
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7F.0.0.0x1/",
    "http://017700000001/",
    "http://0177.0.0.01/",
    "http://127.0.0.1./",
    "http://１２７.０.０.１/",
    "http://①②⑦.0.0.1/",
    "http://127。0．0｡1/",
    "http://0x７f.1/",
]


REFUSED = [
    "",
    "example.com",
    "//example.com/",
    "/etc/passwd",
    "http:example.com",
    "http:/example.com",
    "http:///example.com",
    "http://",
    "http://:80/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    " http://example.com/",
    "http ://example.com/",
    "http://user@example.com/",
    "http://user:password@example.com/",
    "http://@example.com/",
    "http://example.com:80@evil.example/",
    "http://example.com\\@evil.example/",
    "http:\\\\example.com/",
    "http://example.com\\.evil.example/",
    "http://exam\tple.com/",
    "http://example.com/\r\nHost: evil.example",
    "http://example.com/\x00",
    "http://example.com/\x7f",
    "http://example.com/\ud800",
    "http://exam ple.com/",
    "http://exam%70le.com/",
    "http://example..com/",
    "http://.example.com/",
    "http://example.com../",
    "http://*.example.com/",
    "http://exam!ple.com/",
    f"http://{'a' * 64}.com/",
    f"http://{'a.' * 127}com/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:-1/",
    "http://example.com:8o/",
    "http://example.com:８０/",
    "http://example.com:80:80/",
    "http://256.0.0.1/",
    "http://1.2.3.4.5/",
    "http://1.2.3.08/",
    "http://4294967296/",
    "http://example.0x7f/",
    "http://[::1/",
    "http://::1/",
    "http://[]/",
    "http://[1.2.3.4]/",
    "http://[fe80::1%eth0]/",
    "http://[fe80::1%25eth0]/",
    "http://[::1]evil.example/",
    "http://℀.example/",
    "http://evil／example/",
    "http://a＠example.com/",
    "http://example.com/" + "a" * MAX_URL,
]


@pytest.mark.parametrize(("given", "canonical"), CANONICAL)
def test_urls_are_made_canonical(given: str, canonical: str) -> None:
    assert check_url(given).url == canonical


@pytest.mark.parametrize("url", LOOPBACK)
def test_every_spelling_of_an_ipv4_address_is_read_as_that_address(url: str) -> None:
    assert check_url(url).host == "127.0.0.1"


@pytest.mark.parametrize("url", REFUSED, ids=lambda url: ascii(url)[:40])
def test_ambiguous_and_malformed_urls_are_refused(url: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        check_url(url)
    assert caught.value.errors[0].parameter == "url"


def test_the_longest_url_is_accepted() -> None:
    assert check_url("http://example.com/".ljust(MAX_URL, "a"))


@pytest.mark.parametrize(
    "url", ["http://me:hunter2@example.com/", "ftp://example.com/?sig=hunter2", "http://h:x/#hunter2"]
)
def test_the_error_repeats_no_secret(url: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        check_url(url)
    assert "hunter2" not in str(caught.value) + caught.value.errors[0].received


hosts = st.text(st.sampled_from("aZ09.-_:[]@%\\/。①ß "), min_size=1, max_size=12)
# most of those are refused, and say nothing of what is accepted
names = st.lists(st.sampled_from(["a", "Z-9", "ß", "0", "127"]), min_size=1, max_size=4).map(".".join)
likely_hosts = st.builds("{}{}".format, names, st.sampled_from(["", ":", ":80", ":443", ":8080"]))
rests = st.text(max_size=12) | st.text("a/?#@:;%20.", max_size=12).map("/{}".format)


def test_requests_would_connect_to_the_host_that_was_checked() -> None:
    accepted = []

    @given(
        st.builds("http{}://{}{}".format, st.sampled_from(["", "s"]), hosts | likely_hosts, rests)
        | st.text(max_size=30)
    )
    def check(url: str) -> None:
        try:
            checked = check_url(url)
        except InvalidParameter:
            return
        accepted.append(url)
        assert check_url(checked.url) == checked
        sent = urlsplit(str(requests.Request("GET", checked.url).prepare().url))
        assert (sent.scheme, sent.hostname, sent.port or {"http": 80, "https": 443}[sent.scheme]) == (
            checked.scheme,
            checked.host,
            checked.port,
        )

    check()
    assert len(accepted) >= 10


@pytest.mark.parametrize(
    ("url", "entry", "allowed"),
    [
        ("http://example.com/", "example.com", True),
        ("https://EXAMPLE.com.:8443/", "Example.COM.", True),
        ("http://example.com/", "www.example.com", False),
        ("http://www.example.com/", "example.com", False),
        ("http://example.com.evil.example/", "example.com", False),
        ("http://www.example.com/", "*.example.com", True),
        ("http://a.b.example.com/", "*.example.com", True),
        ("http://example.com/", "*.example.com", False),
        ("http://badexample.com/", "*.example.com", False),
        ("http://example.com:8080/", "example.com:8080", True),
        ("http://example.com/", "example.com:8080", False),
        ("https://example.com/", "example.com:443", True),
        ("http://example.com/", "example.com:443", False),
        ("http://bücher.example/", "xn--bcher-kva.example", True),
        ("http://xn--bcher-kva.example/", "BÜCHER.example", True),
        ("http://127.1:5000/", "127.0.0.1", True),
        ("http://[0::1]:5000/", "[::1]:5000", True),
        ("http://example.com/", "*", False),
        ("http://example.com/", "https://example.com", False),
        ("http://example.com/", "", False),
        ("http://127.0.0.1/", "*.0.0.1", False),
    ],
)
def test_the_allow_list_matches_host_and_port(url: str, entry: str, allowed: bool) -> None:
    assert host_allowed(url, ("other.example", entry)) is allowed


@pytest.mark.parametrize("entry", ["*", "https://example.com", "a b", ""])
def test_a_list_of_hosts_that_cannot_be_read_is_refused(entry: str) -> None:
    require_allow_list("HOSTS", ("example.com", "*.example.com:443", "[::1]"))
    with pytest.raises(ConfigError, match="HOSTS: expected hosts"):
        require_allow_list("HOSTS", ("example.com", entry))


def test_an_empty_allow_list_allows_nothing() -> None:
    assert not host_allowed("http://example.com/", ())


def test_the_error_for_a_password_says_so() -> None:
    with pytest.raises(InvalidParameter, match="no user name or password"):
        check_url("http://me:hunter2@example.com/")
