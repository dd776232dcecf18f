"""Looking pinned packages up, with the real pip-audit and a database on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from infra import audit
from measurement.processes import free_port
from tests.support.wsgi_server import Environ, WsgiServer

HASH = "--hash=sha256:" + 64 * "a"


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(f"safe==1.0 \\\n    {HASH}\nworn==2.0 ; python_version >= '3.11' \\\n    {HASH}\n")
    return path


def osv(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as https://google.github.io/osv.dev/post-v1-query/ says, with one vulnerability of ``worn``."""
    query = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    name = query["package"]["name"]
    affected = {
        "package": {"name": name, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.1"}]}],
    }
    known = {"id": "TEST-1", "summary": "s", "details": "d", "modified": "2026-01-01T00:00:00Z", "affected": [affected]}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"vulns": [known]} if name == "worn" else {}).encode()]


def test_a_known_vulnerability_is_named_and_fails(requirements: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with WsgiServer(osv) as server:
        assert audit.main(["--vulnerability-service", "osv", "--osv-url", f"{server.url}/v1/query"], requirements) == 1
    assert capsys.readouterr().out.splitlines() == [
        "worn 2.0: TEST-1, fixed in 2.1",
        "audit: 2 packages, 1 known vulnerabilities",
    ]


def test_without_the_database_it_says_that_nothing_was_audited(
    requirements: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/v1/query"
    assert audit.main(["--vulnerability-service", "osv", "--osv-url", nowhere], requirements) == audit.NOT_AUDITED
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("audit: the database cannot be reached from here, so nothing was looked up: ")


def test_another_failure_is_quoted_and_not_put_down_to_the_database(
    requirements: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.main(["--frobnicate"], requirements) == audit.NOT_AUDITED
    printed = capsys.readouterr().out
    assert printed.startswith("audit: pip-audit failed, so nothing was looked up:\n")
    assert "unrecognized arguments: --frobnicate" in printed
    assert "cannot be reached" not in printed
