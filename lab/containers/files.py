"""The files of a container: its temp directory and its log stream."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

TAIL_BYTES = 4096


class ContainerFiles:
    """A temp directory that ends with the container, and a log that outlives it, as in CloudWatch; below ``root``."""

    def __init__(self, root: Path, *, private_temp: bool = True) -> None:
        self.name = uuid4().hex
        self.created = datetime.now(UTC)
        self._private = private_temp
        self.temporary = root / "tmp" / (self.name if private_temp else "shared")
        self.temporary.mkdir(parents=True, exist_ok=True)
        self._log_path = root / "logs" / f"{self.name}.log"
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        # unbuffered and appending: the container writes to the same file, and lines must not be torn
        self.log = self._log_path.open("ab", buffering=0)

    def write(self, *lines: str) -> None:
        """Append the platform's own lines to the log."""
        self.log.write("".join(f"{line}\n" for line in lines).encode())

    def log_size(self) -> int:
        """Return the size of the log in bytes."""
        return self._log_path.stat().st_size

    def read(self, start: int = 0) -> bytes:
        """Return the log from byte ``start`` on."""
        with self._log_path.open("rb") as log:
            log.seek(start)
            return log.read()

    def tail(self, start: int) -> bytes:
        """Return the last 4 KB of the log from byte ``start`` on, as ``X-Amz-Log-Type: Tail`` asks for."""
        return self.read(max(start, self.log_size() - TAIL_BYTES))

    def close(self) -> None:
        """Remove the temp directory."""
        self.log.close()
        if self._private:
            shutil.rmtree(self.temporary, ignore_errors=True)
