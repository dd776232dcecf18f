"""Scenes of one container after another: a burst, reuse, and work that is lost in the freeze."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import msgspec

from lab.experiments.support.polling import becomes_true
from lab.pages.scenes import Scene
from lab.pages.traffic import TrafficRequest
from lab.tour.players import TIMEOUT_S, Players, plural

_AT_ONCE: Final = 12
_IN_TURN: Final = 15
_PAUSE_S: Final = 0.1
_STATUS: Final = TrafficRequest(kind="status")
_WORK_S: Final = 0.4
_GAP_S: Final = 1.5
_LATER: Final = "later"


def burst(players: Players) -> Scene:
    """Return the scene of many requests at one moment."""

    def play() -> str:
        players.end_containers()
        mark = players.mark()
        asked = msgspec.structs.replace(_STATUS, count=_AT_ONCE)
        statuses = players.sender.burst(asked, host=players.host)
        started, _ = players.containers_since(mark)
        return f"{_AT_ONCE} requests at one moment started {plural(started)}; {statuses[200]} were answered with 200."

    return Scene(
        name="burst",
        title="A burst",
        sentence=f"{_AT_ONCE} people ask at the same moment, and since a container serves one request at a time, "
        "Lambda has to start one for each of them (green) before it can serve (orange).",
        play=play,
    )


def reuse(players: Players) -> Scene:
    """Return the scene of requests in turn."""

    def play() -> str:
        mark = players.mark()
        for _ in range(_IN_TURN):
            players.sender.burst(_STATUS, host=players.host)
            time.sleep(_PAUSE_S)
        started, served = players.containers_since(mark)
        return f"{_IN_TURN} requests in turn were served by {plural(served)}, and {plural(started)} had to start."

    return Scene(
        name="reuse",
        title="Reuse",
        sentence=f"{_IN_TURN} requests, one after the other, all fit into the container that was used last, so nothing "
        "has to start, and the others stay frozen (grey) at no cost.",
        play=play,
    )


def freeze(players: Players) -> Scene:
    """Return the scene of a thread that outlives its answer."""
    directory = players.workbench.directory
    name = players.add(players.workbench.function("deferring.handler", name=_LATER, file_systems=(directory,)))

    def play() -> str:
        return (
            f"The work takes {1000 * _WORK_S:.0f} ms. {_late(players, name)} {_lost(players, name)} "
            "What has to be done belongs before the answer, or into an invocation of its own."
        )

    return Scene(
        name="freeze",
        title="Work lost in the freeze",
        sentence="A function answers and leaves work to a thread, but its container is frozen right after the answer "
        "(purple, then grey), so the thread stands still until the next request, if there is one.",
        play=play,
    )


def _leave_work(players: Players, name: str, file: str) -> Path:
    """Let a function answer before its work, and return the file that is there when the work is done."""
    note = players.workbench.directory / file
    note.unlink(missing_ok=True)
    players.invoke("leave work", name, {"do": "thread", "work_s": _WORK_S, "path": str(note)})
    return note


def _late(players: Players, name: str) -> str:
    """Leave work, send the next request after a while, and say when the work was done."""
    note = _leave_work(players, name, "late")
    answered = time.time()
    time.sleep(_GAP_S)
    players.invoke("next request", name, {"do": "wait", "wait_s": 2 * _WORK_S})
    if not becomes_true(lambda: note.exists() and note.read_text(), within_s=TIMEOUT_S):
        return "Even after the next request it was not done."
    done_ms = 1000 * (float(note.read_text()) - answered)
    return f"With the next request {_GAP_S:g} s later it was done {done_ms:,.0f} ms after the answer."


def _lost(players: Players, name: str) -> str:
    """Leave work, end the container before the next request, and say whether the work was done."""
    note = _leave_work(players, name, "lost")
    time.sleep(_GAP_S)
    players.end_containers(name)
    return "It was done without one as well." if note.exists() else "When its container was ended, it was lost."
