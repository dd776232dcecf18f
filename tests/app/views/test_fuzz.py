"""No request is answered with 500: seeded requests with something odd in every place."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import options
from app.container import Container
from app.runtime.log import Log
from tests.support import drawing
from tests.support.http_client import HTML, put

PHOTO = drawing.encoded(drawing.photo(64, 48), "JPEG")
MOVING = drawing.animation("GIF", drawing.moving(frames=3), duration=50)
REQUESTS = 60

ODD_TEXT = [
    "", " ", "\x00", "\n", "é", "\u202e", "😀", "�", "%", "%zz", "%00", "%ff", "../..", "a" * 9000, "0x10", "-0",
    "1e9", "nan", "inf", "١٢", "null", "None", "true", "{}", "[]", "16:9", "0,0,1,1", "0.5,0.5", "auto", "cover",
    "jpeg", "f00", "transparent", "90", "http://127.0.0.1/", "http://[::1", "http://a\\b", "http://é℀/",
    "http://%00/", "0" * 32, "9" * 400,
]  # fmt: skip
ODD_NAMES = [
    *options.TYPES,
    *options.ALIASES,
    "url",
    "id",
    "v",
    "s",
    "expires",
    "",
    "é",
    "\0",
    "w[]",
    "file",
    "a" * 300,
]
ODD_HEADERS = {
    "Accept": [
        "", "*", "a/b/c", ";;q=", "*/*;q=nan", "text/html;q=1e999", "image/avif,,,", "ÿ", "application/json;q=-1",
    ],
    "If-None-Match": ["*", '"', "W/", 'W/"a", *', ",,,", "ÿ", '"' + 'a' * 9000 + '"'],
    "Range": [
        "bytes=", "bytes=-", "bytes=9-1", "bytes=0-0,1-1", "x=1", "bytes=a-b", "bytes=--1",
        "bytes=" + "9" * 99 + "-",
    ],
    "If-Range": ["", '"a"', "Sat, 99 Foo 0000 00:00:00 GMT", "ÿ"],
    "If-Modified-Since": ["", "never", "Sat, 21 Nov 99999 00:00:00 GMT"],
    "Origin": ["null", "http://[", "://", "ÿ", "http://localhost"],
    "Sec-Fetch-Site": ["cross-site", "", "ÿ"],
    "Authorization": ["", "Bearer", "Bearer ", "Basic !!!", "ÿ ÿ", "Digest a=b,", "Bearer " + "a" * 9000],
    "Content-Type": [
        "", ";", "multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary="',
        "text/plain; charset=x", "application/json; charset=ÿ", "application/json",
        "application/x-www-form-urlencoded", "image/jpeg", "ÿ/ÿ", "multipart/form-data; boundary=x",
    ],
    "Content-Length": ["99999999999", "-1", "abc", "", "0", "3"],
    "Transfer-Encoding": ["chunked", "gzip"],
    "Content-Encoding": ["gzip", "ÿ"],
    "Host": ["", "localhost:99999", "a b", "[", "localhost:x", "ÿ", "localhost, localhost"],
    "X-Forwarded-For": ["127.0.0.1", "ÿ"],
    "X-HTTP-Method-Override": ["DELETE"],
    "Cookie": ["a=b; session=ÿ", ";;;="],
    "Prefer": ["respond-async", ";;"],
    "Expect": ["100-continue"],
}  # fmt: skip
ODD_BODIES = [
    b"", b"\x00", b"{}", b"[]", b"null", b"{", b'{"id":"\\ud800"}', b'{"\\ud800":1}', b'{"width":1e999,"id":"a"}',
    b"\xff" * 70, b'{"url":' + b'{"a":' * 600 + b'1' + b'}' * 601, b"[" * 5000, b"--x", b"--x\r\n\r\n--x--",
    b"--x--", b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + PHOTO + b'\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc\r\n--x--\r\n',
    b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--",
    b'--x\r\nContent-Disposition: form-data; name="\xff"; filename="\xff"\r\nContent-Type: \xff\r\n\r\na\r\n--x--\r\n',
    b"width=1&id=2", b"%ff=%", PHOTO, PHOTO[:300], PHOTO[:3], MOVING, MOVING[:-20], b"GIF89a", b"BM",
    b"RIFF\x00\x00\x00\x00WEBP", b"II*\x00", b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x18ftypavif",
    b"\x00\x00\x00\x18ftypheic",
]  # fmt: skip
# half of the odd bodies only get far under the type that they look like
FITTING = {start: {"Content-Type": "application/json"} for start in (b"{", b"[", b"n")}
FITTING[b"-"] = {"Content-Type": "multipart/form-data; boundary=x"}
ODD_PATHS = [
    "/", "/resize", "/upload", "/images", "/images/", "/images/{id}", "/images/{id}/original", "/images/{id}/delete",
    "/status", "/healthz", "/docs", "/static/0/style.css", "/static/0/../wsgi.py", "/static/0/%2e%2e/wsgi.py",
    "/images/%ff", "/images/%00/original", "/%", "/images/{id}/", "/resize/", "/é", "/" + "a" * 3000,
]  # fmt: skip
METHODS = ["GET", "GET", "GET", "POST", "POST", "HEAD", "OPTIONS", "DELETE", "PUT", "PATCH", "TRACE", "get", "A" * 50]


def odd_request(dice: random.Random, image_id: str) -> dict[str, Any]:
    """Return what the client sends: one of everything, each odd."""
    pairs = [(dice.choice(ODD_NAMES), dice.choice(ODD_TEXT)) for _ in range(dice.choice((0, 1, 1, 2, 4)))]
    if dice.random() < 0.6:
        pairs.append(("id", image_id))
    headers = {
        name: dice.choice(ODD_HEADERS[name]) for name in dice.sample(sorted(ODD_HEADERS), dice.choice((0, 1, 2, 4)))
    }
    if dice.random() < 0.3:
        headers |= HTML
    body = dice.choice(ODD_BODIES)
    if dice.random() < 0.7:
        headers |= FITTING.get(body[:1], {})
    return {
        "path": dice.choice(ODD_PATHS[:3] * 5 + ODD_PATHS).format(id=image_id),
        "method": dice.choice(METHODS),
        "query_string": pairs if dice.random() < 0.8 else dice.choice(ODD_TEXT).replace("\n", "%0A"),
        "headers": headers,
        "data": body,
    }


@pytest.mark.parametrize("seed", range(12))
def test_no_request_is_answered_with_500(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], seed: int
) -> None:
    dice = random.Random(seed)
    log = io.StringIO()
    http = client(make_container(deadline_s=5.0, log=Log("info", stream=log)))
    for number in range(REQUESTS):
        request = odd_request(dice, put(http, PHOTO))
        with http.open(**request) as answer:
            assert answer.status_code < 500, (seed, number, request, answer.get_data())
            if answer.status_code >= 400 and answer.mimetype != "text/html" and request["method"] != "HEAD":
                assert answer.get_json(force=True)["code"], (seed, number, request)
            for name, value in answer.headers:
                value.encode("latin-1")
                assert "\n" not in value, (seed, number, name)
    assert '"event":"bug"' not in log.getvalue()
