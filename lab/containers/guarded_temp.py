"""The temporary files of a command, which are removed even when it is killed."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.containers.guardian import Guardian


@contextmanager
def guarded_temp() -> Iterator[None]:
    """Let this process and those it starts make their temporary files in a directory that a guardian removes.

    The guardian also kills whatever still uses the directory then.
    """
    before, outer = os.environ.get("TMPDIR"), tempfile.gettempdir()
    directory = Path(outer).resolve() / f"lab-{secrets.token_hex(8)}"
    # it knows the directory before there is one, so that no moment is left to be killed in
    guardian = Guardian(directory)
    try:
        directory.mkdir(mode=0o700)
        os.environ["TMPDIR"] = tempfile.tempdir = str(directory)
        yield
    finally:
        tempfile.tempdir = outer
        os.environ.pop("TMPDIR", None)
        if before is not None:
            os.environ["TMPDIR"] = before
        guardian.close()
