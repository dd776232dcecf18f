"""A process whose children do one thing each and are killed at every step of it, run by test_killed.py.

A step is whatever reaches the file system. ``python -m tests.live.killing DIRECTORY SCENARIO`` prints, as JSON, one
entry for each step: whether the child was killed, what had been answered by then, and what was found wrong.
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
from app.backends import open_backends
from app.config import Platform, Settings
from app.container import Container
from app.runtime.telemetry import Log
from app.storage import keys
from tests.support import drawing
from tests.support.use_cases import new_context

STEPS = {"open", "os.link", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "fcntl.flock", "shutil.rmtree"}
MOST_STEPS = 300
INBOX = "inbox/a.jpg"
PHOTO = drawing.encoded(drawing.photo(64, 48), "JPEG")
LATER_S = 3600.0
GONE = "gone"


class InlineQueue:
    """Runs a job where it is submitted, as long as the process lives."""

    container: Container

    def submit(self, job_id: str) -> None:
        self.container.run_job(job_id, self.container.deadline(None), worker=f"{os.getpid()}")


def built(root: Path, later_s: float = 0.0) -> Container:
    settings, queue = Settings(storage=str(root)), InlineQueue()
    backends = msgspec.structs.replace(open_backends(settings, Platform()), queue=queue)
    log = Log("error", stream=io.StringIO())
    queue.container = Container(settings, Platform(), now=lambda: time.time() + later_s, log=log, backends=backends)
    return queue.container


def upload(container: Container, answered: Callable[[str], None]) -> None:
    """Upload one picture."""
    http = create_app(container).test_client()
    answer = http.post("/upload", data=PHOTO, content_type="image/jpeg")
    assert answer.status_code in (200, 201), answer.text
    answered(keys.original(answer.get_json()["images"][0]["id"]))


def presigned(container: Container, answered: Callable[[str], None]) -> None:
    """Send one picture past the payload limit, and complete it twice."""
    http = create_app(container).test_client()
    invitation = http.post("/upload/presign", json={"content_type": "image/jpeg", "bytes": len(PHOTO)}).get_json()
    sent = http.post(invitation["url"], data={"file": (io.BytesIO(PHOTO), "a.jpg")})
    assert sent.status_code == 204, sent.text
    for _ in range(2):
        answer = http.post("/upload/complete", json={"token": invitation["token"]})
        assert answer.status_code in (200, 201), answer.text
        answered(keys.original(answer.get_json()["images"][0]["id"]))


def deferred(container: Container, answered: Callable[[str], None]) -> None:
    """Have a resize made later."""
    http = create_app(container).test_client()
    headers = {"Prefer": "respond-async"}
    answer = http.post("/resize?width=20", data=PHOTO, content_type="image/jpeg", headers=headers)
    assert answer.status_code == 202, answer.text
    job = answer.headers["Location"]
    assert http.get(job).get_json()["status"] == "done"
    answered(keys.original(http.get(job).get_json()["result"]["id"]))


def inbox(container: Container, answered: Callable[[str], None]) -> None:
    """Put one picture into the inbox, and have its renditions made; doing it again is the platform's retry."""
    container.backends.storage.put(INBOX, PHOTO, media_type="image/jpeg")
    for key in container.services.inbox.make_renditions(new_context(), INBOX):
        answered(key)


def deleted(container: Container, answered: Callable[[str], None]) -> None:
    """Upload one picture, have a result kept, and delete it all."""
    http = create_app(container).test_client()
    image = http.post("/upload", data=PHOTO, content_type="image/jpeg").get_json()["images"][0]["id"]
    assert http.get(f"/resize?id={image}&width=20").status_code == 200
    assert http.delete(f"/images/{image}").status_code == 204
    assert list(container.backends.storage.keys("")) == []
    answered(GONE)


SCENARIOS = {scenario.__name__: scenario for scenario in (upload, presigned, deferred, inbox, deleted)}


def live(root: Path, scenario: str, kill_at: int, pipe: int) -> None:
    """Be the child: do the thing until the step comes."""
    container = built(root)
    create_app(container)
    step = 0

    def count(event: str, args: tuple[Any, ...]) -> None:
        nonlocal step
        if event in STEPS and (event == "fcntl.flock" or str(root) in str(args[0])):
            step += 1
            if step == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def answered(text: str) -> None:
        os.write(pipe, f"{text}\n".encode())

    sys.addaudithook(count)
    SCENARIOS[scenario](container, answered)
    os._exit(0)


def wrong(root: Path, answered: list[str], scenario: str) -> list[str]:
    """Return what a new process finds wrong an hour later: half objects, lost images, work that cannot go on."""
    with closing(built(root, LATER_S)) as container:
        found = [key for key in container.backends.storage.keys("") if not _whole(container, key)]
        found += [f"lost {key}" for key in answered if key != GONE and not container.backends.storage.get(key)]
        again: list[str] = []
        SCENARIOS[scenario](container, again.append)
        if answered and set(answered) != set(again):
            found.append(f"{answered} is not {again}")
    return found


def _whole(container: Container, key: str) -> bool:
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


def killed_at(root: Path, scenario: str, step: int) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        live(root, scenario, step, writing)
    os.close(writing)
    with os.fdopen(reading) as told:
        answered = told.read().split()
    status = os.waitpid(child, 0)[1]
    assert (os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0) or os.WIFSIGNALED(status), status
    return {"killed": os.WIFSIGNALED(status), "answered": answered, "wrong": wrong(root, answered, scenario)}


def main(directory: Path, scenario: str) -> None:
    with closing(built(directory / "warm")) as container:  # so that children find every module loaded
        SCENARIOS[scenario](container, lambda text: None)
    outcomes = []
    for step in range(1, MOST_STEPS):
        outcomes.append(killed_at(directory / str(step), scenario, step))
        if not outcomes[-1]["killed"]:
            break
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
