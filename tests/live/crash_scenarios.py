"""Kills a process at every step of a scenario and looks for damage; run by test_crashes.py.

A step is every operation on the file system. ``python -m tests.live.crash_scenarios DIRECTORY SCENARIO`` prints JSON
with one entry for each step: whether the child process was killed there, which results it had reported by then, and
what a new process finds wrong.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from app import create_app
from app.container import Container, open_backends
from app.core.config import Platform, Settings
from app.runtime.log import Log
from app.storage import keys
from tests.support import drawing
from tests.support.use_cases import new_context

STEPS = {"open", "os.link", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "fcntl.flock", "shutil.rmtree"}
MAX_STEPS = 300
INBOX = "inbox/a.jpg"
PHOTO = drawing.encoded(drawing.photo(64, 48), "JPEG")
HOUR_S = 3600.0
DELETED = "deleted"

Report = Callable[[str], object]


class InlineQueue:
    """Runs each job at once in the process that submits it."""

    container: Container

    def submit(self, job_id: str) -> None:
        self.container.run_job(job_id, self.container.deadline(None), worker=f"{os.getpid()}")


def make_container(root: Path, clock_offset_s: float = 0.0) -> Container:
    settings, queue = Settings(storage=str(root)), InlineQueue()
    backends = msgspec.structs.replace(open_backends(settings, Platform()), queue=queue)
    log = Log("error", stream=io.StringIO())
    queue.container = Container(
        settings, Platform(), now=lambda: time.time() + clock_offset_s, log=log, backends=backends
    )
    return queue.container


def upload(container: Container, report: Report) -> None:
    """Upload one image."""
    http = create_app(container).test_client()
    answer = http.post("/upload", data=PHOTO, content_type="image/jpeg")
    assert answer.status_code in (200, 201), answer.text
    report(keys.original(answer.get_json()["images"][0]["id"]))


def presigned(container: Container, report: Report) -> None:
    """Upload one image by presigned form, and complete the upload twice."""
    http = create_app(container).test_client()
    form = http.post("/upload/presign", json={"content_type": "image/jpeg", "bytes": len(PHOTO)}).get_json()
    sent = http.post(form["url"], data={"file": (io.BytesIO(PHOTO), "a.jpg")})
    assert sent.status_code == 204, sent.text
    for _ in range(2):
        answer = http.post("/upload/complete", json={"token": form["token"]})
        assert answer.status_code in (200, 201), answer.text
        report(keys.original(answer.get_json()["images"][0]["id"]))


def deferred(container: Container, report: Report) -> None:
    """Defer a resize."""
    http = create_app(container).test_client()
    headers = {"Prefer": "respond-async"}
    answer = http.post("/resize?width=20", data=PHOTO, content_type="image/jpeg", headers=headers)
    assert answer.status_code == 202, answer.text
    job = answer.headers["Location"]
    assert http.get(job).get_json()["status"] == "done"
    report(keys.original(http.get(job).get_json()["result"]["id"]))


def inbox(container: Container, report: Report) -> None:
    """Put one image into the inbox and make its renditions, as Lambda does again when it retries."""
    container.backends.storage.put(INBOX, PHOTO, media_type="image/jpeg")
    for key in container.services.inbox.make_renditions(new_context(), INBOX):
        report(key)


def deleted(container: Container, report: Report) -> None:
    """Upload one image, store a result, and delete both."""
    http = create_app(container).test_client()
    image = http.post("/upload", data=PHOTO, content_type="image/jpeg").get_json()["images"][0]["id"]
    assert http.get(f"/resize?id={image}&width=20").status_code == 200
    assert http.delete(f"/images/{image}").status_code == 204
    assert list(container.backends.storage.keys("")) == []
    report(DELETED)


SCENARIOS = {scenario.__name__: scenario for scenario in (upload, presigned, deferred, inbox, deleted)}


def run_child(root: Path, scenario: str, kill_at: int, pipe: int) -> None:
    """Run the scenario in the child process until the step at which it kills itself."""
    container = make_container(root)
    create_app(container)
    step = 0

    def count(event: str, args: tuple[Any, ...]) -> None:
        nonlocal step
        if event in STEPS and (event == "fcntl.flock" or str(root) in str(args[0])):
            step += 1
            if step == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    SCENARIOS[scenario](container, lambda key: os.write(pipe, f"{key}\n".encode()))
    os._exit(0)


def damage(root: Path, reported: list[str], scenario: str) -> list[str]:
    """Return what a new process finds an hour later: broken objects, lost images, and a scenario that cannot run."""
    with closing(make_container(root, HOUR_S)) as container:
        found = [key for key in container.backends.storage.keys("") if not _is_intact(container, key)]
        found += [f"lost {key}" for key in reported if key != DELETED and not container.backends.storage.get(key)]
        second_run: list[str] = []
        SCENARIOS[scenario](container, second_run.append)
        if reported and set(reported) != set(second_run):
            found.append(f"{reported} is not {second_run}")
    return found


def _is_intact(container: Container, key: str) -> bool:
    data = container.backends.storage.get(key) or b""
    if key.startswith(keys.ORIGINALS):
        return key == keys.original(container.services.images.identify(data))
    if key.endswith(".done"):
        return len(data) == 32
    if key.startswith(keys.JOBS) and "." not in key:
        return bool(json.loads(data)["state"])
    if key.startswith((keys.RESIZED, keys.DERIVED)):
        return drawing.opened(data).format == "JPEG"
    return data == PHOTO


def kill_at_step(root: Path, scenario: str, step: int) -> dict[str, Any]:
    """Run the scenario in a child process that is killed at the step, and return what came of it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        run_child(root, scenario, step, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        reported = pipe.read().split()
    status = os.waitpid(child, 0)[1]
    assert (os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0) or os.WIFSIGNALED(status), status
    return {"killed": os.WIFSIGNALED(status), "reported": reported, "damage": damage(root, reported, scenario)}


def main(directory: Path, scenario: str) -> None:
    """Kill the scenario at its first step, then at its second, and so on until it survives."""
    with closing(make_container(directory / "warm")) as container:  # so that every module is imported before the fork
        SCENARIOS[scenario](container, lambda key: None)
    outcomes = []
    for step in range(1, MAX_STEPS):
        outcomes.append(kill_at_step(directory / str(step), scenario, step))
        if not outcomes[-1]["killed"]:
            break
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
