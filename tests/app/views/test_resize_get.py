"""GET /resize: sizes, formats, sources, and where the answer came from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.http import parse_options_header

from app.container import Container
from app.options import ResizeOptions
from app.service import RenderSpec, ResultStore
from tests.support import drawing, heic
from tests.support.call_counts import counted
from tests.support.http_client import ABSENT, KEY_HASH, KEYED, problem, put, size
from tests.support.origin import Origin, ok, raw, redirect, stall, status

LOOPBACK = ("127.0.0.0/8",)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (160, 120)),
        ("w=80", (80, 60)),
        ("h=30", (40, 30)),
        ("w=80&h=80", (80, 60)),
        ("w=80&h=80&fit=cover", (80, 80)),
        ("w=80&h=80&fit=contain", (80, 80)),
        ("w=80&h=80&fit=fill", (80, 80)),
        ("w=60&h=60&fit=outside", (80, 60)),
        ("w=320", (160, 120)),
        ("w=320&upscale=true", (320, 240)),
        ("w=40&dpr=2", (80, 60)),
        ("w=90&aspect=16:9&fit=cover", (90, 51)),
        ("crop=10,20,50,40", (50, 40)),
        ("rotate=90", (120, 160)),
        ("w=80&v=17", (80, 60)),
    ],
)
def test_size(http: FlaskClient, image_id: str, query: str, expected: tuple[int, int]) -> None:
    assert size(http.get(f"/resize?id={image_id}&{query}")) == expected


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "avif", "gif"])
def test_format(http: FlaskClient, image_id: str, name: str) -> None:
    answer = http.get(f"/resize?id={image_id}&w=40&format={name}")
    assert answer.mimetype == f"image/{name}"
    assert (drawing.opened(answer.data).format or "").lower() == name


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("image/avif,image/webp,*/*", "image/avif"),
        ("image/webp,*/*;q=0.8", "image/webp"),
        ("image/avif;q=0,image/webp", "image/webp"),
        ("image/avif;q=0.2,image/webp;q=0.9", "image/webp"),
        ("image/webp;q=0.2,image/jpeg", "image/jpeg"),
        ("image/webp;q=0.2,image/png", "image/webp"),
        ("IMAGE/AVIF,*/*;q=0.8", "image/avif"),
        ("*/*", "image/jpeg"),
        ("image/*", "image/jpeg"),
    ],
)
def test_auto_format_looks_at_accept(http: FlaskClient, image_id: str, accept: str, expected: str) -> None:
    answer = http.get(f"/resize?id={image_id}&w=40&format=auto", headers={"Accept": accept})
    assert answer.mimetype == expected
    assert "Accept" in answer.vary


def test_accept_does_not_matter_to_a_named_format(http: FlaskClient, image_id: str) -> None:
    answer = http.get(f"/resize?id={image_id}&w=40&format=png", headers={"Accept": "image/avif"})
    assert answer.mimetype == "image/png"
    assert "Accept" not in answer.vary


def test_uploaded_bytes_are_sent_with_a_sandbox_policy(http: FlaskClient, image_id: str) -> None:
    for path in (f"/resize?id={image_id}&w=40", f"/images/{image_id}/original"):
        assert http.get(path).headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_result_is_found_again_in_memory_then_in_storage(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], photo: bytes
) -> None:
    first, other = (client(make_container()) for _ in range(2))
    path = f"/resize?id={put(first, photo)}&w=40"
    answers = [first.get(path), first.get(path), other.get(path), other.get(path)]
    assert [answer.headers["X-Cache"] for answer in answers] == ["miss", "memory", "storage", "memory"]
    assert len({answer.data for answer in answers}) == 1
    assert len({answer.headers["ETag"] for answer in answers}) == 1


@pytest.mark.parametrize("left", [b"", b"\xff\xd8\xff\xe0 cut short"])
def test_a_damaged_result_is_made_again(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], photo: bytes, left: bytes
) -> None:
    first, other, later = (make_container() for _ in range(3))
    path = f"/resize?id={put(client(first), photo)}&w=40"
    whole = client(first).get(path).data
    (key,) = first.backends.storage.keys("derived/")
    first.backends.storage.put(key, left, media_type="image/jpeg")
    answers = [client(container).get(path) for container in (other, later)]
    assert [(answer.headers["X-Cache"], answer.data) for answer in answers] == [("miss", whole), ("storage", whole)]


@pytest.mark.parametrize("other", ["w=41", "w=40&q=70", "w=40&format=png", "w=40&flip=true", "h=40"])
def test_requests_that_differ_share_nothing(http: FlaskClient, image_id: str, other: str) -> None:
    one, two = (http.get(f"/resize?id={image_id}&{query}") for query in ("w=40", other))
    assert two.headers["X-Cache"] == "miss"
    assert one.headers["ETag"] != two.headers["ETag"]


@pytest.mark.parametrize("same", ["width=40", "w=40&fit=inside", "v=2&w=40", "w=40.0", "w=40&download=a"])
def test_requests_that_say_the_same_share_a_result(http: FlaskClient, image_id: str, same: str) -> None:
    one = http.get(f"/resize?id={image_id}&w=40")
    two = http.get(f"/resize?id={image_id}&{same}")
    assert two.headers["X-Cache"] == "memory"
    assert one.headers["ETag"] == two.headers["ETag"]


@pytest.mark.parametrize("name", ["photo.jpg", "a b;c.jpg", 'say "hi".jpg', "größe.jpg", "写真😀.jpg", "a\u2028b.JPEG"])
def test_download_offers_the_name(http: FlaskClient, image_id: str, name: str) -> None:
    answer = http.get("/resize", query_string={"id": image_id, "w": "40", "download": name})
    header = answer.headers["Content-Disposition"]
    kind, values = parse_options_header(header)
    assert (kind, values["filename"]) == ("attachment", name)
    assert header.isascii(), "RFC 6266: servers send headers as latin-1, other names need filename*"


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("setup.exe", "setup.exe.jpg"),
        ("setup.exe.", "setup.exe..jpg"),
        ("photo.png", "photo.jpg"),
        ("photo", "photo.jpg"),
        (".jpg", ".jpg.jpg"),
        ("gpj.\u202eexe", "gpj.\u202eexe.jpg"),  # shown from right to left it ends like an image
    ],
)
def test_a_download_ends_like_an_image(http: FlaskClient, image_id: str, name: str, offered: str) -> None:
    header = http.get("/resize", query_string={"id": image_id, "w": "40", "download": name}).headers
    assert parse_options_header(header["Content-Disposition"])[1]["filename"] == offered


def test_without_download_nothing_is_offered(http: FlaskClient, image_id: str) -> None:
    assert "Content-Disposition" not in http.get(f"/resize?id={image_id}&w=40").headers


def test_url_source(client: Callable[..., FlaskClient], origin: Origin, photo: bytes) -> None:
    origin.routes["/a.jpg"] = ok(photo)
    origin.routes["/there"] = redirect("/a.jpg")
    origin.routes["/hinted"] = raw(b"HTTP/1.1 103 Early Hints\r\nLink: </a.jpg>\r\n\r\n", then=ok(photo))
    origin.routes["/proxied"] = status(203, photo, Content_Encoding="aws-chunked", Transfer_Encoding="identity")
    http = client(source_networks=LOOPBACK, public=True)
    for path in ("/a.jpg", "/there", "/hinted", "/proxied"):
        answer = http.get("/resize", query_string={"url": origin.url(path), "w": "40"})
        assert size(answer) == (40, 30)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_what_is_no_image_is_refused_while_it_is_fetched(client: Callable[..., FlaskClient], origin: Origin) -> None:
    """Its 31 MB are declared, never sent, and not waited for."""
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 31000000\r\n\r\n" + b"<html>" * 2000
    origin.routes["/page"] = raw(page, then=stall)
    http = client(source_networks=LOOPBACK)
    problem(http.get("/resize", query_string={"url": origin.url("/page")}), 415, "unsupported_media_type")


def _cut(data: bytes, at: int) -> bytes:
    """Return an answer that declares 31 MB and sends this much of the image."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: 31000000\r\n\r\n" + data[:at]


