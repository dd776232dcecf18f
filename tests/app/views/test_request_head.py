"""Bounds of path, query and headers; tests/live/attacks measures what is within them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from app.core.errors import HeadersTooLarge, InvalidParameter, ServiceError, UriTooLong
from app.views.request_head import REFUSED, bounded

SMALL = {"REQUEST_METHOD": "GET", "PATH_INFO": "/resize", "QUERY_STRING": "w=4", "HTTP_HOST": "localhost"}


def seen(**changes: Any) -> dict[str, Any]:
    """Return the environment that an app behind the bounds gets."""
    found: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        found.update(environ)
        return ()

    bounded(app)({**SMALL, **changes}, None)
    return found


AT_THE_BOUND: list[dict[str, Any]] = [
    {"PATH_INFO": "/" * 2048},
    {"SCRIPT_NAME": "/" * 1024, "PATH_INFO": "/" * 1024},
    {"QUERY_STRING": "a" * 32_768},
    {"QUERY_STRING": "&" * 99},
    {f"HTTP_X_{i}": "" for i in range(99)},
    {"HTTP_COOKIE": "a" * 8192},
    {f"HTTP_X_{i}": "a" * 8192 for i in range(7)},
    {"HTTP_ACCEPT": "a" * 1024},
    {"HTTP_ACCEPT": "," * 63},
    {"CONTENT_TYPE": "a" * 1024},
]


@pytest.mark.parametrize("changes", AT_THE_BOUND)
def test_what_is_within_the_bounds_is_left_alone(changes: dict[str, Any]) -> None:
    assert seen(**changes) == {**SMALL, **changes}


BEYOND: list[tuple[dict[str, Any], type[ServiceError]]] = [
    ({"PATH_INFO": "/" * 2049}, UriTooLong),
    ({"SCRIPT_NAME": "/" * 1025, "PATH_INFO": "/" * 1024}, UriTooLong),
    ({"QUERY_STRING": "a" * 32_769}, UriTooLong),
    ({"QUERY_STRING": "&" * 100}, InvalidParameter),
    ({f"HTTP_X_{i}": "" for i in range(100)}, HeadersTooLarge),
    ({"HTTP_COOKIE": "a" * 8193}, HeadersTooLarge),
    ({f"HTTP_X_{i}": "a" * 8192 for i in range(8)}, HeadersTooLarge),
    ({"HTTP_ACCEPT": "a" * 1025}, HeadersTooLarge),
    ({"HTTP_ACCEPT": "," * 64}, HeadersTooLarge),
    ({"CONTENT_TYPE": "a" * 1025}, HeadersTooLarge),
    ({"HTTP_HOST": "a" * 1025}, HeadersTooLarge),
]


@pytest.mark.parametrize(("changes", "error"), BEYOND)
def test_what_is_beyond_never_reaches_the_app(changes: dict[str, Any], error: type[ServiceError]) -> None:
    found = seen(**changes)
    assert type(found[REFUSED]) is error
    assert sum(len(str(value)) for name, value in found.items() if name != REFUSED) < 200


def test_a_refusal_that_is_known_already_stays() -> None:
    error = HeadersTooLarge("too large")
    assert seen(**{REFUSED: error})[REFUSED] is error
