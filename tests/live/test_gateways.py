"""A closed stage behind the lab's gateways, with real containers and one bucket: what only the whole way shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from lab.accounts.package import from_tree
from lab.containers.timeline import ContainerState
from lab.local_lambda import LocalLambda, Options
from tests.support import drawing
from tests.support.app_server import free_port
from tests.support.s3.server import S3
from tests.support.waiting import wait_until

KEY = "open-sesame"
# what an IAM authorizer leaves in the header where our key would be
SIGV4 = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261126/eu-west-1/execute-api/aws4_request"}
OURS = SIGV4 | {"X-Monolambda-Key": KEY, "Content-Type": "image/jpeg"}
JPEG = drawing.encoded(drawing.photo(320, 240), "JPEG")
PUBLIC = "https://cdn.example/img"
WARM = 4


def serve(s3: S3, api: Any) -> LocalLambda:
    port = free_port()
    environment = {
        **s3.environ(),
        "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{port}",
        "MONOLAMBDA_STORAGE": f"s3://{s3.bucket()}/dev",
        "MONOLAMBDA_SECRET": "s" * 32,
        "MONOLAMBDA_API_KEYS": hashlib.sha256(KEY.encode()).hexdigest(),
        "MONOLAMBDA_PUBLIC_URL": PUBLIC,
        "MONOLAMBDA_WARM_CONTAINERS": str(WARM),
    }
    function = from_tree(handler="wsgi.handler", environment=environment, memory_mb=1769)
    return LocalLambda(lambda directory: [function], Options(api=api, invoke_port=port))


@pytest.fixture(scope="module", params=["v1", "v2"])
def lab(request: pytest.FixtureRequest, s3: S3) -> Iterator[LocalLambda]:
    with serve(s3, request.param) as running:
        yield running


def get(lab: LocalLambda, path: str, **given: Any) -> requests.Response:
    return requests.get(lab.url + path, timeout=60, **given)


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


def test_a_body_in_chunks_arrives(lab: LocalLambda) -> None:
    answer = requests.post(f"{lab.url}/upload", data=iter([JPEG[:1000], JPEG[1000:]]), headers=OURS, timeout=60)
    assert answer.status_code in (200, 201), answer.text
    assert answer.json()["images"][0]["bytes"] == len(JPEG)


def test_keep_warm_keeps_as_many_containers_as_it_says(lab: LocalLambda) -> None:
    """The pings of a round are held together, so each reaches a container of its own, also once all are warm."""
    for _ in range(2):
        seen = max((change.sequence for change in lab.timeline.since(0)), default=0)
        assert json.loads(lab.invoke(b'{"warm": %d}' % WARM).payload)["warm"] == WARM
        wait_until(lambda: not lab.queue.pending)
        pinged = [change.container for change in lab.timeline.since(seen) if change.state is ContainerState.SERVE]
        assert len(pinged) == len(set(pinged)) == WARM
