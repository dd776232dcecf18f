from __future__ import annotations

import asyncio
from typing import Any

import pytest

from serve.request_body import BodyTooLarge, ByteBudget, Disconnected, RequestBody


def message(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def read(memory: ByteBudget, *messages: dict[str, Any], limit: int = 1000) -> tuple[bytes, int]:
    """Return the bytes of a body, and what it took of the memory."""
    coming = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(coming)

    with RequestBody(memory) as body:
        asyncio.run(body.read(receive, limit))
        return body.file.read(), memory.held


@pytest.mark.parametrize(("room", "held"), [(1000, 8), (5, 0), (3, 0)])
def test_a_body_is_the_same_in_memory_and_on_disk(room: int, held: int) -> None:
    memory = ByteBudget(room)
    messages = [message(b"abcd", more=True), message(b"ef", more=True), message(b"gh", more=False)]
    assert read(memory, *messages) == (b"abcdefgh", held)
    assert memory.held == 0


def test_bodies_share_the_memory() -> None:
    memory = ByteBudget(10)
    assert memory.take(6)
    assert read(memory, message(b"abcdef", more=False)) == (b"abcdef", 6), "it was on disk, and took nothing"


@pytest.mark.parametrize("room", [1000, 5])
def test_memory_is_given_back_whatever_happens(room: int) -> None:
    memory = ByteBudget(room)
    with pytest.raises(BodyTooLarge):
        read(memory, message(b"abcd", more=True), message(b"efgh", more=True), limit=7)
    with pytest.raises(Disconnected):
        read(memory, message(b"abcd", more=True), {"type": "http.disconnect"})
    assert memory.held == 0
