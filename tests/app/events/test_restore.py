"""SnapStart: two clones of a snapshot are two containers, and the hook is there only where a snapshot is taken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from snapshot_restore_py import get_after_restore  # type: ignore[import-untyped]

from app.container import Container
from app.core.config import Platform
from app.events.restore import renew_after_restore

ROOT = Path(__file__).parents[3]

# AWS's runtime client, from loading our handler to asking for the first event. Where it waits to be restored the
# process is doubled, which is what a snapshot is to it. A fork seeds `random` in the child by itself, which no
# restore does, so both get back the state of the snapshot.
RUNTIME = """
import json, os, random, sys
from awslambdaric import bootstrap

class Client:
    def restore_next(self):
        import wsgi
        wsgi.container.begin()
        state, self.before = random.getstate(), wsgi.container.id
        self.clone = os.fork()
        random.setstate(state)

    def wait_next_invocation(self):
        import wsgi
        if self.clone:
            os.waitpid(self.clone, 0)
        here = wsgi.container
        print(json.dumps([self.before, here.id, random.random(), here.begin(), here.invocations]))
        os._exit(0)

bootstrap.run("wsgi.handler", Client())
"""


def run(script: str, directory: Path) -> str:
    """Run a script where a snapshot is to be taken, and return what it prints."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MONOLAMBDA_"))}
    lambda_ = {"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    done = subprocess.run(
        [sys.executable, "-u", "-c", script],
        cwd=ROOT,
        env={**given, **lambda_, "MONOLAMBDA_STORAGE": str(directory)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_two_clones_of_a_snapshot_are_two_containers(tmp_path: Path) -> None:
    """Of each: the id in the snapshot, its own, a random number, and whether its first event waited for a start."""
    one, other = map(json.loads, run(RUNTIME, tmp_path).splitlines())
    assert one[0] == other[0]
    assert len({one[0], one[1], other[1]}) == 3
    assert one[2] != other[2]
    assert [one[3:], other[3:]] == [[False, 1], [False, 1]]


def test_nothing_is_registered_where_no_snapshot_is_taken(make_container: Callable[..., Container]) -> None:
    assert Platform().snapshot is False
    known = len(get_after_restore())
    container = make_container()
    assert len(get_after_restore()) == known
    assert renew_after_restore(container)
    assert get_after_restore().pop() == (container.renew, (), {})


def test_a_runtime_without_hooks_starts_all_the_same(tmp_path: Path) -> None:
    script = "import sys; sys.modules['snapshot_restore_py'] = None; import wsgi; print(wsgi.platform.snapshot)"
    assert run(script, tmp_path).split() == ["True"]
