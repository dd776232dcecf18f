"""Checks of the files and directories that options name; what is wrong with one is a SetupError."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import SetupError
from measurement.json_value import UnexpectedJson
from measurement.writable import try_to_write


def expect_writable(path: Path, option: str = "", *, make_parents: bool = False) -> None:
    """Raise SetupError when the regular file of an option cannot be written; leave it as it is."""
    with as_setup_errors(path, option):
        if make_parents:
            path.parent.mkdir(parents=True, exist_ok=True)
        try_to_write(path)


def expect_directory(path: Path, option: str = "") -> None:
    """Make the directory of an option; raise SetupError when it cannot be made, or no file be written in it."""
    with as_setup_errors(path, option):
        path.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()


@contextmanager
def as_setup_errors(path: Path, option: str = "", expected: str = "") -> Iterator[None]:
    """Turn an OSError, or JSON that is not what ``expected`` says, into a SetupError.

    It names the file and its option.
    """
    name = f"{option}: {path}" if option else str(path)
    try:
        yield
    except OSError as exc:
        raise SetupError(f"{name}: {exc.strerror}") from exc
    except UnexpectedJson as exc:
        raise SetupError(f"{name}: expected {expected}: {exc}") from exc
