"""Builds requests and function responses, and reads what the gateway makes of them."""

from __future__ import annotations

import json
import socket
from typing import Any

from lab.gateway.function_url import FunctionUrl
from lab.gateway.http_api import HttpApi
from lab.gateway.rest import RestApi
from lab.http.server import Request, Response

REST, HTTP, URL = RestApi(stage="dev"), HttpApi(), FunctionUrl()


def request(target: str, **given: Any) -> Request:
    headers = (("Host", "127.0.0.1:8000"), *given.pop("headers", ()))
    return Request(**{"method": "GET", "target": target, "headers": headers, **given})


def answer(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def values(response: Response, name: str) -> list[str]:
    return [value for key, value in response.headers if key.lower() == name.lower()]


def raw(port: int, *parts: bytes, ends: bool = False) -> tuple[bytes, bytes]:
    """Send bytes, whole or until nobody reads them, and return head and body of the answer, until it is closed.

    With ``ends`` the client says that no more will come.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        for part in parts:
            client.sendall(part)
        if ends:
            client.shutdown(socket.SHUT_WR)
        head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")
    return head, body
