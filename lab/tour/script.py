"""The scenes of the tour in their order, and the lab that they are played in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from lab.account.app_settings import app_settings
from lab.account.function import Function
from lab.account.package import from_tree
from lab.errors import SetupError
from lab.local_lambda import LocalLambda
from lab.pages.scenes import Scene
from lab.tour import app_scenes, limit_scenes, release_scene, side_by_side
from lab.tour.players import Players
from lab.traits import VCPU_MB

APP: Final = "monolambda"

# makes a scene, which may take the time to build what it needs
MakeScene = Callable[[Players], Scene]

SCENES: Final[Mapping[str, MakeScene]] = {
    "burst": app_scenes.burst,
    "reuse": app_scenes.reuse,
    "freeze": app_scenes.freeze,
    "pools": limit_scenes.pools,
    "throttle": limit_scenes.throttle,
    "deploy": release_scene.deploy,
    "side-by-side": side_by_side.side_by_side,
}


def app(environ: Mapping[str, str], directory: Path) -> Function:
    """Return the app of this tree as a function, with storage in ``directory``."""
    settings = app_settings(environ, directory)
    made = from_tree(handler="wsgi.handler", environment=settings, memory_mb=VCPU_MB)
    return msgspec.structs.replace(made, name=APP, timeout_s=120.0)


def scenes(lab: LocalLambda, names: Sequence[str]) -> list[Scene]:
    """Return the scenes of these names, or all; raise SetupError for a name that there is not."""
    unknown = [name for name in names if name not in SCENES]
    if unknown:
        raise SetupError(f"there is no scene {unknown[0]!r}; expected some of {', '.join(SCENES)}")
    players = Players(lab)
    return [make(players) for name, make in SCENES.items() if name in names or not names]
