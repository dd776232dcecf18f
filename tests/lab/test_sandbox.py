"""What a container sees: its own temp directory, a package it cannot change, and an environment like Lambda's."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.containers.read_only import ReadOnly
from lab.containers.timeline import ContainerState
from tests.lab.conftest import Stand, wait_until


def test_the_temp_directory_is_kept_while_warm_and_gone_with_the_container(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand(idle_s=0.3)
    first, second = stand.value("keep"), stand.value("keep")
    assert (first["before"], second["before"]) == (False, True)
    wait_until(lambda: not Path(first["temp"]).exists())


@pytest.mark.parametrize(("traits", "private"), [({}, True), ({"private_temp": False}, False)])
def test_a_temp_directory_belongs_to_one_container(
    make_stand: Callable[..., Stand], traits: dict[str, bool], private: bool
) -> None:
    stand = make_stand(**traits)
    held = stand.hold("a").wait_started()
    stand.value("keep")
    wait_until(lambda: stand.fleet.timeline.states()[ContainerState.FROZEN] == 1)
    held_container = held.let_go().container
    wait_until(lambda: stand.fleet.timeline.states()[ContainerState.FROZEN] == 2)
    # most recent first: this is the other container
    outcome = stand.do("keep")
    assert outcome.container == held_container
    assert (b'"before": true' in outcome.payload) is not private


def can_mount(directory: Path) -> bool:
    """Try it where containers do it: in a thread whose view of the file system is thrown away."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ReadOnly().protect, directory).result()


def test_the_package_is_read_only_for_the_function_alone(make_stand: Callable[..., Stand], tmp_path: Path) -> None:
    if not can_mount(tmp_path):
        pytest.skip("a read-only mount takes root on Linux")
    stand = make_stand()
    assert b"Read-only file system" in stand.do("write").payload
    assert stand.fleet.package_is_read_only
    (stand.function.package / "ours").write_text("still writable here")


def test_without_the_trait_the_package_can_be_changed(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand(read_only=False)
    assert stand.value("write") is None
    assert not stand.fleet.package_is_read_only


@pytest.mark.parametrize(("traits", "clean"), [({}, True), ({"clean_environment": False}, False)])
def test_nothing_of_this_machine_s_environment_shines_through(
    make_stand: Callable[..., Stand], monkeypatch: pytest.MonkeyPatch, traits: dict[str, bool], clean: bool
) -> None:
    monkeypatch.setenv("SECRET_OF_THIS_MACHINE", "1")
    names = make_stand(**traits, environment={"MINE": "1"}).value("where")["environment"]
    assert ("SECRET_OF_THIS_MACHINE" in names) is not clean
    assert {"MINE", "AWS_LAMBDA_FUNCTION_NAME", "LAMBDA_TASK_ROOT", "TMPDIR"} <= set(names)


def test_what_a_function_started_ends_with_it(make_stand: Callable[..., Stand], tmp_path: Path) -> None:
    stand = make_stand(idle_s=0.1)
    pid = stand.value("where")["pid"]
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
