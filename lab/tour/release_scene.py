"""The scene of a new release while requests arrive."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Final

from lab.containers.outcomes import Outcome
from lab.experiments.support.invocations import result
from lab.experiments.support.load import play as play_load
from lab.experiments.support.load import steady
from lab.experiments.support.releases import ALIAS, FUNCTION, NEW, OLD, deploy_first
from lab.invoke_api.client import lambda_client
from lab.pages.scenes import Scene
from lab.tour.players import Players

_RATE: Final = 20.0
_SECONDS: Final = 4.0
_DEPLOY_AT_S: Final = 1.5
_WAIT_S: Final = 0.1


def deploy(players: Players) -> Scene:
    """Return the scene of an alias that is pointed to a new version under load."""
    players.add(players.workbench.function("released.handler", name=FUNCTION))
    client = lambda_client(FUNCTION, players.lab.invoke_url)
    steps = deploy_first(client, ALIAS)

    def play() -> str:
        steps.rollback(client)

        def call(number: int) -> Outcome:
            return players.invoke("ask", FUNCTION, {"wait_s": _WAIT_S}, steps.qualifier)

        timer = threading.Timer(_DEPLOY_AT_S, lambda: steps.deploy(client))
        timer.start()
        sent = play_load(steady(_RATE, _SECONDS), call, function=FUNCTION)
        timer.join()
        answered = [each.outcome for each in sent if each.outcome and not each.outcome.error_type]
        releases = Counter(result(outcome)["release"] for outcome in answered)
        return (
            f"{len(sent)} requests, {len(sent) - len(answered)} failed: {releases[OLD]} were served by release 1, and "
            f"{releases[NEW]} by release 2, in containers of its own."
        )

    return Scene(
        name="deploy",
        title="A deploy under load",
        sentence=f"{_RATE:.0f} requests a second ask for an alias, a name that stands for one version of a function, "
        "while it is pointed from version 1 to version 2; a container belongs to one version, so new ones have to "
        "start.",
        play=play,
    )
