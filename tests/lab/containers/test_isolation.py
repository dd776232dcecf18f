"""The file system of a container: its own /tmp, its package and file systems, and nothing else to write."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lab.containers import isolation
from lab.containers.guardian import Guardian
from lab.containers.isolation import Way
from lab.containers.launcher import Launcher
from lab.traits import Traits
from tests.support.lab.fleet_client import MakeFleet, MakeFunction
from tests.support.lab.running_function import running

NAMESPACES = pytest.mark.skipif(isolation.find_way() is Way.NONE, reason="this machine allows no namespaces")
Write = Callable[[Path], Any]


@pytest.fixture
def make_launcher(tmp_path: Path) -> Iterator[Callable[[Way], Launcher]]:
    """Return a function that builds launchers that isolate in one way."""
    directory = tmp_path / "lab"
    directory.mkdir()
    with closing(Guardian(directory)) as guardian:
        yield lambda way: Launcher(guardian, traits=Traits(), way=way)


@pytest.fixture(params=[Way.THREAD, Way.PROCESS], ids=["root", "user"])
def write(
    request: pytest.FixtureRequest,
    make_function: MakeFunction,
    make_launcher: Callable[[Way], Launcher],
    tmp_path: Path,
) -> Iterator[Write]:
    """Return what comes of writing a file in a container, in each way to isolate it that works here."""
    way: Way = request.param
    if way is Way.THREAD and os.geteuid():
        pytest.skip("a thread enters a namespace only with root's rights")
    function = make_function(file_systems=(tmp_path / "shared",))
    with running(function, tmp_path / "lab", launcher=make_launcher(way)) as started:
        yield lambda path: msgspec.json.decode(started.invoke({"do": "write", "path": str(path)}).payload)


@NAMESPACES
def test_only_tmp_and_file_systems_are_writable(write: Write, tmp_path: Path) -> None:
    for path in (tmp_path / "package" / "new", Path("new-in-its-working-directory"), Path("/var/tmp/new")):
        assert "Read-only file system" in write(path)["errorMessage"]
    # /tmp is its own: what it writes there is not here
    assert write(tmp_path / "new") is None
    assert not (tmp_path / "new").exists()
    assert write(tmp_path / "shared" / "new") is None
    assert (tmp_path / "shared" / "new").read_text() == "x"


@NAMESPACES
def test_the_package_is_read_only_for_the_function_alone(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    path = client.function.package / "new"
    assert b"Read-only file system" in client.invoke("write", path=str(path)).payload
    assert client.fleet.isolates
    path.write_text("still writable here")


@NAMESPACES
@pytest.mark.parametrize("private_temp", [True, False])
def test_without_the_trait_everything_is_writable(make_fleet: MakeFleet, tmp_path: Path, private_temp: bool) -> None:
    client = make_fleet(read_only=False, private_temp=private_temp)
    assert client.value("write", path=str(client.function.package / "new")) is None
    assert client.value("where")["temp"] == ("/tmp" if private_temp else str(client.fleet.directory / "tmp" / "shared"))


def test_without_namespaces_it_is_this_machine_s(
    make_function: MakeFunction, make_launcher: Callable[[Way], Launcher], tmp_path: Path
) -> None:
    launcher = make_launcher(Way.NONE)
    assert not launcher.isolates
    function = make_function()
    with running(function, tmp_path / "lab", launcher=launcher) as started:
        event = {"do": "write", "path": str(function.package / "new")}
        assert started.invoke(event).payload == b"null"
        assert started.invoke({"do": "where"}).payload.count(b'"temp": "/tmp"') == 0
