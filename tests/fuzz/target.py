"""One door to throw bytes at, and what it takes to open it."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from app.container import Container, open_backends
from app.core.config import Platform, Settings
from app.runtime.log import Log
from app.sources import Fetcher
from tests.support.door import DeadLetterBox, Invocations

Check = Callable[[bytes], None]


class Target(msgspec.Struct, frozen=True):
    """``open`` returns a check, which may write below this directory and raises for input that shows a bug."""

    seeds: Callable[[], Sequence[bytes]]
    open: Callable[[Path], Check]


class OpenContainer:
    """A container that is open to the caller, reaches nothing outside this process, and shows what it logged."""

    def __init__(self, directory: Path, *, platform: Platform, **settings: Any) -> None:
        self._log = io.StringIO()
        given = Settings(storage=str(directory / "storage"), secret="s" * 32, deadline_s=10.0, **settings)
        backends = msgspec.structs.replace(
            open_backends(given, platform),
            fetcher=Fetcher(given, resolve=_loopback),
            invoker=Invocations(),
            dead_letters=DeadLetterBox(),
            queue=_NoQueue(),
            table_directory=directory,
        )
        self.container = Container(given, platform, log=Log("info", stream=self._log), backends=backends)

    def logged(self) -> str:
        """Return the log since the last call."""
        text = self._log.getvalue()
        self._log.seek(0)
        self._log.truncate()
        return text


class _NoQueue:
    """Takes jobs and runs none."""

    def submit(self, job_id: str) -> None:
        """Forget the job."""


def _loopback(host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
    """Resolve every name and address to this machine, where no source may live: nothing is ever connected to."""
    import socket

    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
