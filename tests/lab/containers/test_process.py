"""A container's process without a fleet around it."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from lab.errors import Exited, InitError, Timeout
from tests.support.lab.fleet_client import MakeFleet, MakeFunction
from tests.support.lab.running_function import running
from tests.support.waiting import wait_until


def test_a_process_replies_logs_and_leaves_nothing(make_function: MakeFunction, tmp_path: Path) -> None:
    with running(make_function(), tmp_path) as function:
        assert function.invoke({"do": "echo", "value": [1, None]}).payload == b"[1, null]"
        assert function.invoke({"do": "raise"}).error_type == "Unhandled"
        temp = json.loads(function.invoke({"do": "keep"}).payload)["temp"]
        assert "loaded" in function.log()
        pid = function.pid
    assert not Path(f"/proc/{pid}").exists()
    assert not Path(temp).exists()


def test_each_kind_of_failure_has_its_error(make_function: MakeFunction, tmp_path: Path) -> None:
    with running(make_function("no_import.handler"), tmp_path) as function, pytest.raises(InitError, match="not_there"):
        function.invoke({})
    with running(make_function(), tmp_path) as function:
        with pytest.raises(Exited, match="exit status 5"):
            function.invoke({"do": "exit", "code": 5})
        with pytest.raises(Exited):
            function.invoke({"do": "echo"})
    with running(make_function(), tmp_path) as function, pytest.raises(Timeout):
        function.invoke({"do": "hang"}, timeout_s=0.3)


def test_a_frozen_process_ends_too(make_function: MakeFunction, tmp_path: Path) -> None:
    with running(make_function(), tmp_path) as function:
        function.process.wait_ready(20)
        function.process.freeze()
        pid = function.pid
    assert not Path(f"/proc/{pid}").exists()


def test_a_process_that_cannot_start_leaves_nothing_open(make_fleet: MakeFleet, tmp_path: Path) -> None:
    client = make_fleet()
    nowhere = msgspec.structs.replace(client.function, package=tmp_path / "none")
    before = threading.active_count()
    with pytest.raises(FileNotFoundError):
        client.fleet.invoke(nowhere, b"{}")
    wait_until(lambda: not client.fleet.containers and threading.active_count() == before)


@pytest.mark.skipif(sys.platform != "linux", reason="no other system limits another process")
def test_a_container_opens_no_more_files_than_on_lambda(make_fleet: MakeFleet) -> None:
    assert make_fleet().value("limit") == [1024, 1024]


def test_children_of_a_function_end_with_its_container(make_fleet: MakeFleet, tmp_path: Path) -> None:
    client = make_fleet(idle_s=0.1)
    pid = client.value("where")["pid"]
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
