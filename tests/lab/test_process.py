"""A container by itself, without a fleet around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.accounts.function import Function
from lab.containers.process import ContainerProcess, Exited, InitError, Timeout


def test_it_answers_logs_and_leaves_nothing(make_function: Callable[..., Function]) -> None:
    with ContainerProcess(make_function()) as process:
        assert process.invoke({"do": "echo", "value": [1, None]}).payload == b"[1, null]"
        assert process.invoke({"do": "raise"}).error_type == "Unhandled"
        temp = json.loads(process.invoke({"do": "keep"}).payload)["temp"]
        assert "loaded" in process.log()
        pid = process.pid
    assert not Path(f"/proc/{pid}").exists()
    assert not Path(temp).exists()


def test_each_way_to_fail_is_an_error_of_its_own(make_function: Callable[..., Function]) -> None:
    with ContainerProcess(make_function("no_import.handler")) as process, pytest.raises(InitError, match="not_there"):
        process.invoke({})
    with ContainerProcess(make_function()) as process:
        with pytest.raises(Exited, match="exit status 5"):
            process.invoke({"do": "exit", "code": 5})
        with pytest.raises(Exited):
            process.invoke({"do": "echo"})
    with ContainerProcess(make_function()) as process, pytest.raises(Timeout):
        process.invoke({"do": "hang"}, timeout_s=0.3)


def test_a_frozen_process_ends_too(make_function: Callable[..., Function]) -> None:
    with ContainerProcess(make_function()) as process:
        process.wait_ready(20)
        process.freeze()
        pid = process.pid
    assert not Path(f"/proc/{pid}").exists()
