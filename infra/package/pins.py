"""The pinned distributions of a requirements file, which `make lock` writes: versions, markers and hashes.

The format: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from packaging.markers import Marker
from packaging.requirements import Requirement

from infra.package import lambda_runtime


class Pin(msgspec.Struct, frozen=True):
    """One distribution in one version, for the machines that ``marker`` names, with the hashes of its files."""

    name: str
    specifier: str
    marker: Marker | None
    hashes: tuple[str, ...]

    @property
    def line(self) -> str:
        """Return the line that lets pip install these files and no others, on any machine."""
        return " ".join((f"{self.name}{self.specifier}", *self.hashes))


def read(requirements: str) -> Iterator[Pin]:
    """Yield the pins in the text of a requirements file."""
    for line in requirements.replace("\\\n", " ").splitlines():
        text = line.partition(" #")[0].strip()
        if text and not text.startswith("#"):
            pinned, *hashes = text.split(" --hash=")
            found = Requirement(pinned)
            yield Pin(
                found.name, str(found.specifier), found.marker, tuple(f"--hash={each.strip()}" for each in hashes)
            )


def for_lambda(requirements: str, architecture: str) -> list[Pin]:
    """Return the pins that the runtime needs: pip would evaluate their markers for the machine that builds.

    https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
    """
    version = "{}.{}".format(*lambda_runtime.PYTHON)
    target = {
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": lambda_runtime.MACHINES[architecture],
        "python_version": version,
        "python_full_version": f"{version}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return [pin for pin in read(requirements) if pin.marker is None or pin.marker.evaluate({**target})]
