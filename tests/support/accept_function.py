"""Runs the CloudFront Function of ``infra/edge.yaml`` under Node.js."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Final

import pytest

from infra.template import PATH, load

EDGE: Final = load(PATH.with_name("edge.yaml"))
_CODE: Final[str] = EDGE["Resources"]["NormalizeAccept"]["Properties"]["FunctionCode"]
_RUN: Final = "\nconsole.log(JSON.stringify(events.map(handler)));"

needs_node = pytest.mark.skipif(
    not (shutil.which("node") or os.environ.get("CI")), reason="CloudFront runs JavaScript; there is no node here"
)


def normalize(*accepts: str | None, method: str = "GET") -> list[str | None]:
    """Return what the function makes of each Accept header, in one process; None is no header."""
    events = [
        {"request": {"method": method, "headers": {} if accept is None else {"accept": {"value": accept}}}}
        for accept in accepts
    ]
    script = f"const events = {json.dumps(events)};\n{_CODE}{_RUN}"
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    return [request["headers"].get("accept", {}).get("value") for request in json.loads(done.stdout)]
