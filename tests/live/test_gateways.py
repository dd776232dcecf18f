"""A closed stage behind the lab's gateways, with real containers and one bucket: what only the whole way shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest
import requests
from PIL import Image

from app.access.signing import sign
from lab.account.package import from_tree
from lab.local_lambda import LocalLambda, Options
from tests.support import drawing, profiles, second_reader
from tests.support.s3.server import S3

KEY, SECRET = "open-sesame", b"a secret of a stage behind a gateway"
# what an IAM authorizer leaves in the header where our key would be
SIGV4 = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261126/eu-west-1/execute-api/aws4_request"}
OURS = SIGV4 | {"X-Monolambda-Key": KEY, "Content-Type": "image/jpeg"}
JPEG = drawing.encoded(drawing.photo(320, 240), "JPEG")
# a box over a gradient, one step further in each frame
_FRAMES = [Image.new("RGB", (120, 80), (230, 236, 244)) for _ in range(6)]
for _number, _frame in enumerate(_FRAMES):
    _frame.paste((170, 40, 40), (20 * _number, 30, 20 * _number + 20, 50))
RECORDING = second_reader.gif(_FRAMES, delay=70)
GREEN = Image.new("RGB", (32, 32), (51, 179, 77))
# a wrong sum in a chunk that makes no pixel, and no end
DAMAGED = drawing.with_chunk(drawing.encoded(GREEN, "PNG"), b"gAMA", b"\0\0\xb1\x8f").replace(
    b"\0\0\xb1\x8f", b"\0\0\xb1\x8e"
)[:-12]
STRANGE = [
    ("a P3 photo", drawing.encoded(GREEN, "JPEG", quality=100, icc_profile=profiles.rgb()), "image/jpeg", (0, 182, 60)),
    ("a damaged PNG", DAMAGED, "image/png", (51, 179, 77)),
]
PUBLIC = "https://cdn.example/img"


def serve(s3: S3, api: Any, invoke_port: int = 0, **given: str) -> LocalLambda:
    environment = {
        **s3.environ(),
        "MONOLAMBDA_STORAGE": f"s3://{s3.bucket()}/dev",
        "MONOLAMBDA_SECRET": "s" * 32,
        "MONOLAMBDA_API_KEYS": hashlib.sha256(KEY.encode()).hexdigest(),
        "MONOLAMBDA_SIGNING_KEYS": f"web:{SECRET.decode()}",
        "MONOLAMBDA_PUBLIC_URL": PUBLIC,
        # less than an estimate can be: it is what behind a Function URL is too long, where no gateway gives up
        "MONOLAMBDA_JOB_S": "45",
        **given,
    }
    function = from_tree(handler="wsgi.handler", environment=environment, memory_mb=1769)
    return LocalLambda(lambda directory: [function], Options(api=api, invoke_port=invoke_port))


SECONDS = {"v1": "28.0", "v2": "29.0", "url": "44.2"}


@pytest.fixture(scope="module", params=["v1", "v2", "url"])
def lab(request: pytest.FixtureRequest, s3: S3) -> Iterator[LocalLambda]:
    with serve(s3, request.param) as running:
        yield running


def get(lab: LocalLambda, path: str, **given: Any) -> requests.Response:
    return requests.get(lab.url + path, timeout=60, **given)


def stored(lab: LocalLambda, data: bytes, media_type: str) -> str:
    answer = requests.post(f"{lab.url}/upload", data=data, headers=OURS | {"Content-Type": media_type}, timeout=60)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["images"][0]["id"])


def signed(lab: LocalLambda, **query: str) -> requests.Response:
    """Return what a stranger gets for a signed link, after a forged one was refused."""
    pairs = list(query.items())
    link = f"/resize?{urlencode(pairs)}&s={sign('web', SECRET, '/resize', pairs)}"
    assert get(lab, link + "A").status_code == get(lab, link + "&q=9").status_code == 403
    answer = get(lab, link)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_an_animation_plays_on_as_another_library_reads_it(lab: LocalLambda, format: str) -> None:
    """Half the width of a recording that libvips wrote: every frame and its time."""
    image_id = stored(lab, RECORDING, "image/gif")
    made = signed(lab, id=image_id, width="60", format=format)
    assert made.headers["Content-Type"] == f"image/{format}"
    # frames that are whole and have palettes of their own take eight times the source
    assert int(made.headers["Content-Length"]) == len(made.content) < 2 * len(RECORDING)
    before, after = second_reader.frames(RECORDING), second_reader.frames(made.content)
    assert second_reader.durations(made.content) == [70] * len(before)
    assert second_reader.loop(made.content) == second_reader.loop(RECORDING) == 0
    for large, small in zip(before, after, strict=True):
        means = large.reshape(40, 2, 60, 2, 4).mean((1, 3))
        assert np.abs(means - small).mean() < 3
    again = signed(lab, id=image_id, width="60", format=format)
    assert again.content == made.content
    assert again.headers["X-Cache"] != "miss"


@pytest.mark.parametrize(("name", "data", "media_type", "shown"), STRANGE, ids=[each[0] for each in STRANGE])
def test_files_of_others_look_as_in_a_browser(
    lab: LocalLambda, name: str, data: bytes, media_type: str, shown: tuple[int, ...]
) -> None:
    made = signed(lab, id=stored(lab, data, media_type), width="16", format="png")
    assert second_reader.pixel(made.content)[:3] == pytest.approx(shown, abs=3), name


def test_a_png_without_its_pixels_is_refused(lab: LocalLambda) -> None:
    cut = DAMAGED[: DAMAGED.index(b"IDAT") + 12]
    answer = requests.post(f"{lab.url}/upload", data=cut, headers=OURS | {"Content-Type": "image/png"}, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (422, "undecodable_image")


def test_a_prefix_that_nobody_strips_leads_back(lab: LocalLambda) -> None:
    """CloudFront's behavior /img/* sends the whole path on, in front of a stage or of a $default route."""
    answer = requests.post(f"{lab.url}/upload", data=JPEG, headers=OURS, timeout=60)
    assert answer.status_code in (200, 201), answer.text
    image = answer.json()["images"][0]
    assert image["url"] == f"{PUBLIC}/images/{image['id']}"
    for link in (image["url"], image["links"]["original"]):
        assert get(lab, urlsplit(link).path, headers=OURS).status_code == 200
    assert get(lab, urlsplit(image["links"]["original"]).path, headers=OURS).content == JPEG


