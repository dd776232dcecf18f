"""The lab itself as a target: the probe function behind an Invoke API and each kind of gateway."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, get_args

import msgspec

from lab.account.function import Function
from lab.account.package import from_zip
from lab.local_lambda import ApiKind, LocalLambda, Options

NAME: Final = "probe"
HANDLER: Final = "probe_function.handler"
_MEMORY_MB: Final = 256
_TIMEOUT_S: Final = 3.0
# the waits between asynchronous retries are minutes on AWS
_RETRY_SCALE: Final = 0.001


def deployed(directory: Path) -> list[Function]:
    """Return the probe function as a zip makes it, with the sizes that the docs deploy it with."""
    archive = directory / "probe.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.write(Path(__file__).with_name("probe_function.py"), "probe_function.py")
    function = from_zip(archive, directory, handler=HANDLER, environment={}, memory_mb=_MEMORY_MB)
    return [msgspec.structs.replace(function, name=NAME, timeout_s=_TIMEOUT_S)]


@contextmanager
def own_labs() -> Iterator[list[LocalLambda]]:
    """Start a lab for each kind of gateway, and end them."""
    with ExitStack() as stack:
        options = (Options(api=kind, retry_scale=_RETRY_SCALE) for kind in get_args(ApiKind))
        yield [stack.enter_context(LocalLambda(deployed, each)) for each in options]
