"""The Lambda runtime the package is built for, and the size limits the package must keep."""

from __future__ import annotations

import re
from typing import Final

NAME: Final = "python3.13"
PYTHON: Final = (3, 13)
# names of the architectures in Lambda's API, which Zappa's setting "architecture" takes, and in wheels
MACHINES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}
X86_64: Final = "x86_64"

# Distributions that the runtime provides, and the package therefore leaves out: boto3 and what it needs.
# urllib3 ships all the same, because requests needs it too.
PROVIDED: Final = ("boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six")

# Where Lambda unpacks the zip. Bytecode contains these paths, so that tracebacks name real files.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
TASK_ROOT: Final = "/var/task"

# The newest symbol versions in Amazon Linux 2023: glibc 2.34, and the C++ runtime of gcc 11.
# https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html
# https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html
NEWEST_SYMBOLS: Final = {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (11, 0, 0)}

MAX_ZIPPED: Final = 9_600_000
MAX_UNPACKED: Final = 32_000_000

_SYMBOL_VERSION: Final = re.compile(r"([A-Z]+)_([0-9.]+)")


def lacks(version: str) -> bool:
    """Return whether a symbol version such as ``GLIBC_2.38`` is missing from the runtime's system libraries.

    Versions of other libraries (``LIBTIFF_4.0``) come with the package and are never missing.
    """
    found = _SYMBOL_VERSION.fullmatch(version)
    if not found or found[1] not in NEWEST_SYMBOLS:
        return False
    return tuple(int(part) for part in found[2].split(".")) > NEWEST_SYMBOLS[found[1]]


def wheel_platforms(architecture: str = X86_64) -> list[str]:
    """Return the platform tags of the wheels that the runtime can load, newest first.

    https://peps.python.org/pep-0600/
    """
    machine = MACHINES[architecture]
    versioned = [f"manylinux_2_{minor}_{machine}" for minor in range(NEWEST_SYMBOLS["GLIBC"][1], 4, -1)]
    return [*versioned, *(f"{legacy}_{machine}" for legacy in ("manylinux2014", "manylinux2010", "manylinux1"))]
