"""The probes see the difference when the lab's traits are switched off."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.validate.probed_function import ProbeAnswer, ProbedFunction, Undecided
from lab.validate.probes import PROBES
from tests.lab.validate.conftest import MakeProbed

# what Lambda documents, with the lab's traits switched off
OFF = {
    "a thread between invocations": "running",
    "package": "writable",
    "an asynchronous event that fails": "runs 1 times under one request id",
    "payload of a synchronous request": "up to 0 bytes, then 413",
    "payload of a response": "up to 0 bytes, then Function.ResponseSizeTooLarge",
    "payload of an asynchronous request": "up to 0 bytes, then 413",
    "temp directory of a container": "shared",
    "bill of a cold start": "another amount",
}


def seen(function: ProbedFunction, trait: str) -> str:
    (probe,) = (each for each in PROBES if each.trait == trait)
    return probe.look(function)


def test_every_trait_has_a_name_of_its_own() -> None:
    assert len({each.trait for each in PROBES}) == len(PROBES)


def test_traits_that_are_switched_off_are_seen(make_probed: MakeProbed) -> None:
    function = make_probed(
        freeze=False,
        private_temp=False,
        read_only=False,
        bill_init=False,
        request_bytes=1000,
        response_bytes=5000,
        async_bytes=500,
        async_retries=0,
        patience_s=2.0,
    )
    assert {trait: seen(function, trait) for trait in OFF} == OFF


class FiveContainers(ProbedFunction):
    """A function whose containers are always asked in the same order; the last has run the event that fails twice."""

    def __init__(self) -> None:
        super().__init__(None, "probe", patience_s=20.0)

    def send(self, payload: bytes, **given: Any) -> ProbeAnswer:
        return ProbeAnswer(status=202, request_id="failing")

    def at_once(self, count: int, do: str, **event: Any) -> list[ProbeAnswer]:
        seen = [["failing"], [], [], [], ["failing", "other", "failing"]][:count]
        return [
            ProbeAnswer(status=200, payload=json.dumps({"container": str(number), "seen": ids}).encode())
            for number, ids in enumerate(seen)
        ]


def test_runs_in_containers_that_are_seldom_asked_are_found() -> None:
    assert seen(FiveContainers(), "an asynchronous event that fails") == "runs 3 times under one request id"


def test_without_new_containers_one_serves_all(make_probed: MakeProbed) -> None:
    assert seen(make_probed(new_container_when_busy=False), "containers for invocations at once") == "1 for 3"


def test_a_function_that_is_not_killed_is_not_decided(make_probed: MakeProbed) -> None:
    function = make_probed(timeout_kill=False, memory_kill=False, timeout_s=1.0)
    for trait in ("a timeout", "out of memory: the answer"):
        with pytest.raises(Undecided, match="did not fail"):
            seen(function, trait)


def test_a_long_timeout_is_not_waited_for(make_probed: MakeProbed) -> None:
    with pytest.raises(Undecided, match="timeout is 60 s: deploy it with --timeout 3"):
        seen(make_probed(timeout_s=60.0), "a timeout")
