"""Presigned links of the editor: they work without a key, for as long as was asked, and are described as they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient

from app.container import Container
from app.openapi.parameters import NAMED
from app.views import expiring_links
from tests.conftest import FakeClock
from tests.support.http_client import HTML, KEY_HASH, KEYED, SIGNING_KEY, named, problem, put, size

DAY_S = 24 * 3600


@pytest.fixture
def signing(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], clock: FakeClock
) -> FlaskClient:
    """A client of a service that signs links, with the clock of the test."""
    settings = {"api_keys": (KEY_HASH,), "signing_keys": (f"k1:{SIGNING_KEY}",)}
    return client(make_container(now=clock, **settings))


@pytest.mark.parametrize(("query", "lifetime_s"), [("", DAY_S), ("&expires_in=", DAY_S), ("&expires_in=7200", 7200)])
def test_a_link_works_without_a_key_for_as_long_as_was_asked(
    signing: FlaskClient, photo: bytes, clock: FakeClock, query: str, lifetime_s: int
) -> None:
    image_id = put(signing, photo, **KEYED)
    result = signing.get(f"/images/{image_id}?width=40{query}", headers=KEYED).get_json()["result"]
    assert result["presigned"]["expires_at"] == clock() + lifetime_s
    link = result["presigned"]["url"]
    assert size(signing.get(link)) == (40, 30)
    problem(signing.get(link.replace("width=40", "width=41")), 403, "signature_invalid")
    clock.advance(lifetime_s - 1)
    assert signing.get(link).status_code == 200
    clock.advance(1)
    problem(signing.get(link), 403, "signature_expired")
    assert signing.get(result["url"]).status_code == 200, "the other link does not expire"


def test_the_form_says_and_keeps_how_long_it_works(signing: FlaskClient, photo: bytes, clock: FakeClock) -> None:
    clock.seconds = 1_700_000_000
    image_id = put(signing, photo, **KEYED)
    page = signing.get(f"/images/{image_id}?width=40&expires_in=604800", headers={**HTML, **KEYED}).text
    assert '<option value="604800" selected>7 days' in page
    assert '<option value="">1 day' in page
    assert "until <time" in page
    assert "2023-11-21T22:13:20Z" in page
    link = unescape(re.findall(r'<code id="presigned">([^<]*)', page)[0])
    assert f"&expires={1_700_000_000 + 7 * DAY_S}&" in link
    assert size(signing.get(link)) == (40, 30)


@pytest.mark.parametrize("query", ["expires_in=0", "expires_in=1w", f"expires_in={10**9}", "expires_in=9&expires_in=8"])
def test_another_lifetime_is_refused_beside_its_field(signing: FlaskClient, photo: bytes, query: str) -> None:
    image_id = put(signing, photo, **KEYED)
    assert named(signing.get(f"/images/{image_id}?{query}&width=0", headers=KEYED)) == ["expires_in", "width"]
    page = signing.get(f"/images/{image_id}?{query}", headers={**HTML, **KEYED})
    assert page.status_code == 400
    assert re.search(r'id="e-expires_in"[^>]*>expected once, a number of seconds', page.text)


def test_strangers_and_services_without_signing_keys_get_none(
    signing: FlaskClient, http: FlaskClient, photo: bytes
) -> None:
    for somebody, keyed in ((signing, KEYED), (http, {})):
        image_id = put(somebody, photo, **keyed)
        assert "presigned" not in somebody.get(f"/images/{image_id}?width=40").get_json()["result"]
    page = http.get(f"/images/{image_id}", headers=HTML).text
    assert "With MONOLAMBDA_SIGNING_KEYS set" in page
    assert 'id="presigned"' not in page
    assert "expires_in" not in page


def test_the_document_has_the_same_bounds() -> None:
    schema, _ = NAMED["expires_in"]
    assert (schema["default"], schema["anyOf"][0]["maximum"]) == (expiring_links.DEFAULT_S, expiring_links.LONGEST_S)
    assert all(1 <= offered <= expiring_links.LONGEST_S for offered in expiring_links.OFFERED_S)
