"""The samples of docs/signing.md against the published vectors, and the vectors against the service."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support import drawing
from tests.support.http_client import put

DOCS = Path(__file__).parent.parent / "docs"
VECTORS: list[dict[str, Any]] = json.loads((DOCS / "signing-vectors.json").read_text())
vectors = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["title"])


def sample(language: str) -> str:
    """Return the definition in the sample, without the call that shows its use."""
    blocks = re.findall(
        rf"^```{language}\n(.*?)^```", (DOCS / "signing.md").read_text(), flags=re.DOTALL | re.MULTILINE
    )
    (block,) = blocks
    lines = [line for line in block.splitlines() if not line.startswith(("link =", "curl "))]
    assert len([line for line in lines if line.strip()]) <= 10
    return "\n".join(lines) + "\n"


def output(tool: str, *arguments: str, **environ: str) -> str:
    found = shutil.which(tool)
    if not found and not os.environ.get("CI"):
        pytest.skip(f"this sample needs {tool}, which is not installed")
    path = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    return subprocess.run(
        [found or tool, *arguments], env=path | environ, capture_output=True, text=True, check=True
    ).stdout.strip()


@vectors
def test_the_sample_in_python(vector: dict[str, Any]) -> None:
    key_id, _, secret = vector["key"].partition(":")
    call = f"print(sign({key_id!r}, {secret!r}, {vector['path']!r}, {vector['parameters']!r}))"
    assert output(sys.executable, "-X", "utf8", "-c", f"{sample('python')}\n{call}") == vector["link"]


@vectors
def test_the_sample_in_javascript(vector: dict[str, Any]) -> None:
    key_id, _, secret = vector["key"].partition(":")
    arguments = ", ".join(map(json.dumps, (key_id, secret, vector["path"], vector["parameters"])))
    call = f"sign({arguments}).then(console.log);"
    assert output("node", "-e", f"{sample('js')}\n{call}") == vector["link"]


@vectors
def test_the_sample_for_curl(vector: dict[str, Any]) -> None:
    for tool in ("openssl", "jq"):
        output(tool, "--version" if tool == "jq" else "version")
    pairs = [f"{name}={value}" for name, value in vector["parameters"].items()]
    script = f'{sample("bash")}\nsign "$@"'
    secret = vector["key"].partition(":")[2]
    assert (
        output("bash", "-c", script, "sample", vector["path"], *pairs, SECRET=secret, LANG="C.UTF-8") == vector["link"]
    )


@vectors
def test_the_service_takes_the_link_and_no_other(client: Callable[..., FlaskClient], vector: dict[str, Any]) -> None:
    http = client(signing_keys=(vector["key"],), source_hosts=("nowhere.invalid",))
    answer = http.get(vector["link"])
    # signed: only then is the image looked for, or the host of its url
    assert answer.status_code in (403, 404)
    assert answer.get_json()["code"] in ("not_found", "source_blocked")
    assert http.get(vector["link"][:-4] + "AAAA").get_json()["code"] == "signature_invalid"


def test_a_link_made_like_the_first_vector_shows_an_image(client: Callable[..., FlaskClient]) -> None:
    code: dict[str, Any] = {}
    exec(sample("python"), code)
    http = client(public=True, signing_keys=(VECTORS[0]["key"],))
    image_id = put(http, drawing.encoded(drawing.photo(40, 30), "JPEG"))
    key_id, _, secret = VECTORS[0]["key"].partition(":")
    assert http.get(code["sign"](key_id, secret, "/resize", {"id": image_id, "width": "20"})).mimetype == "image/jpeg"
