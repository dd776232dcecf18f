"""The errors of the lab.

LabError
├── SetupError        the lab cannot start: handler, package, port, options
├── Throttled         no concurrency left, or too many requests a second
├── TooLarge          the event exceeds a payload limit
└── Failure           the container did not answer
    ├── InitError     the function could not be loaded
    ├── Exited        the process ended
    └── Timeout       no answer in time
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measurement.json_value import UnexpectedJson


class LabError(Exception):
    """An error that the command line reports without a traceback."""


class SetupError(LabError):
    """The lab cannot start; the message says what to change."""


class Throttled(LabError):
    """No concurrency is left, or the rate is too high; ``reason`` is Lambda's name for the limit."""

    def __init__(self, reason: str) -> None:
        super().__init__("Rate Exceeded.")
        self.reason = reason


class TooLarge(LabError):
    """The event exceeds a payload limit."""


class Failure(LabError):
    """The container did not answer."""


class InitError(Failure):
    """The runtime could not load the function; the message is the runtime's JSON report."""

    def __init__(self, report: str, error_type: str = "Runtime.Unknown") -> None:
        super().__init__(report)
        self.error_type = error_type


class Exited(Failure):
    """The process ended; the message says how, in Lambda's wording."""


class Timeout(Failure):
    """The function did not answer in time."""


def expect_writable(path: Path, option: str = "", *, make_parents: bool = False) -> None:
    """Raise SetupError when the regular file of an option cannot be written; leave it as it is."""
    with naming(path, option):
        was_there = path.exists()
        if make_parents:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    if not was_there:
        # of a link, what it points to: that was created, and the link stays
        Path(os.path.realpath(path)).unlink()


def expect_directory(path: Path, option: str = "") -> None:
    """Make the directory of an option; raise SetupError when it cannot be made, or no file be written in it."""
    with naming(path, option):
        path.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()


@contextmanager
def naming(path: Path, option: str = "", expected: str = "") -> Iterator[None]:
    """Raise SetupError with the name of the file, and of its option, for what prevents its use.

    That is the system, which refuses to read or write it, or other JSON in it than ``expected`` says.
    """
    name = f"{option}: {path}" if option else str(path)
    try:
        yield
    except OSError as exc:
        raise SetupError(f"{name}: {exc.strerror}") from exc
    except UnexpectedJson as exc:
        raise SetupError(f"{name}: expected {expected}: {exc}") from exc