NOISE = drawing.noise(300, 200)
FRONTS = {
    **{name: (drawing.encoded(NOISE, name), 4200) for name in ("JPEG", "PNG", "WebP", "GIF", "AVIF", "BMP")},
    "lossless WebP": (drawing.encoded(NOISE, "WebP", lossless=True), 4200),
    "WebP with a profile": (drawing.encoded(NOISE, "WebP", icc_profile=bytes(9000)), 4200),
    "HEIC": (heic.encoded(NOISE), 4200),
    # its header follows what a camera wrote about it
    "JPEG with long EXIF": (drawing.encoded(NOISE, "JPEG", exif=b"Exif\0\0" + bytes(60_000)), 66_000),
}


@pytest.mark.parametrize("name", FRONTS)
def test_an_image_of_too_many_pixels_is_refused_while_it_is_fetched(
    client: Callable[..., FlaskClient], origin: Origin, name: str
) -> None:
    data, arrived = FRONTS[name]
    assert len(data) > arrived, "the rest is never sent"
    origin.routes |= {"/cut": raw(_cut(data, arrived), then=stall), "/whole": ok(data)}
    strict = client(source_networks=LOOPBACK, max_source_pixels=300 * 200 - 1)
    problem(strict.get("/resize", query_string={"url": origin.url("/cut")}), 422, "too_many_pixels")
    just = client(source_networks=LOOPBACK, max_source_pixels=300 * 200)
    assert size(just.get("/resize", query_string={"url": origin.url("/whole"), "w": "30"})) == (30, 20)