def test_somebody_else_s_authorization_opens_nothing(lab: LocalLambda) -> None:
    headers = SIGV4 | {"Content-Type": "image/jpeg"}
    assert requests.post(f"{lab.url}/upload", data=JPEG, headers=headers, timeout=60).status_code == 401
    assert get(lab, "/status", headers=SIGV4).json().keys() == {"status", "version", "container"}
    assert get(lab, "/status", headers=OURS).json()["mode"] == "lambda"


def test_letters_of_every_alphabet_are_a_problem_in_json(lab: LocalLambda) -> None:
    for path in ("/images/%E6%97%A5%E6%9C%AC", "/%E6%97%A5%E6%9C%AC", "/images/caf%C3%A9", "/images/%FF%FE"):
        answer = get(lab, path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    answer = get(lab, "/srcset?id=%E6%97%A5&%E6%97%A5=1", headers=OURS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


def test_the_errors_of_an_image_can_be_read_by_the_pages_that_show_it(lab: LocalLambda) -> None:
    origin = {"Origin": "https://shop.example"}
    for path in ("/resize?id=0", "/resize?s=web.x", f"/resize?id={'0' * 32}&w=x", "/info?id=0"):
        answer = get(lab, path, headers=origin)
        assert answer.status_code >= 400
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in get(lab, "/images/0", headers=origin).headers


def test_an_image_is_too_costly_for_the_time_its_gateway_gives(
    lab: LocalLambda, request: pytest.FixtureRequest
) -> None:
    """About 66 s on a whole core: 16 MP, whose file is to be small; it is refused before anything is drawn."""
    query = "width=4000&height=4000&fit=fill&upscale=true&rotate=33&pixelate=3&format=webp&max_bytes=9000"
    answer = requests.post(f"{lab.url}/resize?{query}", data=JPEG, headers=OURS, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (422, "too_costly")
    assert f"expected at most {SECONDS[request.node.callspec.params['lab']]} s" in answer.json()["detail"]


def test_a_boundary_may_have_a_comma(lab: LocalLambda) -> None:
    body = b'--a,b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + JPEG + b"\r\n--a,b--\r\n"
    headers = OURS | {"Content-Type": 'multipart/form-data; boundary="a,b"'}
    answer = requests.post(f"{lab.url}/upload", data=body, headers=headers, timeout=60)
    assert answer.status_code in (200, 201), answer.text
    assert answer.json()["images"][0]["bytes"] == len(JPEG)


def test_a_body_in_chunks_arrives(lab: LocalLambda) -> None:
    answer = requests.post(f"{lab.url}/upload", data=iter([JPEG[:1000], JPEG[1000:]]), headers=OURS, timeout=60)
    assert answer.status_code in (200, 201), answer.text
    assert answer.json()["images"][0]["bytes"] == len(JPEG)
