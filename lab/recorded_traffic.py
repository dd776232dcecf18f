"""Recorded traffic: requests as they went through the lab, for the simulation to draw times from and to replay."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from lab.errors import SetupError
from lab.file_checks import as_setup_errors
from measurement.json_text import json_text, rounded
from measurement.json_value import decoded

NotNegative = Annotated[float, Meta(ge=0)]


class Sample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request, in seconds since the recording began: when it was due, sent, and answered.

    ``status`` is 200, 500 for a function error, or 429 for a throttled request, which has no container.
    ``init_ms`` comes with a cold start; ``duration_ms`` is the invocation alone, without the wait for a container.
    """

    due: NotNegative
    began: NotNegative
    ended: NotNegative
    container: str = ""
    cold: bool = False
    status: int = 200
    function: str = ""
    init_ms: NotNegative | None = None
    duration_ms: NotNegative = 0.0

    def __post_init__(self) -> None:
        if self.ended < self.began:
            raise ValueError("expected ended not before began")

    @property
    def latency_ms(self) -> float:
        """Return how long the caller waited since the request was due, so that a late sender hides nothing."""
        return 1000 * (self.ended - self.due)


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """The samples of one experiment, empty ``name`` for none, and the limits of the lab that served them.

    ``idle_s`` is how long idle containers were kept, ``limit`` the account's concurrency.
    """

    name: str = ""
    idle_s: NotNegative = 300.0
    limit: Annotated[int, Meta(ge=1)] = 1000
    samples: tuple[Sample, ...]


def read(path: Path, option: str, *, idle_s: float = 300.0, limit: int = 1000) -> Recording:
    """Return the recording in a file; a plain list of samples gets the limits given here.

    Raises SetupError, naming the option and the file, when there is none in it.
    """
    with as_setup_errors(path, option, "a recording of `python -m lab run`"):
        found = decoded(path.read_bytes(), list[Sample] | Recording)
    recording = Recording(samples=tuple(found), idle_s=idle_s, limit=limit) if isinstance(found, list) else found
    if not recording.samples:
        raise SetupError(f"{option}: {path} holds no samples")
    return recording


def write(path: Path, recording: Recording) -> None:
    """Write the recording as JSON, one line per sample; containers keep a short id, as Docker shows it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = tuple(msgspec.structs.replace(each, container=each.container[:12]) for each in recording.samples)
    shortened = msgspec.structs.replace(recording, samples=samples)
    # seconds of a long run, to a hundredth of a millisecond
    path.write_text(json_text(rounded(msgspec.to_builtins(shortened), digits=8)), encoding="utf-8")