@pytest.mark.parametrize(("unsigned", "expected"), [("none", 401), ("all", 200)])
def test_unsigned_requests_need_a_setting_that_allows_them(
    client: Callable[..., FlaskClient], photo: bytes, unsigned: str, expected: int
) -> None:
    http = client(api_keys=(KEY_HASH,), unsigned=unsigned)
    stored = put(http, photo, **KEYED)
    assert http.get(f"/resize?id={stored}&w=40").status_code == expected
    assert http.get(f"/resize?id={stored}&w=41", headers=KEYED).status_code == 200


def test_results_of_unsigned_requests_are_not_persisted(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], photo: bytes
) -> None:
    containers = [make_container(api_keys=(KEY_HASH,), unsigned="all") for _ in range(2)]
    first, other = (client(container) for container in containers)
    stored = put(first, photo, **KEYED)
    assert first.get(f"/resize?id={stored}&w=40").headers["X-Cache"] == "miss"
    assert other.get(f"/resize?id={stored}&w=40").headers["X-Cache"] == "miss"
    assert not list(containers[0].backends.storage.keys("derived/"))
    first.get(f"/resize?id={stored}&w=41", headers=KEYED)
    assert len(list(containers[0].backends.storage.keys("derived/"))) == 1


def test_unsigned_url_sources_need_the_allow_list(
    client: Callable[..., FlaskClient], origin: Origin, photo: bytes
) -> None:
    origin.routes["/a.jpg"] = ok(photo)
    source = {"url": origin.url("/a.jpg"), "w": "40"}
    closed = {"api_keys": (KEY_HASH,), "unsigned": "all", "source_networks": LOOPBACK}
    problem(client(**closed).get("/resize", query_string=source), 403, "source_blocked")
    assert not origin.requests
    assert client(**closed, source_allow=("127.0.0.1",)).get("/resize", query_string=source).status_code == 200


def test_redirect_to_a_host_off_the_allow_list_is_refused(
    client: Callable[..., FlaskClient], origin: Origin, photo: bytes
) -> None:
    origin.routes["/away"] = redirect(origin.url("/a.jpg", host="127.0.0.2"))
    origin.routes["/a.jpg"] = ok(photo)
    http = client(api_keys=(KEY_HASH,), unsigned="all", source_networks=LOOPBACK, source_allow=("127.0.0.1",))
    problem(http.get("/resize", query_string={"url": origin.url("/away")}), 403, "source_blocked")
    assert [request.target for request in origin.requests] == ["/away"]


@pytest.mark.parametrize("wrong", [ABSENT, "../secret", "x", ABSENT.upper() + "A", "%00"])
def test_unknown_id(http: FlaskClient, wrong: str) -> None:
    problem(http.get(f"/resize?id={wrong}&w=40"), 404, "not_found")


@pytest.mark.parametrize("state", ["miss", "memory", "storage", "304"])
def test_a_get_names_its_result_and_checks_its_watermark_once(
    client: Callable[..., FlaskClient], photo: bytes, state: str
) -> None:
    http = client()
    path = f"/resize?id={put(http, photo)}&w=40&watermark={put(http, photo)}"
    headers = {}
    if state != "miss":
        etag = http.get(path).headers["ETag"]
        headers = {"If-None-Match": etag} if state == "304" else {}
    if state == "storage":
        http = client()
    variant = RenderSpec.__dict__["variant"].func
    with counted(variant, ResizeOptions.canonical, ResultStore.check_watermark) as calls:
        answer = http.get(path, headers=headers)
    assert answer.headers.get("X-Cache", "304") == state
    assert calls == {"variant": 1, "canonical": 1, "check_watermark": 1}
