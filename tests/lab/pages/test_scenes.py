"""Scenes: one at a time, each with a caption that says what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count

import pytest

from lab.pages.scenes import Scene, SceneRunner
from tests.support.waiting import wait_until


def scene(name: str, play: Callable[[], str]) -> Scene:
    return Scene(name=name, title=name.title(), sentence="Look.", play=play)


def runner(*scenes: Scene) -> SceneRunner:
    times = count()
    return SceneRunner(scenes, lambda: float(next(times)))


def test_a_scene_leaves_a_caption() -> None:
    played = runner(scene("one", lambda: "It came."))
    played.play(played.scenes[0])
    (caption,) = played.captions
    assert (caption.title, caption.result, caption.began, caption.ended) == ("One", "It came.", 0.0, 1.0)


def test_only_one_scene_plays_at_a_time() -> None:
    go_on = threading.Event()
    played = runner(scene("slow", lambda: str(go_on.wait(20))), scene("other", lambda: ""))
    assert played.start("slow")
    assert not played.start("other")
    go_on.set()
    wait_until(lambda: played.start("other"))
    assert [caption.scene for caption in played.captions] == ["slow", "other"]
    assert not played.start("nowhere")


def test_a_scene_that_fails_says_so_and_lets_the_next_one_play() -> None:
    def fail() -> str:
        raise RuntimeError("no curtain")

    played = runner(scene("bad", fail))
    with pytest.raises(RuntimeError):
        played.play(played.scenes[0])
    assert played.start("bad")
    wait_until(lambda: len(played.captions) == 2 and played.captions[1].ended is not None)
    assert {caption.result for caption in played.captions} == {"The scene stopped: no curtain"}
    wait_until(lambda: played.start("bad"))
