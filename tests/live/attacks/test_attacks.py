"""Every hostile request is refused, and costs next to nothing: over a socket and as an event."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.attacks.conftest import CLOSED
from tests.live.attacks.doors import EVENTS, Answer, Door, EventDoor, event_process, socket_door
from tests.live.attacks.requests import ATTACKS, EVENTS_ONLY, JPEG, Attack
from tests.support.app_server import flask_run, serve

# seen: 0.07 s and 151 MB, with what it takes to read an event of 10 MB from JSON
MAX_CPU_S = 0.5
MAX_PEAK_MB = 300
MAX_ANSWER = 32 * 1024
# of the handler alone; seen: 30 ms. To read 5 MB of names from JSON takes Lambda's runtime client five times as long,
# before the handler is called.
MAX_HANDLER_CPU_S = 0.05
ATTEMPTS = 5
# the shapes of events differ in what is around a body, and not in it
A_BODY_OF_EACH_KIND = [*{attack.kind: attack for attack in reversed(ATTACKS) if attack.body is not bytes}.values()]
SERVERS = {"flask run": flask_run, "make serve": serve}


@pytest.fixture(scope="module", params=[*SERVERS, *EVENTS])
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Each server, and the handler with each shape of event."""
    directory: Path = tmp_path_factory.mktemp("attack")
    if request.param in SERVERS:
        with socket_door(SERVERS[request.param], directory, **CLOSED) as served:
            yield served
    else:
        with event_process(directory, **CLOSED) as process:
            yield EventDoor(process, EVENTS[request.param])


def sent(door: Door, attack: Attack) -> Answer:
    """Return the answer, measured again when the handler took too long: what else runs here may have disturbed it."""
    for _ in range(ATTEMPTS):
        answer = door.send(attack)
        if answer.handler_cpu_s <= MAX_HANDLER_CPU_S:
            break
    return answer


def check(door: Door, attacks: list[Attack]) -> None:
    """Send every attack and collect what was wrong; the first request of a process pays for its imports."""
    door.send(Attack("warm-up", (415,), "POST", headers=(JPEG,), body=lambda: b"words"))
    wrong = []
    for attack in attacks:
        answer = sent(door, attack)
        if (
            answer.status not in attack.statuses
            or answer.cost.cpu_s > MAX_CPU_S
            or answer.handler_cpu_s > MAX_HANDLER_CPU_S
            or answer.cost.peak_mb > MAX_PEAK_MB
            or answer.bytes > MAX_ANSWER
        ):
            seconds = f"{answer.cost.cpu_s:.2f} s, of the handler {answer.handler_cpu_s:.3f} s"
            cost = f"{seconds}, {answer.cost.peak_mb:.0f} MB, {answer.bytes} bytes"
            wrong.append(f"{attack.name}: {answer.status}, {cost}: {answer.text[:100]}")
    assert not wrong, "\n".join(wrong)


def attacks_for(door: Door) -> list[Attack]:
    """Return all that a server lets in, or an event may hold; every body comes in events of one shape."""
    if not isinstance(door, EventDoor):
        return ATTACKS
    if door.make is EVENTS["REST API"]:
        return ATTACKS + EVENTS_ONLY
    return [each for each in ATTACKS if each.body is bytes or each in A_BODY_OF_EACH_KIND] + EVENTS_ONLY


def test_every_attack_is_refused_at_little_cost(door: Door) -> None:
    check(door, attacks_for(door))
