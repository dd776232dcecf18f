"""Nothing that comes into the inbox is lost, whatever Zappa does to the function meanwhile."""

from __future__ import annotations

import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import msgspec
import pytest

from tests.stand import stack
from tests.stand.failed_event_lifecycle import object_key
from tests.stand.local_aws import LocalAws
from tests.stand.project import Project
from tests.support.drawing import encoded, photo
from tests.support.waiting import wait_until

PAUSE_S = 0.05
SMALL_PHOTO = encoded(photo(16, 12), "PNG")
POISONED = "poisoned.png"
WIDTHS = (480, 640, 1000)


class Inbox:
    """The inbox of the stage dev; ``names`` are the objects that were put there."""

    def __init__(self, local_aws: LocalAws) -> None:
        self.names: list[str] = []
        self._s3 = local_aws.client("s3")
        self._bucket = f"monolambda-images-{local_aws.suffix}"

    def put(self, name: str, body: bytes) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=f"dev/inbox/{name}", Body=body)
        self.names.append(name)

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Put a photo every 50 ms within the block."""
        stop = threading.Event()

        def fill() -> None:
            while not stop.wait(PAUSE_S):
                self.put(f"{len(self.names):05}.png", SMALL_PHOTO)

        thread = threading.Thread(target=fill)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def renditions(self) -> set[str]:
        """Return the keys of all renditions."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix="dev/resized/")
        return {each["Key"] for page in pages for each in page.get("Contents", [])}


def _other_zip(package: Path, directory: Path, edition: int) -> Path:
    """Return the package with one more file, so that its code is another."""
    path = directory / f"edition-{edition}.zip"
    copyfile(package, path)
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr("edition.txt", str(edition))
    return path


@pytest.fixture
def deployed(local_aws: LocalAws, project: Project, package_zip: Path) -> dict[str, str]:
    """Deploy the stage dev so that it reads its inbox, and return the outputs of its stack."""
    outputs = stack.create(local_aws, project.root, "dev")
    project.zappa(f"deploy dev --zip {package_zip}")
    stack.mark_deployed(local_aws, project.root, "dev")
    return outputs


def test_nothing_is_lost_during_three_updates_and_a_rollback(
    local_aws: LocalAws, project: Project, deployed: dict[str, str], package_zip: Path, tmp_path: Path
) -> None:
    inbox, first = Inbox(local_aws), len(local_aws.functions.invocations)
    with inbox.filling():
        for edition in range(3):
            project.zappa(f"update dev --zip {_other_zip(package_zip, tmp_path, edition)}")
        project.zappa("rollback dev -n 1")
        inbox.put(POISONED, b"no image at all")
    wait_until(lambda: local_aws.is_idle, seconds=300)
    images = [name for name in inbox.names if name != POISONED]
    assert len(images) > 20
    stems = [name.removesuffix(".png") for name in images]
    assert {key.rpartition(".")[0] for key in inbox.renditions()} == {
        f"dev/resized/{width}-{stem}" for stem in stems for width in WIDTHS
    }
    assert _handled(local_aws, first) == Counter(f"dev/inbox/{name}" for name in inbox.names)
    editions = {each.sha256 for each in local_aws.functions.invocations[first:]}
    assert len(editions) > 1, "nothing arrived while the code changed"
    assert _bodies(local_aws, deployed["InboxArn"]) == []
    (poisoned,) = _bodies(local_aws, deployed["DeadLetterArn"])
    assert object_key(poisoned) == f"dev/inbox/{POISONED}"


def _handled(local_aws: LocalAws, first: int) -> Counter[str]:
    """Return how often each object was handed to the function."""
    events = [msgspec.json.decode(each.event) for each in local_aws.functions.invocations[first:]]
    return Counter(object_key(record["body"]) for event in events for record in event.get("Records", []))


def _bodies(local_aws: LocalAws, arn: str) -> list[str]:
    sqs = local_aws.client("sqs")
    url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    options = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0}
    return [each["Body"] for each in sqs.receive_message(**options).get("Messages", [])]
