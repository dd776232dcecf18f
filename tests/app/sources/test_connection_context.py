from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.config import Limits
from app.core.deadline import Deadline
from app.sources.connection_context import ConnectionContext
from app.sources.fetch_deadline import FetchDeadline
from tests.support.threads import run_concurrently


@pytest.fixture
def context() -> ConnectionContext:
    return ConnectionContext((), socket.getaddrinfo)


def test_each_thread_has_its_own_fetch(context: ConnectionContext) -> None:
    deadline = FetchDeadline(Limits(), Deadline.after(30))
    with context.current.running(deadline), ThreadPoolExecutor(1) as other:
        assert context.current.deadline is deadline
        assert other.submit(hasattr, context.current, "deadline").result() is False
    assert not hasattr(context.current, "deadline")


def test_threads_add_to_the_same_counters(context: ConnectionContext) -> None:
    def count() -> None:
        for _ in range(1000):
            context.count(requests=1, reused=0)

    run_concurrently(*[count] * 4)
    assert context.counts() == {"requests": 4000, "reused": 0}
