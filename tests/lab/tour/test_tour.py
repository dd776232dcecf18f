"""The scenes of the tour, each played in a lab: what came of it is what Lambda does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.account.package import from_tree
from lab.errors import SetupError
from lab.experiments.support.workbench import FUNCTIONS
from lab.local_lambda import LocalLambda
from lab.pages import recorded_run
from lab.pages.scenes import Scene
from lab.pages.traffic import TrafficRequest
from lab.tour import app_scenes, limit_scenes, release_scene, script, side_by_side
from lab.tour.players import Players
from measurement.stamps import ROOT
from tests.support.lab import small_layouts


@contextmanager
def tour() -> Iterator[Players]:
    """A tour around a small function in the app's place."""
    with LocalLambda(lambda _: [from_tree(FUNCTIONS, handler="waiting.proxy", environment={}, memory_mb=512)]) as lab:
        yield Players(lab)


@pytest.fixture(scope="module")
def players() -> Iterator[Players]:
    """The tour in which the scenes are played."""
    with tour() as made:
        yield made


def numbers(scene: Scene) -> list[int]:
    """Play a scene and return the numbers of its result."""
    return [int(number) for number in re.findall(r"\d+", scene.play().replace(",", ""))]


def test_a_burst_starts_a_container_for_each_request(players: Players) -> None:
    players.sender.burst(TrafficRequest(kind="status"), host=players.host)
    # on a busy machine one may be free again before the last request is on its way
    asked, started, answered, status = numbers(app_scenes.burst(players))
    assert (asked, answered, status) == (12, 12, 200)
    assert 2 < started <= 12


def test_requests_in_turn_start_nothing(players: Players) -> None:
    players.sender.burst(TrafficRequest(kind="status"), host=players.host)
    assert (
        app_scenes.reuse(players).play()
        == "15 requests in turn were served by 1 container, and no containers had to start."
    )


def test_work_after_the_answer_waits_for_the_next_request_or_is_lost(players: Players) -> None:
    result = app_scenes.freeze(players).play()
    done_ms = re.search(r"done ([\d,]+) ms after the answer", result)
    assert done_ms
    assert int(done_ms[1].replace(",", "")) >= 1500
    assert "When its container was ended, it was lost." in result


def test_pools_times_containers_are_too_many_for_the_origin(players: Players) -> None:
    containers, pool, product, accepted, failed, open_ = numbers(limit_scenes.pools(players, containers=3, pool=40))
    assert (containers, pool, product) == (3, 40, 120)
    assert accepted == 100
    assert failed == 20
    assert open_ == 100


def test_callers_above_the_concurrency_are_refused_unless_they_try_again(players: Players) -> None:
    callers, lost, lost_with_retries, refusals = numbers(limit_scenes.throttle(players))
    assert (callers, lost_with_retries) == (25, 0)
    assert 0 < lost <= 20
    assert refusals > 0


def test_a_deploy_under_load_fails_no_request_and_both_releases_serve(players: Players) -> None:
    count, failed, served_1, release_1, served_2, release_2 = numbers(release_scene.deploy(players))
    assert (count, failed, release_1, release_2) == (80, 0, 1, 2)
    assert served_1 > 0
    assert served_2 > 0
    assert served_1 + served_2 == 80


def test_a_function_for_each_route_has_containers_of_its_own_under_the_same_traffic(players: Players) -> None:
    scene = side_by_side.side_by_side(players, deploy=small_layouts.deploy, rate=20.0)
    assert script.SCENES[scene.name] is side_by_side.side_by_side
    one, many = scene.lanes
    before = len(players.lab.timeline.news(0).requests)
    result = scene.play()
    sent = players.lab.timeline.news(0).requests[before:]
    assert {each.status for each in sent} == {200}
    in_one, in_many = (Counter(each.title for each in sent if each.function in lane.functions) for lane in (one, many))
    assert in_one == in_many
    assert set(in_one) == set(side_by_side.KINDS)
    assert {each.function for each in sent} == {*one.functions, *many.functions}
    said = re.fullmatch(
        r"one function: (\d+) containers?, (\d+) of 36 requests cold, the longest wait [\d,]+ ms; "
        r"a function for each route: (\d+) containers, (\d+) of 36 requests cold, the longest wait [\d,]+ ms\.",
        result,
    )
    assert said
    started, cold, started_many, cold_many = map(int, said.groups())
    assert (started, started_many) == (cold, cold_many), "each container was cold once"
    assert started_many >= len(many.functions) == 6


def test_the_recorded_tour_has_the_words_of_the_scenes() -> None:
    run = recorded_run.read(ROOT / "lab" / "tour.json")
    recorded = {each.scene: (each.title, each.sentence) for each in run.captions}
    assert list(recorded) == list(script.SCENES)
    with tour() as players:
        made = [make(players) for name, make in script.SCENES.items() if name != "side-by-side"]
        made.append(side_by_side.side_by_side(players, deploy=small_layouts.deploy))
    assert {scene.name: (scene.title, scene.sentence) for scene in made} == recorded


def test_every_request_of_a_scene_is_on_the_page(players: Players) -> None:
    news = players.lab.timeline.news(0)
    assert {each.request for each in news.served} <= {each.request for each in news.requests} | {""}


def test_a_scene_that_there_is_not_is_named(players: Players) -> None:
    with pytest.raises(SetupError, match="there is no scene 'nowhere'; expected some of burst, "):
        script.scenes(players.lab, ["nowhere"])
