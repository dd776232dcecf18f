from __future__ import annotations

import pytest

from app.sources.hosts import MAX_HOST, canonical_host


@pytest.mark.parametrize(
    ("host", "canonical"),
    [
        ("Example.COM.", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("under_score.example", "under_score.example"),
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.772", "1.2.3.4"),
        ("0x7f.1", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("0x", "0.0.0.0"),
        ("4294967295", "255.255.255.255"),
        ("１２７。0.0.1", "127.0.0.1"),
        ("[2001:DB8::0:1]", "2001:db8::1"),
        ("[::ffff:1.2.3.4]", "::ffff:102:304"),
        ("[::ffff:0.0.3.4]", "::ffff:0:304"),
        ("[0:0:0:0:0:FFFF:7F00:1]", "::ffff:7f00:1"),
    ],
)
def test_hosts_are_made_canonical(host: str, canonical: str) -> None:
    assert canonical_host(host) == canonical
    assert canonical_host(f"[{canonical}]" if ":" in canonical else canonical) == canonical


@pytest.mark.parametrize(
    "host",
    [
        *("", ".", "a..b", "a b", "a" * 64, "a." * (MAX_HOST // 2) + "com"),
        *("256.1", "1.2.3.4.5", "1.2.3.08", "0x1g.1", "4294967296", "1.2.65536"),
        *("[]", "[::1", "[1.2.3.4]", "[fe80::1%eth0]", "[::1]x"),
    ],
)
def test_text_that_is_not_a_host_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical_host(host)
