"""A cold start loads no heavy module before something needs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

COLD_START = """
import json, sys
from app import create_app
from app.config import Platform, Settings
from app.container import Container

def heavy():
    return sorted(set(sys.argv[2:]) & set(sys.modules))

found = {"import": heavy()}
container = Container(Settings(storage=sys.argv[1], log_level="error"), Platform())
client = create_app(container).test_client()
found["build"] = heavy()
stranger, owner = {"X-Forwarded-For": "203.0.113.9"}, {}
steps = [("healthz", "/healthz", stranger), ("status", "/status", stranger), ("full", "/status", owner)]
for name, path, headers in steps:
    answer = client.get(path, headers={"Accept": "application/json", **headers})
    assert answer.status_code == 200, (path, answer.status_code, answer.text)
    assert name != "full" or "limits" in answer.json
    found[name] = heavy()
container.close()
print(json.dumps(found))
"""

# each costs a cold start between 10 and 500 ms
HEAVY = ["PIL", "requests", "urllib3", "boto3", "botocore", "numpy", "apig_wsgi"]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the heavy modules that a new process has after each step of its life."""
    tmp_path = tmp_path_factory.mktemp("cold")
    done = subprocess.run(
        [sys.executable, "-c", COLD_START, str(tmp_path / "storage"), *HEAVY],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("step", ["import", "build", "healthz", "status", "full"])
def test_a_cold_start_loads_only_what_it_uses(loaded: dict[str, list[str]], step: str) -> None:
    # the whole status names the versions of every codec, which only Pillow knows
    assert loaded[step] == (["PIL"] if step == "full" else [])
