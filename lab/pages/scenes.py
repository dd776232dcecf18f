"""Scenes that the live page can play: each shows one thing about Lambda, and says in a sentence what came of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence

import msgspec


class Lane(msgspec.Struct, frozen=True):
    """A part of the page for some functions, so that they can be compared; ``title`` says which."""

    title: str
    functions: tuple[str, ...]


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """One scene: ``sentence`` says what to look at, ``play`` does it and returns what came of it."""

    name: str
    title: str
    sentence: str
    play: Callable[[], str]
    lanes: tuple[Lane, ...] = ()


class Caption(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A scene that was played, in seconds of the timeline; ``ended`` is None while it plays."""

    began: float
    ended: float | None = None
    scene: str
    title: str
    sentence: str
    result: str = ""
    lanes: tuple[Lane, ...] = ()


class SceneRunner:
    """Plays one scene at a time; ``now`` is the timeline's clock."""

    def __init__(self, scenes: Sequence[Scene], now: Callable[[], float]) -> None:
        self.scenes = scenes
        self.captions: list[Caption] = []
        self._now = now
        self._playing = threading.Lock()

    def start(self, name: str) -> bool:
        """Play a scene in a thread; return False when one plays already or there is none of this name."""
        scene = next((scene for scene in self.scenes if scene.name == name), None)
        if scene is None or not self._playing.acquire(blocking=False):
            return False
        threading.Thread(target=self._play_and_release, args=(scene,), name=f"scene-{name}", daemon=True).start()
        return True

    def play(self, scene: Scene) -> Caption:
        """Play a scene to its end; what it raises is raised, and said in its caption."""
        caption = Caption(
            began=self._now(), scene=scene.name, title=scene.title, sentence=scene.sentence, lanes=scene.lanes
        )
        self.captions.append(caption)
        try:
            caption.result = scene.play()
        except Exception as exc:
            caption.result = f"The scene stopped: {exc}"
            raise
        finally:
            caption.ended = self._now()
        return caption

    def _play_and_release(self, scene: Scene) -> None:
        try:
            # the caption says what went wrong
            with contextlib.suppress(Exception):
                self.play(scene)
        finally:
            self._playing.release()
