"""A function's answer, checked: what a proxy integration accepts and what it calls malformed."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import msgspec

from lab.errors import LabError


class MalformedResponse(LabError):
    """The function's answer is not what a proxy integration takes."""


def proxy_answer(payload: bytes) -> dict[str, Any]:
    """Return an answer of the REST API's shape; raise Malformed."""
    answer = _decode(payload)
    if not isinstance(answer, dict):
        raise MalformedResponse("an object is expected")
    return _checked(answer)


def inferred_answer(payload: bytes) -> dict[str, Any]:
    """Return an answer of the HTTP API's shape: JSON without ``statusCode`` is a body; raise Malformed."""
    answer = _decode(payload)
    if isinstance(answer, dict) and "statusCode" in answer:
        return _checked(answer)
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": payload.decode()}


def decoded_body(answer: Mapping[str, Any]) -> bytes:
    """Return the bytes of the body; raise Malformed."""
    body = answer.get("body") or ""
    if not answer.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return b64decode(body, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise MalformedResponse("the body is not base64") from exc


def _decode(payload: bytes) -> Any:
    try:
        return msgspec.json.decode(payload)
    except msgspec.DecodeError as exc:
        raise MalformedResponse("the answer is not JSON") from exc


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    status = answer.get("statusCode")
    if isinstance(status, str) and status.isdecimal():
        status = int(status)
    if not isinstance(status, int) or not 100 <= status <= 599:
        raise MalformedResponse("statusCode is expected")
    if not isinstance(answer.get("body"), str | None):
        raise MalformedResponse("the body is to be a string")
    for name in ("headers", "multiValueHeaders"):
        if not isinstance(answer.get(name), dict | None):
            raise MalformedResponse(f"{name} is to be an object")
    return {**answer, "statusCode": status}
