"""Where a function's code comes from: a zip, unpacked for the lab alone, or this project's own tree."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lab.accounts.function import Function
from lab.errors import SetupError

PROJECT: Final = Path(__file__).resolve().parents[2]
# what Lambda's Python runtime carries itself: its client, and boto3 with what boto3 needs
_RUNTIME: Final = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
_SDK: Final = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")


def from_tree(root: Path = PROJECT, *, handler: str, environment: Mapping[str, str], memory_mb: int) -> Function:
    """Return a function that runs a directory with this Python and everything installed in it."""
    return Function(
        package=root,
        python=Path(sys.executable),
        runtime_client=_location("awslambdaric").parent,
        handler=handler,
        memory_mb=memory_mb,
        environment=environment,
    )


def from_zip(
    archive: Path, directory: Path, *, handler: str, environment: Mapping[str, str], memory_mb: int
) -> Function:
    """Return a function that runs a zip with this Python and nothing but what Lambda would add.

    Raises SetupError when the zip is missing or is none.
    """
    try:
        data = archive.read_bytes()
    except OSError as exc:
        raise SetupError(f"{archive}: {exc.strerror}: no package there") from exc
    return Function(
        package=unpack(data, directory / "packages"),
        python=Path(sys.executable),
        runtime_client=runtime_directory(directory / "runtime"),
        handler=handler,
        memory_mb=memory_mb,
        environment=environment,
        flags=("-S",),
        code=digest(data),
    )


def unpack(data: bytes, directory: Path) -> Path:
    """Return the directory a zip was unpacked into, one for each content; raise SetupError when it is none."""
    target = directory / digest(data)
    target.mkdir(parents=True, exist_ok=True)
    archive = target.with_suffix(".zip")
    archive.write_bytes(data)
    try:
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(target)
    except (zipfile.BadZipFile, OSError, RuntimeError) as exc:
        raise SetupError(f"the package cannot be unpacked: {exc}") from exc
    finally:
        archive.unlink()
    return target


def digest(data: bytes) -> str:
    """Return the name of a package's content."""
    return hashlib.sha256(data).hexdigest()


def runtime_directory(directory: Path) -> Path:
    """Return a stand-in for /var/runtime: AWS's client and SDK, and nothing else that is installed here."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in (*_RUNTIME, *_SDK):
        if importlib.util.find_spec(name) is None and name in _SDK:
            continue
        source = _location(name)
        link = directory / source.name
        if not link.exists():
            link.symlink_to(source)
    return directory


def _location(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SetupError(f"{name} is not installed: the lab needs requirements-dev.txt")
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin
