"""The life of a stage as a reader of the pages types it, twice in a row in one account."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.account.function import REGION
from tests.live.commands import Shell, commands
from tests.stand.clients import OWNER
from tests.stand.deployed_stage import leftovers
from tests.stand.local_aws import LocalAws
from tests.stand.project import Project
from tests.support.drawing import encoded, photo

NAME = "monolambda-dev"
CREATE, UPDATE, IMPORT, DELETE = (
    *("A stage in five commands", "Update and roll back", "A bucket that exists already", "Taking it down"),
)
# what docs/deploy.md adds `--zip` to, to ship a package that was built before
SHIPPING = ("zappa deploy dev", "zappa update dev")
PHOTO = encoded(photo(320, 240), "JPEG")


class Reader:
    """Types the commands of ``docs/infra.md`` in the project, with names of their own in place of the page's."""

    def __init__(self, local_aws: LocalAws, project: Project) -> None:
        (project.root / ".venv").symlink_to(project.environ["VIRTUAL_ENV"])
        environ = {name: value for name, value in project.environ.items() if name != "VIRTUAL_ENV"}
        self._shell = Shell(project.root, {**environ, "AWS_ACCESS_KEY_ID": OWNER})
        self._here = {"acme": local_aws.suffix}
        self.typed: set[str] = set()

    def read(self, heading: str, package: str = "") -> str:
        """Type every command of a section, and return what the last one printed.

        ``package`` is what ``docs/deploy.md`` says to add so that Zappa ships a package that was built before.
        """
        printed = ""
        for text in written("docs/infra.md", heading):
            printed = self.type(text + package if text in SHIPPING else text)
            self.typed.add(text)
        return printed

    def type(self, text: str) -> str:
        """Run one command, and remember the URL and the key that it prints."""
        for there, here in self._here.items():
            text = text.replace(there, here)
        # the environment is there: `make setup` was said before
        printed = self._shell.run(re.sub("^make ", "make --old-file=.venv/.run ", text))
        if url := re.search(rf"https://\w+\.execute-api\.{REGION}\.amazonaws\.com/dev", printed):
            self._here[f"https://abc.execute-api.{REGION}.amazonaws.com/dev"] = self.url = url[0]
        if key := re.search(r"kept nowhere: (\w+)", printed):
            self._here["KEY=0123"] = f"KEY={key[1]}"
            self.key = key[1]
        return printed


def written(page: str, heading: str) -> list[str]:
    """Return the commands of a section, without the comments behind them."""
    section = [each.text for each in commands(page) if heading == each.before.rpartition("\n## ")[2].partition("\n")[0]]
    assert section, heading
    return [re.split(r"\s+#", text)[0].strip() for text in section]


@pytest.fixture
def reader(local_aws: LocalAws, project: Project) -> Reader:
    return Reader(local_aws, project)


@contextmanager
def traffic(local_aws: LocalAws, reader: Reader) -> Iterator[list[int]]:
    """Ask for a resized image again and again within the block; yield the list of the statuses."""
    statuses: list[int] = []
    stop = threading.Event()

    def ask() -> None:
        width = 16
        while not stop.is_set():
            width += 1
            answer = local_aws.send(
                "POST", f"{reader.url}/resize?width={width}", body=PHOTO, Authorization=f"Bearer {reader.key}"
            )
            statuses.append(answer.status)
            stop.wait(0.1)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield statuses
    finally:
        stop.set()
        thread.join()


def test_the_pages_lead_from_nothing_to_a_stage_and_back_twice(
    local_aws: LocalAws, project: Project, reader: Reader, package_zip: Path
) -> None:
    """The second time the bucket and the secrets of the first are still there."""
    project.ship(package_zip)
    for package in ("", f" --zip {package_zip}"):
        if package:
            reader.read(IMPORT)
        tried = reader.read(CREATE, package)
        assert "POST /upload  " in tried
        assert "warm: " in tried
        with traffic(local_aws, reader) as statuses:
            reader.read(UPDATE, f" --zip {package_zip}")
        assert set(statuses) == {200}
        assert len(statuses) > 5
        reader.read(DELETE)
        assert leftovers(local_aws, NAME) == []
        assert _leftovers_of_the_stack(local_aws) == []
        assert f"monolambda-images-{local_aws.suffix}" in local_aws.bucket_names()
    assert reader.typed >= set(written("README.md", "Deploy"))


def _leftovers_of_the_stack(local_aws: LocalAws) -> list[str]:
    """Return the names of what a deleted stack left behind, its bucket excepted."""
    client = local_aws.client
    found = [each["StackName"] for each in client("cloudformation").describe_stacks()["Stacks"]]
    found += [each["RoleName"] for each in client("iam").list_roles()["Roles"]]
    found += [each["PolicyName"] for each in client("iam").list_policies(Scope="Local")["Policies"]]
    found += [each["logGroupName"] for each in client("logs").describe_log_groups()["logGroups"]]
    found += client("sqs").list_queues().get("QueueUrls", [])
    found += [each["TopicArn"] for each in client("sns").list_topics()["Topics"]]
    return [each for each in found if NAME in each]
