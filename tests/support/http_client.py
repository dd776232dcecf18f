"""Helpers that tests of the HTTP door use again and again."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support import drawing

HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
KEY = "a key for tests"
KEYED = {"Authorization": f"Bearer {KEY}"}
KEY_HASH = hashlib.sha256(KEY.encode()).hexdigest()
SIGNING_KEY = "a signing key for tests, long enough"
ABSENT = "0" * 32


def put(http: FlaskClient, data: bytes, **headers: str) -> str:
    """Upload the image and return its id."""
    answer = http.post("/upload", data=data, content_type="application/octet-stream", headers=headers)
    assert answer.status_code in (200, 201), answer.text
    stored: str = answer.get_json()["images"][0]["id"]
    return stored


def form(*files: tuple[str, bytes], **fields: str) -> dict[str, Any]:
    """Return the arguments with which the test client sends a multipart form; ``files`` are pairs of name and bytes."""
    parts: dict[str, Any] = {"file": [(BytesIO(data), name) for name, data in files], **fields}
    return {"data": parts, "content_type": "multipart/form-data"}


def size(answer: TestResponse) -> tuple[int, int]:
    """Return width and height of the image that was answered."""
    assert answer.status_code == 200, answer.text
    return drawing.opened(answer.data).size


def problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Check that the answer is a complete problem with this status and code; return its members."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    members: dict[str, Any] = answer.get_json(force=True)
    assert members["code"] == code
    assert members["status"] == status
    assert members["title"]
    assert members["detail"]
    assert members["request_id"] == answer.headers["X-Request-Id"]
    return members


def named(answer: TestResponse) -> list[str]:
    """Return the parameters that a 400 names."""
    return [error["parameter"] for error in problem(answer, 400, "invalid_parameter")["errors"]]
