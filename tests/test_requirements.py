"""The requirements: locked with hashes, from files that say why each package is here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.package import pins

ROOT = Path(__file__).parent.parent
NAMES = ("requirements-lambda", "requirements", "requirements-dev", "requirements-serve")
# each file has what the one before it has, in the same version
LARGER = {
    "requirements-lambda": "requirements",
    "requirements": "requirements-dev",
    "requirements-serve": "requirements-dev",
}


def locked(name: str) -> dict[str, set[str]]:
    """Return the versions of each package; there may be several, for several platforms."""
    found: dict[str, set[str]] = {}
    for pin in pins.read((ROOT / f"{name}.txt").read_text()):
        found.setdefault(pin.name, set()).add(pin.specifier)
    return found


def asked(name: str) -> list[Requirement]:
    lines = (ROOT / f"{name}.in").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-r "))]


@pytest.mark.parametrize("name", NAMES)
def test_every_package_has_one_version_and_hashes(name: str) -> None:
    for pin in pins.read((ROOT / f"{name}.txt").read_text()):
        assert re.fullmatch(r"==[\w.!+]+", pin.specifier), pin.name
        assert pin.hashes, pin.name
        assert all(re.fullmatch("--hash=sha256:[0-9a-f]{64}", each) for each in pin.hashes)


@pytest.mark.parametrize("name", NAMES)
def test_the_lock_has_what_was_asked_for(name: str) -> None:
    found = locked(name)
    for requirement in asked(name):
        assert found[canonicalize_name(requirement.name)] == {str(requirement.specifier)}, "run `make lock`"


@pytest.mark.parametrize("name", NAMES)
def test_every_package_that_is_asked_for_has_its_reason(name: str) -> None:
    lines = (ROOT / f"{name}.in").read_text().splitlines()
    blocks = re.split(r"\n(?=#)", "\n".join(lines))
    assert all(block.startswith(("#", "-r ")) for block in blocks)


@pytest.mark.parametrize(("smaller", "larger"), LARGER.items())
def test_a_package_has_the_same_version_everywhere(smaller: str, larger: str) -> None:
    everything = locked(larger)
    assert {name: everything[name] for name in locked(smaller)} == locked(smaller)


def test_whatever_installs_wants_the_hashes() -> None:
    installs = re.findall(
        r"pip install.*(?:\\\n.*)*", (ROOT / "Makefile").read_text() + (ROOT / "Dockerfile").read_text()
    )
    assert len(installs) == 3
    assert all("--require-hashes" in each for each in installs)


def test_the_sdk_of_a_container_is_that_of_the_deployment() -> None:
    versions = {name: {each.name: str(each.specifier) for each in asked(name)} for name in NAMES}
    assert versions["requirements-serve"]["boto3"] == versions["requirements"]["boto3"]


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in text.splitlines() if line.strip()]


def test_the_container_runs_as_a_user_without_rights() -> None:
    words = [word for word, _ in instructions()]
    (user,) = [rest for word, rest in instructions() if word == "USER"]
    assert user.isdecimal()
    assert int(user) >= 1000
    last = len(words) - 1
    assert not {"RUN", "COPY", "ADD"} & set(words[words.index("USER") : last])


def test_the_container_is_built_of_files_that_are_here_and_sent() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        source
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    }
    assert copied == sent
    assert [name for name in copied if not (ROOT / name).exists()] == []
