"""Calls of the Lambda API with boto3, and what to call it with."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any


def event(what: str, **fields: Any) -> bytes:
    return json.dumps({"do": what, **fields}).encode()


def package(text: str, *, files: int = 0) -> bytes:
    """Return a zip whose handler returns the text, with so many other files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("probe.py", f"def handler(event, context):\n    return {text!r}\n")
        for number in range(files):
            archive.writestr(f"other_{number}.py", b"")
    return out.getvalue()


def invoke(client: Any, **given: Any) -> Any:
    answer = client.invoke(FunctionName="local", **given)
    return answer, json.loads(answer["Payload"].read() or b"null")
