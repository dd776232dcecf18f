"""Two releases of a small function, and the two ways of deploying them through the Lambda API."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any, Final

import msgspec

from lab.experiments.support.polling import wait_until
from lab.experiments.support.workbench import FUNCTIONS

FUNCTION: Final = "live"
OLD, NEW = "release 1", "release 2"
CODE, ALIAS = "new code", "alias"

_UPDATE_TIMEOUT_S: Final = 60.0

Step = Callable[[Any], object]


class ReleaseSteps(msgspec.Struct, frozen=True):
    """How a release goes live: the qualifier that clients call, and the two steps, which get the Lambda client."""

    qualifier: str
    deploy: Step
    rollback: Step


def deploy_first(client: Any, way: str) -> ReleaseSteps:
    """Deploy the first release, and return the steps that deploy the second one and roll it back."""
    if way == CODE:
        _update_code(client, OLD)
        return ReleaseSteps("", lambda client: _update_code(client, NEW), lambda client: _update_code(client, OLD))
    old, new = (_update_code(client, release, publish=True)["Version"] for release in (OLD, NEW))
    client.create_alias(FunctionName=FUNCTION, Name="prod", FunctionVersion=old)
    return ReleaseSteps("prod", lambda client: _point(client, new), lambda client: _point(client, old))


def wait_until_updated(client: Any) -> None:
    """Wait until LastUpdateStatus is Successful, as deployment tools do; raise RuntimeError when it takes a minute."""

    def is_updated() -> bool:
        found = client.get_function_configuration(FunctionName=FUNCTION)
        return bool(found["LastUpdateStatus"] == "Successful")

    wait_until(is_updated, "the end of the update", within_s=_UPDATE_TIMEOUT_S, interval_s=0.01)


def _update_code(client: Any, release: str, *, publish: bool = False) -> Any:
    wait_until_updated(client)
    return client.update_function_code(FunctionName=FUNCTION, ZipFile=_package(release), Publish=publish)


def _point(client: Any, version: str) -> object:
    return client.update_alias(FunctionName=FUNCTION, Name="prod", FunctionVersion=version)


def _package(release: str) -> bytes:
    """Return the zip of a release, with the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.write(FUNCTIONS / "released.py", "released.py")
        archive.writestr(zipfile.ZipInfo("release.txt"), release)
    return out.getvalue()
