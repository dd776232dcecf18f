"""Cookies of sessions: whom they let in, and until when."""

from __future__ import annotations

import pytest

from app.access.sessions import LIFETIME_S, is_valid, issue
from app.access.subkeys import Subkeys

DIGEST = Subkeys(lambda: b"a secret of ours").digest("session")
NOW = 1_900_000_000.0
KEY, OTHER = b"a" * 64, b"b" * 64


def test_a_session_lasts_twelve_hours() -> None:
    cookie = issue(DIGEST, KEY, now=NOW)
    assert LIFETIME_S == 12 * 3600
    assert is_valid(DIGEST, cookie, [KEY], now=NOW)
    assert is_valid(DIGEST, cookie, [KEY], now=NOW + LIFETIME_S - 1)
    assert not is_valid(DIGEST, cookie, [KEY], now=NOW + LIFETIME_S)


def test_it_ends_with_its_key_and_with_the_secret() -> None:
    cookie = issue(DIGEST, KEY, now=NOW)
    assert is_valid(DIGEST, cookie, [OTHER, KEY], now=NOW)
    assert not is_valid(DIGEST, cookie, [OTHER], now=NOW)
    assert not is_valid(DIGEST, cookie, [], now=NOW)
    rotated = Subkeys(lambda: b"another secret !").digest("session")
    assert not is_valid(rotated, cookie, [KEY], now=NOW)


def test_nothing_made_for_another_purpose_is_a_session() -> None:
    subkeys = Subkeys(lambda: b"a secret of ours")
    for other in (subkeys.digest("job"), subkeys.digest("upload token"), subkeys.image_id):
        assert not is_valid(DIGEST, issue(other, KEY, now=NOW), [KEY], now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda cookie: cookie.replace("19", "29", 1),  # a later end
        lambda cookie: cookie[:-1] + ("0" if cookie[-1] != "0" else "1"),
        lambda cookie: cookie + "0",
        lambda cookie: cookie.upper().replace("A", "a"),
        lambda cookie: f" {cookie}",
        lambda cookie: cookie.partition(".")[0],
        lambda cookie: "",
        lambda cookie: "١٩٠٠٠٤٣٢٠٠." + cookie.partition(".")[2],  # digits of another script
    ],
)
def test_a_changed_cookie_opens_nothing(change: object) -> None:
    assert callable(change)
    cookie = issue(DIGEST, KEY, now=NOW)
    changed = change(cookie)
    assert changed == cookie or not is_valid(DIGEST, changed, [KEY], now=NOW)
