"""Reads the whole body of a request, before a thread is taken for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, Self

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class Disconnected(Exception):
    """The client left before its request was complete."""


class BodyTooLarge(Exception):
    """The body is larger than any route takes."""


class ByteBudget:
    """Counts what the bodies or the answers of this process take in memory, up to ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self.held = 0
        self._limit = limit

    def take(self, size: int) -> bool:
        """Take ``size`` bytes; return whether there was room for them."""
        if self.held + size > self._limit:
            return False
        self.held += size
        return True


class RequestBody:
    """One body, in memory while there is room for it, else in a temporary file; a context manager."""

    def __init__(self, memory: ByteBudget) -> None:
        self.file = SpooledTemporaryFile()  # noqa: SIM115 - closed by __exit__
        self.size = 0
        self._memory = memory
        self._held = 0
        self._in_memory = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._give_back()
        self.file.close()

    async def read(self, receive: Receive, limit: int) -> None:
        """Read to the end.

        Raises BodyTooLarge beyond ``limit`` bytes, Disconnected when the client leaves before the end.
        """
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            self._add(message.get("body", b""), limit)
            more = message.get("more_body", False)
        self.file.seek(0)

    def _add(self, block: bytes, limit: int) -> None:
        self.size += len(block)
        if self.size > limit:
            raise BodyTooLarge
        if self._in_memory and self._memory.take(len(block)):
            self._held += len(block)
        elif self._in_memory:
            self._in_memory = False
            self._give_back()
            self.file.rollover()
        self.file.write(block)

    def _give_back(self) -> None:
        self._memory.held -= self._held
        self._held = 0
