"""A DNS resolver for tests, in place of ``socket.getaddrinfo``."""

from __future__ import annotations

import socket
from collections.abc import Iterator


class FakeResolver:
    """Returns one set of addresses after another, then the last one again; counts its calls."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.calls = 0
        self._left: Iterator[tuple[str, ...]] = iter(answers)
        self._answer: tuple[str, ...] = ()

    def __call__(self, host: str, port: int, *, type: int) -> list[tuple[object, ...]]:
        self.calls += 1
        self._answer = next(self._left, self._answer)
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in self._answer]
        return [(family, type, 6, "", (address, port)) for family, address in zip(families, self._answer, strict=True)]
