"""Small functions in the place of the app's two layouts, for the scene that compares them."""

from __future__ import annotations

from collections.abc import Sequence

from lab.experiments.support.layouts import route_name
from lab.tour.players import Players
from lab.tour.side_by_side import KINDS, ONE


def deploy(players: Players) -> Sequence[str]:
    """Deploy functions that answer whatever they are asked; the ids are of no images."""
    for name in (ONE, *map(route_name, KINDS)):
        players.add(players.workbench.function("waiting.proxy", name=name))
    return ["0" * 32]
