"""A cold start imports only what it needs; everything else is imported on first use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

# modules that a cold start does not need, and the first step that may import them
LATE = {
    "PIL": "full status",  # it shows the versions of the codecs
    "requests": "never",
    "urllib3": "never",
    "boto3": "never",
    "botocore": "never",
    "numpy": "never",
    "apig_wsgi": "never",
}
# what a cold start imports besides the standard library
PACKAGES = {"blinker", "click", "flask", "itsdangerous", "jinja2", "markupsafe", "msgspec", "werkzeug"}
STEPS = ["import", "build", "healthz", "status", "full status"]

SCRIPT = """
import json, sys
before = set(sys.modules)
from app import create_app
from app.core.config import Platform, Settings
from app.container import Container

def loaded():
    return sorted(set(sys.modules) - before)

found = {"import": loaded()}
container = Container(Settings(storage=sys.argv[1], log_level="error"), Platform())
client = create_app(container).test_client()
found["build"] = loaded()
stranger, owner = {"X-Forwarded-For": "203.0.113.9"}, {}
requests = [("healthz", "/healthz", stranger), ("status", "/status", stranger), ("full status", "/status", owner)]
for name, path, headers in requests:
    answer = client.get(path, headers={"Accept": "application/json", **headers})
    assert answer.status_code == 200, (path, answer.status_code, answer.text)
    assert name != "full status" or "limits" in answer.json
    found[name] = loaded()
container.close()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Return the modules that a new process has imported after each step."""
    storage = tmp_path_factory.mktemp("cold") / "storage"
    command = [sys.executable, "-c", SCRIPT, str(storage)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return {step: set(names) for step, names in found.items()}


@pytest.mark.parametrize("step", STEPS)
def test_a_module_is_imported_by_the_step_that_needs_it(loaded: dict[str, set[str]], step: str) -> None:
    due = {name for name, first in LATE.items() if first in STEPS[: STEPS.index(step) + 1]}
    assert loaded[step] & set(LATE) == due


def test_a_cold_start_imports_no_other_package(loaded: dict[str, set[str]]) -> None:
    packages = {name.partition(".")[0] for name in loaded["status"]}
    # msgspec uses typing_extensions if it is installed
    assert packages - sys.stdlib_module_names - {"app", "typing_extensions"} == PACKAGES
