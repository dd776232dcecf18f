"""How a function invokes itself asynchronously, with the standard library only."""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any


def invoke_self(event: dict[str, Any]) -> None:
    """Queue an event for this function: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    url = f"{os.environ['AWS_ENDPOINT_URL_LAMBDA']}/2015-03-31/functions/{name}/invocations"
    request = urllib.request.Request(url, json.dumps(event).encode(), {"X-Amz-Invocation-Type": "Event"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
        response.read()
