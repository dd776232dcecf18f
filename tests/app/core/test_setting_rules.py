"""Values of settings that pass their types: numbers that the clocks and calls of the system can take."""

from __future__ import annotations

import threading
from typing import get_type_hints

import msgspec
import pytest
from werkzeug.sansio.utils import host_is_trusted

from app.access.cross_site import origin_of
from app.core.config import PREFIX, ConfigError, Settings, from_environ

NUMBERS = [name for name in Settings.__struct_fields__ if isinstance(getattr(Settings(), name), float)]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text", ["inf", "1e308", "9" * 30])
def test_no_number_is_without_bound(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=f"{PREFIX}{name.upper()}: Expected `float` <= "):
        from_environ({PREFIX + name.upper(): text})


def test_the_longest_time_can_be_waited_for() -> None:
    ten_years = 3650 * 86_400
    assert from_environ({"MONOLAMBDA_JOB_S": str(ten_years)}).job_s == ten_years < threading.TIMEOUT_MAX
    assert from_environ({"MONOLAMBDA_RETENTION_DAYS": "36500"}).retention_days == 36_500


@pytest.mark.parametrize(("text", "rate"), [("0", 0.0), ("0.001", 0.001), ("20", 20.0)])
def test_a_rate_is_none_or_one_that_lets_somebody_in(text: str, rate: float) -> None:
    assert from_environ({"MONOLAMBDA_RATE_LIMIT": text}).rate_limit == rate
    with pytest.raises(ConfigError, match=r"MONOLAMBDA_RATE_LIMIT: expected 0 for no limit, or at least 0\.001"):
        from_environ({"MONOLAMBDA_RATE_LIMIT": "0.0009"})


HOSTS = {
    "Images.Example.com": "images.example.com",
    "images.example.com:8443": "images.example.com:8443",
    ".Example.com": ".example.com",
    "127.0.0.1": "127.0.0.1",
    "Bücher.example": "bücher.example",
    "*": "*",
}


@pytest.mark.parametrize(("text", "host"), HOSTS.items())
def test_a_trusted_host_is_one_that_a_request_can_name(text: str, host: str) -> None:
    (found,) = from_environ({"MONOLAMBDA_TRUSTED_HOSTS": text}).trusted_hosts
    assert found == host
    named = host.removeprefix(".").encode("idna").decode() if host != "*" else "any.example"
    assert host_is_trusted(named, None if found == "*" else [found])


@pytest.mark.parametrize(
    "text",
    [
        "https://img.example.com",
        "img.example.com/",
        "*.example.com",
        "a..example",
        "[::1]",
        "a_b.example",
        "a:b",
        "a b",
    ],
)
def test_a_host_that_can_never_match_stops_the_start(text: str) -> None:
    with pytest.raises(ConfigError, match=r"MONOLAMBDA_TRUSTED_HOSTS: expected names such as img\.example\.com"):
        from_environ({"MONOLAMBDA_TRUSTED_HOSTS": f"localhost,{text}"})


@pytest.mark.parametrize(
    "text",
    ["https://Shop.Example", "http://localhost:3000", "http://[::1]:3000", "capacitor://localhost", "null"],
)
def test_an_origin_is_one_that_a_browser_sends(text: str) -> None:
    assert from_environ({"MONOLAMBDA_CORS_ORIGINS": text}).cors_origins == (text.lower(),)


@pytest.mark.parametrize(
    "text",
    [
        *("https://shop.example/", "https://shop.example/a", "https://shop.example?a", "shop.example", "*"),
        *(
            "https://shop.example:443",
            "http://shop.example:80",
            "https://*.example",
            "https://",
            "https://bücher.example",
        ),
    ],
)
def test_an_origin_that_can_never_match_stops_the_start(text: str) -> None:
    with pytest.raises(ConfigError, match=r"MONOLAMBDA_CORS_ORIGINS: expected origins such as https://shop\.example"):
        from_environ({"MONOLAMBDA_CORS_ORIGINS": text})


@pytest.mark.parametrize(
    "text",
    [
        *("", "https://img.example.com", "HTTP://Img.Example:8080/pictures/", "http://[::1]:5000"),
        *("https://bücher.example/größe und form", "https://my_app/"),
    ],
)
def test_links_may_begin_with_any_url(text: str) -> None:
    assert from_environ({"MONOLAMBDA_PUBLIC_URL": text}).public_url == text
    origin_of(text)


@pytest.mark.parametrize(
    "text",
    [
        *("img.example.com", "img.example.com/pictures", "/pictures", "ftp://img.example", "https://", "https:///a"),
        *("https://img.example?a", "https://img.example/#a", "https://me@img.example", "https://img example"),
        *(
            "https://img.example:99999",
            "https://img.example:",
            "https://[::g]",
            "https://a..example",
            f"https://{64 * 'a'}",
        ),
    ],
)
def test_a_public_url_that_no_link_can_begin_with_stops_the_start(text: str) -> None:
    with pytest.raises(ConfigError, match=r"MONOLAMBDA_PUBLIC_URL: expected a URL such as https://img\.example\.com"):
        from_environ({"MONOLAMBDA_PUBLIC_URL": text})


def test_every_count_of_bytes_fits_into_a_call_of_the_system() -> None:
    hints = get_type_hints(Settings, include_extras=True)
    names = [name for name, kind in hints.items() if name.endswith("_bytes")]
    assert names
    for name in names:
        assert msgspec.convert(2**50, hints[name]) == 2**50
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(2**50 + 1, hints[name])
