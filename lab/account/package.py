"""The source of a function's code: an unpacked zip, or a directory such as this project's."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

from lab.account.app_settings import storage_directories
from lab.account.function import Function
from lab.errors import SetupError
from measurement.stamps import ROOT

# what Lambda's Python runtime provides itself: its client, and boto3 with its dependencies
_RUNTIME: Final = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
_SDK: Final = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")


# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_UNZIPPED_BYTES: Final = 262_144_000
# zipfile unpacks others in pieces of any size: a kilobyte of bzip2 may be a gigabyte of memory
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class PackageTooLarge(SetupError):
    """The package is larger than Lambda's limit when it is unpacked."""


def from_tree(root: Path = ROOT, *, handler: str, environment: Mapping[str, str], memory_mb: int) -> Function:
    """Return a function that runs a directory with this Python and every package installed for it.

    Raises SetupError when AWS's runtime client is not among them.
    """
    return Function(
        package=root,
        python=Path(sys.executable),
        runtime_client=_location("awslambdaric").parent,
        handler=handler,
        memory_mb=memory_mb,
        environment=environment,
        file_systems=storage_directories(environment),
    )


def from_zip(
    archive: Path, directory: Path, *, handler: str, environment: Mapping[str, str], memory_mb: int
) -> Function:
    """Return a function that runs a zip with this Python and only the packages that Lambda's runtime adds.

    Raises SetupError when there is no such zip, or AWS's runtime client is not installed.
    """
    try:
        data = archive.read_bytes()
    except OSError as exc:
        raise SetupError(f"{archive}: {exc.strerror}: there is no package to run") from exc
    return Function(
        package=unpack(data, directory / "packages"),
        python=Path(sys.executable),
        runtime_client=runtime_directory(directory / "runtime"),
        handler=handler,
        memory_mb=memory_mb,
        environment=environment,
        file_systems=storage_directories(environment),
        flags=("-S",),
        code=digest(data),
    )


def unpack(data: bytes, directory: Path) -> Path:
    """Return the directory a zip is unpacked into, one per content.

    Raises SetupError if it is not a zip, and PackageTooLarge.
    """
    target = directory / digest(data)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            _unpack_whole(data, target)
    # ValueError for a name that is not the UTF-8 it claims to be
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as exc:
        raise SetupError(f"the package cannot be unpacked: {exc}") from exc
    return target


def _unpack_whole(data: bytes, target: Path) -> None:
    """Unpack beside the target, where containers may be loading from, unless another deployment was first."""
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary, zipfile.ZipFile(BytesIO(data)) as opened:
        copy = Path(temporary, "copy")
        copy.mkdir()
        _extract(opened, copy)
        try:
            copy.rename(target)
        except OSError:
            if not target.exists():
                raise


def _extract(archive: zipfile.ZipFile, target: Path) -> None:
    """Unpack a zip, refusing one whose directory adds up to AWS's limit or more; the directory may lie."""
    files = archive.infolist()
    if any(each.compress_type not in _METHODS for each in files):
        raise zipfile.BadZipFile("its compression is neither deflate nor none")
    if sum(each.file_size for each in files) >= _UNZIPPED_BYTES:
        raise PackageTooLarge(f"Unzipped size must be smaller than {_UNZIPPED_BYTES} bytes")
    # of each file zipfile unpacks no more than the directory says, and then finds that its checksum is another
    archive.extractall(target)


def digest(data: bytes) -> str:
    """Return the SHA-256 of a package in hex."""
    return hashlib.sha256(data).hexdigest()


def runtime_directory(directory: Path) -> Path:
    """Return a substitute for /var/runtime: AWS's client and SDK, and nothing else that is installed here."""
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
        raise SetupError(f"{name} is not installed, and the lab needs it to run a function: run `make setup`")
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin
