"""Checks a finished package: size, required and forbidden files, bytecode, shared libraries."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from infra.package import archive, bytecode, lambda_runtime
from infra.package.bundle import opened_bundle
from infra.package.elf import dependencies, is_elf, machine

_REQUIRED: Final = (
    *("wsgi.py", "app/__init__.py", "NOTICE"),
    *("flask/__init__.pyc", "apig_wsgi/__init__.pyc", "PIL/Image.pyc", "pi_heif/__init__.pyc"),
)
# Lambda provides boto3; the rest is for development and deployment only.
_FORBIDDEN_TOP_LEVEL: Final = {
    *("boto3", "botocore", "s3transfer", "lab", "bench", "measurement", "docs", "infra", "zappa", "pip", "setuptools"),
    *("bin", "var", "build", "dist", "node_modules", "zappa_settings.json", "zappa_settings.py", "package_info.json"),
}
_PRIVATE_NAME: Final = re.compile(r"\..+|id_rsa.*|id_ed25519.*|secret|.*\.(key|p12|pfx|sqlite3?|log)")
# `re` skips to the character that each begins with; a look-behind in front would have it try every byte
_PRIVATE_KEYS: Final = (
    re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(rb"A(?<![A-Za-z0-9/+]A)(?:KI|SI)A[A-Z0-9]{16}(?![A-Za-z0-9/+])"),
)
# Libraries that Lambda provides outside the package.
_SYSTEM_LIBRARY: Final = re.compile(r"(lib(c|m|dl|rt|pthread|z|stdc\+\+|gcc_s)|ld-linux-(x86-64|aarch64))\.so\.\d+")


class Audit(msgspec.Struct, frozen=True):
    """Sizes in bytes, the ten largest members (name, unpacked, zipped), and one line for each problem."""

    zipped: int
    unpacked: int
    largest: tuple[tuple[str, int, int], ...]
    problems: tuple[str, ...]

    def __str__(self) -> str:
        rows = [f"{unpacked:>10,} {zipped:>10,}  {name}" for name, unpacked, zipped in self.largest]
        sizes = f"{self.zipped:,} bytes zipped, {self.unpacked:,} unpacked; largest members (unpacked, zipped):"
        return "\n".join([sizes, *rows])


def audit(path: Path, *, tag: str, magic: str, architecture: str = lambda_runtime.X86_64) -> Audit:
    """Check the package at ``path``, for an architecture and a Python's bytecode ``tag`` and ``magic`` (hex)."""
    with zipfile.ZipFile(path) as opened:
        entries = opened.infolist()
        files = opened_bundle({entry.filename: opened.read(entry) for entry in entries}, tag)
    largest = sorted(entries, key=lambda entry: (-entry.file_size, entry.filename))[:10]
    zipped = path.stat().st_size
    unpacked = sum(entry.file_size for entry in entries)
    return Audit(
        zipped,
        unpacked,
        tuple((entry.filename, entry.file_size, entry.compress_size) for entry in largest),
        (
            *_size_problems(zipped, unpacked),
            *_entry_problems(entries),
            *_name_problems(files),
            *(f"{name}: holds a private key" for name, data in files.items() if _has_private_key(data)),
            *bytecode.problems(files, tag=tag, magic=magic),
            *_library_problems(files, lambda_runtime.MACHINES[architecture]),
        ),
    )


def _size_problems(zipped: int, unpacked: int) -> list[str]:
    limits = (("zipped", zipped, lambda_runtime.MAX_ZIPPED), ("unpacked", unpacked, lambda_runtime.MAX_UNPACKED))
    return [f"{size:,} bytes {state} are more than {most:,}" for state, size, most in limits if size > most]


def _entry_problems(entries: list[zipfile.ZipInfo]) -> list[str]:
    names = [entry.filename for entry in entries]
    found = [] if names == sorted(set(names)) else ["members are not sorted, or not unique"]
    expected = (archive.DATE, archive.MODE << 16)
    differing = [entry.filename for entry in entries if (entry.date_time, entry.external_attr) != expected]
    return found + [f"{name}: has a date or mode of its own" for name in differing]


def _name_problems(files: Mapping[str, bytes]) -> list[str]:
    found = [f"{name}: missing" for name in _REQUIRED if name not in files]
    return found + [f"{name}: does not belong in the package" for name in files if _is_forbidden(name)]


def _is_forbidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    top = parts[0].split("-")[0].lower() if parts[0].endswith(".dist-info") else parts[0]
    return top in _FORBIDDEN_TOP_LEVEL or "tests" in parts or any(_PRIVATE_NAME.fullmatch(part) for part in parts)


def _has_private_key(data: bytes) -> bool:
    return any(key.search(data) for key in _PRIVATE_KEYS)


def _library_problems(files: Mapping[str, bytes], expected: str) -> list[str]:
    bundled = {PurePosixPath(name).name for name in files}
    found: list[str] = []
    for name, data in files.items():
        if not is_elf(data):
            continue
        if (found_machine := machine(data)) != expected:
            found.append(f"{name}: is for {found_machine}, not for {expected}")
            continue
        needed = dependencies(data)
        newer = [version for version in needed.symbol_versions if lambda_runtime.lacks(version)]
        absent = [each for each in needed.libraries if each not in bundled and not _SYSTEM_LIBRARY.fullmatch(each)]
        found += [f"{name}: needs {version}, newer than the runtime's" for version in newer]
        found += [f"{name}: needs {library}, which is not there" for library in absent]
    return found
