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
