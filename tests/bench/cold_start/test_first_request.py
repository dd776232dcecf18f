from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bench.cold_start.first_request import call
from measurement.bare_app import app
from tests.support.drawing import encoded


def test_the_bare_app_answers_with_a_jpeg_480_wide() -> None:
    source = encoded(Image.new("RGB", (1000, 750), "teal"), "JPEG")
    with Image.open(BytesIO(call(app, source))) as image:
        assert (image.format, image.size) == ("JPEG", (480, 360))


def test_a_refusal_is_not_taken_for_a_start() -> None:
    def refuses(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("403 FORBIDDEN", [])
        return [b"no"]

    with pytest.raises(RuntimeError, match="expected 200, received 403"):
        call(refuses, b"")
