from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.repeats.wsgi_client import app_client
from tests.support.drawing import encoded, noise


def test_the_client_checks_where_a_result_came_from(tmp_path: Path) -> None:
    jpeg = encoded(noise(320, 240), "JPEG")
    with app_client(str(tmp_path)) as caching, app_client(str(tmp_path), cache_bytes=0) as uncached:
        body = caching.timed(method="POST", path="/upload", body=jpeg, status="201")[1]
        query = f"id={json.loads(body)['images'][0]['id']}&w=100"
        cpu_ms, etag = caching.timed(query=query, cache="miss")
        assert cpu_ms > 0
        caching.timed(query=query, times=3, cache="memory")
        uncached.timed(query=query, times=3, cache="storage")
        caching.timed(query=query, etag=etag, status="304")
        with pytest.raises(RuntimeError, match="expected 200 from miss"):
            caching.timed(query=query, cache="miss")
