"""The temp directory of a container."""

from __future__ import annotations

import pytest

from lab.containers.timeline import ContainerState
from tests.support.lab.fleet_client import MakeFleet
from tests.support.waiting import wait_until


def test_the_temp_directory_is_kept_while_warm_and_gone_with_the_container(make_fleet: MakeFleet) -> None:
    client = make_fleet(idle_s=0.3)
    first, second = client.value("keep"), client.value("keep")
    assert (first["before"], second["before"]) == (False, True)
    kept = client.fleet.directory / "tmp" / client.invoke("where").container
    assert (kept / "kept").exists()
    wait_until(lambda: not kept.exists())


@pytest.mark.parametrize(("traits", "private"), [({}, True), ({"private_temp": False}, False)])
def test_a_temp_directory_belongs_to_one_container(
    make_fleet: MakeFleet, traits: dict[str, bool], private: bool
) -> None:
    client = make_fleet(**traits)
    held = client.hold("a").wait_started()
    client.value("keep")
    wait_until(lambda: client.fleet.timeline.states()[ContainerState.FROZEN] == 1)
    held_container = held.release().container
    wait_until(lambda: client.fleet.timeline.states()[ContainerState.FROZEN] == 2)
    # the most recently used container is the other one
    outcome = client.invoke("keep")
    assert outcome.container == held_container
    assert (b'"before": true' in outcome.payload) is not private
