"""What the pages remember of a lab, run under Node.js."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab.pages import live

MODEL = Path(live.__file__).with_name("model.js")
pytestmark = pytest.mark.skipif(
    not (shutil.which("node") or os.environ.get("CI")), reason="the pages run JavaScript; there is no node here"
)
# a container that has served one invocation by the Invoke API, and serves a second; nothing tells when callers ask
SETUP = """
const model = new Model();
let sequence = 0;
const change = (at, state, note) => ({ sequence: ++sequence, at, container: "c", state, note });
const served = (at, request) => ({ sequence: ++sequence, at, request, duration_ms: 1, billed_ms: 1, dollars: 0.1 });
const asked = (at, request) => ({ sequence: ++sequence, began: at, ended: at, title: "", function: "f", request });
const take = (news) => model.take({ changes: [], served: [], requests: [], ...news });
const known = (id) => Object.values(model).some((each) => each instanceof Map && each.has(id));
take({ changes: [change(1, "init", "f:$LATEST"), change(2, "serve", "first")], served: [served(3, "first")] });
take({ changes: [change(4, "frozen", ""), change(5, "serve", "second")] });
"""


def result(script: str) -> Any:
    """Return the value of the last line of a script after ``SETUP``."""
    *lines, last = script.strip().splitlines()
    whole = [
        f"import {{ Model }} from {json.dumps(MODEL.as_uri())};",
        SETUP,
        *lines,
        f"console.log(JSON.stringify({last}));",
    ]
    command = ["node", "--input-type=module", "-e", "\n".join(whole)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_an_invocation_without_a_logged_request_is_forgotten_in_time() -> None:
    assert result('model.forget(3);\nknown("first")')
    assert not result('model.forget(4);\nknown("first")')


def test_a_listed_request_keeps_its_figures() -> None:
    assert result('take({ requests: [asked(3, "first")] });\nmodel.forget(100);\nknown("first")')


@pytest.mark.parametrize("forgets", ["model.forget(1000);", "model.clear();"])
def test_an_invocation_that_still_runs_is_counted_for_its_function(forgets: str) -> None:
    assert result(f'{forgets}\ntake({{ served: [served(1001, "second")] }});\nmodel.counts.get("f").dollars') > 0


def test_nothing_but_what_runs_is_left_when_all_is_cleared() -> None:
    script = 'take({ requests: [asked(3, "first")] });\nmodel.clear();\n'
    assert not result(f'{script}known("first")')
    assert result(f'{script}known("second")')


def test_nothing_is_left_of_a_container_that_is_gone() -> None:
    script = 'take({ changes: [change(6, "gone", "")], served: [served(6, "second")] });\nmodel.forget(1000);\n'
    assert not result(f'{script}model.visible(1000, () => true);\nknown("c") || known("second")')
