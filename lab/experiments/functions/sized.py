"""A function that responds with as many bytes as the query says, binary or text, or with the size of its event."""

from __future__ import annotations

import base64
import json
from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return as much as ``?bytes=`` or ``?letters=`` says, or else the number of bytes in the event."""
    query = event.get("queryStringParameters") or {}
    if "bytes" in query:
        body = base64.b64encode(bytes(int(query["bytes"]))).decode()
        return {"statusCode": 200, "headers": {}, "body": body, "isBase64Encoded": True}
    if "letters" in query:
        return {"statusCode": 200, "headers": {}, "body": "x" * int(query["letters"]), "isBase64Encoded": False}
    size = len(json.dumps(event, separators=(",", ":")))
    return {"statusCode": 200, "headers": {}, "body": json.dumps({"event_bytes": size}), "isBase64Encoded": False}
