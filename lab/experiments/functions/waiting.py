"""A function that waits, like one that calls a database: it needs no CPU, so that many can run at once."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

# stands for a slow import: seconds added to every cold start
time.sleep(float(os.environ.get("INIT_S", "0")))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Wait ``wait_s`` seconds."""
    time.sleep(event.get("wait_s", 0.0))
    return {"container": os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")}


def proxy(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Wait behind a gateway: ``?wait_s=0.1``."""
    query = event.get("queryStringParameters") or {}
    return {"statusCode": 200, "body": json.dumps(handler({"wait_s": float(query.get("wait_s", 0))}, context))}


def wsgi(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Wait as a WSGI app."""
    query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    response = proxy({"queryStringParameters": query}, None)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [response["body"].encode()]
