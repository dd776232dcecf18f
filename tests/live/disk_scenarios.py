"""Fills real disks below the app and reports what it answers; run by test_disks.py in a mount namespace of its own.

``unshare --map-root-user --mount python -m tests.live.disk_scenarios DIRECTORY SCENARIO`` prints JSON: what the app
answered before, while and after the disk below its storage, or below its temporary files, took no writes.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.container import Container
from app.core.config import Platform, Settings
from app.runtime.log import Log
from tests.support import drawing

PHOTO = drawing.encoded(drawing.photo(64, 48), "JPEG")
OTHER = drawing.encoded(drawing.photo(48, 64), "JPEG")
# more than Werkzeug keeps in memory
LARGE = PHOTO.ljust(2_000_000, b"\0")
# encoded here, because the test client spools to the same disk
FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + LARGE + b"\r\n--x--\r\n"
DISK_KIB = 1024

Outage = Callable[[Path], Any]


def mount(directory: Path) -> None:
    """Mount a small disk."""
    directory.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_KIB}k", "tmpfs", directory], check=True)


@contextmanager
def full(directory: Path) -> Iterator[None]:
    """Leave no room on the disk."""
    filler = directory / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    yield
    filler.unlink()


@contextmanager
def read_only(directory: Path) -> Iterator[None]:
    """Let the disk take no writes."""
    subprocess.run(["mount", "-o", "remount,ro", directory], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,rw", directory], check=True)


def describe(answer: TestResponse) -> dict[str, Any]:
    """Return what a test looks at: the status, and the problem if it is one."""
    problem = answer.get_json(silent=True, force=True) if answer.status_code >= 400 else None
    return {"status": answer.status_code, "type": answer.mimetype, "problem": problem}


def use(http: FlaskClient, image_id: str, width: int) -> dict[str, Any]:
    """Resize what is stored, upload something else, and ask for the status."""
    resized = describe(http.get(f"/resize?id={image_id}&width={width}"))
    uploaded = describe(http.post("/upload", data=OTHER, content_type="image/jpeg"))
    status = http.get("/status").get_json()
    return {"resized": resized, "uploaded": uploaded, "status": status["status"], "storage": status["storage"]}


def started(root: Path, log: io.StringIO) -> Container:
    return Container(Settings(storage=str(root / "storage")), Platform(), log=Log("warning", stream=log))


def storage(root: Path, outage: Outage) -> dict[str, Any]:
    """Use the app before, during and after the outage, and start a second one during it."""
    mount(root)
    log, found = io.StringIO(), {}
    with closing(started(root, log)) as container:
        http = create_app(container).test_client()
        image_id = http.post("/upload", data=PHOTO, content_type="image/jpeg").get_json()["images"][0]["id"]
        with outage(root):
            found["during"] = use(http, image_id, 20)
            with closing(started(root, log)) as second:
                found["started during"] = use(create_app(second).test_client(), image_id, 21)
        found["after"] = use(http, image_id, 22)
    return {**found, "log": [json.loads(line) for line in log.getvalue().splitlines()]}


def temporary(root: Path, outage: Outage) -> dict[str, Any]:
    """Send forms that are spooled to the disk, and a key to sign in with, first with a disk that takes no writes."""
    mount(root / "tmp")
    tempfile.tempdir = str(root / "tmp")
    log = io.StringIO()
    with closing(started(root, log)) as container:
        http = create_app(container).test_client()

        def send(url: str = "/upload") -> dict[str, Any]:
            return describe(http.post(url, data=FORM, content_type="multipart/form-data; boundary=x"))

        form = http.post("/upload/presign", json={"content_type": "image/jpeg", "bytes": len(LARGE)}).get_json()
        with outage(root / "tmp"):
            during = {"uploaded": send(), "sent": send(form["url"]), "resized": send("/resize?width=20")}
            during["info"] = send("/info")
            guess = describe(http.post("/login", data={"key": "a guess"}))
        subprocess.run(["mount", "-o", "remount,size=8m", root / "tmp"], check=True)
        after = {"uploaded": send(), "sent": send(form["url"])}
    return {
        "during": during,
        "guess": guess,
        "after": after,
        "log": [json.loads(line) for line in log.getvalue().splitlines()],
    }


PLACES = {"storage": storage, "temporary": temporary}
OUTAGES: dict[str, Outage] = {"full": full, "read_only": read_only}


def main(directory: Path, place: str, outage: str) -> None:
    """Run one scenario and print what was seen."""
    print(json.dumps(PLACES[place](directory, OUTAGES[outage])))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
