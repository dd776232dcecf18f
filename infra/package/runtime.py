"""Facts of the Lambda runtime that the package is built for, and the limits the package keeps."""

from __future__ import annotations

import re
from typing import Final

NAME: Final = "python3.13"
PYTHON: Final = (3, 13)
MACHINE: Final = "x86_64"

# Where Lambda unpacks the zip; bytecode carries these paths, so tracebacks name real files.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
TASK_ROOT: Final = "/var/task"

# What Amazon Linux 2023 carries: glibc 2.34, and the C++ runtime of gcc 11.
# https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html
# https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html
NEWEST: Final = {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (11, 0, 0)}

MAX_ZIPPED: Final = 7_500_000
MAX_UNPACKED: Final = 22_000_000

_VERSION = re.compile(r"([A-Z]+)_([0-9.]+)")


def lacks(version: str) -> bool:
    """Say whether the runtime's libraries do not define a symbol version such as ``GLIBC_2.38``.

    Versions of families that are not the system's (``LIBTIFF_4.0``) come with the package.
    """
    found = _VERSION.fullmatch(version)
    if not found or found[1] not in NEWEST:
        return False
    return tuple(int(part) for part in found[2].split(".")) > NEWEST[found[1]]


def wheel_platforms() -> list[str]:
    """Return every wheel tag that the runtime can load, newest first.

    https://peps.python.org/pep-0600/
    """
    perennial = [f"manylinux_2_{minor}_{MACHINE}" for minor in range(NEWEST["GLIBC"][1], 4, -1)]
    return [*perennial, *(f"{old}_{MACHINE}" for old in ("manylinux2014", "manylinux2010", "manylinux1"))]
