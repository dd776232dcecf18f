"""What a function can write to."""

from __future__ import annotations

from typing import Final

from lab.traits import MIB
from lab.validate.probe import GUIDE, LIFECYCLE, Probe
from lab.validate.probed_function import ProbedFunction

_TMP: Final = "/tmp"  # noqa: S108
# a file system has a few blocks more or fewer than the size it was made with
_TOLERANCE: Final = 0.1


def _temp(function: ProbedFunction) -> str:
    return _TMP if function.facts["temp"] == _TMP else "another directory"


def _temp_size(function: ProbedFunction) -> str:
    size = int(function.configuration.get("EphemeralStorage", {}).get("Size", 512))
    limited = abs(function.facts["temp_bytes"] / MIB / size - 1) < _TOLERANCE
    return "as configured" if limited else "not limited to it"


def _writable(function: ProbedFunction) -> str:
    return ", ".join(function.facts["writable"]) or "none"


def _package(function: ProbedFunction) -> str:
    return "writable" if function.facts["package_writable"] else "read-only"


def _semaphores(function: ProbedFunction) -> str:
    return "works" if function.facts["semaphores"] else "fails"


PROBES: Final[tuple[Probe[ProbedFunction], ...]] = (
    Probe(trait="temp directory", documented=_TMP, source=LIFECYCLE, look=_temp),
    Probe(
        trait="size of the temp directory",
        documented="as configured",
        source=f"{GUIDE}/configuration-ephemeral-storage.html",
        look=_temp_size,
    ),
    Probe(
        trait="writable of /, /dev/shm, /tmp, /var/tmp",
        documented=_TMP,
        source=f"{GUIDE}/configuration-ephemeral-storage.html",
        look=_writable,
    ),
    Probe(
        trait="package", documented="read-only", source=f"{GUIDE}/configuration-ephemeral-storage.html", look=_package
    ),
    Probe(
        trait="multiprocessing.Lock",
        documented="fails",
        source="https://aws.amazon.com/blogs/compute/parallel-processing-in-python-with-aws-lambda/",
        look=_semaphores,
    ),
)
