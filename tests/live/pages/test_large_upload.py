"""A file past the limit of Lambda, from the upload page behind API Gateway: to the bucket, then into the editor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from app.core.gateways import GATEWAYS
from lab.account.package import from_tree
from lab.local_lambda import LocalLambda, Options
from tests.support import drawing
from tests.support.browser import Chromium
from tests.support.http_client import KEY, KEY_HASH
from tests.support.s3.server import S3

LAMBDA_BODY_BYTES = GATEWAYS["rest"].request_body_bytes
NATURAL = "const picture = document.querySelector('#after'); return [picture.naturalWidth, picture.naturalHeight]"
PREVIEW = (
    "const preview = document.querySelector('img[alt=Preview]');"
    " preview.scrollIntoView(); return preview.complete && preview.naturalWidth"
)


@pytest.fixture
def lab(s3: S3) -> Iterator[LocalLambda]:
    environment = {
        **s3.environ(),
        "MONOLAMBDA_STORAGE": f"s3://{s3.bucket()}/dev",
        "MONOLAMBDA_BUCKET_ORIGIN": s3.url,
        "MONOLAMBDA_SECRET": "s" * 32,
        "MONOLAMBDA_API_KEYS": KEY_HASH,
        "MONOLAMBDA_SIGNING_KEYS": f"a:{'k' * 32}",
    }
    function = from_tree(handler="wsgi.handler", environment=environment, memory_mb=1769)
    with LocalLambda(lambda directory: [function], Options()) as running:
        yield running


def test_a_large_file_goes_to_the_bucket_is_edited_and_handed_out(
    browser: Chromium, lab: LocalLambda, s3: S3, tmp_path: Path
) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(drawing.encoded(drawing.noise(1300, 1300), "PNG"))
    assert path.stat().st_size > LAMBDA_BODY_BYTES
    browser.open(f"{lab.url}/login?next=/")
    browser.one("#key").send_keys(KEY)
    browser.submit("main button")
    browser.wait(lambda: "32 MiB a file" in browser.one("#limits").text)
    assert browser.one("#upload").get_attribute("data-request-bytes") == str(LAMBDA_BODY_BYTES)
    browser.one("input[type=file]").send_keys(str(path))
    browser.one("#upload > button").click()
    browser.wait(lambda: "/images/" in browser.driver.current_url or browser.texts("#files .bad"))
    assert "/images/" in browser.driver.current_url, browser.texts("#files .bad")
    assert browser.one("h1").text == "1300×1300 PNG"
    browser.wait(lambda: browser.script(NATURAL) == [480, 480])
    assert f"{lab.gateway.api.prefix}/resize?" in browser.one("#url").text
    assert "s=" in browser.one("#url").text
    # loaded last; the lab stops before the browser leaves the page
    browser.wait(lambda: browser.script(PREVIEW) == 144)
    image = browser.driver.current_url.partition("?")[0]
    browser.open(f"{image}?format=png")
    browser.wait(lambda: browser.script(NATURAL) == [1300, 1300])
    link = browser.one("#presigned").text
    assert f"{lab.gateway.api.prefix}/resize?" in link
    with urlopen(link, timeout=60) as answer:
        data = answer.read()
        assert answer.url.startswith(s3.url), "a result past the limit comes from the bucket"
    assert len(data) > LAMBDA_BODY_BYTES
    assert drawing.opened(data).size == (1300, 1300)
