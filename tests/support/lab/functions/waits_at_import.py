"""A function whose INIT lasts until a file is there, and each of its requests until another is."""

import os
from typing import Any

from probe import wait_for  # type: ignore[import-not-found]

wait_for(os.environ["GATE"])


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    wait_for(event["queryStringParameters"]["until"])
    return {"statusCode": 200, "body": "at last"}
