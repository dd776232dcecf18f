"""POST /upload: what is stored, what the answer says, and who may upload."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.support import drawing, samples
from tests.support.http_client import HTML, KEY_HASH, KEYED, form, named, problem, put
from tests.support.origin import Origin, ok

PNG = drawing.encoded(drawing.quadrants(), "PNG")
OTHER = drawing.encoded(drawing.noise(40, 30), "PNG")


def test_new_image_is_described_and_located(http: FlaskClient, photo: bytes) -> None:
    answer = http.post("/upload", **form(("a.jpg", photo)))
    (image,) = answer.get_json()["images"]
    assert answer.status_code == 201
    assert answer.headers["Location"] == image["url"] == f"http://localhost/images/{image['id']}"
    assert (image["format"], image["width"], image["height"]) == ("jpeg", 160, 120)
    assert (image["frames"], image["bytes"]) == (1, len(photo))
    assert image["created"] > 0
    assert set(image["links"]) == {"original", "resize", "delete"}


def test_bytes_are_stored_untouched(http: FlaskClient, photo: bytes) -> None:
    with_tail = photo + b"bytes behind the end of the image"
    assert http.get(f"/images/{put(http, with_tail)}/original").data == with_tail


def test_same_bytes_are_stored_once(http: FlaskClient, photo: bytes) -> None:
    first, again = (http.post("/upload", **form(("a.jpg", photo))) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    assert "Location" not in again.headers


def test_id_cannot_be_derived_without_the_secret(client: Callable[..., FlaskClient], photo: bytes) -> None:
    ids = {put(client(secret=secret), photo) for secret in ("one secret of two", "the other secret")}
    assert len(ids) == 2
    assert not ids & {hashlib.sha256(photo).hexdigest()[:32], hashlib.md5(photo).hexdigest()}
    assert all(len(text) == 32 and set(text) <= set("0123456789abcdef") for text in ids)


@pytest.mark.parametrize("claimed", ["image/jpeg", "text/plain", "application/x-www-form-urlencoded", ""])
def test_raw_body_is_judged_by_content(http: FlaskClient, claimed: str) -> None:
    answer = http.post("/upload", data=PNG, content_type=claimed)
    assert answer.status_code == 201
    assert answer.get_json()["images"][0]["format"] == "png"


@pytest.mark.parametrize("path", ["/upload", "/resize?w=40", "/info"])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_what_curl_d_leaves_of_a_file_gets_a_hint(http: FlaskClient, path: str, format: str) -> None:
    """``curl -d @photo.jpg`` drops NUL, CR and LF, and calls the rest a form."""
    body = drawing.encoded(drawing.photo(160, 120), format).translate(None, b"\0\r\n")
    answer = http.post(path, data=body, content_type="application/x-www-form-urlencoded")
    assert "curl --data-binary @photo.jpg" in problem(answer, 415, "unsupported_media_type")["detail"]


def test_size_is_that_of_the_upright_image(http: FlaskClient) -> None:
    lying = drawing.encoded(drawing.photo(64, 48), "JPEG", exif=drawing.exif(6))
    image = http.get(f"/images/{put(http, lying)}").get_json()
    assert (image["width"], image["height"]) == (48, 64)


@pytest.mark.parametrize("end", [b";", b"", b"\r\n", b"!\xfe\x09half"])
def test_frames_are_counted(http: FlaskClient, end: bytes) -> None:
    moving = drawing.animation("GIF", drawing.moving(frames=4), duration=50)[:-1] + end
    assert http.get(f"/images/{put(http, moving)}").get_json()["frames"] == 4


def test_several_files_have_no_single_location(http: FlaskClient, photo: bytes) -> None:
    answer = http.post("/upload", **form(("a.jpg", photo), ("b.png", PNG)))
    assert answer.status_code == 201
    assert [image["format"] for image in answer.get_json()["images"]] == ["jpeg", "png"]
    assert "Location" not in answer.headers


def test_one_new_among_known_ones_is_201(http: FlaskClient, photo: bytes) -> None:
    put(http, photo)
    assert http.post("/upload", **form(("a.jpg", photo), ("b.png", PNG))).status_code == 201
    assert http.post("/upload", **form(("a.jpg", photo), ("b.png", PNG))).status_code == 200


def test_each_file_fails_by_itself(http: FlaskClient, photo: bytes) -> None:
    answer = http.post("/upload", **form(("good.jpg", photo), ("cut.jpg", photo[:400]), ("words.txt", b"words")))
    body = answer.get_json()
    assert answer.status_code == 207
    assert [image["format"] for image in body["images"]] == ["jpeg"]
    assert [(p["filename"], p["status"], p["code"]) for p in body["problems"]] == [
        ("cut.jpg", 422, "undecodable_image"),
        ("words.txt", 415, "unsupported_media_type"),
    ]


def test_when_all_fail_the_problem_names_each(http: FlaskClient, photo: bytes) -> None:
    answer = http.post("/upload", **form(("cut.jpg", photo[:400]), ("words.txt", b"words")))
    detail = problem(answer, 422, "undecodable_image")["detail"]
    assert "cut.jpg" in detail
    assert "words.txt" in detail


def test_broken_image_leaves_nothing_behind(http: FlaskClient, photo: bytes) -> None:
    problem(http.post("/upload", data=photo[: len(photo) // 2]), 422, "undecodable_image")
    assert http.post("/upload", data=photo).status_code == 201


@pytest.mark.parametrize("name", ["lossless.webp", "interlaced.png", "16-bit.png", "film.png", "lzw.tif"])
def test_pixels_that_cannot_be_decoded_are_refused_though_the_header_is_fine(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], name: str
) -> None:
    """An upload decodes every frame to its end, and stores nothing that cannot be shown."""
    container = make_container()
    http, data = client(container), samples.data(name)
    begin = len(data) // 2
    broken = data[:begin] + bytes(byte ^ 0x5A for byte in data[begin : begin + 400]) + data[begin + 400 :]
    assert http.post("/info", data=broken).status_code == 200
    problem(http.post("/upload", data=broken), 422, "undecodable_image")
    assert list(container.backends.storage.keys("originals/")) == []


@pytest.mark.parametrize(
    ("request_of", "parameter"),
    [
        (form(), "file"),
        (form(("", b"")), "file"),
        (form(("a.png", PNG), width="3"), "width"),
        ({"data": b""}, "file"),
        ({**form(("a.png", PNG)), "query_string": {"w": "3"}}, "w"),
        ({"data": {"picture": (BytesIO(PNG), "a.png")}}, "picture"),
    ],
)
def test_other_content_is_refused_by_name(http: FlaskClient, request_of: dict[str, object], parameter: str) -> None:
    assert named(http.post("/upload", **request_of)) == [parameter]


def test_raw_body_takes_no_parameters_either(http: FlaskClient) -> None:
    assert named(http.post("/upload?width=3", data=PNG, content_type="image/png")) == ["width"]


def test_browser_is_sent_to_its_image(http: FlaskClient, photo: bytes) -> None:
    answers = [http.post("/upload", headers=HTML, **form(("a.jpg", photo))) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    page = http.get(answers[0].headers["Location"], headers=HTML)
    assert page.status_code == 200
    assert "160×120" in page.text


def test_browser_gets_a_list_of_several(http: FlaskClient, photo: bytes) -> None:
    """The list has an address, so reloading it sends nothing again; it says which one was stored before."""
    put(http, PNG)
    answer = http.post("/upload", headers=HTML, **form(("a.jpg", photo), ("b.png", PNG)))
    assert answer.status_code == 303
    page = http.get(answer.headers["Location"], headers=HTML)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert page.text.count("<img") == 2
    assert page.text.count("Was stored already") == 1


def test_browser_is_told_of_a_duplicate(http: FlaskClient, photo: bytes) -> None:
    new, again = (http.post("/upload", headers=HTML, **form(("a.jpg", photo))).headers["Location"] for _ in range(2))
    assert again == f"{new}?known=1"
    assert ["stored already" in http.get(url, headers=HTML).text for url in (new, again)] == [False, True]


def test_an_image_on_the_web_is_stored_as_it_is(
    client: Callable[..., FlaskClient], origin: Origin, photo: bytes
) -> None:
    origin.routes["/a.jpg"] = ok(photo)
    url, http = origin.url("/a.jpg"), client(source_networks=("127.0.0.0/8",))
    answer = http.post("/upload", **form(url=url))
    assert answer.status_code == 201
    image_id = answer.get_json()["images"][0]["id"]
    assert http.get(f"/images/{image_id}/original").data == photo
    assert image_id == put(http, photo)
    assert named(http.post("/upload", **form(("a.jpg", photo), url=url))) == ["url"]


def test_an_address_may_be_json_or_a_form_without_files_too(
    client: Callable[..., FlaskClient], origin: Origin, photo: bytes
) -> None:
    origin.routes["/a.jpg"] = ok(photo)
    url, http = origin.url("/a.jpg"), client(source_networks=("127.0.0.0/8",))
    for body in ({"json": {"url": url}}, {"data": {"url": url}}):
        (stored,) = http.post("/upload", **body).get_json()["images"]
        assert stored["bytes"] == len(photo)
    assert named(http.post("/upload", json={"url": 1})) == ["url"]
    assert named(http.post("/upload", json={})) == ["url"]
    assert named(http.post("/upload", json={"url": url, "width": 4})) == ["width"]
    assert named(http.post("/upload?url=x", json={"url": url})) == ["url"]
    assert named(http.post("/upload?url=x", **form(("a.jpg", photo)))) == ["url"]


def test_an_empty_file_is_called_empty(http: FlaskClient) -> None:
    answer = http.post("/upload", **form(("a.jpg", b"")))
    assert "the file is empty" in problem(answer, 415, "unsupported_media_type")["detail"]


def test_an_address_in_a_private_network_is_not_fetched(
    client: Callable[..., FlaskClient], origin: Origin, photo: bytes
) -> None:
    origin.routes["/a.jpg"] = ok(photo)
    refused = client(source_networks=()).post("/upload", **form(url=origin.url("/a.jpg")))
    assert refused.get_json(force=True)["code"] == "source_blocked"
    assert not origin.requests


def test_what_is_wrong_stands_beside_the_field_of_the_form(http: FlaskClient, photo: bytes) -> None:
    """The upload page again, with the status of the error; what was typed is not lost."""
    wrong = {
        "file-error": [(form(("words.txt", b"words")), 415, "content"), (form(("", b"")), 400, "at least one image")],
        "url-error": [
            (form(("a.png", PNG), url="http://127.0.0.1:9/<b>"), 400, "not both"),
            (form(url="http://127.0.0.1:9/<b>"), 403, "not on the public internet"),
        ],
    }
    for element, requests in wrong.items():
        for sent, status, words in requests:
            answer = http.post("/upload", headers=HTML, **sent)
            assert (answer.status_code, answer.mimetype) == (status, "text/html")
            assert answer.headers["Cache-Control"] == "no-store"
            (told,) = re.findall(rf'<p id="{element}"[^>]*>(.*?)</p>', answer.text, flags=re.DOTALL)
            assert words in told
            assert "/docs#error-" in told
            assert len(re.findall('aria-invalid="true" autofocus', answer.text)) == 1
            assert "<b>" not in answer.text
            assert ('value="http://127.0.0.1:9/&lt;b&gt;"' in answer.text) == (element == "url-error")
    raw = http.post("/upload", headers=HTML, data=b"words", content_type="text/plain")
    assert "<form" not in raw.text, "no form was sent"


def test_with_keys_set_others_cannot_upload(client: Callable[..., FlaskClient]) -> None:
    http = client(api_keys=(KEY_HASH,))
    refused = http.post("/upload", data=PNG)
    problem(refused, 401, "unauthorized")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert http.post("/upload", data=PNG, headers={"Authorization": "Bearer guess"}).status_code == 401
    assert http.post("/upload", data=PNG, headers=KEYED).status_code == 201
    assert http.post("/upload", data=OTHER, headers={"X-Forwarded-For": "127.0.0.1", **KEYED}).status_code == 201


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_a_proxy_ends_the_trust_in_loopback(http: FlaskClient, header: str) -> None:
    problem(http.post("/upload", data=PNG, headers={header: "for=127.0.0.1"}), 401, "unauthorized")


def test_not_acceptable(http: FlaskClient) -> None:
    problem(http.post("/upload", data=PNG, headers={"Accept": "image/png"}), 406, "not_acceptable")
