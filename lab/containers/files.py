"""What a container keeps while it lives: its temp directory and its log stream."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

TAIL_BYTES = 4096


class ContainerFiles:
    """A temp directory of its own, gone with the container, and a log that stays, as CloudWatch's does.

    Without ``root`` both live in a directory of their own that ``close`` removes.
    """

    def __init__(self, name: str, *, root: Path | None = None, private_temp: bool = True) -> None:
        self.name = name
        self._own = None if root else tempfile.TemporaryDirectory(prefix="container-")
        root = root or Path(self._own.name if self._own else "")
        self._private = private_temp
        self.temporary = root / "tmp" / (name if private_temp else "shared")
        self.temporary.mkdir(parents=True, exist_ok=True)
        self.log_path = root / "logs" / f"{name}.log"
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        # unbuffered and appending: the container writes to the same file, and lines must not tear
        self.log = self.log_path.open("ab", buffering=0)

    def write(self, *lines: str) -> None:
        """Append lines of the platform's own."""
        self.log.write("".join(f"{line}\n" for line in lines).encode())

    def position(self) -> int:
        """Return where the next line goes."""
        return self.log_path.stat().st_size

    def read(self, start: int = 0) -> bytes:
        """Return what was written since ``start``."""
        with self.log_path.open("rb") as log:
            log.seek(start)
            return log.read()

    def tail(self, start: int) -> bytes:
        """Return the last 4 KB written since ``start``: what X-Amz-Log-Type: Tail brings."""
        return self.read(max(start, self.position() - TAIL_BYTES))

    def close(self) -> None:
        """Remove the temp directory."""
        self.log.close()
        if self._private:
            shutil.rmtree(self.temporary, ignore_errors=True)
        if self._own:
            self._own.cleanup()
