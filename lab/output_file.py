"""The file of an output option: checked before long work, written at its end."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, redirect_stdout, suppress
from pathlib import Path
from types import TracebackType
from typing import Final

from lab.file_checks import as_setup_errors, expect_writable
from measurement.writable import write_whole

_STDOUT: Final = 1
_STDERR: Final = 2


class OutputFile:
    """A file that gets one text; a context manager, which raises SetupError when the file cannot be written.

    A regular file, or one that is not there yet, stays as it is until ``write``, which replaces it whole. A pipe or a
    device is opened when the block begins and closed when it ends, as by a shell's ``>``: a pipe waits for a reader
    there, and the reader sees its end however the command ends. While the file is standard output, what is printed
    goes to standard error.
    """

    def __init__(self, path: Path, option: str = "", *, make_parents: bool = False) -> None:
        self.path = path
        self.option = option
        self._make_parents = make_parents
        self._handle: int | None = None
        self._stack = ExitStack()

    @property
    def is_regular(self) -> bool:
        """Return whether the file can be read and replaced; only within the block."""
        return self._handle is None

    def write(self, text: str | bytes) -> None:
        """Write the only text; raise SetupError."""
        data = text.encode() if isinstance(text, str) else text
        with as_setup_errors(self.path, self.option):
            if self._handle is None:
                write_whole(self.path, data)
                return
            sys.stdout.flush()
            with os.fdopen(os.dup(self._handle), "wb") as opened:
                opened.write(data)

    def __enter__(self) -> OutputFile:
        with as_setup_errors(self.path, self.option):
            self._handle = self._opened()
        if self._handle is None:
            expect_writable(self.path, self.option, make_parents=self._make_parents)
        else:
            self._stack.callback(os.close, self._handle)
            if _is_open_as(_STDOUT, self.path):
                self._stack.enter_context(redirect_stdout(sys.stderr))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _opened(self) -> int | None:
        """Return a handle of what is no regular file, or is open as a standard stream; None of any other file."""
        for stream in (_STDOUT, _STDERR):
            if _is_open_as(stream, self.path):
                # opened anew it would have a position of its own, and one would write over the other
                return os.dup(stream)
        if not self.path.exists() or self.path.is_file():
            return None
        return os.open(self.path, os.O_WRONLY | os.O_NOCTTY)


def _is_open_as(stream: int, path: Path) -> bool:
    with suppress(OSError):
        return os.path.samestat(os.fstat(stream), path.stat())
    return False
