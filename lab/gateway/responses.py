"""Checks the responses of functions as a proxy integration does: accepts them or calls them malformed."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from lab.errors import LabError
from measurement.json_value import UnexpectedJson, decoded

_STATUS: Final = re.compile("[0-9]{3}")


class MalformedResponse(LabError):
    """The function's response is not one that a proxy integration accepts."""


def rest_response(payload: bytes) -> dict[str, Any]:
    """Return a response in the format of a REST API; raise MalformedResponse."""
    response = _decode(payload)
    if not isinstance(response, dict):
        raise MalformedResponse("expected an object")
    return _checked(response)


def http_api_response(payload: bytes) -> dict[str, Any]:
    """Return a response in the format of an HTTP API, where JSON without ``statusCode`` is the body of a 200.

    Raises MalformedResponse.
    """
    response = _decode(payload)
    if isinstance(response, dict) and "statusCode" in response:
        return _checked(response)
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": payload.decode()}


def decoded_body(response: Mapping[str, Any]) -> bytes:
    """Return the bytes of the body; raise MalformedResponse."""
    body = response.get("body") or ""
    if not response.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return b64decode(body, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise MalformedResponse("the body is not base64") from exc


def error_message(status: int, messages: Mapping[int, str]) -> str:
    """Return what a gateway says to a status; HTTP's own words where it has none in ``messages``."""
    return messages.get(status) or HTTPStatus(status).phrase


def _decode(payload: bytes) -> Any:
    try:
        return decoded(payload)
    except UnexpectedJson as exc:
        raise MalformedResponse("the response is not JSON") from exc


def _checked(response: dict[str, Any]) -> dict[str, Any]:
    status = response.get("statusCode")
    if isinstance(status, str) and _STATUS.fullmatch(status):
        status = int(status)
    # 1xx is not the end of a response
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise MalformedResponse("expected a statusCode from 200 to 599")
    if not isinstance(response.get("body"), str | None):
        raise MalformedResponse("expected a string as body")
    for name in ("headers", "multiValueHeaders"):
        if not isinstance(response.get(name), dict | None):
            raise MalformedResponse(f"expected an object as {name}")
    return {**response, "statusCode": status}
