"""Failures of the storage that fail no request."""

from __future__ import annotations

import io
import json

import pytest

from app.core.errors import NotFound, StorageUnavailable
from app.runtime.log import Log
from app.runtime.storage_failures import StorageFailures


def test_a_failure_is_counted_and_logged_and_the_work_goes_on() -> None:
    stream = io.StringIO()
    failures = StorageFailures(Log("info", stream=stream))
    for number in range(3):
        with failures.tolerated("keep a result"):
            if number:
                raise StorageUnavailable(f"disk {number}")
    assert failures.count == 2
    assert [json.loads(line)["detail"] for line in stream.getvalue().splitlines()] == ["disk 1", "disk 2"]


def test_other_errors_are_raised() -> None:
    failures = StorageFailures(Log("error", stream=io.StringIO()))
    with pytest.raises(NotFound), failures.tolerated("keep a result"):
        raise NotFound("there is no image")
    assert failures.count == 0
