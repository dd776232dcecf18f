"""The editor as a form: every option has a field, what was given stays, and the link is what the form asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient

from app import options
from app.views.editor import COMMON, GEOMETRY
from tests.support import drawing
from tests.support.http_client import HTML, KEY_HASH, KEYED, named, put, size


def test_every_option_has_a_field(http: FlaskClient, image_id: str) -> None:
    page = http.get(f"/images/{image_id}", headers=HTML).text
    in_sight, _, more = page.partition("More options")
    fields = {name: (f'name="{name}"' in in_sight, f'name="{name}"' in more) for name in options.TYPES}
    assert fields == {name: (name in COMMON, name not in COMMON) for name in options.TYPES}
    assert set(COMMON) | set(GEOMETRY) <= set(options.TYPES)


def test_the_form_as_it_is_sent_is_the_result(http: FlaskClient, image_id: str) -> None:
    """A browser sends every field, most of them empty."""
    sent = {**dict.fromkeys(options.TYPES, ""), "width": "40", "format": "png", "grayscale": "true"}
    page = http.get(f"/images/{image_id}", query_string=sent, headers=HTML)
    assert page.status_code == 200
    url = unescape(re.findall(r'<code id="url">([^<]*)', page.text)[0])
    assert url.partition("?")[2] == f"id={image_id}&format=png&grayscale=true&width=40"
    assert size(http.get(url)) == (40, 30)
    assert 'value="40"' in page.text
    assert "<option selected>png" in page.text


@pytest.mark.parametrize("alias", ["w", "width"])
def test_the_json_has_the_same_link_and_the_size(http: FlaskClient, image_id: str, alias: str) -> None:
    result = http.get(f"/images/{image_id}?{alias}=40&blur=2").get_json()["result"]
    assert (result["width"], result["height"]) == (40, 30)
    assert result["options"] == "blur=2.0&width=40"
    assert size(http.get(result["url"])) == (40, 30)


def test_without_options_the_json_is_as_before(http: FlaskClient, image_id: str) -> None:
    assert "result" not in http.get(f"/images/{image_id}?v=1").get_json()


def test_one_size_gets_a_copy_for_dense_screens_and_no_size_every_width(http: FlaskClient) -> None:
    image_id = put(http, drawing.encoded(drawing.photo(1200, 900), "JPEG"))
    dense = http.get(f"/images/{image_id}?width=40&format=webp").get_json()["result"]["html"]
    links = [unescape(link) for link in re.findall(r"(http\S+) [12]x", dense)]
    assert [size(http.get(link)) for link in links] == [(40, 30), (80, 60)]
    assert 'width="40" height="30"' in dense
    every = http.get(f"/images/{image_id}?format=webp").get_json()["result"]["html"]
    assert [int(width) for width in re.findall(r" (\d+)w", every)] == [480, 640, 1000]
    assert every.count("format=webp") == 4


@pytest.mark.parametrize("query", ["crop=0,0,100,100", "dpr=2", "rotate=90&pad=200", "format=webp"])
def test_every_width_that_is_offered_is_that_of_the_result(http: FlaskClient, query: str) -> None:
    image_id = put(http, drawing.encoded(drawing.photo(2000, 1500), "JPEG"))
    html = http.get(f"/images/{image_id}?{query}").get_json()["result"]["html"]
    offered = [(unescape(link), int(width)) for link, width in re.findall(r"(http\S+) (\d+)w", html)]
    assert offered
    assert [size(http.get(link))[0] for link, _ in offered] == [width for _, width in offered]
    assert len({width for _, width in offered}) == len(offered)


def test_the_element_of_one_size_has_that_in_pixels_of_css(http: FlaskClient) -> None:
    image_id = put(http, drawing.encoded(drawing.photo(300, 200), "JPEG"))
    html = http.get(f"/images/{image_id}?width=60&dpr=2").get_json()["result"]["html"]
    assert 'width="60" height="40"' in html
    assert [size(http.get(unescape(link)))[0] for link in re.findall(r"(http\S+) [12]x", html)] == [60, 120]


def test_a_result_is_offered_though_none_of_its_widths_can_be_made(client: Callable[..., FlaskClient]) -> None:
    http = client(max_output_pixels=300 * 200, widths=(290,))
    image_id = put(http, drawing.encoded(drawing.photo(300, 200), "JPEG"))
    found = http.get(f"/images/{image_id}?dpr=5&upscale=true").get_json()["result"]
    (link,) = re.findall(r'src="([^"]+)"', found["html"])
    assert size(http.get(unescape(link))) == (found["width"], found["height"])


@pytest.mark.parametrize(
    ("query", "name"), [("width=0", "width"), ("crop=0,0,9999,1", "crop"), ("wdith=4", "wdith"), ("q=101", "q")]
)
def test_what_is_wrong_is_named_and_nothing_is_lost(http: FlaskClient, image_id: str, query: str, name: str) -> None:
    assert named(http.get(f"/images/{image_id}?{query}")) == [name]
    page = http.get(f"/images/{image_id}?{query}&height=77", headers=HTML)
    assert page.status_code == 400
    assert 'value="77"' in page.text
    field = options.ALIASES.get(name, name)
    place = rf'id="e-{field}"[^>]*>[^<]+' if field in options.TYPES else r'id="problems"[^>]*>\s*wdith: [^<]+'
    assert re.search(place, page.text)


def test_what_is_typed_cannot_become_a_part_of_the_page(http: FlaskClient, image_id: str) -> None:
    evil = '"><script>alert(1)</script>'
    page = http.get(f"/images/{image_id}", query_string={"tint": evil, evil: evil, "fit": evil}, headers=HTML).text
    assert "<script>alert" not in page


PRESETS = ("thumb:w=24&height=24&fit=cover&q=40", "faded:grayscale=true&format=jpg")


def test_the_fields_show_what_a_preset_stands_for(client: Callable[..., FlaskClient], photo: bytes) -> None:
    """The form sends its fields, so that changes begin with the options of the preset; those beside it count more."""
    http = client(presets=PRESETS)
    page = http.get(f"/images/{put(http, photo)}?preset=thumb&width=30", headers=HTML).text
    values = dict(re.findall(r'name="(width|height|quality)"[^>]* value="([^"]*)"', page))
    assert values == {"width": "30", "height": "24", "quality": "40"}
    assert "<option selected>cover" in page
    link = unescape(re.findall(r'<code id="url">([^<]*)', page)[0])
    assert size(http.get(link)) == (30, 24)
    assert link.partition("&")[2] == "fit=cover&height=24&quality=40&width=30"


@pytest.mark.parametrize("query", ["preset=none", "preset=thumb&preset=faded"])
def test_a_preset_that_is_none_is_named(client: Callable[..., FlaskClient], photo: bytes, query: str) -> None:
    http = client(presets=PRESETS)
    image_id = put(http, photo)
    assert named(http.get(f"/images/{image_id}?{query}"))[0] == "preset"
    page = http.get(f"/images/{image_id}?{query}", headers=HTML)
    assert page.status_code == 400
    assert re.search(r'id="problems"[^>]*>\s*preset: expected', page.text)


@pytest.mark.parametrize("signing", [(), ("k1:" + "s" * 32,)], ids=["unsigned", "signed"])
def test_the_links_to_a_preset_work_for_everybody_where_presets_need_no_signature(
    client: Callable[..., FlaskClient], photo: bytes, signing: tuple[str, ...]
) -> None:
    http = client(presets=PRESETS, unsigned="presets", api_keys=(KEY_HASH,), signing_keys=signing)
    image_id = put(http, photo, **KEYED)
    for headers in (KEYED, {}):
        found = http.get(f"/images/{image_id}?preset=thumb", headers=headers).get_json()["result"]
        page = http.get(f"/images/{image_id}?preset=thumb", headers={**HTML, **headers}).text
        shown = re.findall(r'<code id="url">([^<]*)|id="after" src="([^"]*)', page)
        for link in [found["url"], *re.findall(r'(?:src="|, )(http\S+?)[" ]', found["html"]), *map("".join, shown)]:
            answer = http.get(unescape(link), headers=headers if link.startswith("/") else {})
            assert (answer.status_code, link) == (200, link)


def test_links_are_signed_for_who_may_sign(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(api_keys=(KEY_HASH,), signing_keys=("k1:" + "s" * 32,))
    image_id = put(http, photo, **KEYED)
    signed = http.get(f"/images/{image_id}?width=40", headers=KEYED).get_json()["result"]
    assert size(http.get(signed["url"])) == (40, 30)
    links = re.findall(r"(http\S+) [12]x", signed["html"])
    assert len(links) == 2
    for link in links:
        assert http.get(unescape(link)).status_code == 200
    unsigned = http.get(f"/images/{image_id}?width=40").get_json()["result"]
    assert http.get(unsigned["url"]).status_code == 401
    page = http.get(f"/images/{image_id}?width=40", headers=HTML).text
    assert "sign in with a key" in page
    assert "/resize?" not in page


def test_an_image_that_is_too_large_to_make_says_so_beside_a_field(
    client: Callable[..., FlaskClient], photo: bytes
) -> None:
    http = client(max_output_pixels=500)
    page = http.get(f"/images/{put(http, photo)}?width=100", headers=HTML)
    assert page.status_code == 400
    assert re.search(r'id="e-width"[^>]*>[^<]*pixels', page.text)
